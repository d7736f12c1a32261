package registers

import (
	"context"
	"fmt"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
	"mqtool/commands/internal/text"
)

// CheckOptions says how to judge and show a configuration.
type CheckOptions struct {
	Output      cmdline.Output
	Strict      bool
	ShowSecrets bool
}

// Check explains and judges a dumped configuration.
func Check(ctx context.Context, env *app.Env, o CheckOptions, args []string) error {
	switch {
	case len(args) == 0:
		return app.Usagef("config registers check: which FILE? \"-\" is standard input")
	case len(args) > 1:
		return app.Usagef("config registers check: one FILE at a time; %q is too many", args[1])
	}
	r, err := site.ReadRegisters(ctx, env.Stdin, args[0])
	if err != nil {
		return err
	}
	findings := r.Check()
	style := env.Style()
	var out []byte
	for _, e := range r.Explain(o.ShowSecrets) {
		if o.Output.JSON {
			out = appendJSON(out, e)
		} else {
			out = style.AppendRegister(out, env.Fold(), e)
		}
	}
	if !o.Output.JSON {
		for _, m := range r.Extra {
			out = append(out, render.Safe(m.Key)+": not registers, not looked at\n"...)
		}
		if len(out) > 0 && len(findings) > 0 {
			out = append(out, '\n')
		}
	}
	count := map[codec.Severity]int{}
	for _, f := range findings {
		count[f.Severity]++
		if o.Output.JSON {
			out = appendJSON(out, f)
		} else {
			out = style.AppendFinding(out, env.Fold(), f)
		}
	}
	result := verdict(text.Name(args[0]), count[codec.SeverityError], count[codec.SeverityWarning], o.Strict)
	if result == nil && !o.Output.JSON { // otherwise the error has the sum
		warnings := "no warnings"
		if n := count[codec.SeverityWarning]; n > 0 {
			warnings = render.Count(n, "warning")
		}
		out = fmt.Appendf(out, "\nThe configuration has no errors and %s.\n", warnings)
	}
	if _, err := env.Stdout.Write(out); err != nil {
		return err
	}
	return result
}

func appendJSON(dst []byte, v codec.Value) []byte {
	e := render.Envelope{Family: site.SpringCore, Value: v}
	return append(e.AppendJSON(dst), '\n')
}

// verdict turns the numbers of findings into the result of the command.
func verdict(name string, bad, doubtful int, strict bool) error {
	var parts []string
	if bad > 0 {
		parts = append(parts, render.Count(bad, "error"))
	}
	if doubtful > 0 {
		parts = append(parts, render.Count(doubtful, "warning"))
	}
	if bad == 0 && !(strict && doubtful > 0) {
		return nil
	}
	return app.Damagedf("%s: %s", name, strings.Join(parts, ", "))
}
