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
// separated by commas, semicolons or tabs as spreadsheets write them. # begins a remark.
func parseTag(line string) (id string, t Tag, err error) {
	fields, err := tagFields(line)
	if err != nil {
		return "", t, err
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

// tagFields returns the columns of a line. A line whose limits could be overlooked, because
// its quotes or its remark are not clear, is an error: its tag would open all doors.
func tagFields(line string) ([]string, error) {
	line, remark := cutRemark(line)
	i := strings.IndexAny(line, ";,\t")
	switch {
	case i < 0:
		return []string{line}, nil
	case strings.Contains(remark, line[i:i+1]):
		return nil, errors.New("columns behind # do not count: put a name with # in quotes, or the remark on a line of its own")
	case !strings.Contains(line, `"`): // a reader for each line of a long list would take 15 times as long
		return strings.Split(line, line[i:i+1]), nil
	}
	r := csv.NewReader(strings.NewReader(strings.TrimRight(line, " ")))
	r.Comma = rune(line[i])
	r.TrimLeadingSpace = r.Comma != '\t' // otherwise an empty column would be removed, too
	fields, err := r.Read()
	if err != nil {
		return nil, errors.New(`its quotes are not closed, or do not enclose a whole column, as "Doe, Jane ""JD""" does`)
	}
	return fields, nil
}

// cutRemark cuts a line at the # of its remark, which is outside quotes.
func cutRemark(line string) (before, remark string) {
	quoted := false
	for i, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case r == '#' && !quoted:
			return line[:i], line[i+1:]
		}
	}
	return line, ""
}

// TagLine returns the line of a list that says whose a tag is, or why no line can say it.
func TagLine(tag, separator, person string) (string, error) {
	column := person
	if strings.ContainsAny(person, "\",;\t#") {
		column = `"` + strings.ReplaceAll(person, `"`, `""`) + `"`
	}
	line := tag + separator + column
	_, t, err := parseTag(line)
	if err == nil && (t.Person != person || person == "" || strings.ContainsAny(person, "\r\n")) {
		err = fmt.Errorf("%q is not a name for a list", person)
	}
	return line, err
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
		year, month, day := until.Date()
		until = startOfDay(year, month, day+1) // the last day counts, too
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
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return startOfDay(t.Date()), true, nil
	}
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, s, time.Local); err == nil {
			return t, false, nil
		}
	}
	return t, false, fmt.Errorf("%q is not a day: write 2026-11-28, or 2026-11-28T08:30", s)
}

// startOfDay returns the first moment of a day here. Where clocks are put forward at
// midnight, there is no midnight, and time.Date may return a moment of the day before.
func startOfDay(year int, month time.Month, day int) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.Local)
	if noon := time.Date(year, month, day, 12, 0, 0, 0, time.Local); t.Day() != noon.Day() {
		t = t.Add(time.Hour)
	}
	return t
}
