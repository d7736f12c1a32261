package site

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
)

// A Tag is a line of a list, or a [tag.NAME] of the configuration file: who has the tag, and
// where and when it is accepted. An empty field sets no limit.
type Tag struct {
	Person      string
	Doors       []string  // the doors' names in the configuration file, or their ids
	From, Until time.Time // Until is the first moment at which the tag is no longer accepted
}

// A Verdict says whether a tag is accepted. It is "" if the tag is accepted, and otherwise
// the reason why it is not.
type Verdict string

// The verdicts.
const (
	Accepted   Verdict = ""
	UnknownTag Verdict = "unknown tag"
	OtherDoor  Verdict = "other door"
	NotYet     Verdict = "not yet"
	NoLonger   Verdict = "no longer"
)

// judge decides whether a tag is accepted at a door. door is the door's id and perhaps its
// name.
func (t *Tag) judge(now time.Time, door ...string) Verdict {
	is := func(d string) bool {
		return slices.ContainsFunc(door, func(name string) bool { return name != "" && strings.EqualFold(name, d) })
	}
	switch {
	case t == nil:
		return UnknownTag
	case len(t.Doors) > 0 && !slices.ContainsFunc(t.Doors, is):
		return OtherDoor
	case now.Before(t.From):
		return NotYet
	case !t.Until.IsZero() && !now.Before(t.Until):
		return NoLonger
	}
	return Accepted
}

// parseTag reads a line of a list: an id alone, or id, person, doors, from and until,
// separated by commas, semicolons or tabs as spreadsheets write them. # begins a comment.
func parseTag(line string) (id string, t Tag, err error) {
	if before, _, ok := strings.Cut(line, "#"); ok {
		line = before
	}
	fields := []string{line}
	switch i := strings.IndexAny(line, ";,\t"); {
	case i < 0:
	case !strings.Contains(line, `"`): // a reader for each line of a long list would take 15 times as long
		fields = strings.Split(line, line[i:i+1])
	default:
		r := csv.NewReader(strings.NewReader(line))
		r.Comma, r.LazyQuotes = rune(line[i]), true
		if fields, err = r.Read(); err != nil {
			return "", t, errors.New("its quotes are not closed")
		}
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	fields = append(fields, make([]string, 5)...)
	doors := strings.FieldsFunc(fields[2], func(r rune) bool { return strings.ContainsRune(" |,;", r) })
	id, t, err = newTag(fields[0], fields[1], doors, fields[3], fields[4])
	if err == nil && isTagID(t.Person) {
		err = fmt.Errorf("%q looks like another tag id: put each on a line of its own", t.Person)
	}
	return id, t, err
}

// newTag makes a tag of what a line, or a [tag.NAME], says about it.
func newTag(digits, person string, doors []string, from, last string) (id string, t Tag, err error) {
	t = Tag{Person: person, Doors: doors}
	id = tagDigits(digits)
	if _, ok := codec.HexBytes(id); !ok {
		return "", t, fmt.Errorf("%q is not a tag id, which has pairs of hex digits", digits[:min(len(digits), 80)])
	}
	if t.From, _, err = parseDay(from); err != nil {
		return "", t, err
	}
	until, isDay, err := parseDay(last)
	if isDay {
		until = until.AddDate(0, 0, 1) // the last day counts, too
	}
	if t.Until = until; err == nil && !until.IsZero() && !until.After(t.From) {
		err = errors.New("it ends before it begins")
	}
	return id, t, err
}

// isTagID reports whether a word is probably the id of a tag and not a name.
func isTagID(name string) bool {
	_, ok := codec.HexBytes(tagDigits(name))
	return ok && strings.ContainsAny(name, "0123456789")
}

// isHeading reports whether a line contains the names of the columns.
func isHeading(line string) bool {
	first, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(line, ";", ",")), ",")
	return slices.Contains([]string{"id", "tag", "tagid", "tag id", "uid"}, strings.Trim(first, "\" \t\r\n"))
}

// parseDay reads a day or a moment. "" gives the zero time.
func parseDay(s string) (t time.Time, isDay bool, err error) {
	if s == "" {
		return t, false, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		return t, true, nil
	}
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, s, time.Local); err == nil {
			return t, false, nil
		}
	}
	return t, false, fmt.Errorf("%q is not a day: write 2026-11-28, or 2026-11-28T08:30", s)
}
