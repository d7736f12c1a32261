package dump

import (
	"bytes"
	"container/heap"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A capture reads MQTT messages from packets that were captured on a network. It joins the
// bytes of each direction of a TCP connection by their sequence numbers, even if some came
// twice or in another order. Missing bytes are reported, and never just left out in the
// middle of a message.
//
// Source: RFC 791, 8200 and 9293; MQTT 3.1.1 and 5.0, section 2 and 3.3
type capture struct {
	flows    map[string]*flow
	order    []*flow
	ready    []published
	seed     maphash.Seed
	given    map[uint64]bool // hashes of the given messages and of their beginnings
	messages int
	printed  bool     // as text, with the bytes that the tool put together
	trouble  []string // why something could not be read
	held     int      // bytes kept for all flows
}

// Limits of a capture: its messages are in memory until they are whole.
const (
	maxCaptured = 64 << 20 // bytes in all connections together
	maxFlows    = 4096
	maxPacket   = 192 << 10
)

// exportText says how to get the messages of a capture in another way.
const exportText = "export the messages with tshark -r FILE -Y mqtt -T fields -e mqtt.topic -e mqtt.msg, and decode that"

// A published is an MQTT message in a capture.
type published struct {
	topic   string
	at      time.Time
	payload []byte
	cut     bool // the packets with the rest of it are missing
}

// A flow is one direction of a TCP connection.
type flow struct {
	next    uint32 // the sequence number of the byte that comes next
	started bool
	late    lateSegments
	data    []byte    // not read yet
	at      time.Time // of the packet with the start of data
	five    bool      // it is MQTT 5
	twin    string    // the key of the other direction
	unread  string    // what the flow is, if it is not MQTT
}

type segment struct {
	seq  uint32 // the sequence number of its first byte
	data []byte
	at   time.Time
}

// A lateSegments is a heap of the segments that came before the bytes which they follow. The
// one whose bytes come first in the stream is the first.
type lateSegments []segment

func (l lateSegments) Len() int           { return len(l) }
func (l lateSegments) Less(i, j int) bool { return int32(l[i].seq-l[j].seq) < 0 }
func (l lateSegments) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *lateSegments) Push(s any)        { *l = append(*l, s.(segment)) }
func (l *lateSegments) Pop() any {
	last := len(*l) - 1
	s := (*l)[last]
	*l = (*l)[:last]
	return s
}

// take removes the first segment, whose bytes are not held any more.
func (c *capture) take(late *lateSegments) segment {
	s := heap.Pop(late).(segment)
	c.held -= len(s.data)
	return s
}

func newCapture() *capture {
	return &capture{flows: map[string]*flow{}, given: map[uint64]bool{}, seed: maphash.MakeSeed()}
}

// linkHeaders are the sizes of the link headers that need no look inside, by their type.
//
// Source: tcpdump.org/linktypes.html
var linkHeaders = map[uint32]int{0: 4, 108: 4, 12: 0, 14: 0, 101: 0, 228: 0, 229: 0, 113: 16, 276: 20}

// ipOf returns the IP packet in b, which begins with a link header. link is its type,
// numbered as in capture files. The result is nil if there is no IP packet.
func ipOf(link uint32, b []byte) []byte {
	if n, ok := linkHeaders[link]; ok {
		return b[min(n, len(b)):]
	}
	if link != 1 || len(b) < 14 {
		return nil
	}
	n := 12
	for n+4 < len(b) && (string(b[n:n+2]) == "\x81\x00" || string(b[n:n+2]) == "\x88\xa8") { // VLAN
		n += 4
	}
	if kind := string(b[n : n+2]); kind != "\x08\x00" && kind != "\x86\xdd" {
		return nil
	}
	return b[n+2:]
}

// linkIn returns the link type of a packet that was printed as text, if head is the
// beginning of one.
func linkIn(head []byte) (link uint32, ok bool) {
	for _, link := range [...]uint32{1, 101, 113, 276, 0} {
		ip := ipOf(link, head)
		_, tcp, _, fragment := tcpIn(ip)
		if tcp == nil || !fragment && !isTCP(tcp) {
			continue
		}
		// A capture made by the sender may lack the checksum, which the network card fills
		// in. A fragment must have it, because nothing else distinguishes one from other
		// bytes.
		v4 := ip[0]>>4 == 4
		noSum := v4 && ip[10] == 0 && ip[11] == 0
		switch {
		case v4 && (!noSum && checksum(ip[:int(ip[0]&15)*4]) || noSum && !fragment), !v4 && !fragment:
			return link, true
		}
	}
	return 0, false
}

// isTCP reports whether a segment begins with a header of TCP.
func isTCP(tcp []byte) bool {
	const fin, syn = 0x01, 0x02
	flags := tcp[13]
	return tcp[12]>>4 >= 5 && tcp[12]&0x0E == 0 && flags != 0 && flags&(fin|syn) != fin|syn
}

