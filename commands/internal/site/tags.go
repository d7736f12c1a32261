package site

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/unmark"
)

// Tags is a file of tags, one on each line. It is read again when it has changed.
type Tags struct {
	name string
	tags map[string]*Tag // by id
	list []string        // the ids as they are spelled in the file
	info os.FileInfo     // the file at the last attempt to read it

	looked time.Time // when Person last checked whether the file has changed
}

// ReadTags reads a file of tags.
func ReadTags(name string) (*Tags, error) {
	l := &Tags{name: name}
	return l, l.read()
}

// maxTagList is how many bytes such a file may have, enough for a million tags.
const maxTagList = 16 << 20

// read reads the file. After an error the list stays as it was.
func (l *Tags) read() error {
	f, err := os.Open(l.name)
	if err != nil {
		return err
	}
	defer f.Close()
	if l.info, err = f.Stat(); err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxTagList+1))
	if err != nil {
		return err
	}
	if len(text) > maxTagList {
		return fmt.Errorf("%s has more than %d bytes", l.name, maxTagList)
	}
	tags, list, problems := parseTags(l.name, string(unmark.Text(text)))
	if len(problems) > 0 {
		return problems[0]
	}
	l.tags, l.list = tags, list
	return nil
}

// parseTags reads the lines of a file, and returns all problems in it.
func parseTags(name, text string) (tags map[string]*Tag, list []string, problems []error) {
	tags = map[string]*Tag{}
	lines := map[string]int{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if before, _, _ := strings.Cut(line, "#"); strings.TrimSpace(before) == "" || n == 1 && isHeading(line) {
			continue
		}
		id, t, err := parseTag(strings.TrimRight(line, "\r\n"))
		if err == nil && lines[id] > 0 && (t.Person != tags[id].Person || len(t.Doors) > 0 || !t.From.IsZero() || !t.Until.IsZero()) {
			err = fmt.Errorf("the tag %s is in line %d already", id, lines[id])
		}
		if err != nil {
			problems = append(problems, app.Damagedf("%s:%d: %v", name, n, err))
			continue
		}
		tags[id], lines[id] = &t, n
		list = append(list, id)
	}
	return tags, list, problems
}

// CheckTags reads a file of tags. It returns how many tags there are, and all problems in
// the file.
func CheckTags(name string) (n int, problems []error, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, nil, err
	}
	tags, _, problems := parseTags(name, string(unmark.Text(text)))
	return len(tags), problems, nil
}

// tagDigits returns a tag id in its normal spelling: capitals, with nothing between the
// digits.
func tagDigits(s string) string {
	if strings.Trim(s, "0123456789ABCDEF") == "" {
		return s // readers write the id in this spelling in every event
	}
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n:-", r) {
			return -1
		}
		return r
	}, s))
}

// refresh reads the file again when it has changed.
func (l *Tags) refresh(env *app.Env) {
	info, err := os.Stat(l.name)
	switch {
	case err != nil:
		if l.info != nil { // warn only once
			l.info = nil
			env.Warn("the list of tags can no longer be read, the previous list stays in use: %v", err)
		}
	case l.info == nil || !os.SameFile(info, l.info) || info.ModTime() != l.info.ModTime() || info.Size() != l.info.Size():
		if err := l.read(); err != nil {
			l.info = info
			env.Warn("the list of tags has changed and cannot be read, the previous list stays in use: %v", err)
		} else {
			env.Notice("read the list of tags again: %s in %s", render.Count(len(l.tags), "tag"), l.name)
		}
	}
}

// Judge decides whether a tag is accepted now at a door. door is the door's id and perhaps
// its name.
func (l *Tags) Judge(env *app.Env, tag string, now time.Time, door ...string) Verdict {
	l.refresh(env)
	return l.tags[tagDigits(tag)].judge(now, door...)
}

// Person returns the person who has a tag, or "". It notices a change of the file within a
// second. If it checked the file for each event, that would cost more than everything
// else.
func (l *Tags) Person(env *app.Env, tag string, now time.Time) string {
	if now.Sub(l.looked) >= time.Second {
		l.looked = now
		l.refresh(env)
	}
	if t := l.tags[tagDigits(tag)]; t != nil {
		return t.Person
	}
	return ""
}

// Find reports whether a tag is in the list as it was last read, and who has it.
func (l *Tags) Find(tag string) (person string, ok bool) {
	t := l.tags[tagDigits(tag)]
	if t == nil {
		return "", false
	}
	return t.Person, true
}

// Len returns the number of tags.
func (l *Tags) Len() int { return len(l.tags) }

// List returns the ids of the tags in the order and spelling of the file. An id that is
// there twice is listed twice.
func (l *Tags) List() []string { return l.list }
