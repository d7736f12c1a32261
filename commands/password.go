package commands

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/term"

	"mqtool/commands/internal/render"
	"mqtool/commands/internal/unmark"
)

// A secret is where a password comes from, or nothing. No format prints it.
type secret struct {
	prompt  bool     // ask for it on the terminal
	text    *string  // from the environment, or once it was asked for; a pointer, which prints as a number
	file    string   // its first line
	command []string // the first line that it prints
}

// Format keeps the secret out of everything that is printed.
func (secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(secret)") }

// given tells whether there is a password.
func (s secret) given() bool {
	return s.prompt || s.text != nil || s.file != "" || len(s.command) > 0
}

// pickPassword finds out where the password comes from.
func (o *connectionOptions) pickPassword(b brokerSettings) (secret, error) {
	text := os.Getenv("MQTOOL_PASSWORD")
	typed := o.passwordFile != "" && !o.variables["password-file"]
	switch {
	case o.prompt && typed:
		return secret{}, usageErrorf("--password and --password-file: choose one")
	case o.prompt:
		return secret{prompt: true}, nil
	case typed:
		return secret{file: o.passwordFile}, nil
	case text != "" && o.passwordFile != "":
		return secret{}, usageErrorf("MQTOOL_PASSWORD and MQTOOL_PASSWORD_FILE are both set: unset one")
	case text != "":
		return secret{text: &text}, nil
	case o.passwordFile != "":
		return secret{file: o.passwordFile}, nil
	case o.username != "" && o.username != b.username:
		return secret{}, nil // the one in the file is somebody else's
	}
	return secret{file: b.passwordFile, command: b.passwordCommand}, nil
}

// ask asks for the password on the terminal, if that is where it comes from,
// and warns about a file that others can read.
func (s *secret) ask(ctx context.Context, env *environment, user string) error {
	if s.prompt && s.text == nil {
		text, err := askTerminal(ctx, env, fmt.Sprintf("Password of %s: ", render.Safe(cmp.Or(user, "the user"))))
		if err != nil {
			return err
		}
		s.text = &text
	}
	return nil
}

// warning says what is unsafe about the file of a password, or is "".
func (s secret) warning() string { return exposed("password file", s.file) }

// exposed says that a file with a secret can be read by everybody, or is "".
func exposed(what, file string) string {
	if file == "" || runtime.GOOS == "windows" { // whose mode bits say nothing
		return ""
	}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o007 == 0 {
		return ""
	}
	return fmt.Sprintf("everybody on this machine can read the %s %s (mode %04o): chmod o= %[2]s", what, file, info.Mode().Perm())
}

// read gets the password. Files are read and commands run each time, so that
// a password may change while a command goes on.
func (s secret) read(ctx context.Context) (string, error) {
	var line string
	var err error
	switch {
	case s.text != nil:
		return *s.text, nil
	case s.file != "":
		line, err = s.readFile()
	case len(s.command) > 0:
		line, err = s.run(ctx)
	default:
		return "", nil
	}
	if err == nil && line == "" {
		err = errors.New("the first line is empty")
	}
	if err != nil {
		return "", fmt.Errorf("getting the password from %s: %w", cmp.Or(s.file, strings.Join(s.command[:min(1, len(s.command))], "")), err)
	}
	return line, nil
}

// maxPassword is the longest that MQTT can carry, with a line end.
const maxPassword = 65535 + 2

func (s secret) readFile() (string, error) {
	f, err := os.Open(s.file)
	if err != nil {
		return "", errors.Unwrap(err)
	}
	defer f.Close()
	return firstLine(f)
}

func (s secret) run(ctx context.Context) (string, error) {
	c := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	var out, complaint bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaint
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		first, _ := firstLine(&complaint)
		if first != "" {
			return "", fmt.Errorf("%w: %s", err, first)
		}
		return "", err
	}
	return firstLine(&out)
}

// firstLine reads the first line of a file or an output, which Windows may have written.
func firstLine(r io.Reader) (string, error) { return unmark.FirstLine(r, maxPassword) }

// askTerminal asks a person for a secret, whatever the standard streams are
// used for.
func askTerminal(ctx context.Context, env *environment, question string) (string, error) {
	name := "/dev/tty"
	if runtime.GOOS == "windows" {
		name = "CONIN$"
	}
	talk := env.stderr
	terminal, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		var ok bool
		if terminal, ok = env.stdin.(*os.File); !ok || !isTerminal(terminal) {
			return "", usageErrorf("--password - asks on a terminal, and there is none; use --password-file or MQTOOL_PASSWORD")
		}
	} else {
		defer terminal.Close()
		if runtime.GOOS != "windows" { // where a console is two files
			talk = terminal
		}
	}
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("asking for the password: %w", err)
	}
	fmt.Fprint(talk, question)
	type answer struct {
		text []byte
		err  error
	}
	// As with every read from a terminal, only the end of the process ends it.
	answers := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		fmt.Fprintln(talk)
		if a.err != nil {
			return "", fmt.Errorf("asking for the password: %w", a.err)
		}
		if len(a.text) == 0 {
			return "", usageErrorf("no password was typed")
		}
		return string(a.text), nil
	case <-ctx.Done():
		fmt.Fprintln(talk)
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}
