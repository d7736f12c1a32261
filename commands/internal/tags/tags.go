// Package tags maintains lists of tags: it checks a list, and learns the tag
// that is shown to a reader.
package tags

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/progress"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
	"mqtool/commands/internal/unmark"
)

// Check reports what is wrong in lists of tags.
func Check(env *app.Env, names []string) error {
	if len(names) == 0 {
		return app.Usagef("tags check: which FILE?")
	}
	bad := 0
	for _, name := range names {
		n, problems, err := site.CheckTags(name)
		if err != nil {
			return err
		}
		for _, p := range problems {
			env.Warn("%v", p)
		}
		if bad += len(problems); len(problems) == 0 {
			fmt.Fprintf(env.Stdout, "%s: %s\n", render.Safe(name), render.Count(n, "tag"))
		}
	}
	if bad > 0 {
		return app.Damagedf("%s cannot be used", render.Count(bad, "line"))
	}
	return nil
}

// LearnOptions says whose tag to learn, and where to write it.
type LearnOptions struct {
	Connection site.Options
	Timeout    time.Duration
	File       string
	Person     string
}

// alone is how long no other tag may be shown. Otherwise nobody knows which tag
// is meant.
const alone = 2 * time.Second

// Learn waits until a tag that is not in a list is shown to a reader, and adds
// it.
func Learn(ctx context.Context, env *app.Env, o LearnOptions, args []string) error {
	switch {
	case len(args) != 1:
		return app.Usagef("tags learn: name one DOOR, as the configuration file calls the reader, or its id")
	case o.File == "":
		return app.Usagef("tags learn: name the list with --file FILE")
	case strings.EqualFold(filepath.Ext(o.File), ".toml"):
		return app.Usagef("tags learn: --file %s: it adds a line to a list and writes no [tag.NAME]; name another file", o.File)
	case o.Person == "":
		return app.Usagef("tags learn: name the person with --name NAME")
	}
	if _, err := site.TagLine("00", ",", o.Person); err != nil {
		return app.Usagef("tags learn: --name: %v", err)
	}
	list, err := readList(o.File)
	if err != nil {
		return err
	}
	link, doors, err := o.Connection.Prepare(ctx, env, site.SpringCore, args)
	if err != nil {
		return err
	}
	inSettings, err := link.Settings.ReadTags()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	defer site.HangUp(conn)
	l := &learner{env: env, conn: conn, door: doors[0], decoder: link.Decoder(), prefix: link.ReaderPrefix()}
	if err := conn.Subscribe(ctx, link.ReaderTopic(codec.KindEvent, doors[0].ID)); err != nil {
		return err
	}
	line := progress.Wait(ctx, env, "show the tag of "+o.Person+" at "+doors[0].Label())
	defer line.End()
	tag, err := l.next(ctx)
	if err == context.DeadlineExceeded {
		return app.NoAnswerf("no tag was shown at %s within %s", doors[0].Label(), human.Duration(o.Timeout))
	}
	if err != nil {
		return err
	}
	for _, known := range []*site.Tags{list, inSettings} {
		if person, file, ok := known.Find(tag); ok {
			return fmt.Errorf("the tag %s is in %s already%s; nothing was added", tag, file, map[bool]string{true: ": " + person}[person != ""])
		}
	}
	line.Say("keep other tags away from %s", doors[0].Label())
	if err := l.nothingElse(ctx, tag); err != nil {
		return err
	}
	if err := add(o.File, tag, o.Person); err != nil {
		return err
	}
	line.End()
	fmt.Fprintf(env.Stdout, "%s is the tag of %s, in %s\n", tag, render.Safe(o.Person), render.Safe(o.File))
	return l.wink(ctx)
}

// A learner waits for tags at one reader.
type learner struct {
	env     *app.Env
	conn    *broker.Conn
	door    site.Device
	decoder *codec.Decoder
	prefix  string
}

// next waits for the next tag that is shown now, not earlier.
func (l *learner) next(ctx context.Context) (tag string, err error) {
	for {
		m, err := l.conn.Receive(ctx)
		if err != nil {
			return "", err
		}
		if m.Retained || m.Duplicate {
			continue
		}
		for _, item := range site.Decode(l.decoder, m) {
			if e, ok := item.Value.(*codec.ReaderEvent); ok && item.Device == l.door.ID && e.TagID != "" && e.Move != codec.MoveRemove {
				return e.TagID, nil
			}
		}
	}
}

// nothingElse returns an error if another tag is shown within a short time.
func (l *learner) nothingElse(ctx context.Context, tag string) error {
	quiet, cancel := context.WithTimeout(ctx, alone)
	defer cancel()
	for {
		other, err := l.next(quiet)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			return nil
		case err != nil:
			return err
		case other != tag:
			return fmt.Errorf("two tags were shown within %s, %s and %s; nothing was added", human.Duration(alone), tag, other)
		}
	}
}

// wink shows the person at the reader that the tag is known now.
func (l *learner) wink(ctx context.Context) error {
	wire, err := codec.ReaderCommand{Sequence: codec.Some(codec.SequenceWink)}.Wire()
	if err != nil {
		return err
	}
	topic := codec.FillTopic(site.Request(site.SpringCore, codec.KindCommand).Topic, l.prefix, l.door.ID)
	return l.conn.Publish(ctx, topic, wire, 1, false)
}

// readList reads a list. A missing list is nil.
func readList(name string) (*site.Tags, error) {
	if files.KindOf(name) == files.Missing {
		return nil, nil
	}
	list, err := site.ReadTags(name)
	if err != nil {
		return nil, fmt.Errorf("--file: %w", err)
	}
	return list, nil
}

// add adds a line to a list. All other lines stay, comments too, and the file
// exists at every moment.
func add(name, tag, person string) error {
	old, err := unmark.ReadFile(name)
	if err != nil && files.KindOf(name) != files.Missing {
		return err
	}
	text := string(old)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	separator := ","
	if first, _, _ := strings.Cut(text, "\n"); strings.Contains(first, ";") {
		separator = ";"
	}
	line, err := site.TagLine(tag, separator, person)
	if err != nil {
		return err
	}
	f, err := files.Create(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := io.WriteString(f, text+line+"\n"); err != nil {
		return err
	}
	return f.Replace(filepath.Base(name))
}
