package commands_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mqtool/commands"
	"mqtool/commands/internal/broker"
)

// update rewrites the golden texts of the scripts: go test ./commands -update.
var update = flag.Bool("update", false, "update the golden texts of the scripts")

// elsewhere is for the second run of .ci/run: go test ./commands -run TestScripts -elsewhere.
var elsewhere = flag.Bool("elsewhere", false, "run the scripts in UTC that mention a time or a help")

// setPlace sets where a script runs: in UTC, or where the clock has another hour
// and another minute, and the shell says how wide the terminal is.
func setPlace(env *testscript.Env, far bool) {
	zone, columns := "UTC", ""
	if far {
		zone, columns = "Asia/Kolkata", "80"
	}
	env.Setenv("TZ", zone)
	env.Setenv("COLUMNS", columns)
}

func TestMain(m *testing.M) {
	// Scripts wait much and work little, so more of them run at a time than there are processors.
	_ = flag.Set("test.parallel", "8")
	// A program under the race detector sleeps for a second before it ends, and
	// the scripts start hundreds.
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0")
	// The first connection sets the loggers of the MQTT library. This must happen
	// before the harness connects, so this call tries to connect and fails.
	ended, end := context.WithCancel(context.Background())
	end()
	_, _ = broker.Dial(ended, broker.Config{URL: "127.0.0.1"})
	testscript.Main(m, map[string]func(){
		"mqtool": func() {
			os.Exit(commands.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
		},
		"mqtool-clock": func() {
			os.Exit(commands.ClockMain(os.Args, os.Stdin, os.Stdout, os.Stderr))
		},
		"probe": func() {
			os.Exit(commands.ProbeMain(os.Args, os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// TestScripts runs the real program as a person would. The head of each script says what
// the script is about. TestLive runs the scripts that need a broker.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("starts four hundred programs")
	}
	files, err := filepath.Glob("../testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	params := scriptParams(t)
	params.Files = slices.DeleteFunc(files, func(name string) bool {
		return strings.HasPrefix(filepath.Base(name), "live-") || *elsewhere && isSameEverywhere(t, name)
	})
	testscript.Run(t, params)
}

// placed matches what can differ from place to place: times and the width of a help.
var placed = regexp.MustCompile(`[0-9]{2}:[0-9]{2}|20[0-9]{2}-|--help|-h\b|COLUMNS|TZ`)

// isSameEverywhere reports whether a script mentions nothing that differs from
// place to place.
func isSameEverywhere(t *testing.T, name string) bool {
	script, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return !placed.Match(script)
}

// scriptParams returns what all scripts have in common.
func scriptParams(t *testing.T) testscript.Params {
	// Under nohup the programs would ignore SIGHUP, and scripts would wait for them forever.
	// Go resets a signal in its children if it is not ignored here.
	if signal.Ignored(syscall.SIGHUP) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	testdata, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TESTDATA", testdata)
			setPlace(env, !*elsewhere)
			env.Setenv("NO_COLOR", "")
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exitcode": exitCode,
			"waitfile": waitFile,
			"fill":     fill,
			"fake":     startFake,
		},
	}
}

// exitCode runs a command and compares its exit code: exitcode N command [args...]
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit := (*exec.ExitError)(nil)
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// waitFile waits until a command in the background has written a text to a file:
// waitfile FILE TEXT
func waitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfile file text")
	}
	name := ts.MkAbs(args[0])
	deadline := time.After(patience)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		text, err := os.ReadFile(name)
		if err == nil && strings.Contains(string(text), args[1]) {
			return
		}
		select {
		case <-look.C:
		case <-deadline:
			ts.Fatalf("%s never held %q: %v\n%s", args[0], args[1], err, text)
		}
	}
}

// fill replaces $NAME and ${NAME} in files by the values of the script's variables:
// fill FILE...
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fill file...")
	}
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o666))
	}
}
