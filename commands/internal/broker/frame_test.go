package broker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// TestCheckFrame checks what a broker may send and what it may not.
func TestCheckFrame(t *testing.T) {
	for _, tt := range []struct {
		first  byte
		length int
		want   string // a part of the error
	}{
		{0x20, 2, ""},
		{0x20, 3, "not 2"},
		{0x30, 2, ""},
		{0x30, 1, "a message of 1 bytes"},
		{0x3D, 4, ""}, // retained and sent again, QoS 2
		{0x32, 3, "a message of 3 bytes"},
		{0x36, 9, "QoS 3"},
		{0x40, 2, ""},
		{0x42, 2, "0x42"},
		{0x50, 4, "not 2"},
		{0x62, 2, ""},
		{0x60, 2, "0x60"},
		{0x70, 2, ""},
		{0x90, 3, ""},
		{0x90, 2, "a SUBACK with 2 bytes"},
		{0x90, 1 << 20, "a SUBACK with"},
		{0xD0, 0, ""},
		{0xD0, 1, "not 0"},
		{0xE0, 0, ""},
		{0x10, 12, "0x10"},
		{0x00, 0, "0x00"},
		{0xF0, 0, "0xF0"},
	} {
		err := checkFrame(tt.first, tt.length)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%#x with %d bytes: %v, want %q", tt.first, tt.length, err, tt.want)
		}
	}
}

func TestReadLength(t *testing.T) {
	for in, want := range map[string]int{"\x00": 0, "\x7F": 127, "\x80\x01": 128, "\xFF\xFF\xFF\x7F": 268_435_455} {
		if n, err := readLength(strings.NewReader(in)); n != want || err != nil {
			t.Errorf("%q: %d, %v", in, n, err)
		}
	}
	if _, err := readLength(strings.NewReader("\x80\x80\x80\x80\x01")); !errors.As(err, new(*malformed)) {
		t.Errorf("five bytes: %v", err)
	}
	if _, err := readLength(strings.NewReader("\x80")); err != io.EOF {
		t.Errorf("half of one: %v", err)
	}
}

// TestBrokenPackets checks that a malformed packet ends the connection with an
// error, and does no other harm.
func TestBrokenPackets(t *testing.T) {
	for packet, want := range map[string]string{
		"\x36\x05\x00\x01a\x00\x01": "QoS 3",
		"\x30\x03\x00\x09a":         "topic is longer",
		"\x32\x05\x00\x01a\x00\x00": "the id 0",
		"\x30\x80\x80\x80\x80\x01":  "more than four bytes",
		"\x82\x02\x00\x01":          "0x82",
	} {
		addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
			if _, ok := p.(*packets.SubscribePacket); ok {
				return []byte("\x30\x04\x00\x01ok" + packet)
			}
			return polite(p)
		})
		c := mustDial(t, Config{URL: addr})
		wantError(t, c.Subscribe(contextOf(t), "a"), Protocol, "breaks the rules of MQTT", want)
		if m, err := c.Receive(contextOf(t)); err != nil || string(m.Payload) != "k" {
			t.Errorf("what came before: %q, %v", m.Payload, err)
		}
	}
}

// TestWrongAcknowledgements checks that only a PUBACK acknowledges a message of
// QoS 1, and only PUBREC and PUBCOMP, or a PUBACK alone, one of QoS 2.
func TestWrongAcknowledgements(t *testing.T) {
	quick := fast
	quick.answer = 100 * time.Millisecond
	for _, tt := range []struct {
		qos    byte
		answer []byte // types of packets
		right  bool
	}{
		{1, []byte{0x40}, true},
		{1, []byte{0x70}, false},
		{1, []byte{0x50}, false},
		{1, []byte{0x70, 0x50, 0x40}, true},
		{2, []byte{0x50, 0x70}, true},
		{2, []byte{0x70}, false},
		{2, []byte{0x40}, true}, // RabbitMQ, which takes QoS 2 as QoS 1
		{2, []byte{0x50, 0x40}, false},
	} {
		addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
			m, ok := p.(*packets.PublishPacket)
			if !ok {
				return polite(p)
			}
			var out []byte
			for _, kind := range tt.answer {
				out = append(out, kind, 2, byte(m.MessageID>>8), byte(m.MessageID))
			}
			return out
		})
		c := mustDial(t, Config{URL: addr, timing: quick})
		err := c.Publish(contextOf(t), "a", nil, tt.qos, false)
		if tt.right && err != nil {
			t.Errorf("QoS %d, %x: %v", tt.qos, tt.answer, err)
		} else if !tt.right {
			wantError(t, err, Timeout, "did not acknowledge")
		}
	}
}

