// Package commands holds the subcommands of mqtool, one file each: the file
// names the options and makes one call. No file refers to another one, but this
// one lists them all. What they do, and what they share, stands below internal:
//
//   - listen, send, ask (wake, look, status, config), registers, pictures, gallery, scrdr, tags, simulate and doctor do the work, setup asks how to connect,
//   - show draws pictures in a terminal, progress shows how far the work is, page shows received messages in browsers,
//   - site holds what is known about one installation, text reads inputs, files writes pictures,
//   - broker speaks MQTT, render writes for people and programs, simulator simulates devices,
//   - completion tells shells what can be typed, manual writes manual pages,
//   - app and cmdline are for all of them: the process, and the command line.
//
// Imports go down this list; .golangci.yml says so.
package commands

import (
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/completion"
	"mqtool/commands/internal/manual"
	"mqtool/commands/internal/site"
)

// makers lists all commands, in the order of the help.
var makers = []struct {
	name string
	make func(*app.Env) *cli.Command
}{
	{"listen", listenCommand},
	{"send", sendCommand},
	{"wake", wakeCommand},
	{"look", lookCommand},
	{"status", statusCommand},
	{"config", configCommand},
	{"snapshot-decode", snapshotDecodeCommand},
	{"gallery", galleryCommand},
	{"scrdr-parse", scrdrParseCommand},
	{"tags", tagsCommand},
	{"simulate", simulateCommand},
	{"doctor", doctorCommand},
	{"init", initCommand},
	{"completion", completionCommand},
}

// commandList makes the command that is named. It makes all commands if none has that
// name, and none to print the version. Making all commands makes all their options, which takes
// a seventh of the run time of a short command, so only the needed ones are made.
func commandList(env *app.Env, named string) []*cli.Command {
	if named == "--version" || named == "version" {
		return nil
	}
	var list []*cli.Command
	for _, m := range makers {
		if m.name == named {
			return []*cli.Command{m.make(env)}
		}
	}
	for _, m := range makers {
		list = append(list, m.make(env))
	}
	return list
}

// Main runs the command line args (args[0] is the program) and returns the
// exit code. It alone prints errors and chooses the code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return runMain(app.NewEnv(stdin, stdout, stderr), args)
}

func runMain(env *app.Env, args []string) int {
	// When the reader of a pipe ends (mqtool ... | head), the write must return an error.
	// Without this line the signal would end the process.
	signal.Ignore(syscall.SIGPIPE)

	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores the signal
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	// The first signal asks the command to end. After that, a second signal has its usual
	// effect and ends the process.
	context.AfterFunc(ctx, stop)

	err := env.CheckOutput()
	if err == nil {
		err = run(ctx, env, args)
	}
	code := app.ExitCode(err)
	if code != app.Done {
		env.PrintError(err)
	}
	return code
}

// run runs one command line.
func run(ctx context.Context, env *app.Env, args []string) error {
	var named string
	if len(args) > 1 {
		named = args[1]
	}
	if named == completion.Entry {
		return complete(env, args[2:])
	}
	return cmdline.Run(ctx, env, args, commandList(env, named))
}

// complete answers a shell that asks what can be typed after these words.
func complete(env *app.Env, words []string) error {
	var named string
	if len(words) > 1 {
		named = words[0]
	}
	list := commandList(env, named)
	if named == "" { // only names of commands are offered, and the texts of all options take a fifth of the time
		for _, c := range list {
			c.Flags, c.Subcommands = nil, nil
		}
	}
	offer := completion.Complete(cmdline.Define(list), words, site.KnownNames)
	return offer.Write(env.Stdout)
}

// WriteManual writes the manual pages of all commands and topics into a directory. It is
// not a part of the program: scripts/man calls it. date is when the pages were last
// changed.
func WriteManual(directory, date string) error {
	for _, page := range manualPages(date) {
		if err := os.WriteFile(filepath.Join(directory, page.Name), []byte(page.Text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func manualPages(date string) []manual.Page {
	list := commandList(app.NewEnv(strings.NewReader(""), io.Discard, io.Discard), "")
	pages := manual.Commands(cmdline.Define(list), date)
	for _, topic := range cmdline.Topics() {
		pages = append(pages, manual.Topic(topic, cmdline.TopicHelp(topic, list), date))
	}
	return pages
}
