package send

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/cmdline"
)

// says reports whether the options ask a reader to do anything.
func (o *Options) says() bool {
	return o.Wink || o.Accept || o.Deny || o.Failed || o.Sequence+o.LEDs+o.Buzzer+o.Relay != ""
}

// command returns the command that the options describe.
func (o *Options) command() (codec.ReaderCommand, error) {
	var c codec.ReaderCommand
	count := 0
	play := func(asked bool, s codec.Sequence) {
		if asked {
			c.Sequence = codec.Some(s)
			count++
		}
	}
	play(o.Wink, codec.SequenceWink)
	play(o.Accept, codec.SequenceGranted)
	play(o.Deny, codec.SequenceDenied)
	play(o.Failed, codec.SequenceFailed)
	if o.Sequence != "" {
		s, err := parseSequence(o.Sequence)
		if err != nil {
			return c, fmt.Errorf("--sequence: %w", err)
		}
		play(true, s)
	}
	if count > 1 {
		return c, errors.New("--wink, --accept, --deny, --failed and --sequence: choose one: a reader plays one sequence at a time")
	}
	var err error
	if o.LEDs != "" {
		if c.LEDs.Value, err = parseLEDs(o.LEDs); err != nil {
			return c, fmt.Errorf("--leds: %w", err)
		}
		c.LEDs.Set = true
	}
	if o.Buzzer != "" {
		if c.Buzzer.Value, err = parseBuzzer(o.Buzzer); err != nil {
			return c, fmt.Errorf("--buzzer: %w", err)
		}
		c.Buzzer.Set = true
	}
	if o.Relay == "" {
		return c, nil
	}
	for word := range strings.SplitSeq(o.Relay, ",") {
		relay, err := codec.ParseRelay(strings.TrimSpace(word), false)
		if err != nil {
			return c, fmt.Errorf("--relay: %w (--topic publishes any JSON)", err)
		}
		c.Relays = append(c.Relays, relay)
	}
	if len(c.Relays) == 1 {
		c.Relay, c.Relays = codec.Some(c.Relays[0]), nil
	}
	return c, nil
}

func encodeCommand(c codec.ReaderCommand, text bool) ([]byte, error) {
	if text {
		line, err := c.Line()
		if err != nil {
			return nil, err
		}
		return line.Wire(), nil
	}
	return c.Wire()
}

func parseSequence(word string) (codec.Sequence, error) {
	s, err := codec.ParseSequence(word)
	if err != nil {
		var names []string
		for _, known := range codec.Sequences() {
			names = append(names, known.Name())
		}
		if near := cmdline.Closest(strings.ToUpper(word), names); near != "" {
			return 0, fmt.Errorf("%w; did you mean %q?", err, strings.ToLower(near))
		}
	}
	return s, err
}

// parseLEDs parses the modes of the four LEDs of a reader.
func parseLEDs(s string) (leds [4]codec.LEDMode, err error) {
	if b, err := hex.DecodeString(strings.TrimPrefix(s, "0x")); err == nil && len(b) == len(leds) {
		for i := range leds {
			leds[i] = codec.LEDMode(b[i])
		}
		return leds, nil
	}
	words := strings.Split(s, ",")
	var modes []codec.LEDMode
	for len(words) > 0 {
		m, err := parseLEDMode(words[0])
		if err != nil && words[0] != "" && len(words) > 1 { // the words of a pattern contain a comma
			if both, pairErr := parseLEDMode(words[0] + words[1]); pairErr == nil {
				m, err, words = both, nil, words[1:]
			}
		}
		if err != nil {
			return leds, err
		}
		modes, words = append(modes, m), words[1:]
	}
	switch len(modes) {
	case 1:
		return [4]codec.LEDMode{modes[0], modes[0], modes[0], modes[0]}, nil
	case len(leds):
		return [4]codec.LEDMode(modes), nil
	}
	return leds, fmt.Errorf("%d modes: there must be one for all LEDs, or four", len(modes))
}

// parseLEDMode parses one mode. A frequency alone means blinking, with equal
// times on and off.
func parseLEDMode(word string) (codec.LEDMode, error) {
	m, err := codec.ParseLEDMode(strings.TrimSpace(word))
	if err != nil {
		if blinking, err := codec.ParseLEDMode(word + ": 50 % on"); err == nil {
			return blinking, nil
		}
	}
	return m, err
}

// parseBuzzer parses how long to beep, in milliseconds.
func parseBuzzer(s string) (uint16, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		if _, err := strconv.Atoi(s); err == nil {
			return 0, fmt.Errorf("%s has no unit: %sms?", s, s)
		}
		return 0, fmt.Errorf("%q is not a time, as in 100ms", s)
	case d < 0 || d > 0xFFFF*time.Millisecond || d%time.Millisecond != 0:
		return 0, fmt.Errorf("%s: it can be 0s to %v, in whole milliseconds", s, 0xFFFF*time.Millisecond)
	}
	return uint16(d / time.Millisecond), nil
}
