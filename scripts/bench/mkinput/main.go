// Command mkinput makes the inputs of "make bench": large, and the same ones every time.
//
//	mkinput jpeg BYTES            a baseline JPEG of BYTES bytes
//	mkinput dump LAYOUT           stdin as a dump: hex, pairs, fours, lines, xxd, hexdump or json
//	mkinput log BYTES SUMS        a day's log of small snapshots; the SHA-256 of each picture goes to the file SUMS
//	mkinput scrdr BYTES           $SCRDR lines, one in a thousand with a wrong checksum
//	mkinput events BYTES          reader events as JSON, 131 bytes a line
//
// Everything is written to stdout.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

func main() {
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	err := run(os.Args[1:], os.Stdin, out)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mkinput:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out *bufio.Writer) error {
	if len(args) < 2 {
		return errors.New("usage: mkinput jpeg|dump|log|scrdr|events ARGUMENT...; see the comment in the source")
	}
	if args[0] == "dump" {
		return writeDump(out, in, args[1])
	}
	size, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	switch args[0] {
	case "jpeg":
		return writeJPEG(out, newRandom("jpeg"), size)
	case "log":
		if len(args) < 3 {
			return errors.New("log: the file for the sums is missing")
		}
		return writeLog(out, size, args[2])
	case "scrdr":
		return writeReaderLines(out, size)
	case "events":
		return writeEvents(out, size)
	}
	return fmt.Errorf("no such input: %q", args[0])
}
