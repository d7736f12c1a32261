package commands

import (
	"bytes"
	"io"
	"strings"
)

// blockSize is the longest line that can be read, four times what a reader
// sends. readSize is how much is read at once: large enough that the system
// calls do not count, and so small that a block and what is printed of it stay
// in the processor's cache.
const (
	blockSize = 256 << 10
	readSize  = 64 << 10
)

// Blocks cuts an input into blocks of whole lines. A block is one string, so
// that what is cut from it costs no memory of its own.
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
func (b *blocks) next() (text string, long bool, err error) {
	if b.err != nil {
		if b.kept > 0 && !b.inLong {
			text = string(b.buf[:b.kept])
			b.kept = 0
			return text, false, nil
		}
		b.kept, b.inLong = 0, false
		err, b.err = b.err, nil
		return "", false, err
	}
	n, err := b.r.Read(b.buf[b.kept:min(b.kept+readSize, len(b.buf))])
	if !b.started && n > 0 {
		b.started = true
		if order := string(b.buf[:min(n, 2)]); order == "\xFF\xFE" || order == "\xFE\xFF" {
			return "", false, damagedErrorf("%s is UTF-16 text, as PowerShell writes it with >; write it as UTF-8", b.name)
		}
	}
	b.err = err
	fresh := b.buf[b.kept : b.kept+n]
	b.kept += n
	if b.inLong {
		end := bytes.IndexByte(fresh, '\n') + 1
		if end == 0 {
			b.kept = 0
			return "", false, nil
		}
		b.inLong = false
		b.kept = copy(b.buf, fresh[end:])
		fresh = b.buf[:b.kept]
	}
	end := b.kept - len(fresh) + bytes.LastIndexByte(fresh, '\n') + 1
	if end > b.kept-len(fresh) {
		text = string(b.buf[:end])
		b.kept = copy(b.buf, b.buf[end:b.kept])
		return text, false, nil
	}
	if b.kept == len(b.buf) {
		text = string(b.buf)
		b.kept, b.inLong = 0, true
		return text, true, nil
	}
	return "", false, nil
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
