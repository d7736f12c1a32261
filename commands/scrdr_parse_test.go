package commands

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"mqtool/codec"
	"mqtool/commands/internal/render"
)

// eventLines are n different $SCRDR lines.
func eventLines(n int) string {
	var b strings.Builder
	for i := range n {
		m := codec.Message{Type: "SCRDR", Checksum: codec.Some(codec.Checksum{Rule: codec.Exclusive})}
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

func BenchmarkScrdrParse(b *testing.B) {
	toJSON := func(dst []byte, e *render.Envelope) []byte { return append(e.AppendJSON(dst), '\n') }
	toText := render.NewText(render.NewStyle(false)).Append
	for _, bb := range []struct {
		name, text string
		print      func([]byte, *render.Envelope) []byte
	}{
		{"scrdr to nothing", eventLines(4000), func(dst []byte, _ *render.Envelope) []byte { return dst }},
		{"scrdr to JSON", eventLines(4000), toJSON},
		{"scrdr to CSV", eventLines(4000), render.AppendCSV},
		{"scrdr to text", eventLines(4000), toText},
		{"JSON to JSON", jsonLines(2000), toJSON},
	} {
		b.Run(bb.name, func(b *testing.B) {
			p := &scrdrParser{env: newEnvironment(strings.NewReader(""), io.Discard, io.Discard), print: bb.print}
			b.SetBytes(int64(len(bb.text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := p.lines(bb.text, false); err != nil {
					b.Fatal(err)
				}
			}
			lines := float64(b.N) * float64(strings.Count(bb.text, "\n"))
			b.ReportMetric(b.Elapsed().Seconds()*1e9/lines, "ns/line")
			b.ReportMetric(0, "ns/op")
		})
	}
}
