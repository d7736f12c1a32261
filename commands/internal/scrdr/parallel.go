package scrdr

import (
	"bytes"
	"io"
	"math"
	"runtime"
	"sync"

	"mqtool/codec"
	"mqtool/commands/internal/app"
)

// parallelSize is the size from which on a file is parsed by several goroutines. Parsing
// takes most of the time, its lines do not depend on each other, and a day's log of a busy
// site deserves all processors.
const parallelSize = 4 << 20

// A team parses an input in parallel and prints the results in order. Each worker reads a
// block, parses it, waits until all blocks before it are printed, and prints.
type team struct {
	p *parser

	reading sync.Mutex // guards the fields below
	blocks  *codec.LogBlocks
	last    chan struct{} // closed when the block that was read last is printed
	readErr error

	printErr error // belongs to the worker whose turn it is to print
}

// parallel parses an input on all processors.
func (p *parser) parallel(blocks *codec.LogBlocks) error {
	if err := p.flush(); err != nil {
		return err
	}
	t := &team{p: p, blocks: blocks, last: make(chan struct{})}
	close(t.last) // there is nothing to wait for before the first block
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(t.work)
	}
	group.Wait()
	if t.printErr != nil {
		return t.printErr
	}
	if t.readErr == io.EOF {
		return nil
	}
	return t.readErr
}

// work parses blocks until there are no more.
func (t *team) work() {
	var reports bytes.Buffer
	w := &parser{
		env:    &app.Env{StdoutFile: true, Stderr: &reports},
		strict: t.p.strict, codes: t.p.codes, print: t.p.print, complaints: t.p.complaints,
		flushAt: math.MaxInt, name: t.p.name,
	}
	scanner := codec.NewLogScanner(t.p.checksum)
	var block codec.LogBlock
	for {
		var (
			before  <-chan struct{}
			printed chan<- struct{}
		)
		block, before, printed = t.read(block)
		if printed == nil {
			return
		}
		w.scan(scanner, block) // the output goes to memory only
		<-before
		if t.printErr == nil {
			t.printErr = t.print(w, &reports)
		}
		failed := t.printErr != nil
		close(printed)
		if failed {
			return
		}
	}
}

// read takes the next block for a worker, in exchange for its last one. The worker may
// print once before is closed, and must then close printed. If there is no block, printed
// is nil.
func (t *team) read(used codec.LogBlock) (block codec.LogBlock, before <-chan struct{}, printed chan<- struct{}) {
	t.reading.Lock()
	defer t.reading.Unlock()
	if t.readErr == nil {
		block, t.readErr = t.blocks.Next(used)
	}
	if t.readErr != nil {
		return block, nil, nil
	}
	last := t.last
	t.last = make(chan struct{})
	return block, last, t.last
}

// print writes the output of a worker for its block, and prepares the worker for another
// one.
func (t *team) print(w *parser, reports *bytes.Buffer) error {
	t.p.foreign += w.foreign
	t.p.printed += w.printed
	t.p.bad += w.bad
	w.foreign, w.printed, w.bad = 0, 0, 0
	_, err := t.p.env.Stdout.Write(w.out)
	w.out = w.out[:0]
	_, _ = reports.WriteTo(t.p.env.Stderr)
	return err
}
