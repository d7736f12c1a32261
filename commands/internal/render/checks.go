package render

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fatih/color"

	"mqtool/codec"
	"mqtool/commands/internal/human"
)

// A CheckState is the result of a check, as a word that scripts rely on.
type CheckState string

// The states.
const (
	CheckOK      CheckState = "ok"
	CheckWarning CheckState = "warning" // it works, but the user should know something
	CheckFailed  CheckState = "failed"
	CheckSkipped CheckState = "skipped" // there was nothing to check, or no way to
)

// A Check is the outcome of one check.
type Check struct {
	Name  string // a few words
	State CheckState
	Took  time.Duration
	Seen  []string // what was found, in words
	Cause string   // why the state is not OK
	Try   string   // what to do about it
}

// AppendJSON appends the check as one JSON object, without a line end:
//
//	{"check":"name_resolution","state":"ok","took_seconds":0.003,"seen":["127.0.0.1"]}
//	{"check":"tls","state":"failed","took_seconds":0.012,"cause":"the answer is not TLS","try":"is 1883 ..."}
func (c *Check) AppendJSON(dst []byte) []byte {
	dst = codec.AppendString(append(dst, `{"check":`...), strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(c.Name)))
	dst = codec.AppendString(append(dst, `,"state":`...), string(c.State))
	if c.State != CheckSkipped {
		seconds := math.Round(c.Took.Seconds()*1e4) / 1e4
		dst = strconv.AppendFloat(append(dst, `,"took_seconds":`...), seconds, 'f', -1, 64)
	}
	for i, s := range c.Seen {
		if i == 0 {
			dst = append(dst, `,"seen":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = codec.AppendString(dst, s)
	}
	if len(c.Seen) > 0 {
		dst = append(dst, ']')
	}
	if c.Cause != "" {
		dst = codec.AppendString(append(dst, `,"cause":`...), c.Cause)
	}
	if c.Try != "" {
		dst = codec.AppendString(append(dst, `,"try":`...), c.Try)
	}
	return append(dst, '}')
}

// Checks writes checks for people. Each check has one line, with its details on
// the lines below:
//
//	ok       name resolution       3 ms  127.0.0.1
//	failed   TLS                  12 ms
//	         the answer is not TLS
//	         try: is 1883 a port without TLS? Then use mqtt://
type Checks struct {
	style  *Style
	layout Layout
	width  int // of the column of names
}

// NewChecks returns a Checks that writes in a style, for checks with the given
// names.
func NewChecks(style *Style, layout Layout, names []string) *Checks {
	c := &Checks{style: style, layout: layout}
	for _, name := range names {
		c.width = max(c.width, width(name))
	}
	return c
}

// maxWords is how many bytes of one text about a check are shown. Such a text
// may contain foreign text, for example the names in a certificate.
const maxWords = 600

// Append appends the lines of one check.
func (p *Checks) Append(dst []byte, c *Check) []byte {
	colors := map[CheckState]*color.Color{
		CheckOK: p.style.in, CheckWarning: p.style.warning, CheckFailed: p.style.bad, CheckSkipped: p.style.faint,
	}
	const stateWidth, timeWidth = len("warning"), 8
	took, first, rest := human.Duration(c.Took), "", c.Seen
	if c.State == CheckSkipped {
		took, first = "", c.Cause
	} else if len(rest) > 0 {
		first, rest = rest[0], rest[1:]
	}
	f := folder{style: p.style}
	f.start(dst, p.layout.columns())
	f.indent = stateWidth + gap
	f.column(colors[c.State], string(c.State), len(c.State), stateWidth)
	f.column(nil, c.Name, width(c.Name), p.width)
	f.padding += max(0, timeWidth-width(took))
	f.column(p.style.faint, took, width(took), 0)
	details := f.at + f.padding
	if first != "" {
		f.write(nil, shortenTo(maxWords, first), width(shortenTo(maxWords, first)))
	}
	dst = f.end()
	below := func(c *color.Color, indent int, text string) {
		f.line, f.at, f.padding = dst, 0, indent
		f.words(c, shortenTo(maxWords, text))
		dst = f.end()
	}
	if f.columns > 0 {
		details = f.indent // there is more room on a new line
	}
	for _, s := range rest {
		below(nil, details, s)
	}
	if c.State == CheckSkipped {
		return dst
	}
	for _, s := range []string{c.Cause, tryText(c.Try)} {
		if s != "" {
			below(p.style.highlight, f.indent, s)
		}
	}
	return dst
}

func tryText(s string) string {
	if s == "" {
		return ""
	}
	return "try: " + s
}