// A twoFold is a broker that sends messages of QoS 2, and counts the answers.
type twoFold struct {
	mu      sync.Mutex
	present bool
	recs    int
	comps   int
	conn    net.Conn // the newest
}

// serve returns a function that serves one connection and answers SUBSCRIBE
// with messages.
func (b *twoFold) serve(messages string) func(net.Conn) {
	return func(c net.Conn) {
		for {
			p, err := packets.ReadPacket(c)
			if err != nil {
				return
			}
			b.mu.Lock()
			b.conn = c
			out := polite(p)
			switch p := p.(type) {
			case *packets.ConnectPacket:
				out = []byte{0x20, 2, 0, 0}
				if b.present {
					out = append([]byte{0x20, 2, 1, 0}, messages...)
				}
			case *packets.SubscribePacket:
				out = append(suback(p, 2), messages...)
			case *packets.PubrecPacket:
				b.recs++
			case *packets.PubcompPacket:
				b.comps++
			}
			b.present = true
			b.mu.Unlock()
			if _, err := c.Write(out); err != nil {
				return
			}
		}
	}
}

func (b *twoFold) counts() (recs, comps int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.recs, b.comps
}

// message2 returns a PUBLISH of QoS 2.
func message2(first, id byte, payload string) string {
	return string([]byte{first, byte(5 + len(payload)), 0, 1, 'a', 0, id}) + payload
}

// TestExactlyOnce checks that a message of QoS 2 that comes again before its
// release counts as one message, and that another message with the same id
// counts as another one.
func TestExactlyOnce(t *testing.T) {
	b := &twoFold{}
	released := "\x62\x02\x00\x07"
	addr := listen(t, b.serve(message2(0x34, 7, "one")+message2(0x3C, 7, "one")+released+
		message2(0x34, 7, "two")+message2(0x34, 7, "six")+released+message2(0x3C, 7, "six")))
	c := mustDial(t, Config{URL: addr, QoS: 2})
	if err := c.Subscribe(contextOf(t), "a"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "two", "six", "six"} {
		if m, err := c.Receive(contextOf(t)); err != nil || string(m.Payload) != want {
			t.Errorf("%q, %v, want %q", m.Payload, err, want)
		}
	}
	until(t, "all is answered", func() bool { recs, comps := b.counts(); return recs == 5 && comps == 2 })
	if m, ok := c.TryReceive(); ok {
		t.Errorf("%q came besides", m.Payload)
	}
}

// TestExactlyOncePersistent checks the same over a lost connection. A message
// that was acknowledged is acknowledged again at once, any other one when the
// receiver calls Ack.
func TestExactlyOncePersistent(t *testing.T) {
	b := &twoFold{}
	addr := listen(t, b.serve(message2(0x3C, 7, "one")+message2(0x3C, 8, "two")))
	log := newEvents()
	c := mustDial(t, Config{URL: addr, QoS: 2, Persistent: true, ClientID: "x", Reconnect: true, Notify: log.notify})
	if err := c.Subscribe(contextOf(t), "a"); err != nil {
		t.Fatal(err)
	}
	one, err := c.Receive(contextOf(t))
	if err != nil {
		t.Fatal(err)
	}
	one.Ack()
	until(t, "one is acknowledged", func() bool { recs, _ := b.counts(); return recs == 1 })
	b.mu.Lock()
	hangUp(b.conn)
	b.mu.Unlock()
	log.wait(t, EventRestored)
	until(t, "one is acknowledged again", func() bool { recs, _ := b.counts(); return recs == 2 })
	two, err := c.Receive(contextOf(t))
	if err != nil || string(two.Payload) != "two" {
		t.Fatalf("%q, %v", two.Payload, err)
	}
	two.Ack() // the message came on the connection before
	until(t, "two is acknowledged", func() bool { recs, _ := b.counts(); return recs == 3 })
	if m, ok := c.TryReceive(); ok {
		t.Errorf("%q came twice", m.Payload)
	}
}

