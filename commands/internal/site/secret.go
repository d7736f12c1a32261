package site

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

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/unmark"
)

// A Secret says where a password comes from; the zero Secret has none. No format prints
// it.
type Secret struct {
	prompt  bool     // ask for it on the terminal
	text    *string  // from the environment, or as the user typed it; a pointer, because that prints as a number
	File    string   // the first line of this file
	command []string // the first line that this command prints
	origin  string   // the configuration file that names the command
	of      string   // whose password it is, for errors: "" or " of the key"
}

// Format keeps the secret out of everything that is printed.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(secret)") }

// Given reports whether there is a password.
func (s Secret) Given() bool {
	return s.prompt || s.text != nil || s.File != "" || len(s.command) > 0
}

// pickPassword decides where the password comes from; b is the broker's table of a
// configuration file.
func (o *Options) pickPassword(file string, b brokerSettings) (Secret, error) {
	text := os.Getenv("MQTOOL_PASSWORD")
	typed := o.passwordFile != "" && !o.Variables["password-file"]
	switch {
	case o.prompt && typed:
		return Secret{}, app.Usagef("--password and --password-file: choose one")
	case o.prompt:
		return Secret{prompt: true}, nil
	case typed:
		return Secret{File: o.passwordFile}, nil
	case text != "" && o.passwordFile != "":
		return Secret{}, app.Usagef("MQTOOL_PASSWORD and MQTOOL_PASSWORD_FILE are both set: unset one")
	case text != "":
		return Secret{text: &text}, nil
	case o.passwordFile != "":
		return Secret{File: o.passwordFile}, nil
	case o.username != "" && o.username != b.username:
		return Secret{}, nil // the password in the file belongs to another user name
	}
	return Secret{File: b.passwordFile, command: b.passwordCommand, origin: file}, nil
}

// keyPassword says where the password of the key comes from that a connection uses; b is
// the broker's table of a configuration file.
func keyPassword(file string, b brokerSettings, c broker.Config) Secret {
	if cmp.Or(c.KeyFile, c.CertFile) != cmp.Or(b.key, b.cert) {
		return Secret{} // the password in the file belongs to another key
	}
	return Secret{File: b.keyPasswordFile, command: b.keyPasswordCommand, origin: file, of: " of the key"}
}

// ask asks for the password on the terminal, if it is to be typed there.
func (s *Secret) ask(ctx context.Context, env *app.Env, user string) error {
	if s.prompt && s.text == nil {
		text, err := askTerminal(ctx, env, fmt.Sprintf("Password of %s: ", render.Safe(cmp.Or(user, "the user"))))
		if err != nil {
			return err
		}
		s.text = &text
	}
	return nil
}

// Ask asks for the password on the terminal. user is whose it is. The password will be written
// into File.
func (s *Secret) Ask(ctx context.Context, env *app.Env, user string) error {
	s.prompt = true
	return s.ask(ctx, env, user)
}

// Typed returns the password that the user has typed. ok is false if there is none.
func (s Secret) Typed() (text string, ok bool) {
	if s.text == nil {
		return "", false
	}
	return *s.text, true
}

// Read returns the password. It reads files and runs commands each time, so that a
// password may change while a command runs.
func (s Secret) Read(ctx context.Context) (string, error) {
	var line string
	var err error
	switch {
	case s.text != nil:
		return *s.text, nil
	case s.File != "":
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
		return "", fmt.Errorf("getting the password%s from %s: %w", s.of, cmp.Or(s.File, strings.Join(s.command[:min(1, len(s.command))], "")), err)
	}
	return line, nil
}

// maxPassword is the length of the longest password that MQTT can carry, with a line end.
const maxPassword = 65535 + 2

func (s Secret) readFile() (string, error) {
	f, err := os.Open(s.File)
	if err != nil {
		return "", errors.Unwrap(err)
	}
	defer f.Close()
	return unmark.FirstLine(f, maxPassword)
}

func (s Secret) run(ctx context.Context) (string, error) {
	if text := changeable(s.origin); text != "" {
		return "", fmt.Errorf("it was not run, because %s", text)
	}
	c := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	var out, complaint bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaint
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		first, _ := unmark.FirstLine(&complaint, maxPassword)
		if first != "" {
			return "", fmt.Errorf("%w: %s", err, first)
		}
		return "", err
	}
	return unmark.FirstLine(&out, maxPassword)
}

// askTerminal asks the user for a secret on the terminal, even if the standard streams are
// used for something else.
func askTerminal(ctx context.Context, env *app.Env, question string) (string, error) {
	name := "/dev/tty"
	if runtime.GOOS == "windows" {
		name = "CONIN$"
	}
	talk := env.Stderr
	terminal, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		var ok bool
		if terminal, ok = env.Stdin.(*os.File); !ok || !app.IsTerminal(terminal) {
			return "", app.Usagef("--password - asks on a terminal, and there is none; use --password-file or MQTOOL_PASSWORD")
		}
	} else {
		defer terminal.Close()
		if runtime.GOOS != "windows" { // on Windows a console consists of two files
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
	// Like any read from a terminal, this one ends only with the process.
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
			return "", app.Usagef("no password was typed")
		}
		return string(a.text), nil
	case <-ctx.Done():
		fmt.Fprintln(talk)
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}
