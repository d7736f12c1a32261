// Package schema holds the lines of JSON that mqtool prints against docs/schema. It is a
// package of its own because the library for schemas takes as long to start as all the rest,
// and the tests of the commands start themselves some thousand times.
package schema

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"mqtool/codec"
	"mqtool/commands"
	"mqtool/commands/internal/render"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"mqtool": func() { os.Exit(commands.Main(os.Args, os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// goldenLines are the lines of JSON that the scripts expect.
func goldenLines(t *testing.T) (lines []string) {
	t.Helper()
	files, err := filepath.Glob("../../../testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, `{"`) && json.Valid([]byte(line)) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// vectorLines are the messages of the vectors, as listen prints them.
func vectorLines(t *testing.T) (lines []string) {
	t.Helper()
	for _, name := range []string{"milesight-4g", "springcore"} {
		f, err := os.Open("../../../testdata/vectors/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		in := bufio.NewScanner(f)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			var v struct{ Topic, Input, Kind string }
			if err := json.Unmarshal(in.Bytes(), &v); err != nil {
				t.Fatal(err)
			}
			if v.Topic == "" {
				v.Topic = map[string]string{
					"scrdr": "springcard/springcore/DA1275B0/rdr/evt", "event": "springcard/springcore/DA1275B0/rdr/evt",
					"sccmd": "springcard/springcore/DA1275B0/rdr/cmd", "command": "springcard/springcore/DA1275B0/rdr/cmd",
					"status": "springcard/springcore/DA1275B0/status", "meta": "springcard/springcore/DA1275B0/meta",
				}[v.Kind]
			}
			for _, item := range codec.Decode(v.Topic, []byte(v.Input)) {
				if item.Err == nil {
					e := render.Envelope{Time: time.Unix(1795398905, 0), Topic: v.Topic, Value: item.Value}
					lines = append(lines, string(e.AppendJSON(nil)))
				}
			}
		}
	}
	return lines
}

// schemas compiles the schemas of docs/schema. They are open for names to come; here no name may
// be missing in them, unless they say that any name may stand in a place.
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiled := map[string]*jsonschema.Schema{}
	names := []string{"message", "device", "action", "check"}
	for _, name := range names {
		f, err := os.Open("../../../docs/schema/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		doc, err := jsonschema.UnmarshalJSON(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		closeObjects(doc)
		if err := compiler.AddResource(name+".json", doc); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		schema, err := compiler.Compile(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		compiled[name] = schema
	}
	return compiled
}

// closeObjects forbids names that a schema of an object does not have. Parts of a condition
// say something of an object whose names stand elsewhere.
func closeObjects(part any) {
	switch part := part.(type) {
	case map[string]any:
		if _, open := part["additionalProperties"]; part["type"] == "object" && part["properties"] != nil && !open {
			part["additionalProperties"] = false
		}
		for _, inner := range part {
			closeObjects(inner)
		}
	case []any:
		for _, inner := range part {
			closeObjects(inner)
		}
	}
}

// schemaOf names the schema of a line, or "" if it is not one of mqtool's.
func schemaOf(line map[string]any) string {
	has := func(names ...string) bool {
		for _, name := range names {
			if _, ok := line[name]; !ok {
				return false
			}
		}
		return true
	}
	switch {
	case has("check", "state"):
		return "check"
	case has("did"):
		return "action"
	case has("kind", "data"):
		return "message"
	case has("family", "state", "ok"):
		return "device"
	}
	return ""
}

// checkLines holds lines against the schemas, and returns how many there were of each.
func checkLines(t *testing.T, lines []string) map[string]int {
	t.Helper()
	all, seen := schemas(t), map[string]int{}
	for _, text := range lines {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		line, _ := value.(map[string]any)
		name := schemaOf(line)
		if name == "" {
			continue
		}
		seen[name]++
		if err := all[name].Validate(value); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
	return seen
}

// TestSchemaGolden: what the scripts expect, and what becomes of the vectors, is as docs/schema says.
func TestSchemaGolden(t *testing.T) {
	if seen := checkLines(t, goldenLines(t)); seen["message"] < 60 {
		t.Errorf("looked at %v", seen)
	}
	if seen := checkLines(t, vectorLines(t)); seen["message"] < 35 {
		t.Errorf("looked at %v", seen)
	}
}

// TestSchemaClosed: a name that no schema has is found.
func TestSchemaClosed(t *testing.T) {
	all := schemas(t)
	for name, text := range map[string]string{
		"message": `{"kind":"event","data":{"format":"json","nothing":1}}`,
		"device":  `{"family":"milesight","device":"A","state":"awake","ok":true,"status":{"kind":"status","family":"milesight","data":{"nothing":1}}}`,
		"action":  `{"time":"2026-04-19T17:46:58Z","family":"milesight","device":"A","did":"woke","nothing":1}`,
		"check":   `{"check":"tls","state":"ok","nothing":1}`,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := all[name].Validate(value); err == nil || !strings.Contains(err.Error(), "nothing") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaLive does what "make demo" does, with --json, and other things with simulated devices.
// All that is printed is as docs/schema says.
func TestSchemaLive(t *testing.T) {
	folder := t.TempDir()
	address := make(chan string, 1)
	simulate := exec.Command("mqtool", "simulate", "--serve", "0", "--json")
	did, said := &strings.Builder{}, &lineWriter{found: address, mark: "broker at "}
	simulate.Stdout, simulate.Stderr = did, said
	if err := simulate.Start(); err != nil {
		t.Fatal(err)
	}
	var broker string
	select {
	case broker = <-address:
	case <-time.After(30 * time.Second):
		t.Fatal("the broker did not start")
	}
	run := func(args ...string) *exec.Cmd {
		c := exec.Command("mqtool", args...)
		c.Dir, c.Stdout, c.Stderr = folder, &strings.Builder{}, &strings.Builder{}
		c.Env = append(os.Environ(), "MQTOOL_BROKER="+broker, "MQTOOL_CONFIG="+os.DevNull)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	testdata, err := filepath.Abs("../../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	commands := []*exec.Cmd{
		run("listen", "--json", "--retained", "all", "--with-payload", "--save", "pictures", "--accept", "--count", "9", "--timeout", "40s"),
		run("listen", "--json", "--topic", "#", "--count", "9", "--timeout", "40s"),
		run("listen", "--json", "--expect", "1s", "--timeout", "4s", "DA1275B0", "5CC5638AE24C"),
		run("wake", "5CC5638AE24C", "1CC31660025E", "--json", "--then", "reboot"),
		run("look", "1CC31660025E", "--json", "--timeout", "40s"),
		run("status", "--json", "--timeout", "4s"),
		run("status", "000000000000", "--json", "--timeout", "1s"),
		run("doctor", "DA1275B0", "--json"),
		run("send", "DA1275B0", "--accept", "--dry-run", "--json"),
		run("scrdr-parse", "--json", filepath.Join(testdata, "dumps", "door.log")),
		run("snapshot-decode", "--info", "--json", filepath.Join(testdata, "dumps", "day.log")),
		run("config", "registers", "check", "--json", filepath.Join(testdata, "registers", "broken.json")),
	}
	var lines []string
	for _, c := range commands {
		_ = c.Wait() // some of them are meant to fail
		out := fmt.Sprint(c.Stdout)
		if !strings.HasPrefix(out, "{") {
			t.Errorf("%v printed %q and %s", c.Args, out, c.Stderr)
		}
		lines = slices.AppendSeq(lines, strings.Lines(out))
	}
	if err := simulate.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = simulate.Wait()
	lines = slices.AppendSeq(lines, strings.Lines(did.String()))
	for i, line := range lines {
		var value map[string]any
		if err := json.Unmarshal([]byte(line), &value); err != nil || schemaOf(value) == "" {
			t.Errorf("no schema for %s", line)
		}
		lines[i] = strings.TrimSpace(line)
	}
	seen := checkLines(t, lines)
	for name, least := range map[string]int{"message": 30, "device": 4, "action": 10, "check": 17} {
		if seen[name] < least {
			t.Errorf("%s: %d lines, want %d", name, seen[name], least)
		}
	}
}

// A lineWriter waits for what stands between a mark and a semicolon.
type lineWriter struct {
	text  strings.Builder
	mark  string
	found chan<- string
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.text.Write(b)
	if _, behind, ok := strings.Cut(w.text.String(), w.mark); ok && w.found != nil {
		if address, _, ok := strings.Cut(behind, ";"); ok {
			w.found <- address
			w.found = nil
		}
	}
	return len(b), nil
}
