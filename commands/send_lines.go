package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
)

// sendLines publishes an input line by line, to its end, however long that
// takes. Only when nothing goes on for the time of --timeout it gives up.
func sendLines(ctx context.Context, env *environment, o sendOptions, link *connection) error {
	// Reading ends when the connection does, with the reason as its cause.
	reading, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	in, err := openInput(reading, env, o.source())
	if err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	defer in.Close()
	s := &lineSender{env: env, o: o, lines: lineReader{r: in, most: o.maxPayload()}}
	if regular, ok := in.(input); ok && regular.file != nil {
		s.lines.file = regular.file
	}
	if o.dryRun {
		return errors.Join(s.print(reading), s.damage())
	}

	dialing, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	conn, err := link.dial(dialing, env)
	if err != nil {
		return err
	}
	s.out = o.publisher(conn)
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
		err = conn.Close(o.timeout)
	} else {
		_ = conn.Close(0) // what is missing is counted
	}
	return errors.Join(err, s.damage())
}

// A lineSender publishes lines.
type lineSender struct {
	env   *environment
	o     sendOptions
	lines lineReader

	out publisher
	bad int // lines that are not what --hex says
}

// aBatch is after how many lines the clock of --timeout starts anew.
const aBatch = 100

// publish hands all lines to the connection.
func (s *lineSender) publish(ctx context.Context) error {
	return s.each(ctx, func(ctx context.Context, payload []byte) error {
		err := s.out.publish(ctx, s.o.topic, payload)
		if err != nil {
			s.lines.unread()
		}
		return err
	})
}

// each hands all lines to f, in batches with a deadline.
func (s *lineSender) each(ctx context.Context, f func(context.Context, []byte) error) error {
	for {
		n, err := s.batch(ctx, f)
		if err != nil {
			return err
		}
		if n == aBatch {
			continue
		}
		switch err := s.lines.fill(); {
		case err == io.EOF:
			return nil
		case errors.Is(err, context.Canceled):
			return err
		case err != nil:
			return fmt.Errorf("%s: %w", s.o.inputName(), err)
		}
	}
}

// batch hands out lines that were read, and returns how many.
func (s *lineSender) batch(ctx context.Context, f func(context.Context, []byte) error) (n int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.o.timeout, fmt.Errorf("the broker acknowledged nothing for %v", s.o.timeout))
	defer cancel()
	for ; n < aBatch; n++ {
		line, ok := s.lines.next()
		if !ok {
			return n, nil
		}
		if s.o.hex {
			if line, err = decodeHex(line); err != nil {
				s.bad++
				notice(s.env, "%s:%d: %v", s.o.inputName(), s.lines.number, err)
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

// finish waits for the acknowledgements and says how many did not come. Err
// is why publishing ended before the end of the input, or nil.
func (s *lineSender) finish(ctx context.Context, err error) error {
	patience := s.o.timeout
	flushing := ctx
	if ctx.Err() != nil {
		// Who interrupts does not want to wait, but to know.
		flushing, patience = context.WithoutCancel(ctx), min(patience, time.Second)
	}
	flushing, cancel := context.WithTimeout(flushing, patience)
	defer cancel()
	if flushErr := s.out.flush(flushing); err == nil {
		err = flushErr
	}
	switch {
	case ctx.Err() != nil:
		notice(s.env, "%s", s.account(false))
		return ctx.Err()
	case err == nil:
		return nil
	}
	lost := (*broker.Error)(nil)
	return fmt.Errorf("%s: %w", s.account(errors.As(err, &lost) && lost.Kind == broker.Lost), err)
}

// account says how many lines did not arrive. InOrder tells that those that
// did are the first ones.
func (s *lineSender) account(inOrder bool) string {
	if s.o.qos == 0 {
		return fmt.Sprintf("what follows line %d was not sent, and with --qos 0 nobody knows which lines before it arrived", s.lines.number)
	}
	rest, all := s.lines.rest()
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

// damage is the error for lines that could not be sent.
func (s *lineSender) damage() error {
	switch s.bad {
	case 0:
		return nil
	case 1:
		return damagedErrorf("1 line is not hex and was not sent")
	}
	return damagedErrorf("%d lines are not hex and were not sent", s.bad)
}

// print shows what would be sent.
func (s *lineSender) print(ctx context.Context) error {
	return s.each(ctx, func(_ context.Context, payload []byte) error {
		return s.o.print(s.env, []outgoing{{topic: s.o.topic, payload: payload}})
	})
}

// A lineReader cuts an input into lines, which end with LF or CR LF. It never
// writes again to memory that it has handed out.
type lineReader struct {
	r    io.Reader
	file io.Reader // the same when it is a file, and has an end
	most int       // bytes that a line may have

	block  []byte // from the current line on; its capacity is what can still be read into it
	seen   int    // how much of it holds no line end
	last   []byte // what next returned, with all that follows
	number int    // of that line
	err    error  // that of the last Read
}

// lineBlock is how much is read at once.
const lineBlock = 64 << 10

// next returns the next line, if there is one without reading more.
func (l *lineReader) next() (line []byte, ok bool) {
	end := bytes.IndexByte(l.block[l.seen:], '\n')
	after := l.seen + end + 1
	if end < 0 {
		l.seen = len(l.block)
		if l.err != io.EOF || l.seen == 0 {
			return nil, false
		}
		after = l.seen // the last line has no end
	}
	l.last = l.block
	line = l.block[:after:after]
	l.block, l.seen = l.block[after:], 0
	l.number++
	line = bytes.TrimSuffix(line, []byte("\n"))
	if end >= 0 {
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	return line, true
}

// unread takes back the line that next returned.
func (l *lineReader) unread() {
	l.block, l.seen = l.last, 0
	l.number--
}

// fill reads more. The error is that of the input, when all was handed out
// that came before it.
func (l *lineReader) fill() error {
	if l.err != nil {
		return l.err
	}
	if len(l.block) > l.most+len("\r\n") {
		return &codec.SyntaxError{Offset: 0, Msg: fmt.Sprintf("line %d is longer than an MQTT message can be (256 MiB)", l.number+1)}
	}
	if len(l.block) == cap(l.block) {
		block := make([]byte, len(l.block), max(2*len(l.block), lineBlock))
		copy(block, l.block)
		l.block = block
	}
	n, err := l.r.Read(l.block[len(l.block):cap(l.block)])
	l.block = l.block[:len(l.block)+n]
	l.err = err
	if n == 0 && len(l.block) == 0 {
		return err
	}
	return nil
}

// rest counts the lines that were not handed out: all of the input when it
// is a file, else those that were read.
func (l *lineReader) rest() (n int, all bool) {
	text, err := l.block, l.err
	if err != io.EOF && l.file != nil {
		err = nil
	}
	buf, open := make([]byte, lineBlock), false
	for {
		n += bytes.Count(text, []byte("\n"))
		if len(text) > 0 {
			open = text[len(text)-1] != '\n'
		}
		switch {
		case err == io.EOF && open:
			return n + 1, true
		case err != nil || l.file == nil:
			return n, err == io.EOF
		}
		var size int
		size, err = l.file.Read(buf)
		text = buf[:size]
	}
}
