package broker

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxTopic is the longest topic, as its length has two bytes.
const maxTopic = 65535

// ValidTopic returns an error if a topic cannot be published to, by section 4.7
// of MQTT 3.1.1.
func ValidTopic(s string) error {
	if err := validText("topic", s); err != nil {
		return err
	}
	if strings.ContainsAny(s, "+#") {
		return fmt.Errorf("topic %q: + and # are for filters; a message goes to one topic", cut(s))
	}
	return nil
}

// ValidFilter returns an error if a topic filter cannot be subscribed to, by
// section 4.7 of MQTT 3.1.1. A shared subscription is $share/GROUP/FILTER.
func ValidFilter(s string) error {
	if err := validText("topic filter", s); err != nil {
		return err
	}
	levels := strings.Split(s, "/")
	if levels[0] == "$share" {
		if len(levels) < 3 || levels[1] == "" || len(levels) == 3 && levels[2] == "" {
			return fmt.Errorf("topic filter %q: a shared subscription is $share/GROUP/FILTER", cut(s))
		}
		if strings.ContainsAny(levels[1], "+#") {
			return fmt.Errorf("topic filter %q: the group of a shared subscription has no + or #", cut(s))
		}
		levels = levels[2:]
	}
	for i, level := range levels {
		switch {
		case level == "#" && i < len(levels)-1:
			return fmt.Errorf("topic filter %q: # can only be the last level", cut(s))
		case len(level) > 1 && strings.ContainsAny(level, "+#"):
			return fmt.Errorf("topic filter %q: + and # stand alone in their level", cut(s))
		}
	}
	return nil
}

// ProbeTopic is the default topic below which each client has topics of its own
// for messages to itself.
const ProbeTopic = "mqtool/probe"

// OwnTopic returns the topic below base that belongs to a client alone.
func OwnTopic(base, clientID string) string {
	return base + "/" + strings.Map(func(r rune) rune {
		if strings.ContainsRune("+#/\x00", r) {
			return '_'
		}
		return r
	}, clientID)
}

// validText checks the rules that hold for topics and filters alike.
func validText(what, s string) error {
	switch {
	case s == "":
		return errors.New("the " + what + " is empty")
	case len(s) > maxTopic:
		return fmt.Errorf("%s %q is longer than %d bytes", what, cut(s), maxTopic)
	case !utf8.ValidString(s):
		return fmt.Errorf("%s %q is not UTF-8", what, cut(s))
	case strings.IndexByte(s, 0) >= 0:
		return fmt.Errorf("%s %q holds a NUL", what, cut(s))
	}
	return nil
}

// cut shortens foreign text for messages.
func cut(s string) string {
	const enough = 80
	if len(s) <= enough {
		return s
	}
	return s[:enough] + "..."
}
