package commands

import (
	"bytes"
	"io"
	"math"
	"runtime"
	"strings"
	"sync"
)

// parallelSize is from which size on a file is parsed by several goroutines.
// Parsing is what takes the time, its lines do not know each other, and a day
// of a busy site is worth all processors.
const parallelSize = 4 << 20

// A piece is a block of lines on its way through a worker.
type piece struct {
	text string
	long bool
	line int // lines before it

	out     []byte
	reports bytes.Buffer
	foreign int
	bad     int
	done    chan struct{}
}

// parallel parses an input and prints in its order. Each piece is used again,
// so that memory does not follow the size of the input.
func (p *scrdrParser) parallel(b *blocks) error {
	if err := p.flush(); err != nil {
		return err
	}
	workers := runtime.GOMAXPROCS(0)
	pieces := 2*workers + 1
	free := make(chan *piece, pieces)  // to be filled
	work := make(chan *piece, pieces)  // to be parsed
	order := make(chan *piece, pieces) // to be printed
	stop := make(chan struct{})
	for range pieces {
		free <- &piece{done: make(chan struct{}, 1)}
	}

	var group sync.WaitGroup
	defer group.Wait()
	defer close(stop)
	var readErr error
	group.Go(func() {
		defer close(order)
		defer close(work)
		readErr = readPieces(b, free, stop, func(next *piece) {
			work <- next
			order <- next
		})
	})
	for range workers {
		group.Go(func() {
			w := p.worker()
			for next := range work {
				w.parsePiece(next)
				next.done <- struct{}{}
			}
		})
	}

	for next := range order {
		<-next.done
		p.foreign += next.foreign
		p.bad += next.bad
		p.line = next.line
		if _, err := p.env.stdout.Write(next.out); err != nil {
			return err
		}
		_, _ = p.env.stderr.Write(next.reports.Bytes())
		free <- next
	}
	if readErr == io.EOF {
		return nil
	}
	return readErr
}

// readPieces fills pieces until the input ends or stop is closed.
func readPieces(b *blocks, free <-chan *piece, stop <-chan struct{}, fill func(*piece)) error {
	line := 0
	for {
		text, long, err := b.next()
		if err != nil {
			return err
		}
		if text == "" {
			continue
		}
		select {
		case next := <-free:
			next.text, next.long, next.line = text, long, line
			line += strings.Count(text, "\n")
			if long {
				line++
			}
			fill(next)
		case <-stop:
			return nil
		}
	}
}

// worker is a parser with the options of p that keeps what it prints.
func (p *scrdrParser) worker() *scrdrParser {
	return &scrdrParser{
		env:    &environment{stdoutFile: true},
		strict: p.strict, checksum: p.checksum, codes: p.codes, print: p.print, complaints: p.complaints,
		flushAt: math.MaxInt, name: p.name, stale: true,
	}
}

func (p *scrdrParser) parsePiece(next *piece) {
	next.reports.Reset()
	p.env.stderr = &next.reports
	p.out, p.line, p.foreign, p.bad = next.out[:0], next.line, 0, 0
	_ = p.lines(next.text, next.long) // writes to memory only
	next.out, next.foreign, next.bad = p.out, p.foreign, p.bad
}
