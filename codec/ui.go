package codec

import (
	"fmt"
	"strconv"
	"strings"
)

// A Sequence is the number of a predefined pattern of lights and sounds.
type Sequence byte

// Sequences that a host has reason to play.
const (
	SequenceCancel  Sequence = 0x05
	SequenceWink    Sequence = 0x0E // shows which reader it is
	SequenceGranted Sequence = 0x60
	SequenceDenied  Sequence = 0x61
	SequenceFailed  Sequence = 0x24 // the tag could not be read or is an unknown one, which is not the same as denied
)

// sequences are the documented numbers. 31 to 5F and 62 to FF are not documented; a
// reader may play them or ignore them.
//
// Source: SpringCore documentation, PLAY_SEQUENCE, SpringPark, Puck UI
// Sequences (2025-09-05) and $SCCMD Message. An older .NET library of the
// vendor numbers some differently.
var sequences = []struct {
	seq  Sequence
	name string
}{
	{0x01, "NO MOTHER BOARD"},
	{0x02, "NO BATTERY"},
	{0x03, "HARDWARE ERROR"},
	{0x04, "NOT GENUINE"},
	{0x05, "CANCEL"},
	{0x06, "STARTUP"},
	{0x07, "SHUTDOWN"},
	{0x08, "PLEASE WAIT"},
	{0x09, "BOOTLOADER WAITING"},
	{0x0A, "FW UPGRADING"},
	{0x0B, "FW UPGRADED"},
	{0x0C, "CONFIG CLEARED"},
	{0x0D, "SELF TEST"},
	{0x0E, "WINK"},
	{0x0F, "BLACKOUT"},
	{0x10, "STARTED, IDLE"},
	{0x11, "STARTED, ACTIVE"},
	{0x13, "SUSPENDED"},
	{0x20, "NFC/RFID INACTIVE"},
	{0x21, "NFC/RFID ACTIVE"},
	{0x22, "NFC/RFID READING"},
	{0x23, "NFC/RFID READ SUCCESS"},
	{0x24, "NFC/RFID READ FAILED"},
	{0x25, "NFC/RFID READ AGAIN"},
	{0x28, "NFC/RFID TAG INSERT"},
	{0x29, "NFC/RFID TAG PRESENT"},
	{0x2A, "NFC/RFID TAG ACTIVE"},
	{0x2B, "NFC/RFID TAG ERROR"},
	{0x2C, "NFC/RFID TAG COUNTERFEIT"},
	{0x2E, "NFC LISTENER IDLE"},
	{0x2F, "NFC LISTENER ACTIVE"},
	{0x30, "DIRECT PROFILE"},
	{0x60, "ACCESS GRANTED"},
	{0x61, "ACCESS DENIED"},
}

// Name returns the documented name of a sequence, or "".
func (s Sequence) Name() string {
	for _, known := range sequences {
		if known.seq == s {
			return known.name
		}
	}
	return ""
}

// String returns the number and the name: "0E WINK".
func (s Sequence) String() string {
	return strings.TrimRight(fmt.Sprintf("%02X %s", byte(s), s.Name()), " ")
}

// ParseSequence reads one or two hex digits or a documented name. The name may be in any
// case, with any blanks, dashes and underscores between its words. A name is never read as
// a number.
func ParseSequence(s string) (Sequence, error) {
	for _, known := range sequences {
		if looseName(known.name) == looseName(s) {
			return known.seq, nil
		}
	}
	n, err := strconv.ParseUint(trim0x(s), 16, 8)
	if err != nil {
		return 0, fmt.Errorf("%s is neither the name of a sequence nor a hex number from 00 to FF", quoteForeign(s))
	}
	return Sequence(n), nil
}

// Sequences lists all documented sequences in the order of their numbers.
func Sequences() []Sequence {
	list := make([]Sequence, len(sequences))
	for i, known := range sequences {
		list[i] = known.seq
	}
	return list
}

// looseName returns a name without the characters and the case that people spell
// differently.
func looseName(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '_', ',', '/', ':', '%':
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// trim0x removes the prefix 0x, which people type. The documentation of readers never uses
// it.
func trim0x(s string) string {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		return s[2:]
	}
	return s
}

// An LEDMode is what one LED does: the high nibble is how often, the low one
// is the pattern. 92 is 10 Hz and 20 % on, as the documented $SCCMD example says.
//
// Source: SpringCore documentation, LED modes, 2023-04-13. The vendor's .NET
// library for older readers has the nibbles the other way round.
type LEDMode byte

// LED modes that do not blink.
const (
	LEDOff       LEDMode = 0x00
	LEDOn        LEDMode = 0x01
	LEDBreathing LEDMode = 0x0F // RGB LEDs only
)

var steadyModes = map[LEDMode]string{LEDOff: "off", LEDOn: "on", LEDBreathing: "breathing"}

// ledFrequencies are the meanings of the high nibble. 0 is not used.
var ledFrequencies = [...]string{
	"", "0.25 Hz", "0.5 Hz", "1 Hz", "2 Hz", "3 Hz", "4 Hz", "5 Hz", "6.66 Hz", "10 Hz", "15 Hz", "20 Hz",
}

// ledPatterns are the meanings of the low nibble. The percentages are of a period.
var ledPatterns = [...]string{
	"50 % on", "1 long flash, 25 % on", "1 medium flash, 20 % on", "1 short flash, 10 % on",
	"1 very short flash, 5 % on", "2 medium flashes, 20 % each", "2 short flashes, 10 % each",
	"2 very short flashes, 5 % each", "3 short flashes, 10 % each", "3 very short flashes, 5 % each",
	"4 short flashes, 10 % each", "4 very short flashes, 5 % each", "5 very short flashes, 5 % each",
	"6 very short flashes, 5 % each", "7 very short flashes, 5 % each",
}

// Known reports whether the mode is documented.
func (m LEDMode) Known() bool {
	if _, steady := steadyModes[m]; steady {
		return true
	}
	frequency, pattern := m>>4, m&0x0F
	return frequency > 0 && int(frequency) < len(ledFrequencies) && int(pattern) < len(ledPatterns)
}

// String returns the mode in words, "10 Hz: 1 medium flash, 20 % on", or its number when
// it is not documented.
func (m LEDMode) String() string {
	if words, steady := steadyModes[m]; steady {
		return words
	}
	if !m.Known() {
		return fmt.Sprintf("0x%02X", byte(m))
	}
	return ledFrequencies[m>>4] + ": " + ledPatterns[m&0x0F]
}

// ParseLEDMode reads the words of a mode or one or two hex digits.
func ParseLEDMode(s string) (LEDMode, error) {
	for m := range 256 {
		if m := LEDMode(m); m.Known() && looseName(m.String()) == looseName(s) {
			return m, nil
		}
	}
	n, err := strconv.ParseUint(trim0x(s), 16, 8)
	if err != nil {
		return 0, fmt.Errorf("%s is not a mode of an LED; a mode is on, off, breathing, a frequency such as 2Hz, or two hex digits", quoteForeign(s))
	}
	return LEDMode(n), nil
}