// checksum reports whether the checksum of an IPv4 header is right.
func checksum(header []byte) bool {
	var sum uint32
	for i := 0; i+1 < len(header); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(header[i:]))
	}
	for sum > 0xFFFF {
		sum = sum>>16 + sum&0xFFFF
	}
	return sum == 0xFFFF
}

// tcpIn returns the addresses in an IP packet, and its TCP segment with the header.
// missing is how many bytes the packet lacks at its end. Bytes that the link added after
// the packet are cut off.
func tcpIn(ip []byte) (addresses string, tcp []byte, missing int, fragment bool) {
	if len(ip) < 40 {
		return "", nil, 0, false
	}
	start, size, protocol := 0, 0, byte(0)
	switch {
	case ip[0]>>4 == 4 && ip[0]&15 >= 5:
		start, size, protocol = int(ip[0]&15)*4, int(binary.BigEndian.Uint16(ip[2:])), ip[9]
		addresses = string(ip[12:20])
		fragment = binary.BigEndian.Uint16(ip[6:])&0x3FFF != 0
	case ip[0]>>4 == 6:
		start, size, protocol = 40, 40+int(binary.BigEndian.Uint16(ip[4:])), ip[6]
		addresses = string(ip[8:40])
		fragment = protocol == 44
	default:
		return "", nil, 0, false
	}
	if size == start || size == 0 { // the network card splits the packet and fills this in
		size = len(ip)
	}
	if (protocol != 6 && !fragment) || size < start+20 || len(ip) < start+20 {
		return "", nil, 0, false
	}
	return addresses, ip[start:min(len(ip), size)], max(0, size-len(ip)), fragment
}

// add takes a packet that begins with its IP header.
func (c *capture) add(ip []byte, at time.Time) {
	addresses, tcp, missing, fragment := tcpIn(ip)
	if tcp == nil {
		return
	}
	if fragment {
		c.note("a packet of it is fragmented, which is not put together")
		return
	}
	header := int(tcp[12]>>4) * 4
	if header < 20 || header > len(tcp) {
		return
	}
	if missing > 0 {
		c.note("its packets are cut: capture them whole, with tcpdump -s 0")
	}
	half := len(addresses) / 2
	source, target := addresses[:half]+string(tcp[0:2]), addresses[half:]+string(tcp[2:4])
	f := c.flow(source+target, target+source)
	seq, flags := binary.BigEndian.Uint32(tcp[4:]), tcp[13]
	if flags&0x02 != 0 { // SYN: the first byte has the next number
		c.endFlow(f)
		f.next, f.started = seq+1, true
		return
	}
	if data := tcp[header:]; len(data) > 0 {
		c.segment(f, seq, data, at)
	}
}

func (c *capture) flow(key, twin string) *flow {
	if f := c.flows[key]; f != nil {
		return f
	}
	f := &flow{twin: twin}
	if other := c.flows[twin]; other != nil {
		f.five = other.five
	}
	if len(c.flows) == maxFlows {
		c.note("there are more connections in it than can be followed")
		return f
	}
	c.flows[key] = f
	c.order = append(c.order, f)
	return f
}

// segment takes the bytes of one TCP segment of a flow.
func (c *capture) segment(f *flow, seq uint32, data []byte, at time.Time) {
	if !f.started {
		if !beginsMQTT(data) {
			f.unread = protocolOf(data, f.unread)
			return // the data begins in the middle of something
		}
		f.next, f.started, f.unread = seq, true, ""
	}
	ahead := int32(seq - f.next)
	switch {
	case ahead > 0:
		if c.keep(f, len(data)) {
			heap.Push(&f.late, segment{seq, bytes.Clone(data), at})
		}
		return
	case int64(ahead)+int64(len(data)) <= 0:
		return // it came again
	}
	c.append(f, data[-ahead:], at)
	for len(f.late) > 0 && int32(f.late[0].seq-f.next) <= 0 { // they waited for these bytes
		s := c.take(&f.late)
		if again := int(f.next - s.seq); again < len(s.data) {
			c.append(f, s.data[again:], s.at)
		}
	}
}

// append takes the next bytes of a flow, and reads the MQTT packets that are complete.
func (c *capture) append(f *flow, data []byte, at time.Time) {
	f.next += uint32(len(data))
	if f.unread != "" {
		return
	}
	if len(f.data) == 0 {
		f.at = at
	}
	f.data = append(f.data, data...)
	if !c.keep(f, len(data)) {
		return
	}
	for len(f.data) > 0 {
		n := c.packet(f)
		if n == 0 {
			return
		}
		f.data = f.data[n:]
		c.held -= n
		f.at = at
	}
}

