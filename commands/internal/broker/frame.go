package broker

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// Types of packets, with their required flags.
const (
	packetConnack    = 0x20
	packetPublish    = 0x30 // flags: 8 duplicate, 6 QoS, 1 retained
	packetPuback     = 0x40
	packetPubrec     = 0x50
	packetPubrel     = 0x62
	packetPubcomp    = 0x70
	packetSubscribe  = 0x82
	packetSuback     = 0x90
	packetPingreq    = 0xC0
	packetPingresp   = 0xD0
	packetDisconnect = 0xE0
)

// A malformed is the error for a packet that MQTT 3.1.1 does not allow.
type malformed struct{ text string }

func (e *malformed) Error() string { return e.text }

func malformedf(format string, args ...any) error { return &malformed{fmt.Sprintf(format, args...)} }

// maxSuback is the longest SUBACK: an id, and a verdict for each filter of a
// SUBSCRIBE. A command subscribes to few filters.
const maxSuback = 2 + 1<<10

// checkFrame returns an error if a broker cannot send a packet that begins like
// this: with this type and its flags, and this length of the rest.
func checkFrame(first byte, length int) error {
	wrong := func(n int) error {
		if length != n {
			return malformedf("a packet 0x%02X with %d bytes, not %d", first, length, n)
		}
		return nil
	}
	switch first {
	case packetConnack, packetPuback, packetPubrec, packetPubrel, packetPubcomp:
		return wrong(2)
	case packetPingresp, packetDisconnect: // brokers for MQTT 5 send DISCONNECT
		return wrong(0)
	case packetSuback:
		if length < 3 || length > maxSuback {
			return malformedf("a SUBACK with %d bytes", length)
		}
		return nil
	}
	if first&0xF0 != packetPublish {
		return malformedf("a packet that begins with 0x%02X", first)
	}
	qos := qosOf(first)
	shortest := 2 // the length of the topic
	if qos > 0 {
		shortest += 2 // an id
	}
	switch {
	case qos > 2:
		return malformedf("a message of QoS 3")
	case length < shortest:
		return malformedf("a message of %d bytes", length)
	}
	return nil
}

// qosOf returns the QoS in the first byte of a PUBLISH.
func qosOf(first byte) byte { return first >> 1 & 3 }

// readLength reads the length of the rest of a packet, one to four bytes.
func readLength(in io.ByteReader) (int, error) {
	length := 0
	for shift := 0; shift < 28; shift += 7 {
		b, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		length |= int(b&0x7F) << shift
		if b < 0x80 {
			return length, nil
		}
	}
	return 0, malformedf("a length of more than four bytes")
}

// packet reads one packet and hands it to the handler or to the library.
func (w *wire) packet() error {
	first, err := w.in.ReadByte()
	if err != nil {
		return err
	}
	length, err := readLength(w.in)
	if err != nil {
		return err
	}
	if err := checkFrame(first, length); err != nil {
		return err
	}
	if first&0xF0 == packetPublish {
		return w.message(first, length)
	}
	packet := binary.AppendUvarint(append(make([]byte, 0, 8), first), uint64(length)) // MQTT encodes a length like this
	body := len(packet)
	packet = slices.Grow(packet, length)[:body+length]
	if _, err := io.ReadFull(w.in, packet[body:]); err != nil {
		return err
	}
	switch first {
	case packetConnack:
		return malformedf("a second CONNACK")
	case packetDisconnect:
		return io.EOF
	case packetPubrel:
		w.handler.released(w, binary.BigEndian.Uint16(packet[body:]))
		return nil
	}
	ok, err := w.isAsked(first, packet[body:])
	if ok {
		w.answer(packet)
	}
	return err
}

