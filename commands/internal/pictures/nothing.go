package pictures

import (
	"bytes"
	"cmp"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
)

// An emptyInput is an input in which no picture was found.
type emptyInput struct {
	name     string
	head     []byte   // how the input begins
	empty    int      // pictures without pixels
	layouts  []string // the layouts that the input was read as
	foreign  string   // what was found in place of a JPEG
	findings []string // what cannot be decoded in it, and what to do
}

// triedLayouts lists what was tried with an input that matches no layout.
const triedLayouts = "tried: bytes, hex in any grouping, listings of xxd, hexdump, od and Wireshark, 0x and \\x lists, lists of numbers, base64, JSON, hex digits at half bytes"

// advice says what was found that cannot be decoded, and what to do about it.
func (e *emptyInput) advice() string {
	if len(e.findings) == 0 && bytes.HasPrefix(e.head, []byte("{")) && bytes.Contains(e.head, []byte(`"payloadlen":`)) {
		// The first bytes of a picture are not text, so the rest of this object is lost.
		return "mosquitto_sub -F %j cut the payload at its first zero byte, the picture is not in this text; use -F '%U %t %x'"
	}
	return strings.Join(e.findings, "; ")
}

// err says why there is no picture, but first what to do about it. Otherwise users would
// blame the camera for a dump that mqtool did not understand.
func (e *emptyInput) err() error {
	name := e.name
	if name == "-" {
		name = "standard input"
	}
	const onlyStart = "%s: the picture is empty: it has a start, but no scan with pixels; nothing was written"
	findings := e.advice()
	itself := codec.FormatOf(e.head)
	foreign := cmp.Or(e.foreign, codec.FormatIn(e.head))
	unknown := len(e.layouts) == 0 || e.layouts[0] == "bytes"
	switch {
	case len(e.head) == 0:
		return app.Damagedf("%s is empty", name)
	case e.empty > 0 && findings != "":
		return app.Damagedf("%s: %s; of the picture only the start is there; nothing was written", name, findings)
	case e.empty > 0 && unknown:
		return app.Damagedf(onlyStart+"; the input is %s", name, codec.Describe(e.head))
	case e.empty > 0:
		return app.Damagedf(onlyStart+"; the input looks like %s", name, strings.Join(e.layouts, ", "))
	case itself != "":
		return app.Damagedf("%s is %s", name, cmp.Or(e.foreign, itself))
	case foreign != "":
		return app.Damagedf("%s: no picture found; it holds %s", name, foreign)
	case findings != "":
		return app.Damagedf("%s: no picture found; %s", name, findings)
	case !unknown:
		return app.Damagedf("%s: no picture found; it looks like %s, but there is no JPEG in it", name, strings.Join(e.layouts, ", "))
	}
	return app.Damagedf("%s: no picture found; copy the whole payload, shown as Hex or Base64; the input is %s; %s", name, codec.Describe(e.head), triedLayouts)
}
