package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
)

// writeReaderLines writes size bytes of $SCRDR lines, and a little more to complete the last one. The checksum is the
// XOR of the text between $ and *. In one line of a thousand it is wrong.
func writeReaderLines(w *bufio.Writer, size int) error {
	random := rand.New(newRandom("scrdr"))
	var body, line []byte
	for written, n := 0, 1; written < size; n++ {
		body = appendReaderBody(body[:0], random)
		var sum byte
		for _, b := range body {
			sum ^= b
		}
		if n%1000 == 0 {
			sum ^= 0x55 // wrong by both documented rules, whose results differ by 0E
		}
		line = append(append(line[:0], '$'), body...)
		line = fmt.Appendf(line, "*%02X\r\n", sum)
		if _, err := w.Write(line); err != nil {
			return err
		}
		written += len(line)
	}
	return nil
}

// appendReaderBody makes up an event, with an identifier of varying length and sometimes with movement, signal strength
// or text. The codes of interface and protocol are made up, too, except for 13, because no table of them is public.
func appendReaderBody(b []byte, random *rand.Rand) []byte {
	kind := random.IntN(8)
	switch {
	case kind == 0: // UHF, with signal strength
		id := random.Uint64()
		return fmt.Appendf(b, "SCRDR;90;40;07;%02X;E280%016X;;E280%016X;", 0xB0+random.IntN(32), id, id)
	case kind == 1: // text from a template
		return fmt.Appendf(b, "SCRDR;13;01;02;;04%012X;;Door %d, badge %05d;", random.Uint64()>>16, random.IntN(9), random.IntN(1e5))
	case kind < 4: // with movement
		id := random.Uint32()
		move := []string{"I", "R", "IR"}[random.IntN(3)]
		return fmt.Appendf(b, "SCRDR;13;02;01;;%08X;%s;00000000%08X;", id, move, id)
	default:
		id := random.Uint64() >> 16
		return fmt.Appendf(b, "SCRDR;13;01;01;;04%012X;;0004%012X;", id, id)
	}
}

// writeEvents writes size bytes of reader events as the device sends them, each on a line of 131 bytes with its line
// end.
func writeEvents(w *bufio.Writer, size int) error {
	random := rand.New(newRandom("events"))
	var line []byte
	for written := 0; written < size; written += len(line) {
		id := random.Uint64() >> 16
		boots, seconds, millis := 100+random.IntN(900), 100+random.IntN(900), random.IntN(1000)
		line = line[:0]
		switch random.IntN(4) {
		case 0: // with movement
			line = fmt.Appendf(line, `{"Interface":"13.56","Protocol":"NFC-V","Template":3,"TagId":"E004%012X","Move":"Insert,Remove","Uptime":"%d:%07d.%03d"}`, id, boots, seconds, millis)
		case 1: // the keys of 2021
			line = fmt.Appendf(line, `{"Sequence":%02d,"Interface":"13.56","Protocol":"NFC-B","Template":2,"TagId":"%08X","TagData":"%08X","Uptime":"%d:%d.%03d"}`, 10+random.IntN(90), id>>16, id>>16, boots, seconds, millis)
		default:
			line = fmt.Appendf(line, `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"04%012X","TagData":"0004%012X","Uptime":"%d:%03d.%03d"}`, id, id, boots, seconds, millis)
		}
		line = append(line, '\n')
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}
