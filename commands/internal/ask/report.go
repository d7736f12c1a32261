package ask

import (
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
)

// A reporter prints what was found out about devices.
type reporter struct {
	env    *app.Env
	json   bool
	text   *render.Devices
	buffer []byte
}

func newReporter(env *app.Env, o cmdline.Output, table bool) *reporter {
	return &reporter{env: env, json: o.JSON, text: render.NewDevices(render.NewStyle(o.Colored(env.StdoutTerminal)), table)}
}

// start prints the header, with columns wide enough for what is to come.
func (p *reporter) start(reports ...*render.DeviceReport) error {
	if p.json {
		return nil
	}
	for _, r := range reports {
		p.text.Fit(r)
	}
	return p.write(p.text.AppendHeader(p.buffer[:0]))
}

func (p *reporter) print(r *render.DeviceReport) error {
	if p.json {
		return p.write(append(r.AppendJSON(p.buffer[:0]), '\n'))
	}
	return p.write(p.text.Append(p.buffer[:0], r))
}

func (p *reporter) write(b []byte) error {
	p.buffer = b
	if len(b) == 0 {
		return nil
	}
	_, err := p.env.Stdout.Write(b)
	return err
}
