package dump

import (
	"encoding/binary"
	"io"
	"time"

	"mqtool/codec/internal/window"
)

// A captureFile reads the packets of a capture file of either form.
//
// Source: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng
type captureFile struct {
	text  *window.Window
	order binary.ByteOrder

	header int    // pcap: bytes before each packet; 0 for pcapng
	link   uint32 // pcap: the link type of all packets
	unit   time.Duration

	faces []face // pcapng: the interfaces of the section
}

// A face is an interface of pcapng.
type face struct {
	link uint32
	unit time.Duration // of its timestamps
}

// isCapture reports whether an input that begins with head is a capture file.
func isCapture(head []byte) bool {
	if len(head) < 24 {
		return false
	}
	switch string(head[:4]) {
	case "\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1", "\xa1\xb2\xcd\x34", "\x34\xcd\xb2\xa1":
		return true
	case "\n\r\r\n":
		return string(head[8:12]) == "\x1a\x2b\x3c\x4d" || string(head[8:12]) == "\x4d\x3c\x2b\x1a"
	}
	return false
}

// newCaptureFile returns a reader of the packets of a capture file.
func newCaptureFile(w *window.Window) *captureFile {
	f := &captureFile{text: w, order: binary.LittleEndian, unit: time.Microsecond}
	head := w.Peek(24)
	if head[0] == '\n' {
		return f
	}
	if head[0] == 0xA1 {
		f.order = binary.BigEndian
	}
	magic := f.order.Uint32(head)
	if f.header = 16; magic == 0xA1B2CD34 {
		f.header = 24
	}
	if magic == 0xA1B23C4D {
		f.unit = time.Nanosecond
	}
	f.link = f.order.Uint32(head[20:]) & 0x0FFFFFFF
	w.Skip(24)
	return f
}

// next returns the next packet, which begins with its link header, and the type of that
// link. The error is io.EOF at the end of the file, and io.ErrUnexpectedEOF if the file
// ends inside a packet or is damaged. The packet is valid until the next call.
func (f *captureFile) next() (link uint32, packet []byte, at time.Time, err error) {
	if f.header == 0 {
		return f.nextBlock()
	}
	head := f.text.Peek(f.header)
	if len(head) == 0 {
		return 0, nil, at, io.EOF
	}
	if len(head) < f.header {
		return 0, nil, at, io.ErrUnexpectedEOF
	}
	size := int(f.order.Uint32(head[8:]))
	at = time.Unix(int64(f.order.Uint32(head)), int64(f.order.Uint32(head[4:]))*int64(f.unit)).UTC()
	f.text.Skip(f.header)
	if packet, err = f.take(size); err != nil {
		return 0, nil, at, err
	}
	return f.link, packet, at, nil
}

// take reads size bytes. They are valid until the next read.
func (f *captureFile) take(size int) ([]byte, error) {
	if size < 0 || size > maxPacket {
		return nil, io.ErrUnexpectedEOF
	}
	b := f.text.Peek(size)
	if len(b) < size {
		return nil, io.ErrUnexpectedEOF
	}
	f.text.Skip(size)
	return b, nil
}

// nextBlock does what next does, for pcapng.
func (f *captureFile) nextBlock() (link uint32, packet []byte, at time.Time, err error) {
	for {
		head := f.text.Peek(12)
		if len(head) == 0 {
			return 0, nil, at, io.EOF
		}
		if len(head) < 12 {
			return 0, nil, at, io.ErrUnexpectedEOF
		}
		f.section(head)
		kind, size := f.order.Uint32(head), int(f.order.Uint32(head[4:]))
		if size < 12 {
			return 0, nil, at, io.ErrUnexpectedEOF
		}
		block, err := f.take(size)
		if err != nil {
			return 0, nil, at, err
		}
		body := block[8 : size-4]
		switch {
		case kind == 1 && len(body) >= 8:
			f.faces = append(f.faces, face{uint32(f.order.Uint16(body)), f.resolution(body[8:])})
		case kind == 6 && len(body) >= 20: // enhanced packet
			return f.packet(int(f.order.Uint32(body)), body[4:], body[20:])
		case kind == 2 && len(body) >= 20: // packet, which is obsolete
			return f.packet(int(f.order.Uint16(body)), body[4:], body[20:])
		case kind == 3 && len(body) >= 4 && len(f.faces) > 0: // simple packet
			return f.faces[0].link, body[4:], at, nil // padding may follow; the IP header has the length
		}
	}
}

// section examines the head of a block. If the block begins a section, it sets the byte
// order of the section and forgets the interfaces of the last one.
func (f *captureFile) section(head []byte) {
	if string(head[:4]) != "\n\r\r\n" {
		return
	}
	f.order, f.faces = binary.LittleEndian, nil
	if head[8] == 0x1A {
		f.order = binary.BigEndian
	}
}

// packet returns a packet of interface n. head begins with the two halves of its
// timestamp, and its length follows them.
func (f *captureFile) packet(n int, head, data []byte) (link uint32, packet []byte, at time.Time, err error) {
	size := int(f.order.Uint32(head[8:]))
	if n >= len(f.faces) || size > len(data) || size < 0 {
		return 0, nil, at, io.ErrUnexpectedEOF
	}
	units := uint64(f.order.Uint32(head))<<32 | uint64(f.order.Uint32(head[4:]))
	i := f.faces[n]
	if second := uint64(time.Second / i.unit); units/second < 1<<33 {
		at = time.Unix(int64(units/second), int64(units%second)*int64(i.unit)).UTC()
	}
	return i.link, data[:size], at, nil
}

// resolution finds the unit of timestamps in the options of an interface. Without a power
// of ten there, the unit is a microsecond, as in pcap.
func (f *captureFile) resolution(options []byte) time.Duration {
	for len(options) >= 4 {
		code, size := f.order.Uint16(options), int(f.order.Uint16(options[2:]))
		if size > len(options)-4 {
			break
		}
		if code == 9 && size == 1 && options[4] <= 9 {
			unit := time.Second
			for range options[4] {
				unit /= 10
			}
			return unit
		}
		options = options[min(len(options), 4+(size+3)&^3):]
	}
	return time.Microsecond
}
