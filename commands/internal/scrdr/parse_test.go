package scrdr

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mqtool/codec"
	"mqtool/codec/dump"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
	"mqtool/internal/fake"
)

// eventLines returns n different $SCRDR lines.
func eventLines(n int) string {
	var b strings.Builder
	for i := range n {
		m := codec.Line{Type: "SCRDR", Checksum: codec.Some(codec.Checksum{Rule: codec.RuleExclusive})}
		tag := fmt.Sprintf("%014X", uint64(i)*0x9E3779B97F4A7C15>>8)
		m.Fields = []string{"13", "01", "01", "", tag, []string{"", "I", "R"}[i%3], "00" + tag, ""}
		b.WriteString(m.String() + "\r\n")
	}
	return b.String()
}

func jsonLines(n int) string {
	var b strings.Builder
	for i := range n {
		tag := fmt.Sprintf("%014X", uint64(i)*0x9E3779B97F4A7C15>>8)
		fmt.Fprintf(&b, `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"%s","TagData":"00%s","Uptime":"699:%d.850"}`+"\n", tag, tag, i)
	}
	return b.String()
}

// TestFault checks that a line at which mqtool panics is reported, and that all other lines
// are parsed.
func TestFault(t *testing.T) {
	const n = 1000
	wrong := uint64(500)
	text := eventLines(n)
	for name, parse := range map[string]func(p *parser) error{
		"in turn":  func(p *parser) error { return p.inTurn(codec.NewLogBlocks(strings.NewReader(text)), false) },
		"parallel": func(p *parser) error { return p.parallel(codec.NewLogBlocks(strings.NewReader(text))) },
	} {
		var out, errs bytes.Buffer
		p, err := newParser(app.NewEnv(nil, &out, &errs), Options{Output: cmdline.Output{JSON: true}})
		if err != nil {
			t.Fatal(err)
		}
		p.name = "log"
		appendLine, tag := p.print, fmt.Sprintf("%014X", (wrong-1)*0x9E3779B97F4A7C15>>8)
		p.print = func(dst []byte, e *render.Envelope) []byte {
			if e.Value.(*codec.ReaderEvent).TagID == tag {
				panic("no")
			}
			return appendLine(dst, e)
		}
		if err := errors.Join(parse(p), p.flush()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if lines := strings.Count(out.String(), "\n"); lines != n-1 || strings.Contains(out.String(), tag) {
			t.Errorf("%s: %d lines", name, lines)
		}
		if !strings.HasPrefix(errs.String(), "log:500: a fault of mqtool, please report it: no (in ") || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%s: %s", name, &errs)
		}
		if err := p.account(); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestZones checks that the time at which an event was received is right in every zone.
// mosquitto_sub itself wrote the lines.
func TestZones(t *testing.T) {
	text, err := os.ReadFile("../../../testdata/dumps/mosquitto-zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	events := 0
	for line := range strings.Lines(string(text)) {
		truth, log, _ := strings.Cut(line, "|")
		want, _ := dump.ParseStamp(strings.Fields(truth)[1])
		if !strings.Contains(log, "/rdr/evt") {
			continue
		}
		var out, errs bytes.Buffer
		o := Options{Output: cmdline.Output{JSON: true}}
		if err := Parse(t.Context(), app.NewEnv(strings.NewReader(log), &out, &errs), o, nil); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		var got struct {
			Time   time.Time
			Device string
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || want.Sub(got.Time).Abs() > time.Second || got.Device != "DA1275B0" {
			t.Errorf("%s: %s, %v", line, out.Bytes(), err)
		}
		events++
	}
	if events != 20 {
		t.Errorf("%d events", events)
	}
}

// TestParallel checks that several goroutines print the same as one, including errors and
// counts.
func TestParallel(t *testing.T) {
	var b strings.Builder
	for b.Len() < parallelSize {
		b.WriteString(eventLines(500))
		b.WriteString("nothing\n\r\n$SCRDR;13;zz;zz\n" + jsonLines(3) + `x/DA1275B0/rdr/evt {"TagId":"04"` + "\n")
		b.WriteString(strings.Repeat("x/DA1275B0/rdr/evt {\n\t\"TagId\":\n\t\"05\"\n}\n", 20) + "$SCRDR;;;;;06\r$SCRDR;13;zz;zz\r\n")
		if b.Len() > parallelSize/2 && b.Len() < parallelSize/2+30000 {
			b.WriteString("$SCRDR;;;;;" + strings.Repeat("00", 256<<10) + "\n" + strings.Repeat("x", 512<<10) + "\n")
		}
	}
	b.WriteString("$SCRDR;13;zz;zz") // no line end
	t.Chdir(t.TempDir())
	if err := os.WriteFile("log", []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(o Options, in io.Reader, names ...string) (string, string) {
		var out, errs bytes.Buffer
		err := Parse(t.Context(), app.NewEnv(in, &out, &errs), o, names)
		if !errors.Is(err, codec.ErrMalformed) {
			t.Fatalf("error %v", err)
		}
		return out.String(), errs.String() + err.Error()
	}
	for name, o := range map[string]Options{
		"JSON":   {Output: cmdline.Output{JSON: true}},
		"CSV":    {CSV: true},
		"strict": {Output: cmdline.Output{JSON: true}, Strict: true},
	} {
		t.Run(name, func(t *testing.T) {
			want, wantErrs := run(o, strings.NewReader(b.String()))
			got, gotErrs := run(o, nil, "log")
			if got != want {
				t.Error("the output differs")
			}
			if wantErrs = strings.ReplaceAll(wantErrs, "stdin:", "log:"); gotErrs != wantErrs {
				t.Errorf("the reports differ:\n%.2000s\nwant\n%.2000s", gotErrs, wantErrs)
			}
		})
	}

	t.Run("output fails", func(t *testing.T) {
		o := Options{Output: cmdline.Output{JSON: true}}
		err := Parse(t.Context(), app.NewEnv(nil, failingWriter{}, io.Discard), o, []string{"log"})
		if !errors.Is(err, errNoRoom) || !errors.As(err, new(app.OutputError)) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		o := Options{Output: cmdline.Output{JSON: true}}
		err := Parse(ctx, app.NewEnv(nil, io.Discard, io.Discard), o, []string{"log"})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// TestBlocksAreForgotten checks that nothing which is remembered from line to line lies in
// the memory of a block, because that memory is reused. Here every second block has the
// same memory and similar lines.
func TestBlocksAreForgotten(t *testing.T) {
	var text strings.Builder
	for i := range 20 {
		fmt.Fprintf(&text, "DA12%04X/rdr/evt %s", i, eventLines(1))
		fmt.Fprintf(&text, "$SCRDR;13;01;01;;04;;a;b;c%02d\n", i)
		fmt.Fprintf(&text, `a/DA12%02d/rdr/evt {"TagId":"04%02X","new":{"a":1%02d}}`+"\n", i, i, i)
		fmt.Fprintf(&text, "$SCXYZ;%02d\n$SCRDR;13;01;zz%02d\nnothing %02d\n", i, i, i)
	}
	run := func(read func(*parser) error) (string, string) {
		var out, errs bytes.Buffer
		p := &parser{
			env: app.NewEnv(fake.Pipe(text.String()), &out, &errs), name: "stdin", flushAt: outputBlock,
			print:      func(dst []byte, e *render.Envelope) []byte { return append(e.AppendJSON(dst), '\n') },
			complaints: render.NewStyle(false),
		}
		if err := errors.Join(read(p), p.flush()); err != nil {
			t.Fatal(err)
		}
		return out.String(), errs.String()
	}
	want, wantErrs := run(func(p *parser) error {
		codec.NewLogScanner(codec.CheckEither).Scan(codec.LogBlock{Text: text.String()}, p.take)
		return p.failure
	})
	got, gotErrs := run(func(p *parser) error { return p.file(t.Context(), "-", false) })
	if got != want || gotErrs != wantErrs {
		t.Errorf("got\n%s%s\nwant\n%s%s", got, gotErrs, want, wantErrs)
	}
	if strings.Count(want, "\n") != 4*20 || strings.Count(wantErrs, "stdin:") != 20 {
		t.Errorf("%d lines, %d errors", strings.Count(want, "\n"), strings.Count(wantErrs, "stdin:"))
	}
}

// TestBlocksJoin checks that the result does not depend on how the input is split, not
// even inside an object of several lines.
func TestBlocksJoin(t *testing.T) {
	parts := []string{
		"a/DA1275B0/rdr/evt {", "{", " {", "\t\"TagId\":", "\"TagId\": \"04\"", "\"TagId\": \"0", "}", " }", "}}", "", "  ]", "[", "x", " ",
		"$SCRDR;;;;;05", " $SCRDR;;;;;06", "$SCRDR;;;zz", `{"TagId":"07"}`, "12",
	}
	ends := []string{"\n", "\n", "\n", "\r\n", "\r", "\r\r\n"}
	random := rand.New(rand.NewPCG(3, 4))
	run := func(r io.Reader) string {
		var out, errs bytes.Buffer
		err := Parse(t.Context(), app.NewEnv(r, &out, &errs), Options{Output: cmdline.Output{JSON: true}}, nil)
		return fmt.Sprintf("%s%s%v", &out, &errs, err)
	}
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	for range rounds {
		var text strings.Builder
		for range random.IntN(12) {
			text.WriteString(parts[random.IntN(len(parts))] + ends[random.IntN(len(ends))])
		}
		want := run(strings.NewReader(text.String()))
		for name, r := range map[string]io.Reader{
			"bytes": iotest.OneByteReader(strings.NewReader(text.String())), "lines": fake.Pipe(text.String()),
		} {
			if got := run(r); got != want {
				t.Fatalf("%q in %s gives\n%s\nwant\n%s", text.String(), name, got, want)
			}
		}
	}
}

var errNoRoom = errors.New("no room")

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errNoRoom }

func BenchmarkScrdrParse(b *testing.B) {
	toJSON := func(dst []byte, e *render.Envelope) []byte { return append(e.AppendJSON(dst), '\n') }
	toText := render.NewText(render.NewStyle(false), render.Layout{Verbose: true}).Append
	for _, bb := range []struct {
		name, text string
		print      func([]byte, *render.Envelope) []byte
	}{
		{"scrdr to nothing", eventLines(4000), func(dst []byte, _ *render.Envelope) []byte { return dst }},
		{"scrdr to JSON", eventLines(4000), toJSON},
		{"scrdr to CSV", eventLines(4000), render.AppendCSV},
		{"scrdr to text", eventLines(4000), toText},
		{"JSON to JSON", jsonLines(2000), toJSON},
		{"lines of others", strings.Repeat("2026-11-23T01:55:05Z INFO client 192.168.1.7 connected (c1, d0, q0), session Nov gate sub[1234]: pings 17\n", 1000), toJSON},
	} {
		b.Run(bb.name, func(b *testing.B) {
			p := &parser{env: app.NewEnv(strings.NewReader(""), io.Discard, io.Discard), print: bb.print, flushAt: outputBlock}
			scanner := codec.NewLogScanner(codec.CheckEither)
			b.SetBytes(int64(len(bb.text)))
			b.ReportAllocs()
			for b.Loop() {
				if scanner.Scan(codec.LogBlock{Text: bb.text}, p.take); p.failure != nil {
					b.Fatal(p.failure)
				}
			}
			lines := float64(b.N) * float64(strings.Count(bb.text, "\n"))
			b.ReportMetric(b.Elapsed().Seconds()*1e9/lines, "ns/line")
			b.ReportMetric(0, "ns/op")
		})
	}
}
