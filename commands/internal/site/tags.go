package site

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/unmark"
)

// Tags are the tags of a file, of the configuration file, or of both. They are read again
// when a file has changed.
type Tags struct {
	files  []*tagFile
	tags   map[string]*Tag     // by id
	list   []string            // the ids as they are spelled in the files
	places map[string]tagPlace // by id

	looked time.Time // when Person last checked whether a file has changed
}

// A tagFile is a file with tags: one on each line, or [tag.NAME] tables.
type tagFile struct {
	name   string
	tables bool        // it is a configuration file
	info   os.FileInfo // the file at the last attempt to read it
}

// ReadTags reads a file of tags. A file with the suffix .toml has [tag.NAME] tables, as
// the configuration file has, which may be this file.
func ReadTags(name string) (*Tags, error) {
	l := &Tags{files: []*tagFile{newTagFile(name)}}
	return l, l.read()
}

func newTagFile(name string) *tagFile {
	return &tagFile{name: name, tables: strings.EqualFold(filepath.Ext(name), ".toml")}
}

// ReadTags reads the tags of the configuration file, and of the file that it names. It
// returns nil if there are neither.
func (s *Settings) ReadTags() (*Tags, error) {
	l := &Tags{}
	if len(s.tags) > 0 {
		l.files = append(l.files, &tagFile{name: s.File, tables: true})
	}
	if s.Tags != "" {
		l.files = append(l.files, newTagFile(s.Tags))
	}
	if l.files == nil {
		return nil, nil
	}
	return l, l.read()
}

// How many bytes such a file may have: a list, which is enough for a million tags, and a
// configuration file, whose decoding takes many times its size.
const (
	maxTagList   = 16 << 20
	maxTagTables = 1 << 20
)

// read reads the files. After an error the tags stay as they were.
func (l *Tags) read() error {
	var r tagReader
	for _, file := range l.files {
		text, err := file.read()
		if err != nil {
			return err
		}
		if r.read(file, text); len(r.problems) > 0 {
			return r.problems[0]
		}
	}
	l.tags, l.list, l.places = r.tags, r.list, r.places
	return nil
}

// read returns the text of the file.
func (file *tagFile) read() (string, error) {
	f, err := os.Open(file.name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if file.info, err = f.Stat(); err != nil {
		return "", err
	}
	most := maxTagList
	if file.tables {
		most = maxTagTables
	}
	text, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("%s has more than %d bytes", file.name, most)
	}
	return string(unmark.Text(text)), err
}

// A tagReader collects the tags of files, and all problems in them.
type tagReader struct {
	tags     map[string]*Tag
	list     []string
	places   map[string]tagPlace // by id
	problems []error
}

// A tagPlace says where a tag stands.
type tagPlace struct {
	file *tagFile
	at   string // "line 5" or "[tag.Anna]"
}

func (r *tagReader) read(file *tagFile, text string) {
	if file.tables {
		r.readTables(file, text)
	} else {
		r.readLines(file, text)
	}
}

// readTables reads a configuration file.
func (r *tagReader) readTables(file *tagFile, text string) {
	s, err := settingsOf(file.name, text)
	if err != nil {
		r.problems = append(r.problems, err)
		return
	}
	for _, t := range s.tags {
		if err := r.add(t.id, t.Tag, tagPlace{file, t.heading()}); err != nil {
			r.problems = append(r.problems, app.Damagedf("%s: %s: %v", file.name, t.heading(), err))
		}
	}
}

// readLines reads a list.
func (r *tagReader) readLines(file *tagFile, text string) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if before, _, _ := strings.Cut(line, "#"); strings.TrimSpace(before) == "" || n == 1 && isHeading(line) {
			continue
		}
		id, t, err := parseTag(strings.TrimRight(line, "\r\n"))
		if err == nil {
			err = r.add(id, t, tagPlace{file, fmt.Sprintf("line %d", n)})
		}
		if err != nil {
			r.problems = append(r.problems, app.Damagedf("%s:%d: %v", file.name, n, err))
		}
	}
}