// TestAnswerBehindMessages checks that the acknowledgement of a message is read
// even if nobody takes the messages before it.
func TestAnswerBehindMessages(t *testing.T) {
	const flood = 50_000
	quick := fast
	quick.stall = 50 * time.Millisecond
	for qos := range byte(2) {
		addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
			var out []byte
			if _, ok := p.(*packets.PublishPacket); ok {
				for i := range uint16(flood) {
					out = append(out, 0x30|qos<<1, 3+2*qos, 0, 1, 'a')
					if qos == 1 {
						out = binary.BigEndian.AppendUint16(out, i+1)
					}
				}
			}
			return append(out, polite(p)...)
		})
		c := mustDial(t, Config{URL: addr, timing: quick})
		if err := c.Publish(contextOf(t), "b", nil, 1, false); err != nil {
			t.Fatalf("QoS %d: %v", qos, err)
		}
		taken := int64(0)
		for {
			if _, ok := c.TryReceive(); !ok {
				break
			}
			taken++
		}
		s := c.Stats()
		if qos == 1 && (taken != flood || s.Overrun != 0) || taken+s.Overrun != flood || taken < maxQueued {
			t.Errorf("QoS %d: %d taken, %d of %d had no room", qos, taken, s.Overrun, flood)
		}
	}
}

