package dumptest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Publish returns a PUBLISH packet of MQTT.
func Publish(topic string, payload []byte, qos int, five bool) []byte {
	body := binary.BigEndian.AppendUint16(nil, uint16(len(topic)))
	body = append(body, topic...)
	if qos > 0 {
		body = append(body, 0x12, 0x34)
	}
	if five {
		body = append(body, 0)
	}
	body = append(body, payload...)
	return append(append([]byte{byte(0x30 | qos<<1)}, length(len(body))...), body...)
}

// length returns the remaining length of an MQTT packet as it is encoded.
func length(n int) (b []byte) {
	for n > 0x7F {
		b = append(b, byte(n)|0x80)
		n >>= 7
	}
	return append(b, byte(n))
}

// Connect returns a CONNECT packet of MQTT 3.1.1 or 5.
func Connect(five bool) []byte {
	body := []byte("\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a")
	if five {
		body = []byte("\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a")
	}
	return append([]byte{0x10, byte(len(body))}, body...)
}

// A Network carries a stream of bytes in packets.
type Network struct {
	Link uint32 // the link type, as in capture files
	Six  bool   // IPv6
	Size int    // the payload of a packet, in bytes
	Port uint16 // of the sender
}

// Packets returns the packets of one direction of a stream whose first byte has the
// sequence number seq. A short packet is padded, as in Ethernet.
func (n Network) Packets(stream []byte, seq uint32) (packets [][]byte) {
	for i := 0; i < len(stream); i += n.Size {
		packets = append(packets, n.packet(stream[i:min(len(stream), i+n.Size)], seq+uint32(i), 0x18))
	}
	return packets
}

func (n Network) packet(data []byte, seq uint32, flags byte) []byte {
	tcp := binary.BigEndian.AppendUint16(nil, n.Port)
	tcp = binary.BigEndian.AppendUint16(tcp, 40000)
	tcp = binary.BigEndian.AppendUint32(tcp, seq)
	tcp = append(tcp, 0, 0, 0, 1, 0x80, flags, 1, 0xF6, 0, 0, 0, 0, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2)
	tcp = append(tcp, data...)
	var ip []byte
	if n.Six {
		ip = append([]byte{0x60, 0, 0, 0}, byte(len(tcp)>>8), byte(len(tcp)), 6, 64)
		ip = append(append(ip, "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"...), "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"...)
	} else {
		size := 20 + len(tcp)
		ip = []byte{0x45, 0, byte(size >> 8), byte(size), 0, 0, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 17}
		sum := 0
		for i := 0; i < 20; i += 2 {
			sum += int(binary.BigEndian.Uint16(ip[i:]))
		}
		for sum > 0xFFFF {
			sum = sum>>16 + sum&0xFFFF
		}
		binary.BigEndian.PutUint16(ip[10:], ^uint16(sum))
	}
	kind := []byte{8, 0}
	if n.Six {
		kind = []byte{0x86, 0xDD}
	}
	ip = append(ip, tcp...)
	switch n.Link {
	case 1:
		frame := append([]byte("\x02\x42\xac\x11\x00\x02\x02\x42\xac\x11\x00\x03"), kind...)
		if frame = append(frame, ip...); len(frame) < 60 {
			frame = append(frame, make([]byte, 60-len(frame))...)
		}
		return frame
	case 113:
		return append(append([]byte("\x00\x00\x00\x01\x00\x06\x02\x42\xac\x11\x00\x03\x00\x00"), kind...), ip...)
	}
	return ip
}

// PCAP returns a capture file.
func (n Network) PCAP(order binary.AppendByteOrder, magic uint32, packets [][]byte) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	b = order.AppendUint32(order.AppendUint32(order.AppendUint32(b, 0), 0), 262144)
	b = order.AppendUint32(b, n.Link)
	for i, p := range packets {
		b = order.AppendUint32(order.AppendUint32(b, 1795398905), uint32(i))
		b = order.AppendUint32(order.AppendUint32(b, uint32(len(p))), uint32(len(p)))
		if magic == 0xA1B2CD34 {
			b = append(b, make([]byte, 8)...)
		}
		b = append(b, p...)
	}
	return b
}

// PCAPNG returns a capture file in the newer format. The packets are in blocks of this kind:
// 2, which is obsolete, 3, which has no time, or 6. Their times have so many decimal places.
func (n Network) PCAPNG(order binary.AppendByteOrder, kind uint32, places byte, packets [][]byte) []byte {
	block := func(kind uint32, body []byte) []byte {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		size := uint32(12 + len(body))
		return order.AppendUint32(append(order.AppendUint32(order.AppendUint32(nil, kind), size), body...), size)
	}
	section := order.AppendUint32(nil, 0x1A2B3C4D)
	section = order.AppendUint16(order.AppendUint16(section, 1), 0)
	b := block(0x0A0D0D0A, append(section, "\xff\xff\xff\xff\xff\xff\xff\xff"...))
	face := order.AppendUint32(order.AppendUint16(order.AppendUint16(nil, uint16(n.Link)), 0), 0)
	if places != 6 {
		face = append(order.AppendUint16(order.AppendUint16(face, 2), 3), "en0\x00"...) // its name
		face = append(order.AppendUint16(order.AppendUint16(face, 9), 1), places, 0, 0, 0)
	}
	b = append(b, block(1, face)...)
	b = append(b, block(4, []byte("\x00\x00\x00\x00"))...) // names, which a reader skips
	at := uint64(1795398905)
	for range places {
		at *= 10
	}
	for _, p := range packets {
		var body []byte
		switch kind {
		case 2:
			body = order.AppendUint16(order.AppendUint16(nil, 0), 0)
		case 6:
			body = order.AppendUint32(nil, 0)
		}
		if kind != 3 {
			body = order.AppendUint32(order.AppendUint32(body, uint32(at>>32)), uint32(at))
			body = order.AppendUint32(body, uint32(len(p)))
		}
		body = order.AppendUint32(body, uint32(len(p)))
		b = append(b, block(kind, append(body, p...))...)
	}
	return b
}