// add adds a tag. A list may have a line twice if it says nothing else the second time.
func (r *tagReader) add(id string, t Tag, at tagPlace) error {
	switch before := r.places[id]; {
	case before.file == nil:
	case before.file != at.file:
		return fmt.Errorf("the tag %s is in %s of %s already", id, before.at, before.file.name)
	case at.file.tables || t.Person != r.tags[id].Person || len(t.Doors) > 0 || !t.From.IsZero() || !t.Until.IsZero():
		return fmt.Errorf("the tag %s is in %s already", id, before.at)
	}
	if r.tags == nil {
		r.tags, r.places = map[string]*Tag{}, map[string]tagPlace{}
	}
	r.tags[id], r.places[id] = &t, at
	r.list = append(r.list, id)
	return nil
}

// CheckTags reads a file of tags. It returns how many tags there are, and all problems in
// the file.
func CheckTags(name string) (n int, problems []error, err error) {
	file := newTagFile(name)
	text, err := file.read()
	if err != nil {
		return 0, nil, err
	}
	var r tagReader
	r.read(file, text)
	return len(r.tags), r.problems, nil
}

// tagDigits returns a tag id in its normal spelling: capitals, with nothing between the
// digits.
func tagDigits(s string) string {
	if strings.Trim(s, "0123456789ABCDEF") == "" {
		return s // most ids are spelled so already
	}
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n:-", r) {
			return -1
		}
		return r
	}, s))
}

// refresh reads the files again when one has changed.
func (l *Tags) refresh(env *app.Env) {
	for _, file := range l.files {
		info, err := os.Stat(file.name)
		switch {
		case err != nil:
			if file.info != nil { // warn only once
				file.info = nil
				env.Warn("the list of tags can no longer be read, the previous list stays in use: %v", err)
			}
		case file.info == nil || !os.SameFile(info, file.info) || info.ModTime() != file.info.ModTime() || info.Size() != file.info.Size():
			if err := l.read(); err != nil {
				file.info = info
				env.Warn("the list of tags has changed and cannot be read, the previous list stays in use: %v", err)
			} else {
				env.Notice("read the list of tags again: %s in %s", render.Count(len(l.tags), "tag"), l.names())
			}
		}
	}
}

// names returns the names of the files.
func (l *Tags) names() string {
	var names []string
	for _, file := range l.files {
		names = append(names, file.name)
	}
	return strings.Join(names, " and ")
}

// Judge decides whether a tag is accepted now at a door. door is the door's id and perhaps
// its name.
func (l *Tags) Judge(env *app.Env, tag string, now time.Time, door ...string) Verdict {
	l.refresh(env)
	return l.find(tag).judge(now, door...)
}

// find returns a tag, or nil.
func (l *Tags) find(id string) *Tag {
	if t := l.tags[id]; t != nil { // readers spell ids as the keys are spelled
		return t
	}
	return l.tags[tagDigits(id)]
}

// Person returns the person who has a tag, or "". It notices a change of the file within a
// second. If it checked the file for each event, that would cost more than everything
// else.
func (l *Tags) Person(env *app.Env, tag string, now time.Time) string {
	if now.Sub(l.looked) >= time.Second {
		l.looked = now
		l.refresh(env)
	}
	if t := l.find(tag); t != nil {
		return t.Person
	}
	return ""
}

// Find reports whether a tag was there when the files were last read, who has it, and in
// which file it is. Nil Tags have none.
func (l *Tags) Find(tag string) (person, file string, ok bool) {
	if l == nil {
		return "", "", false
	}
	id := tagDigits(tag)
	t := l.tags[id]
	if t == nil {
		return "", "", false
	}
	return t.Person, l.places[id].file.name, true
}

// Len returns the number of tags.
func (l *Tags) Len() int { return len(l.tags) }

// List returns the ids of the tags in the order and spelling of the file. An id that is
// there twice is listed twice.
func (l *Tags) List() []string { return l.list }
