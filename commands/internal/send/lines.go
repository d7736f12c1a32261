package send

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/progress"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
	"mqtool/commands/internal/text"
)

// sendLines publishes an input line by line until its end, however long that
// takes. It gives up only if there is no progress for the time of --timeout.
func sendLines(ctx context.Context, env *app.Env, o Options, link *site.Connection) error {
	// Reading ends when the connection ends, with the same cause.
	reading, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	in, err := text.Open(reading, env.Stdin, o.source())
	if err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	defer in.Close()
	s := &lineSender{env: env, o: o, lines: text.Lines{Reader: in, Most: o.maxPayload(), Limit: "an MQTT message can be (256 MiB)"}}
	if in.File != nil {
		s.lines.File = in.File
	}
	if o.DryRun {
		return errors.Join(s.print(reading), s.damage())
	}

	dialing, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	conn, err := link.Dial(dialing, env)
	if err != nil {
		return err
	}
	s.out = o.publisher(conn)
	if !o.Quiet && !(o.source() == "-" && app.IsTerminal(env.Stdin)) {
		s.line = progress.Bar(env, in.Size(), "sending")
		defer s.line.End()
		s.lines.Reader = s.line.Reader(in, 0)
	}
	go func() {
		for {
			if _, err := conn.Receive(reading); err != nil {
				giveUp(err)
				return
			}
		}
	}()
	err = s.publish(reading)
	if ctx.Err() == nil && reading.Err() != nil {
		err = context.Cause(reading)
	}
	if err = s.finish(ctx, err); err == nil {
		s.line.End()
		newTeller(env, o, link, o.published(render.Count(s.out.sent, "line")), nil).tell(ctx, conn)
		err = conn.Close(o.Timeout)
	} else {
		_ = conn.Close(0) // the error is ignored: missing acknowledgements are already counted
	}
	return errors.Join(err, s.damage())
}

// A lineSender publishes lines.
type lineSender struct {
	env   *app.Env
	o     Options
	lines text.Lines

	line *progress.Line
	out  publisher
	bad  int // lines that are not valid hex, as --from-hex demands
}

// aBatch is the number of lines after which the time of --timeout starts anew.
const aBatch = 100

// publish sends all lines over the connection.
func (s *lineSender) publish(ctx context.Context) error {
	return s.each(ctx, func(ctx context.Context, payload []byte) error {
		err := s.out.publish(ctx, s.o.Topic, payload)
		if err != nil {
			s.lines.Unread()
		}
		return err
	})
}

// each calls f for all lines, in batches with a deadline.
func (s *lineSender) each(ctx context.Context, f func(context.Context, []byte) error) error {
	for {
		n, err := s.batch(ctx, f)
		if err != nil {
			return err
		}
		if n == aBatch {
			s.line.Say("%s sent", render.Count(s.out.sent, "line"))
			continue
		}
		switch err := s.lines.Fill(); {
		case err == io.EOF:
			return nil
		case errors.Is(err, context.Canceled):
			return err
		case err != nil:
			return fmt.Errorf("%s: %w", text.Name(s.o.source()), err)
		}
	}
}

// batch calls f for lines that are already read, up to aBatch, and returns how
// many there were.
func (s *lineSender) batch(ctx context.Context, f func(context.Context, []byte) error) (n int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.o.Timeout, fmt.Errorf("the broker acknowledged nothing for %s", human.Duration(s.o.Timeout)))
	defer cancel()
	for ; n < aBatch; n++ {
		line, ok := s.lines.Next()
		if !ok {
			return n, nil
		}
		if s.o.Hex {
			if line, err = decodeHex(line); err != nil {
				s.bad++
				s.env.Warn("%s:%d: %v", text.Name(s.o.source()), s.lines.Number, err)
				continue
			}
		}
		if err := f(ctx, line); err != nil {
			if errors.Is(err, context.DeadlineExceeded) && !errors.As(err, new(*broker.Error)) {
				err = context.Cause(ctx)
			}
			return n, err
		}
	}
	return n, nil
}

// finish waits for the acknowledgements and reports how many did not come. err
// is the reason why publishing ended before the end of the input, or nil.
func (s *lineSender) finish(ctx context.Context, err error) error {
	patience := s.o.Timeout
	flushing := ctx
	if ctx.Err() != nil {
		// A user who interrupts does not want to wait long, but wants to know
		// the result.
		flushing, patience = context.WithoutCancel(ctx), min(patience, time.Second)
	}
	flushing, cancel := context.WithTimeout(flushing, patience)
	defer cancel()
	if flushErr := s.out.flush(flushing); err == nil {
		err = flushErr
	}
	switch {
	case ctx.Err() != nil:
		s.env.Notice("%s", s.account(false))
		return ctx.Err()
	case err == nil:
		return nil
	}
	lost := (*broker.Error)(nil)
	return fmt.Errorf("%s: %w", s.account(errors.As(err, &lost) && lost.Kind == broker.Lost), err)
}

// account says how many lines did not arrive. inOrder says that the lines that
// arrived are the first ones.
func (s *lineSender) account(inOrder bool) string {
	if s.o.QoS == 0 {
		return fmt.Sprintf("what follows line %d was not sent, and with --qos 0 it is unknown which lines before it arrived", s.lines.Number)
	}
	rest, all := s.lines.Rest()
	lost := s.out.missing + rest
	text := fmt.Sprintf("%d of %d lines were not acknowledged", lost, s.out.sent+rest)
	switch {
	case lost == 0:
		text = fmt.Sprintf("%d of %[1]d lines were acknowledged", s.out.sent)
	case inOrder && s.bad == 0:
		text += fmt.Sprintf(", from line %d on", s.out.sent-s.out.missing+1)
	}
	if !all {
		text += ", and the rest of the input was not read"
	}
	return text
}

// damage returns the error for lines that could not be sent.
func (s *lineSender) damage() error {
	switch s.bad {
	case 0:
		return nil
	case 1:
		return app.Damagedf("1 line is not hex and was not sent")
	}
	return app.Damagedf("%d lines are not hex and were not sent", s.bad)
}

// print prints what would be sent.
func (s *lineSender) print(ctx context.Context) error {
	return s.each(ctx, func(_ context.Context, payload []byte) error {
		return s.o.print(s.env, []outgoing{{topic: s.o.Topic, payload: payload}})
	})
}
