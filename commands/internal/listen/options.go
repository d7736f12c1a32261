package listen

import (
	"context"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/show"
	"mqtool/commands/internal/site"
)

// Options holds all options of listen. It has many fields because each option
// is one field.
type Options struct {
	Output     cmdline.Output
	Connection site.Options

	Family string
	Topics []string
	Kinds  string
	Share  string // group
	QoS    int
	Wait   codec.Opt[bool] // whether to wait for the broker; by default only if the session is persistent

	Count         int
	Timeout, Idle time.Duration

	Retained string   // "all", "none" or "state"
	Expect   []string // TIME or DEVICE=TIME
	Debounce time.Duration
	Strict   bool

	File     string // file for the results; "" means standard output
	Raw, Hex bool
	Payload  bool   // adds the payload to the JSON
	Tags     string // file with the names of the tags' owners; "" means that of --allow or the configuration file
	NoNames  bool   // leaves out these names

	Answer AnswerOptions
	Save   string // directory
	Verify bool   // decodes the pixels of saved pictures, too
	Show   string // shows pictures in the terminal; a word of package show
	Page   string // address of the page; "" means no page
	Exec   []string
}

// Kinds returns the kinds of messages that devices publish, as --kind spells
// them.
func Kinds() []string { return []string{"event", "status", "meta", "snapshot", "alarm"} }

// parseKinds parses the value of --kind; an empty result means all kinds.
func parseKinds(text string) ([]codec.Kind, error) {
	var kinds []codec.Kind
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.Contains(Kinds(), word) {
			return nil, app.Usagef("--kind %q: it can be %s", word, strings.Join(Kinds(), ", "))
		}
		kinds = append(kinds, codec.Kind(word))
	}
	return kinds, nil
}

// Run connects, subscribes, and handles messages until told to stop.
func Run(ctx context.Context, env *app.Env, o Options, names []string) error {
	if err := o.check(env); err != nil {
		return err
	}
	link, devices, err := o.Connection.Prepare(ctx, env, o.Family, names)
	if err != nil {
		return err
	}
	l, err := newListener(env, o, link, devices)
	if err != nil {
		return err
	}
	link.Config.QoS = byte(o.QoS)
	if o.Raw || o.Hex || o.Payload { // the payload is printed as it is
		link.Config.MaxPayload = 0
	}
	link.Config.Reconnect, link.Config.Wait = true, link.Config.Persistent
	if o.Wait.Set {
		link.Config.Wait = o.Wait.Value
	}
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	if err := l.openPage(); err != nil {
		return err
	}
	defer l.page.Close()
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	return l.end(conn, l.run(ctx, conn))
}

// check finds options that exclude each other.
func (o *Options) check(env *app.Env) error {
	if err := o.checkOutput(env); err != nil {
		return err
	}
	switch {
	case o.Verify && o.Save == "":
		return app.Usagef("--verify checks the pictures that are saved: it goes with --save DIR")
	case o.Tags != "" && o.NoNames:
		return app.Usagef("--tags and --no-names: choose one")
	case len(o.Expect) > 0 && o.Share != "":
		return app.Usagef("--expect does not go with --share: what the other listeners of the group hear would be taken for silence")
	case o.Answer.given() && o.Connection.Persistent.Value:
		return app.Usagef("answers do not go with --persistent: a reader would be answered late for what came while nobody listened; run two listeners")
	case o.Share != "" && (strings.Contains(o.Share, "/") || broker.ValidFilter("$share/"+o.Share+"/x") != nil):
		return app.Usagef("--share %q: the name of a group has no / + or #", o.Share)
	}
	return nil
}

// checkOutput finds options of the output that exclude each other.
func (o *Options) checkOutput(env *app.Env) error {
	payloads := o.Raw || o.Hex // are printed in place of lines
	switch {
	case o.Raw && o.Hex, payloads && o.Output.JSON:
		return app.Usagef("--json, --raw, --hex: choose one")
	case o.Raw && o.File == "" && env.StdoutTerminal:
		return app.Usagef("use --hex, a pipe or a file: --raw prints the bytes that devices send, which could change the settings of the terminal")
	case show.Wanted(o.Show) && (payloads || o.Output.JSON):
		return app.Usagef("--show does not go with --json, --raw and --hex")
	case o.Payload && !o.Output.JSON:
		return app.Usagef("--with-payload goes with --json")
	case len(o.Expect) > 0 && payloads:
		return app.Usagef("--expect does not go with --raw and --hex: silence has no payload")
	}
	return nil
}
