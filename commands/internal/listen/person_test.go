package listen

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/site"
)

// BenchmarkPerson turns a $SCRDR line into JSON, without a list of tags and
// with one of 10,000. Compare the two in pairs, with -count.
func BenchmarkPerson(b *testing.B) {
	var lines strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&lines, "%014X; Person %d\n", 0x047DAE02000000+i, i)
	}
	name := filepath.Join(b.TempDir(), "tags")
	if err := os.WriteFile(name, []byte(lines.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	list, err := site.ReadTags(name)
	if err != nil {
		b.Fatal(err)
	}
	env := app.NewEnv(strings.NewReader(""), io.Discard, io.Discard)
	for _, persons := range []bool{false, true} {
		b.Run(fmt.Sprintf("persons=%v", persons), func(b *testing.B) {
			c, p := newChain(io.Discard)
			if persons {
				c.PersonOf = func(tag string, now time.Time) string { return list.Person(env, tag, now) }
			}
			m := event("")
			m.Received = time.Now()
			for i := 0; b.Loop(); i++ {
				m.Payload = fmt.Appendf(nil, "$SCRDR;13;01;01;;%014X;;;", 0x047DAE02000000+i%10_000)
				if err := c.Take(b.Context(), m, nil); err != nil {
					b.Fatal(err)
				}
				if err := p.Flush(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
