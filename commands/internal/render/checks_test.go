package render

import (
	"strings"
	"testing"
	"time"
)

func TestChecks(t *testing.T) {
	checks := []Check{
		{Name: "configuration", State: CheckOK, Took: 300 * time.Microsecond, Seen: []string{"no file"}},
		{Name: "TLS", State: CheckFailed, Took: 12345 * time.Microsecond, Seen: []string{"CN=\x1b[31m", "second"}, Cause: "the answer is \u202e not TLS", Try: "use mqtt://"},
		{Name: "take-over", State: CheckSkipped, Cause: "TLS failed", Took: time.Second},
		{Name: "round trip", State: CheckWarning, Took: 2340 * time.Millisecond, Cause: "slow"},
	}
	var names []string
	for _, c := range checks {
		names = append(names, c.Name)
	}
	p := NewChecks(NewStyle(false), Layout{}, names)
	var text, lines []byte
	for _, c := range checks {
		text = p.Append(text, &c)
		lines = append(c.AppendJSON(lines), '\n')
	}
	wantText := `
ok       configuration     300µs  no file
failed   TLS                12ms  CN=\x1b[31m
                                  second
         the answer is \u202e not TLS
         try: use mqtt://
skipped  take-over                TLS failed
warning  round trip         2.3s
         slow
`[1:]
	if string(text) != wantText {
		t.Errorf("text\n%s\nwant\n%s", text, wantText)
	}
	wantLines := `
{"check":"configuration","state":"ok","took_seconds":0.0003,"seen":["no file"]}
{"check":"tls","state":"failed","took_seconds":0.0123,"seen":["CN=\u001b[31m","second"],"cause":"the answer is \u202e not TLS","try":"use mqtt://"}
{"check":"take_over","state":"skipped","cause":"TLS failed"}
{"check":"round_trip","state":"warning","took_seconds":2.34,"cause":"slow"}
`[1:]
	if string(lines) != wantLines {
		t.Errorf("JSON\n%s\nwant\n%s", lines, wantLines)
	}

	colored := NewChecks(NewStyle(true), Layout{}, names).Append(nil, &checks[1])
	if !strings.HasPrefix(string(colored), "\x1b[31;1mfailed\x1b[") {
		t.Errorf("color %q", colored)
	}
	long := Check{Name: "TLS", Cause: strings.Repeat("é", 10_000)}
	if n := len(p.Append(nil, &long)); n > 2*maxWords {
		t.Errorf("%d bytes are printed of a long text", n)
	}
}
