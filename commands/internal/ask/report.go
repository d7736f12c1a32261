package ask

import (
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
)

// A Reporter prints what was found out about devices.
type Reporter struct {
	Env    *app.Env
	json   bool
	text   *render.Devices
	buffer []byte
}

func NewReporter(env *app.Env, o cmdline.Output, table bool) *Reporter {
	return &Reporter{Env: env, json: o.JSON, text: render.NewDevices(render.NewStyle(o.Colored(env.StdoutTerminal)), table)}
}

// Start prints the header, with columns wide enough for what is to come.
func (p *Reporter) Start(reports ...*render.DeviceReport) error {
	if p.json {
		return nil
	}
	for _, r := range reports {
		p.text.Fit(r)
	}
	return p.write(p.text.AppendHeader(p.buffer[:0]))
}

func (p *Reporter) Print(r *render.DeviceReport) error {
	if p.json {
		return p.write(append(r.AppendJSON(p.buffer[:0]), '\n'))
	}
	return p.write(p.text.Append(p.buffer[:0], r))
}

func (p *Reporter) write(b []byte) error {
	p.buffer = b
	if len(b) == 0 {
		return nil
	}
	_, err := p.Env.Stdout.Write(b)
	return err
}
