package listen

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"mqtool/commands/internal/render"
)

func TestPrinter(t *testing.T) {
	const payload = "$SCRDR;13;;;;01\n$SCRDR;13;;;;02"
	for _, tt := range []struct {
		name    string
		format  Format
		want    string // the lines are cut at "..."
		printed int
	}{
		{"raw", FormatRaw, payload, 1},
		{"hex", FormatHex, "2453435244523b31333b3b3b3b30310a2453435244523b31333b3b3b3b3032\n", 1},
		{"JSON", FormatJSON, `{"time":"2026-11-23T12:00:00Z","topic":"springcard/springcore/R1/rdr/evt",`, 2},
		{"text", FormatText, "2026-11-23 ", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			p := NewPrinter(&out, tt.format, render.NewText(render.NewStyle(false), render.Layout{}))
			printed := 0
			for _, item := range take(t, p, event(payload)) {
				if item.Printed {
					printed++
				}
			}
			if out.Len() > 0 || p.Pending() == 0 {
				t.Error("it does not wait")
			}
			if err := p.Flush(); err != nil || p.Pending() != 0 {
				t.Error(err)
			}
			if printed != tt.printed || !strings.HasPrefix(out.String(), tt.want) {
				t.Errorf("%d printed: %q", printed, out.String())
			}
			if tt.format == FormatJSON && strings.Count(out.String(), "}\n") != 2 {
				t.Errorf("no line for each value: %s", &out)
			}
			wantAccount(t, p)
		})
	}
}

func TestPrinterMemory(t *testing.T) {
	var out bytes.Buffer
	p := NewPrinter(&out, FormatRaw, render.NewText(render.NewStyle(false), render.Layout{}))
	for _, size := range []int{100, 5 * maxBlock} {
		take(t, p, event(strings.Repeat("x", size)))
		if err := p.Flush(); err != nil {
			t.Fatal(err)
		}
		if held := cap(p.out); held > 4*maxBlock {
			t.Errorf("%d bytes are held", held)
		}
	}
	before := out.Len()
	if err := p.Flush(); err != nil || out.Len() != before {
		t.Errorf("nothing to write: %d bytes, %v", out.Len()-before, err)
	}
	p = NewPrinter(new(brokenWriter), FormatRaw, render.NewText(render.NewStyle(false), render.Layout{}))
	take(t, p, event("x"))
	if err := p.Flush(); err != io.ErrShortWrite || p.Pending() != 1 {
		t.Errorf("%v, %d bytes", err, p.Pending())
	}
}
