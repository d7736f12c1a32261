package cmdline

import (
	"testing"

	"github.com/urfave/cli/v2"
)

func TestValueError(t *testing.T) {
	flags := []cli.Flag{&cli.DurationFlag{Name: "timeout"}, &cli.IntFlag{Name: "count"}, &cli.BoolFlag{Name: "json"}, &cli.StringFlag{Name: "x"}}
	for _, tt := range [][2]string{
		{`invalid value "3" for flag -timeout: parse error`, `--timeout "3": a time has a unit, as in 3s`},
		{`invalid value "soon" for flag -timeout: parse error`, `--timeout "soon": invalid duration; a duration is 30s or 2m, for example`},
		{`invalid value "a\"b" for flag -count: parse error`, `--count "a\"b": not a whole number`},
		{`invalid boolean value "yes" for -json: parse error`, `--json "yes": it can be 1 or 0, true or false`},
		{`invalid value "a" for flag -x: what is unusual`, `invalid value "a" for flag -x: what is unusual`},
		{`flag needs an argument: -x`, `flag needs an argument: -x`},
	} {
		if got := valueError(flags, tt[0]); got != tt[1] {
			t.Errorf("%s: %s, want %s", tt[0], got, tt[1])
		}
	}
}