// message reads the rest of a PUBLISH.
func (w *wire) message(first byte, length int) error {
	var id [2]byte
	if _, err := io.ReadFull(w.in, id[:]); err != nil {
		return err
	}
	topic := make([]byte, binary.BigEndian.Uint16(id[:]))
	m := Message{QoS: qosOf(first), Retained: first&1 != 0, Duplicate: first&8 != 0}
	length -= 2 + len(topic)
	if m.QoS > 0 {
		length -= 2
	}
	if length < 0 {
		return malformedf("a message whose topic is longer than itself")
	}
	if _, err := io.ReadFull(w.in, topic); err != nil {
		return err
	}
	m.Topic = string(topic)
	if m.QoS > 0 {
		if _, err := io.ReadFull(w.in, id[:]); err != nil {
			return err
		}
		if m.id = binary.BigEndian.Uint16(id[:]); m.id == 0 {
			return malformedf("a message of QoS %d with the id 0", m.QoS)
		}
	}
	keep := length
	if w.most > 0 && length > w.most {
		keep = payloadStart
	}
	var err error
	if m.Payload, err = readBytes(w.in, keep); err != nil {
		return err
	}
	for m.PassedOver = length - keep; length > keep; {
		n, err := w.in.Discard(min(length-keep, 64<<10))
		length -= n
		if err != nil {
			return err
		}
	}
	w.handler.handle(w, m)
	return nil
}

// payloadStart is how many bytes are kept of a payload that is too long.
const payloadStart = 512

// readBytes reads n bytes. It allocates memory only as the bytes arrive.
func readBytes(in io.Reader, n int) ([]byte, error) {
	const atOnce = 1 << 20
	b := make([]byte, 0, min(n, atOnce))
	for len(b) < n {
		if len(b) == cap(b) {
			b = slices.Grow(b, min(n-len(b), len(b)))
		}
		end := min(cap(b), n)
		got, err := io.ReadFull(in, b[len(b):end])
		b = b[:len(b)+got]
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// questions holds, by packet id, what each sent packet waits for.
type questions map[uint16]question

// A question is what a packet waits for.
type question struct {
	answer   byte // type of the packet
	verdicts int  // in a SUBACK
}

// note records a packet that the library sends.
func (q questions) note(packet []byte) {
	length, n := binary.Uvarint(packet[1:])
	if n <= 0 || uint64(len(packet)-1-n) != length {
		return // the library writes whole packets
	}
	body := packet[1+n:]
	switch first := packet[0]; {
	case first&0xF0 == packetPublish && qosOf(first) > 0:
		id := body[2+int(binary.BigEndian.Uint16(body)):]
		answer := byte(packetPuback)
		if qosOf(first) == 2 {
			answer = packetPubrec
		}
		q[binary.BigEndian.Uint16(id)] = question{answer: answer}
	case first == packetSubscribe:
		asked := question{answer: packetSuback}
		for rest := body[2:]; len(rest) > 2; asked.verdicts++ {
			rest = rest[2+int(binary.BigEndian.Uint16(rest))+1:]
		}
		q[binary.BigEndian.Uint16(body)] = asked
	}
}

// isAsked reports whether a packet answers one that was sent. Other answers are
// ignored, as the library ignores ids that it does not know. The error says
// that an answer is malformed.
func (w *wire) isAsked(first byte, body []byte) (bool, error) {
	if first == packetPingresp {
		return true, nil
	}
	id := binary.BigEndian.Uint16(body)
	w.mu.Lock()
	defer w.mu.Unlock()
	asked, ok := w.asked[id]
	// A broker that takes QoS 2 as QoS 1 answers with PUBACK, as RabbitMQ does:
	// it has the message, at least once.
	downgraded := first == packetPuback && asked.answer == packetPubrec
	if !ok || asked.answer != first && !downgraded {
		return false, nil
	}
	delete(w.asked, id)
	switch first {
	case packetSuback:
		if n := len(body) - 2; n != asked.verdicts {
			return false, malformedf("a SUBACK for %d topic filters to a SUBSCRIBE of %d", n, asked.verdicts)
		}
	case packetPubrec:
		w.asked[id] = question{answer: packetPubcomp}
	}
	return true, nil
}
