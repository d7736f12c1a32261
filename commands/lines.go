package commands

import (
	"bytes"
	"io"
	"strings"
	"unsafe"
)

// blockSize is the longest line that can be read, four times what a reader
// sends. readSize is how much is read at once: large enough that the system
// calls do not count, and so small that a block and what is printed of it stay
// in the processor's cache.
const (
	blockSize = 256 << 10
	readSize  = 64 << 10
)

// Blocks cuts an input into blocks of whole lines. The memory of a block goes
// back and forth: who is done with one hands it in for the next, so that a day's
// log costs neither copies nor garbage.
type blocks struct {
	name    string // for errors
	r       io.Reader
	buf     []byte
	kept    int   // bytes in buf of a line that has no end yet
	err     error // to return when buf is used up
	inLong  bool  // what comes next is the rest of a line too long
	started bool
}

func newBlocks(name string, r io.Reader) *blocks {
	return &blocks{name: name, r: r, buf: make([]byte, blockSize)}
}

// next returns some whole lines, the last one of the input perhaps without
// its end. A line too long for a block is cut: its first blockSize bytes come
// alone, with long set, and the rest is dropped. next may return nothing, for
// the caller to do what it does before waiting.
//
// The text belongs to the caller, who gives other memory for it, such as that
// of the block before: spare[:blockSize] is written to. It comes back as it was
// when there is no text.
func (b *blocks) next(spare []byte) (text []byte, long bool, err error) {
	if b.err != nil {
		if b.kept > 0 && !b.inLong {
			return b.give(b.kept, spare), false, nil
		}
		b.kept, b.inLong = 0, false
		err, b.err = b.err, nil
		return spare[:0], false, err
	}
	n, err := b.r.Read(b.buf[b.kept:min(b.kept+readSize, len(b.buf))])
	if !b.started && n > 0 {
		b.started = true
		if order := string(b.buf[:min(n, 2)]); order == "\xFF\xFE" || order == "\xFE\xFF" {
			return spare[:0], false, damagedErrorf("%s is UTF-16 text, as PowerShell writes it with >; write it as UTF-8", b.name)
		}
	}
	b.err = err
	fresh := b.buf[b.kept : b.kept+n]
	b.kept += n
	if b.inLong {
		end := bytes.IndexByte(fresh, '\n') + 1
		if end == 0 {
			b.kept = 0
			return spare[:0], false, nil
		}
		b.inLong = false
		b.kept = copy(b.buf, fresh[end:])
		fresh = b.buf[:b.kept]
	}
	end := b.kept - len(fresh) + bytes.LastIndexByte(fresh, '\n') + 1
	if end > b.kept-len(fresh) {
		return b.give(end, spare), false, nil
	}
	if b.kept == len(b.buf) {
		b.inLong = true
		return b.give(b.kept, spare), true, nil
	}
	return spare[:0], false, nil
}

// give hands out buf[:end] and goes on in spare.
func (b *blocks) give(end int, spare []byte) []byte {
	text, rest := b.buf[:end], b.buf[end:b.kept]
	b.buf = spare[:len(b.buf)]
	b.kept = copy(b.buf, rest)
	return text
}

// borrow makes a string of text that shares its memory: it, and what is cut
// from it, is gone when the memory is used again.
func borrow(text []byte) string {
	return unsafe.String(unsafe.SliceData(text), len(text))
}

// cutLine cuts the first line from text, without its line end.
func cutLine(text string) (line, rest string) {
	end := strings.IndexByte(text, '\n')
	if end < 0 {
		return text, ""
	}
	line, rest = text[:end], text[end+1:]
	if end > 0 && line[end-1] == '\r' {
		line = line[:end-1]
	}
	return line, rest
}
