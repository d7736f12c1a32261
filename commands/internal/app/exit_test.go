package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"mqtool/codec"
)

func TestExitCode(t *testing.T) {
	noFile := &fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}
	bad := Damagedf("2 lines could not be read")
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{noFile, 1},
		{OutputError{syscall.EPIPE}, 0},
		{fmt.Errorf("printing: %w", OutputError{&fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}}), 0},
		{OutputError{syscall.ENOSPC}, 1},
		{syscall.EPIPE, 1}, // of a connection
		{Usagef("no"), 2},
		{fmt.Errorf("x: %w", Usagef("no")), 2},
		{bad, 3},
		{fmt.Errorf("x: %w", &codec.SyntaxError{}), 3},
		{fmt.Errorf("x: %w", NoAnswerf("y")), 4},
		{fmt.Errorf("x: %w", context.Canceled), 130},
		{errors.Join(bad), 3},
		{errors.Join(bad, noFile), 1},
		{errors.Join(noFile, bad), 1},
		{errors.Join(bad, context.Canceled), 130},
	} {
		if got := ExitCode(tt.err); got != tt.want {
			t.Errorf("exit code of %v is %d, want %d", tt.err, got, tt.want)
		}
	}
}

func TestPrintError(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{errors.New("a\x1b[31m"), "mqtool: error: a\\x1b[31m\n"},
		{errors.Join(errors.New("a"), errors.New("b")), "mqtool: error: a\nmqtool: error: b\n"},
		{fmt.Errorf("x: %w", context.Canceled), "mqtool: interrupted\n"},
		{OutputError{&fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}}, "mqtool: error: cannot write to standard output: no space left on device\n"},
	} {
		var b bytes.Buffer
		NewEnv(nil, nil, &b).PrintError(tt.err)
		if b.String() != tt.want {
			t.Errorf("%v: got %q, want %q", tt.err, b.String(), tt.want)
		}
	}
}

func TestTell(t *testing.T) {
	var b bytes.Buffer
	env := NewEnv(nil, nil, &b)
	env.StderrColumns = func() int { return 30 }
	env.Color = "always"
	env.Notice("listening to %s", "a/very/long/topic/indeed/and/more")
	env.Warn("the connection is lost")
	env.Fail(errors.New("no\x1b"))
	env.Report("gate.jpg: 1 picture, from text")
	const want = "mqtool: listening to\n    a/very/long/topic/indeed/a\n    nd/more\n" +
		"mqtool: \x1b[33mwarning:\x1b[0m the\n    connection is lost\n" +
		"mqtool: \x1b[31;1merror:\x1b[0;22m no\\x1b\n" +
		"gate.jpg: 1 picture, from text\n"
	if got := b.String(); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}
