package ask

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// StatusOptions say which devices are asked, and how long.
type StatusOptions struct {
	Output     cmdline.Output
	Connection site.Options

	Timeout time.Duration
	MaxAge  codec.Opt[time.Duration] // the allowed age of retained messages
	Payload string
	Family  string
	Quiet   bool
	Format  string // FormatPrometheus: metrics replace the lines; or ""
	File    string // the file for the metrics; "" or "-" for standard output
}

// FormatPrometheus is the text format of Prometheus.
const FormatPrometheus = "prometheus"

// The state that a table shows for a device of which there is only a retained message.
const (
	retainedState  = "retained: " // a reader's state follows
	retainedStatus = "retained status"
)

// Status finds out the state of devices: of those that are named, or of all that are
// heard.
func Status(ctx context.Context, env *app.Env, o StatusOptions, args []string) error {
	if err := o.checkFormat(); err != nil {
		return err
	}
	link, devices, err := o.Connection.Prepare(ctx, env, o.Family, args)
	if err != nil {
		return err
	}
	report := newReporter(env, o.Output, o.Connection.Verbose, o.Quiet, true)
	if o.Format != "" {
		report.found = new([]*render.DeviceReport)
	}
	err = session(ctx, env, link, o.Timeout, func(ctx context.Context, conn *broker.Conn) error {
		s := &statusTaker{StatusOptions: o, link: link, conn: conn, reporter: report, decoder: link.Decoder()}
		if len(devices) == 0 {
			return s.list(ctx)
		}
		return s.query(ctx, site.Distinct(devices))
	})
	if code := app.ExitCode(err); o.Format == "" || code == app.Interrupted || code == app.Usage {
		return err
	}
	return errors.Join(err, o.writeMetrics(env, *report.found, err))
}

// checkFormat makes sure that the collector of Prometheus will read the file, and that
// mqtool does not replace a file that it did not write.
func (o *StatusOptions) checkFormat() error {
	switch name := o.File; {
	case o.Format == "" && name != "":
		return app.Usagef("--output is for --format prometheus; the other results go to standard output, so write them to a file with > FILE")
	case o.Format != "" && o.Output.JSON:
		return app.Usagef("--format does not go with --json")
	case name == "" || name == "-":
		return nil
	case !strings.HasSuffix(name, ".prom"):
		return app.Usagef("--output %s: the textfile collector reads no files but those whose names end in .prom", name)
	case files.KindOf(name) == files.Missing, files.KindOf(name) == files.Empty:
		return nil
	case !hasMetrics(name):
		return app.Usagef("--output %s: this is not a file that status has written; remove it, or take another name", name)
	}
	return nil
}

// hasMetrics reports whether a file begins as writeMetrics writes it.
func hasMetrics(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(render.MetricsStart))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == render.MetricsStart
}

// writeMetrics writes what was found out before the end. end may be an error, because a
// broker that cannot be reached deserves an alarm as well.
func (o *StatusOptions) writeMetrics(env *app.Env, found []*render.DeviceReport, end error) error {
	metrics := render.AppendMetrics(nil, found, app.ExitCode(end), time.Now())
	if o.File == "" || o.File == "-" {
		_, err := env.Stdout.Write(metrics)
		return err
	}
	f, err := files.Create(filepath.Dir(o.File))
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(metrics); err != nil {
		return err
	}
	return f.Replace(filepath.Base(o.File))
}

// A statusTaker finds out the state of devices.
type statusTaker struct {
	StatusOptions
	link *site.Connection
	conn *broker.Conn
	*reporter
	decoder *codec.Decoder
	started bool // the header of the list was printed
}

// noteReader writes what a reader's message says into its report.
func (s *statusTaker) noteReader(r *render.DeviceReport, m broker.Message, d site.Device, v codec.Value) {
	heard := !r.LastHeard.IsZero() // a retained message says nothing new after a live one
	if !m.Retained {
		r.LastHeard = m.Received
	}
	switch v := v.(type) {
	case codec.ReaderMeta:
		r.Meta = envelope(m, d, v)
		switch {
		case m.Retained && r.State == render.DeviceNoAnswer:
			r.State, r.Words = render.DeviceRetained, "retained"
		case !m.Retained && !heard: // the reader has just connected
			r.State, r.Words, r.OK = render.DeviceHeard, "", true
		}
	case codec.ReaderStatus:
		if !m.Retained || !heard {
			noteStatus(r, m, d, v)
		}
	default:
		if !m.Retained && !heard {
			r.State, r.Words, r.OK = render.DeviceHeard, "", true
		}
	}
}

// noteStatus writes a reader's status into its report.
func noteStatus(r *render.DeviceReport, m broker.Message, d site.Device, v codec.ReaderStatus) {
	r.Status = envelope(m, d, v)
	r.Words = strings.Join(v.State, ", ")
	r.OK = !m.Retained && v.Online()
	switch {
	case m.Retained:
		r.State, r.Words = render.DeviceRetained, retainedState+r.Words
	case v.Online():
		r.State = render.DeviceOnline
	case len(v.State) > 0 && v.State[0] == "offline":
		r.State = render.DeviceOffline
	default:
		r.State = render.DeviceHeard
	}
}

// keepCamera writes a camera's retained status into its report.
func (s *statusTaker) keepCamera(r *render.DeviceReport, m broker.Message, d site.Device, report codec.CameraReport) {
	r.State, r.Words = render.DeviceRetained, retainedStatus
	r.Status = envelope(m, d, report)
	r.LastHeard = cmp.Or(report.SentAt, report.CapturedAt)
	age := m.Received.Sub(r.LastHeard)
	r.OK = s.MaxAge.Value > 0 && !r.LastHeard.IsZero() && age <= s.MaxAge.Value
}
