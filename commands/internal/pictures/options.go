// Package pictures turns dumps of snapshot messages into pictures:
//
//   - options.go and arguments.go (with patterns.go) say what is asked for,
//   - decode.go goes through the inputs, input.go through the pictures of one (look.go reads it again),
//   - check.go decodes the pixels of several pictures at a time,
//   - destination.go gives a picture its place,
//   - report.go and nothing.go tell people about it.
package pictures

import (
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/show"
)

// Options say what is to be decoded, and where the pictures go.
type Options struct {
	Output cmdline.Output
	Target string // --output, which leaves no doubt about OUTPUT
	All    string // directory for every picture; "" for one picture of each INPUT
	Index  int    // which picture; 0 for the first that has pixels
	Info   bool   // write nothing
	Strict bool   // refuse pictures that are not complete
	Verify bool   // decode the pixels, too
	Show   string // in the terminal; a word of package show
	Force  bool   // replace files that would otherwise be kept
	Quiet  bool   // report problems only
	Prefix string // the file for the bytes before the picture
}

// check finds options that contradict each other.
func (o *Options) check() error {
	switch {
	case o.Target != "" && (o.All != "" || o.Info):
		return app.Usagef("snapshot-decode: --all and --info take no OUTPUT")
	case o.All != "" && (o.Index != 0 || o.Prefix != "" || o.Info):
		return app.Usagef("snapshot-decode: --all does not go with --index, --header or --info")
	case o.All == "-":
		return app.Usagef("snapshot-decode: --all: name a directory; for one picture on standard output write - as OUTPUT")
	case o.Prefix == "-":
		return app.Usagef("snapshot-decode: --header: name a file: standard output is for the picture")
	case show.Wanted(o.Show) && (o.Info || o.Output.JSON):
		return app.Usagef("snapshot-decode: --show does not go with --info and --json")
	case o.Info && (o.Verify || o.Prefix != ""):
		return app.Usagef("snapshot-decode: --info writes nothing, so --verify and --header do not go with it")
	}
	return nil
}