// keep counts n more bytes that are kept. If these are too many, it ends the flow and
// reports false.
func (c *capture) keep(f *flow, n int) bool {
	if c.held += n; c.held <= maxCaptured {
		return true
	}
	c.note("more of it is missing, or under way at the same time, than can be kept")
	c.endFlow(f)
	return false
}

// remaining reads the remaining length of the MQTT packet that b begins with, and returns
// it with the size of the fixed header. header is 0 if b ends before the header does, and
// negative if this is not an MQTT packet.
func remaining(b []byte) (length, header int) {
	for i := 1; i < min(len(b), 5); i++ {
		length |= int(b[i]&0x7F) << (7 * (i - 1))
		if b[i] < 0x80 {
			return length, i + 1
		}
	}
	if len(b) >= 5 {
		return 0, -1
	}
	return 0, 0
}

// packet reads the MQTT packet that the data of a flow begins with, and returns its size,
// which is 0 while the packet is not complete.
func (c *capture) packet(f *flow) int {
	length, header := remaining(f.data)
	switch {
	case header == 0:
		return 0
	case header < 0 || !isMQTT(f.data, length, header):
		f.unread = protocolOf(f.data, "a part of it is not MQTT")
		return len(f.data)
	case len(f.data) < header+length:
		return 0
	}
	body := f.data[header : header+length]
	switch f.data[0] >> 4 {
	case 1: // CONNECT
		if name := 2 + int(binary.BigEndian.Uint16(body)); len(body) > name {
			f.five = body[name] == 5
			if twin := c.flows[f.twin]; twin != nil {
				twin.five = f.five
			}
		}
	case 3:
		c.publish(f, body, false)
	}
	return header + length
}

// publish reads the body of a PUBLISH packet.
func (c *capture) publish(f *flow, body []byte, cut bool) {
	size := 2 + int(binary.BigEndian.Uint16(body))
	topic := string(body[2:min(size, len(body))])
	if f.data[0]&0x06 != 0 {
		size += 2 // the packet identifier
	}
	if f.five && size < len(body) {
		if n, header := remaining(append([]byte{0}, body[size:]...)); header > 0 {
			size += n + header - 1
		}
	}
	if size >= len(body) {
		return
	}
	payload := bytes.Clone(body[size:])
	if !f.five && payload[0] == 0 && len(payload) > 4 && (payload[1] == '{' || bytes.HasPrefix(payload[1:], soi)) {
		payload = payload[1:] // no properties: only this shows MQTT 5 if its CONNECT is missing
	}
	c.give(published{topic, f.at, payload, cut})
}

// give makes a message ready, unless it was given before: a tool that prints packets also
// prints the messages that it put together from them.
func (c *capture) give(p published) {
	whole := maphash.Bytes(c.seed, append([]byte(p.topic+"\x00"), p.payload...))
	begins := maphash.Bytes(c.seed, append([]byte(p.topic+"\x01"), p.payload[:min(len(p.payload), 256)]...))
	if p.cut && c.given[begins] || c.printed && c.given[whole] {
		return
	}
	if len(c.given) < 1<<16 {
		c.given[whole], c.given[begins] = true, true
	}
	c.messages++
	c.ready = append(c.ready, p)
}

// endFlow ends a flow. The message that is under way is given without its end, and the
// bytes after a gap are read as a new beginning.
func (c *capture) endFlow(f *flow) {
	late := f.late
	f.late = nil
	for len(late) > 0 {
		s := c.take(&late)
		if f.started && int32(s.seq-f.next) > 0 {
			c.note("packets are missing in it")
			c.giveCut(f)
		}
		c.segment(f, s.seq, s.data, s.at)
	}
	c.giveCut(f)
}

// giveCut gives the message that is under way, without its end. What follows is read as a
// new beginning.
func (c *capture) giveCut(f *flow) {
	length, header := remaining(f.data)
	if header > 0 && f.data[0]>>4 == 3 && len(f.data) >= header+4 && isMQTT(f.data, length, header) {
		c.note("packets are missing in it")
		c.publish(f, f.data[header:], true)
	}
	c.held -= len(f.data)
	f.data, f.started = f.data[:0], false
}

// end ends all flows.
func (c *capture) end() {
	for _, f := range c.order {
		c.endFlow(f)
		if f.unread != "" {
			c.note("%s", f.unread)
		}
	}
	c.order, c.flows = nil, map[string]*flow{}
}

func (c *capture) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); len(c.trouble) < maxDamage && !slices.Contains(c.trouble, text) {
		c.trouble = append(c.trouble, text)
	}
}

