package setup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"mqtool/commands/internal/app"
)

// questions asks a person at the terminal.
type questions struct {
	env     *app.Env
	input   *bufio.Reader
	answers chan answer // receives the result of the current read
	reading bool        // whether a read is running
}

// An answer is a line without its end.
type answer struct {
	text string
	err  error
}

// maxAnswer is the longest answer, in bytes.
const maxAnswer = 4096

func newQuestions(env *app.Env) *questions {
	return &questions{env: env, input: bufio.NewReaderSize(env.Stdin, maxAnswer), answers: make(chan answer, 1)}
}

// ask asks for a line. If the user only presses Enter, ask returns usual.
func (q *questions) ask(ctx context.Context, text, usual string) (string, error) {
	if usual != "" {
		text += " [" + usual + "]"
	}
	q.env.Ask(text)
	q.read()
	select {
	case a := <-q.answers:
		q.reading = false
		if a.err != nil {
			fmt.Fprintln(q.env.Stderr)
		}
		if a.text == "" {
			a.text = usual
		}
		return a.text, a.err
	case <-ctx.Done():
		fmt.Fprintln(q.env.Stderr)
		return "", ctx.Err()
	}
}

// read reads the next line in the background, because nothing but the end of
// the process can interrupt a read from a terminal. It is called only for a
// question, because passwords are read elsewhere.
func (q *questions) read() {
	if q.reading {
		return
	}
	q.reading = true
	go func() {
		line, err := q.input.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			err = app.Usagef("the answer is longer than %d bytes; nothing was written", maxAnswer)
		case errors.Is(err, io.EOF):
			err = app.Usagef("the answers ended; nothing was written")
		}
		q.answers <- answer{strings.TrimSpace(string(line)), err}
	}()
}

// onEnter calls enough when the user presses Enter, unless ctx ends before. The
// returned function calls enough and waits until the background work has ended.
func (q *questions) onEnter(ctx context.Context, enough context.CancelFunc) (wait func()) {
	var group sync.WaitGroup
	q.read()
	group.Go(func() {
		select {
		case <-q.answers: // the next question will also see the end of the input
			q.reading = false
			enough()
		case <-ctx.Done():
		}
	})
	return func() { enough(); group.Wait() }
}
