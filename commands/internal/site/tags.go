package site

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/render"
)

// A Tags is a file of tag ids, one a line, read again when it has changed.
type Tags struct {
	name string
	tags map[string]bool
	list []string    // as they stand in the file
	info os.FileInfo // of the file when it was read, or tried to
}

// ReadTags reads a file of tag ids.
func ReadTags(name string) (*Tags, error) {
	l := &Tags{name: name}
	return l, l.read()
}

// maxTagList is how long such a file may be: a million tags.
const maxTagList = 16 << 20

// read reads the file. After an error the list is what it was.
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
	tags, list := map[string]bool{}, []string(nil)
	n := 0
	for line := range strings.Lines(string(bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF")))) {
		n++
		tag, _, _ := strings.Cut(line, "#")
		if strings.TrimSpace(tag) == "" {
			continue
		}
		key := tagDigits(tag)
		if _, ok := codec.HexBytes(key); !ok {
			return app.Damagedf("%s:%d: %q is not a tag id, which has pairs of hex digits", l.name, n, strings.TrimSpace(tag[:min(len(tag), 80)]))
		}
		tags[key] = true
		list = append(list, key)
	}
	l.tags, l.list = tags, list
	return nil
}

// tagDigits is a tag id in one spelling: capitals, nothing between the digits.
func tagDigits(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n:-", r) {
			return -1
		}
		return r
	}, s))
}

// Has reports whether a tag is in the list as the file has it now.
func (l *Tags) Has(env *app.Env, tag string) bool {
	info, err := os.Stat(l.name)
	switch {
	case err != nil:
		if l.info != nil { // say it once
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
	return l.tags[tagDigits(tag)]
}

// List is the tags as the file has them: in its order, one that stands there
// twice twice.
func (l *Tags) List() []string { return l.list }
