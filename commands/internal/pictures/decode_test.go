package pictures

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"mqtool/codec"
	"mqtool/codec/dump"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/files"
)

func readPeacock(t *testing.T) []byte {
	t.Helper()
	picture, err := os.ReadFile("../../../testdata/jpeg/baseline-peacock.jpg")
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// TestSnapshotTally: on a terminal somebody waits for an answer; elsewhere what
// is said may be a mail from cron.
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

// TestSnapshotInterrupted: a picture ends when the context does, also when it
// needs no more reading.
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

// TestFault checks that a scanner which panics has met with damaged input, and
// does not end the program.
func TestFault(t *testing.T) {
	_, err := new(input).next(nil)
	if app.ExitCode(err) != app.Damaged || !strings.Contains(err.Error(), "a fault of mqtool, please report it: ") {
		t.Errorf("%v", err)
	}
}
