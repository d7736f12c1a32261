package pictures

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"mqtool/codec"
	"mqtool/codec/dump"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/render"
)

func readPeacock(t *testing.T) []byte {
	t.Helper()
	picture, err := os.ReadFile("../../../testdata/jpeg/baseline-peacock.jpg")
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// TestSnapshotTally checks that the sum is reported on a terminal, where the user waits
// for an answer, and not elsewhere, where the output may become a mail from cron.
func TestSnapshotTally(t *testing.T) {
	picture := readPeacock(t)
	t.Chdir(t.TempDir())
	for terminal, want := range map[bool]string{true: "1 picture written to d\n", false: ""} {
		if err := os.RemoveAll("d"); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		env := app.NewEnv(bytes.NewReader(picture), io.Discard, &said)
		env.StderrTerminal = terminal
		if err := Decode(t.Context(), env, Options{All: "d"}, []string{"-"}); err != nil {
			t.Fatal(err)
		}
		if said.String() != want {
			t.Errorf("terminal %v: says %q, want %q", terminal, said.String(), want)
		}
	}
}

// TestSnapshotInterrupted checks that decoding a picture ends with the context, even if
// nothing more has to be read.
func TestSnapshotInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in := &input{file: pictureWriter{ctx: ctx, create: func() (*files.Pending, error) {
		t.Error("a file is made")
		return nil, errors.New("none")
	}}}
	err := in.look(ctx, codec.NewSnapshotScanner(bytes.NewReader(readPeacock(t)), dump.Recognize), false)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

// TestFault checks that a message whose decoder panics causes a warning with its line,
// size and hash, and that the messages behind it are decoded.
func TestFault(t *testing.T) {
	var text strings.Builder
	for _, name := range []string{"baseline-peacock", "gray-peacock", "progressive-peacock"} {
		picture, err := os.ReadFile("../../../testdata/jpeg/" + name + ".jpg")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "%x\n", picture)
	}
	t.Chdir(t.TempDir())
	var said bytes.Buffer
	env := app.NewEnv(strings.NewReader(""), io.Discard, &said)
	o := Options{All: "d"}
	to, err := newDestination(env, o, arguments{})
	if err != nil {
		t.Fatal(err)
	}
	in := &input{env: env, options: o, to: to, name: "day.log", part: func(start, end int64) []byte { return []byte(text.String()[start:end]) }}
	n := 0
	in.file = pictureWriter{ctx: t.Context(), create: func() (*files.Pending, error) {
		if n++; n == 2 {
			panic("a fault that was made")
		}
		return to.create(in.name)
	}}
	err = in.look(t.Context(), codec.NewSnapshotScanner(strings.NewReader(text.String()), dump.Recognize), false)
	if err != nil {
		t.Fatal(err)
	}
	second := strings.SplitAfter(text.String(), "\n")[1]
	size, hash := render.Count(len(second), "byte"), fmt.Sprintf("%x", sha256.Sum256([]byte(second)))
	for _, want := range []string{"warning: day.log: line 2: ", "a fault of mqtool, please report it: a fault that was made (in " + size + " with the SHA-256 " + hash} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("says %q, want %q", said.String(), want)
		}
	}
	if err := in.result(); app.ExitCode(err) != app.Damaged || !strings.Contains(err.Error(), "1 of 3 pictures missing, empty, cut or damaged") {
		t.Errorf("error %v", err)
	}
	if in.written != 2 {
		t.Errorf("%d pictures are written, want those before and behind the fault", in.written)
	}
}

// TestFaultAtEnd checks that the input ends if the scanner panics again and again.
func TestFaultAtEnd(t *testing.T) {
	in := &input{env: app.NewEnv(nil, io.Discard, io.Discard), name: "day.log", part: func(start, end int64) []byte { return nil }}
	in.file = pictureWriter{ctx: t.Context()} // writing to it panics
	text := fmt.Sprintf("%x\n%[1]x", readPeacock(t))
	err := in.look(t.Context(), codec.NewSnapshotScanner(strings.NewReader(text), dump.Recognize), false)
	if err != nil || in.damaged != 2 {
		t.Errorf("error %v, %d faults", err, in.damaged)
	}
}
