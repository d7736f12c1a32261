package ask

import (
	"context"
	"fmt"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/progress"
	"mqtool/commands/internal/render"
)

// A reporter prints what was found out about devices.
type reporter struct {
	env    *app.Env
	json   bool
	quiet  bool                    // print nothing about devices that are in a good state
	found  *[]*render.DeviceReport // collects the reports instead of printing them; or nil
	text   *render.Devices
	header []byte // to be written before the first line
	buffer []byte
}

func newReporter(env *app.Env, o cmdline.Output, verbose, quiet, table bool) *reporter {
	return &reporter{env: env, json: o.JSON, quiet: quiet, text: render.NewDevices(env.Style(), env.Layout(verbose), table)}
}

// start prints the header, with columns wide enough for the expected lines. A quiet
// reporter prints it only when a line follows.
func (p *reporter) start(reports ...*render.DeviceReport) error {
	if p.json || p.found != nil {
		return nil
	}
	for _, r := range reports {
		p.text.Fit(r)
	}
	header := p.text.AppendHeader(nil)
	if p.quiet {
		p.header = header
		return nil
	}
	return p.write(header)
}

func (p *reporter) print(r *render.DeviceReport) error {
	if p.found != nil {
		*p.found = append(*p.found, r)
		return nil
	}
	if p.quiet && r.OK && len(r.Warnings) == 0 {
		return nil
	}
	if p.json {
		return p.write(append(r.AppendJSON(p.buffer[:0]), '\n'))
	}
	out := append(p.buffer[:0], p.header...)
	p.header = nil
	return p.write(p.text.Append(out, r))
}

func (p *reporter) write(b []byte) error {
	p.buffer = b[:0]
	if len(b) == 0 {
		return nil
	}
	_, err := p.env.Stdout.Write(b)
	return err
}

// wait shows on a terminal what the command waits for, unless it is quiet.
func (p *reporter) wait(ctx context.Context, format string, args ...any) *progress.Line {
	if p.quiet {
		return nil
	}
	return progress.Wait(ctx, p.env, fmt.Sprintf(format, args...))
}