// TestLongPayload checks that a payload that is too long is dropped as it
// arrives, and that a payload that is only announced takes no memory.
func TestLongPayload(t *testing.T) {
	const long = 100 << 20
	addr := listen(t, func(c net.Conn) {
		for {
			p, err := packets.ReadPacket(c)
			if err != nil {
				return
			}
			out := polite(p)
			if _, ok := p.(*packets.SubscribePacket); ok {
				out = append(out, binary.AppendUvarint([]byte{0x30}, long+3)...)
				out = append(out, 0, 1, 'a')
				if _, err := c.Write(out); err != nil {
					return
				}
				piece := make([]byte, 1<<16)
				for range long >> 16 {
					if _, err := c.Write(piece); err != nil {
						return
					}
				}
				out = binary.AppendUvarint([]byte("\x30\x04\x00\x01ok\x30"), long+3)
				out = append(out, 0, 1, 'a')
			}
			if _, err := c.Write(out); err != nil {
				return
			}
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c := mustDial(t, Config{URL: addr, MaxPayload: 1 << 20})
	if err := c.Subscribe(contextOf(t), "a"); err != nil {
		t.Fatal(err)
	}
	m, err := c.Receive(contextOf(t))
	if err != nil || len(m.Payload) != payloadStart || m.PassedOver != long-payloadStart {
		t.Errorf("%d bytes and %d, %v", len(m.Payload), m.PassedOver, err)
	}
	if m, err := c.Receive(contextOf(t)); err != nil || string(m.Payload) != "k" || m.PassedOver != 0 {
		t.Errorf("the next one: %q, %v", m.Payload, err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > long/2 {
		t.Errorf("it took %d bytes", took)
	}
	if b, err := readBytes(strings.NewReader("short"), 1<<28); err != io.ErrUnexpectedEOF || b != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// collected holds what came over a wire.
type collected struct{ messages []Message }

func (c *collected) handle(_ *wire, m Message) { c.messages = append(c.messages, m) }
func (c *collected) released(*wire, uint16)    {}

// plainly reads a stream as the library does, without a wire, up to the first
// error.
func plainly(stream []byte) (messages []Message) {
	in := bytes.NewReader(stream)
	for {
		header := *in // the library allocates memory for a payload that is only announced
		_, _ = header.ReadByte()
		if n, err := readLength(&header); err != nil || n > header.Len() {
			return messages
		}
		p, err := packets.ReadPacket(in)
		if err != nil {
			return messages
		}
		if m, ok := p.(*packets.PublishPacket); ok {
			messages = append(messages, Message{Topic: m.TopicName, Payload: m.Payload, QoS: m.Qos, Retained: m.Retain, Duplicate: m.Dup, id: m.MessageID})
		}
	}
}

// FuzzWire sends arbitrary bytes to a wire. The wire must not panic, and its
// messages must be those of a plain connection up to the first malformed
// packet.
func FuzzWire(f *testing.F) {
	for _, packets := range []string{
		"\x30\x04\x00\x01ok", message2(0x34, 7, "one") + "\x62\x02\x00\x07" + message2(0x3D, 7, ""),
		"\x90\x05\x00\x01\x01\x01\x01", "\x40\x02\x00\x01\x50\x02\x00\x01\x70\x02\x00\x01\xD0\x00",
		"\x30\x80\x80\x80\x80\x01", "\xE0\x00", "\x30\xFF\xFF\xFF\x7F\x00\x01a", "\x20\x02\x00\x00",
	} {
		f.Add([]byte(packets), byte(1))
		f.Add([]byte(packets), byte(7))
	}
	f.Fuzz(func(t *testing.T, stream []byte, piece byte) {
		near, far := net.Pipe()
		got := &collected{}
		w := newWire(near, time.Hour, fast.withDefaults(), 0, got)
		go func() {
			defer func() { _ = far.Close() }()
			rest := append(bytes.Clone(connack), stream...)
			for len(rest) > 0 {
				n := min(len(rest), int(piece)+1)
				if _, err := far.Write(rest[:n]); err != nil {
					return
				}
				rest = rest[n:]
			}
		}()
		// The library reads the answers. Only answers to pings can be there,
		// because nothing else was asked.
		answers, _ := io.ReadAll(w)
		err := w.cause()
		if err == nil || len(bytes.ReplaceAll(answers[len(connack):], []byte{packetPingresp, 0}, nil)) > 0 {
			t.Errorf("answers % x, %v", answers, err)
		}
		want := plainly(stream)
		for i, m := range got.messages {
			if i >= len(want) || !reflect.DeepEqual(m, want[i]) {
				t.Fatalf("message %d is %+v of %+v", i, m, want)
			}
		}
		if wrong := new(malformed); !errors.As(err, &wrong) && len(got.messages) != len(want) && !bytes.ContainsRune(stream, packetDisconnect) {
			t.Errorf("%d messages, not %d: %v", len(got.messages), len(want), err)
		}
	})
}

// FuzzFrame checks that the library reads without a panic every packet that
// checkFrame accepts.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("\x30\x04\x00\x01ok"))
	f.Add([]byte("\x90\x02\x00\x01"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		in := bytes.NewReader(packet)
		first, err := in.ReadByte()
		if err != nil {
			return
		}
		length, err := readLength(in)
		if err != nil || length > in.Len() {
			return
		}
		if checkFrame(first, length) != nil {
			return
		}
		if _, err := packets.ReadPacket(bytes.NewReader(packet)); err != nil && first&0xF0 != packetPublish {
			t.Errorf("% x passes, but the library says %v", packet, err)
		}
	})
}

// TestGroups checks that messages are sent one by one while the broker has few to
// acknowledge, and in groups while it has many; and that the last group does not wait for
// ever.
func TestGroups(t *testing.T) {
	for _, delay := range []time.Duration{time.Hour, time.Millisecond} {
		near, far := net.Pipe()
		times := fast
		times.group = delay
		w := newWire(near, time.Hour, times.withDefaults(), 0, nil)
		buf := make([]byte, pieceSize)
		id, size := uint16(0), 0
		publish := func(n int) {
			for range n {
				p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
				id++
				p.Qos, p.TopicName, p.MessageID = 1, "a", id
				var packet bytes.Buffer
				if err := p.Write(&packet); err != nil {
					t.Fatal(err)
				}
				size = packet.Len()
				if _, err := w.Write(packet.Bytes()); err != nil {
					t.Fatal(err)
				}
			}
		}
		read := func() int {
			t.Helper()
			_ = far.SetReadDeadline(time.Now().Add(10 * time.Second))
			n, err := far.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			return n / size
		}
		publish(enoughSent)
		for n := 0; n < enoughSent; {
			n += read()
		}
		publish(groupSize - 1)
		if delay > time.Second {
			w.mu.Lock()
			waiting := len(w.out) / size
			w.mu.Unlock()
			if waiting != groupSize-1 {
				t.Errorf("%d messages wait for the group, want %d", waiting, groupSize-1)
			}
			publish(1)
			if n := read(); n != groupSize {
				t.Errorf("a group of %d messages came, want %d", n, groupSize)
			}
		} else {
			for n := 0; n < groupSize-1; {
				n += read()
			}
		}
		w.fail(net.ErrClosed)
		<-w.endOfRead
	}
}

// TestSingles checks that an acknowledgement goes out at once to a broker that sends one
// message at a time, after the first one has waited for others.
func TestSingles(t *testing.T) {
	near, far := net.Pipe()
	w := newWire(near, time.Hour, fast.withDefaults(), 0, nil)
	for id := uint16(1); id <= singles; id++ {
		w.acknowledge(1, id)
		var packet [4]byte
		_ = far.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadFull(far, packet[:]); err != nil || packet[3] != byte(id) {
			t.Fatalf("acknowledgement %d: % x, %v", id, packet, err)
		}
		w.mu.Lock()
		w.timing.group = time.Hour // from now on waiting would be noticed
		w.mu.Unlock()
	}
	w.fail(net.ErrClosed)
	<-w.endOfRead
}