// isMQTT reports whether data may begin with an MQTT packet of this length.
func isMQTT(data []byte, length, header int) bool {
	kind, flags := data[0]>>4, data[0]&15
	switch kind {
	case 0, 15:
		return false
	case 3:
		return flags&6 != 6 && length >= 3 && (len(data) < header+2 || hasTopic(data[header:], length))
	case 6, 8, 10:
		return flags == 2 && length >= 2
	case 1:
		return flags == 0 && length >= 12
	case 12, 13:
		return flags == 0 && length == 0
	}
	return flags == 0 && length < 1<<16
}

// hasTopic reports whether the body of a PUBLISH packet, of this length, may begin with a
// topic.
func hasTopic(body []byte, length int) bool {
	size := int(binary.BigEndian.Uint16(body))
	topic := body[2:min(len(body), 2+size)]
	return size > 0 && size+2 <= length && bytes.IndexFunc(topic, func(r rune) bool { return r < ' ' || r == utf8.RuneError }) < 0
}

// beginsMQTT reports whether bytes in the middle of a connection begin with an MQTT
// packet.
func beginsMQTT(data []byte) bool {
	length, header := remaining(data)
	return header > 0 && isMQTT(data, length, header) && (data[0]>>4 == 3 || header+length <= len(data))
}

// protocolOf names the protocol of data that is not MQTT. It returns known if it does not
// recognize the protocol.
func protocolOf(data []byte, known string) string {
	switch {
	case len(data) > 2 && data[0] >= 0x14 && data[0] <= 0x17 && data[1] == 3:
		return "a connection of it is encrypted (TLS)"
	case bytes.HasPrefix(data, []byte("GET ")), bytes.HasPrefix(data, []byte("POST ")), bytes.HasPrefix(data, []byte("PUT ")), bytes.HasPrefix(data, []byte("HTTP/1.")):
		return "a connection of it is HTTP or a WebSocket"
	}
	return known
}

// A publishedDecoder gives the payload of a message in a capture.
type publishedDecoder struct {
	body
	published
}

func (d *publishedDecoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *publishedDecoder) step(dst []byte) (int, bool) {
	n := copy(dst, d.payload)
	d.payload = d.payload[n:]
	if len(d.payload) > 0 {
		return n, true
	}
	if d.cut {
		d.msg.ahead = n
		d.damaged("the packets with the rest of this message are missing")
	}
	return n, false
}

// How a Reader reads captures.

// nextCaptured moves to the next message of a capture, or reads the next packet. It
// reports false if there is no message yet.
func (d *Reader) nextCaptured() bool {
	c := d.capture
	if len(c.ready) > 0 {
		p := c.ready[0]
		c.ready = c.ready[1:]
		d.dec = &publishedDecoder{body: d.body(), published: p}
		d.own = Message{Layout: "MQTT in captured packets", Topic: p.topic, Time: p.at, Position: position(d.text, 0)}
		return true
	}
	if d.packets == nil {
		return false
	}
	link, packet, at, err := d.packets.next()
	if err != nil {
		if d.packets = nil; err != io.EOF {
			c.note("the file ends in the middle of a packet")
		}
		d.endCapture()
		return false
	}
	if ip := ipOf(link, packet); ip != nil {
		c.add(ip, at)
	}
	return false
}

// endCapture ends the capture, and adds a finding if something could not be read.
func (d *Reader) endCapture() {
	c := d.capture
	c.end()
	d.captureEnded = true
	switch {
	case len(c.trouble) > 0:
		d.found(Position{1, 1}, "this is a capture of packets, and %s; %s", strings.Join(c.trouble, ", and "), exportText)
	case c.messages == 0:
		d.found(Position{1, 1}, "this is a capture of packets without a message of MQTT that can be read; %s", exportText)
	}
}

// takePacket takes a message that is a network packet, or MQTT bytes that were put
// together by the tool which printed the packets. It reports false for any other message.
func (d *Reader) takePacket() (bool, error) {
	link, isPacket := linkIn(d.head)
	if !isPacket && (d.capture == nil || !beginsMQTT(d.head)) {
		return false, nil
	}
	if d.capture == nil {
		d.capture = newCapture()
		d.capture.printed = true
	}
	b, err := io.ReadAll(io.LimitReader(readerFunc(d.readOwn), maxCaptured))
	switch {
	case err != nil:
		return true, err
	case isPacket:
		if d.own.DamageCount > 0 {
			d.capture.note("the text of it is damaged: %s", d.own.Damage[0])
		}
		d.capture.add(ipOf(link, b), time.Time{})
	default:
		f := &flow{}
		d.capture.append(f, b, time.Time{})
		d.capture.giveCut(f)
	}
	return true, nil
}

// Captured reports whether the input was captured packets. What was not found in them
// cannot be found in the bytes of the input either.
func (d *Reader) Captured() bool {
	return d.capture != nil || d.nested != nil && d.nested.Captured() || d.wasCaptured
}