// Tcpdump prints packets like tcpdump -X, from their IP header on, or like -XX, with their
// link header.
func (n Network) Tcpdump(packets [][]byte) []byte {
	var out strings.Builder
	for i, p := range packets {
		fmt.Fprintf(&out, "20:14:53.%06d IP 192.0.2.1.1883 > 192.0.2.17.40000: Flags [P.], seq 1:1449, ack 1, win 502, length %d\n", i, len(p))
		out.WriteString(Rows(p, 16, false, func(offset int, b []byte) string {
			return fmt.Sprintf("\t0x%04x:  %-39s  %s", offset, Every(fmt.Sprintf("%x", b), 4, " "), TextColumn(b))
		}))
	}
	return []byte(out.String())
}

// Tshark prints packets like tshark -x, and the reassembled stream after the last one.
func (n Network) Tshark(packets [][]byte, stream []byte) []byte {
	var out strings.Builder
	row := func(offset int, b []byte) string {
		return fmt.Sprintf("%04x  %-47s   %s", offset, Every(fmt.Sprintf("%x", b), 2, " "), TextColumn(b))
	}
	for i, p := range packets {
		if last := i == len(packets)-1; last && stream != nil {
			fmt.Fprintf(&out, "Frame (%d bytes):\n%s\nReassembled TCP (%d bytes):\n%s", len(p), Rows(p, 16, false, row), len(stream), Rows(stream, 16, false, row))
		} else {
			out.WriteString(Rows(p, 16, false, row))
		}
		out.WriteString("\n")
	}
	return []byte(out.String())
}

// A Capture renders packets as a tool saves or prints them. stream is what the packets
// carry.
type Capture struct {
	Name   string
	Net    Network
	Render func(packets [][]byte, stream []byte) []byte
}

// Captures returns all forms of captures.
func Captures() (list []Capture) {
	order := map[string]binary.AppendByteOrder{"little-endian": binary.LittleEndian, "big-endian": binary.BigEndian}
	for _, name := range []string{"little-endian", "big-endian"} {
		for _, n := range []Network{{1, false, 1448, 1883}, {1, true, 1428, 1883}, {101, false, 536, 1883}, {113, false, 1448, 4883}} {
			what := fmt.Sprintf("%s, link %d, IPv6 %v", name, n.Link, n.Six)
			list = append(list,
				Capture{"pcap, " + what, n, func(p [][]byte, _ []byte) []byte { return n.PCAP(order[name], 0xA1B2C3D4, p) }},
				Capture{"pcap, nanoseconds, " + what, n, func(p [][]byte, _ []byte) []byte { return n.PCAP(order[name], 0xA1B23C4D, p) }},
				Capture{"pcapng, " + what, n, func(p [][]byte, _ []byte) []byte { return n.PCAPNG(order[name], 6, 6, p) }},
			)
		}
	}
	raw, frame := Network{101, false, 1448, 1883}, Network{1, false, 1448, 1883}
	return slices.Concat(list, []Capture{
		{"pcap, modified", frame, func(p [][]byte, _ []byte) []byte { return frame.PCAP(binary.LittleEndian, 0xA1B2CD34, p) }},
		{"pcap, VLAN", frame, func(p [][]byte, _ []byte) []byte {
			var tagged [][]byte
			for _, frame := range p {
				tagged = append(tagged, slices.Concat(frame[:12], []byte("\x81\x00\x00\x07"), frame[12:]))
			}
			return frame.PCAP(binary.LittleEndian, 0xA1B2C3D4, tagged)
		}},
		{"pcapng, obsolete packets", frame, func(p [][]byte, _ []byte) []byte { return frame.PCAPNG(binary.LittleEndian, 2, 6, p) }},
		{"pcapng, simple packets", frame, func(p [][]byte, _ []byte) []byte { return frame.PCAPNG(binary.BigEndian, 3, 6, p) }},
		{"pcapng, nanoseconds", frame, func(p [][]byte, _ []byte) []byte { return frame.PCAPNG(binary.BigEndian, 6, 9, p) }},
		{"tcpdump -X", raw, func(p [][]byte, _ []byte) []byte { return raw.Tcpdump(p) }},
		{"tcpdump -XX", frame, func(p [][]byte, _ []byte) []byte { return frame.Tcpdump(p) }},
		{"tshark -x", frame, func(p [][]byte, _ []byte) []byte { return frame.Tshark(p, nil) }},
		{"tshark -x, put together", frame, func(p [][]byte, s []byte) []byte { return frame.Tshark(p, s) }},
		{"tshark -x -Y mqtt", frame, func(p [][]byte, s []byte) []byte { return frame.Tshark(p[len(p)-1:], s) }},
	})
}
