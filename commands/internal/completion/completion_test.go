package completion_test

import (
	"reflect"
	"strings"
	"testing"

	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/completion"
	"mqtool/commands/internal/site"
)

// program has each kind of command and option.
var program = &cmdline.Definition{
	Path: "mqtool",
	Options: []cmdline.DefinedOption{
		{Names: []string{"version"}},
	},
	Commands: []cmdline.Definition{
		{
			Path: "mqtool watch", Usage: "watch", Arguments: "[DEVICE...]",
			Options: []cmdline.DefinedOption{
				{Names: []string{"broker", "addr"}, Value: "BROKER", Takes: cmdline.OneWord},
				{Names: []string{"config"}, Value: "FILE", Takes: cmdline.OneWord},
				{Names: []string{"color"}, Words: []string{"auto", "never"}, Takes: cmdline.OneWord},
				{Names: []string{"serve"}, Value: "ADDR", Takes: cmdline.MaybeOne},
				{Names: []string{"exec"}, Takes: cmdline.TheRest},
				{Names: []string{"quiet"}},
			},
		},
		{
			Path: "mqtool set", Usage: "set", Arguments: "CAMERA on|off\n   mqtool set FILE",
			Commands: []cmdline.Definition{{Path: "mqtool set all", Usage: "set all", Arguments: "READER..."}},
		},
		{Path: "mqtool show", Usage: "show", Arguments: "DIR"},
	},
}

func known(config string) site.Known {
	if config != "" {
		return site.Known{Brokers: []string{"from " + config}}
	}
	return site.Known{Brokers: []string{"b1"}, Cameras: []string{"c1"}, Readers: []string{"r1"}}
}

func TestComplete(t *testing.T) {
	const devices, options = "c1 r1", "--broker --config --color --serve --exec --quiet"
	for _, test := range []struct {
		words string // the last word is after the last blank
		kind  completion.Kind
		want  string
	}{
		{"", completion.Words, "watch set show help"},
		{"wat", completion.Words, "watch set show help"},
		{"-", completion.Words, "--version"},
		{"unknown ", completion.Words, ""},
		{"help ", completion.Words, "watch set show " + strings.Join(cmdline.Topics(), " ")},
		{"help set ", completion.Words, "all"},
		{"watch ", completion.Words, devices},
		{"watch c1 ", completion.Words, devices},
		{"watch c1 --", completion.Words, options},
		{"watch -- --", completion.Words, devices},
		{"watch --broker ", completion.Words, "b1"},
		{"watch --broker -", completion.Words, "b1"},
		{"watch --addr ", completion.Words, "b1"},
		{"watch --broker b1 ", completion.Words, devices},
		{"watch --broker=b1 ", completion.Words, devices},
		{"watch --broker=", completion.Words, "--broker=b1"},
		{"watch --quiet ", completion.Words, devices},
		{"watch --quiet=", completion.Words, options},
		{"watch --color ", completion.Words, "auto never"},
		{"watch --color=n", completion.Words, "--color=auto --color=never"},
		{"watch --config ", completion.Files, ""},
		{"watch --config f --broker ", completion.Words, "from.f"},
		{"watch --config=f --broker ", completion.Words, "from.f"},
		{"watch --serve ", completion.Words, devices},
		{"watch --serve --quiet --", completion.Words, options},
		{"watch --serve :1 ", completion.Words, devices},
		{"watch --exec ", completion.Files, ""},
		{"watch --exec program --", completion.Files, ""},
		{"watch --unknown --", completion.Words, options},
		{"set ", completion.Words, "c1 all"},
		{"set c1 ", completion.Words, "on off"},
		{"set c1 on ", completion.Words, ""},
		{"set all ", completion.Words, "r1"},
		{"show ", completion.Directories, ""},
		{"show d ", completion.Words, ""},
	} {
		t.Run(test.words, func(t *testing.T) {
			o := completion.Complete(program, strings.Split(test.words, " "), known)
			var got []string
			for _, word := range o.Words {
				got = append(got, strings.ReplaceAll(word.Text, " ", "."))
			}
			want := strings.Fields(test.want)
			if o.Kind != test.kind || !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
				t.Errorf("%s %q, want %s %q", o.Kind, got, test.kind, want)
			}
		})
	}
	if o := completion.Complete(program, nil, known); len(o.Words) != 4 {
		t.Errorf("without a word: %v", o)
	}
}

func TestWrite(t *testing.T) {
	var b strings.Builder
	o := completion.Offer{Kind: completion.Words, Words: []completion.Word{{"a b", "about"}, {Text: "c"}}}
	if err := o.Write(&b); err != nil || b.String() != "words\na b\tabout\nc\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}
