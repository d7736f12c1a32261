package dump

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"mqtool/codec/internal/dumptest"
)

// TestCaptures checks that the messages in captured packets are put together, even if
// packets come twice or out of order, and that missing packets are reported.
func TestCaptures(t *testing.T) {
	pics := dumptest.Pictures(t)
	small, other, large := pics["baseline-peacock.jpg"], pics["gray-peacock.jpg"], pics["exif-thumb-hibiscus.jpg"]
	const topic = "4GSolarCam/Snapshot"
	for _, c := range dumptest.Captures() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			for _, qos := range []int{0, 1} {
				for _, payload := range [][]byte{small, large, []byte(dumptest.CameraJSON(small)), append([]byte("SC211"), small...)} {
					if dumptest.UnderRace && (qos > 0 || !bytes.Equal(payload, small)) {
						continue
					}
					want := small
					if bytes.Equal(payload, large) {
						want = large
					}
					stream := dumptest.Publish(topic, payload, qos, false)
					packets := c.Net.Packets(stream, 0xFFFFFF00) // the sequence numbers wrap around in it
					checkCaptured(t, c, fmt.Sprintf("%d bytes, qos %d", len(payload), qos), packets, stream, want)
					if c.Name == "tshark -x -Y mqtt" {
						continue // it prints only the last packet
					}
					late := slices.Clone(packets)
					slices.Reverse(late[1:])
					checkCaptured(t, c, "in another order", late, stream, want)
					checkCaptured(t, c, "each twice", slices.Concat(packets[:1], packets, packets[1:]), stream, want)
				}
			}
			two := slices.Concat(dumptest.Publish(topic, small, 0, false), []byte{0xD0, 0}, dumptest.Publish(topic, other, 1, false))
			if !strings.HasPrefix(c.Name, "tshark") {
				checkCaptured(t, c, "two in a stream", c.Net.Packets(two, 7), two, small, other)
				five := slices.Concat(dumptest.Connect(true), dumptest.Publish(topic, small, 1, true))
				checkCaptured(t, c, "MQTT 5", c.Net.Packets(five, 7), five, small)
				twin := c.Net
				twin.Port = 1884
				a, b := c.Net.Packets(dumptest.Publish(topic, small, 0, false), 7), twin.Packets(dumptest.Publish(topic, other, 0, false), 7000)
				var mixed [][]byte
				for i := range max(len(a), len(b)) {
					mixed = append(append(mixed, a[min(i, len(a)-1)]), b[min(i, len(b)-1)])
				}
				got, _, err := decodeDump(bytes.NewReader(c.Render(mixed, nil)), Recognize)
				if err != nil || len(got) != 2 {
					t.Errorf("two streams: %d pictures, %v", len(got), err)
				}
			}
			if c.Name != "tshark -x -Y mqtt" { // it prints only the last packet
				checkLostPackets(t, c, large)
			}
		})
	}
}

// TestTinyPackets checks that very many packets that come late cost little.
func TestTinyPackets(t *testing.T) {
	picture := dumptest.Pictures(t)["exif-thumb-hibiscus.jpg"]
	n := dumptest.Network{Link: 101, Size: 8, Port: 1883}
	packets := n.Packets(dumptest.Publish("a/b", picture, 0, false), 1)
	slices.Reverse(packets[1:])
	checkPictures(t, "reversed", n.PCAP(binary.LittleEndian, 0xA1B2C3D4, packets), picture)
}

// TestCaptureTimes checks when the messages of a capture file were received.
func TestCaptureTimes(t *testing.T) {
	picture := dumptest.Pictures(t)["gray-peacock.jpg"]
	for _, c := range dumptest.Captures() {
		if !strings.HasPrefix(c.Name, "pcap") || strings.HasSuffix(c.Name, "simple packets") {
			continue
		}
		got, _, err := decodeDump(bytes.NewReader(c.Render(c.Net.Packets(dumptest.Publish("a/b", picture, 0, false), 1), nil)), Recognize)
		if err != nil || len(got) != 1 || got[0].msg.Time.Unix() != 1795398905 {
			t.Errorf("%s: %d pictures, %v", c.Name, len(got), err)
		}
	}
}

func checkCaptured(t *testing.T, c dumptest.Capture, what string, packets [][]byte, stream []byte, want ...[]byte) {
	t.Helper()
	checkPictures(t, c.Name+", "+what, c.Render(packets, stream), want...)
}

// checkLostPackets loses or cuts each packet. A damaged picture must not be reported as
// whole, and the loss must be reported.
func checkLostPackets(t *testing.T, c dumptest.Capture, picture []byte) {
	t.Helper()
	stream := dumptest.Publish("4GSolarCam/Snapshot", picture, 0, false)
	packets := c.Net.Packets(stream, 99)
	for i := range packets {
		if len(packets) > 60 && i%5 > 0 {
			continue
		}
		lost := slices.Concat(packets[:i], packets[i+1:])
		cut := slices.Clone(packets)
		cut[i] = cut[i][:min(len(cut[i]), 96)] // like tcpdump -s 96
		for what, p := range map[string][][]byte{"lost": lost, "cut": cut} {
			got, d, err := decodeDump(bytes.NewReader(c.Render(p, nil)), Recognize)
			for _, g := range got {
				if g.pic.Whole() {
					t.Errorf("%s, packet %d %s: a whole picture of %d bytes", c.Name, i, what, len(g.bytes))
				}
			}
			if err != nil || len(d.Findings()) == 0 || !d.Captured() {
				t.Errorf("%s, packet %d %s: %v, findings %q, captured %v", c.Name, i, what, err, d.Findings(), d.Captured())
			}
		}
	}
}

// TestDamagedCaptures checks that a file that is not a capture, or that ends inside a
// packet, gives no picture and no panic.
func TestDamagedCaptures(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	for _, c := range dumptest.Captures()[:3] {
		whole := c.Render(c.Net.Packets(dumptest.Publish("a/b", picture, 0, false), 1), nil)
		for n := 24; n < len(whole); n += 7 {
			got, d, err := decodeDump(iotest.HalfReader(bytes.NewReader(whole[:n])), Recognize)
			if err != nil || len(got) > 0 && got[0].pic.Whole() && !bytes.Equal(got[0].bytes, picture) || len(got) == 0 && len(d.Findings()) == 0 {
				t.Errorf("%s, %d of %d bytes: %d pictures, %v, findings %q", c.Name, n, len(whole), len(got), err, d.Findings())
			}
			damaged := bytes.Clone(whole)
			damaged[n] ^= 0xFF
			if _, _, err := decodeDump(bytes.NewReader(damaged), Recognize); err != nil {
				t.Errorf("%s, byte %d damaged: %v", c.Name, n, err)
			}
		}
	}
	for text, want := range map[string]string{
		"\x16\x03\x01\x00\x05hello": "encrypted",
		"GET / HTTP/1.1\r\n\r\n":    "HTTP",
		"anything else":             "without a message",
	} {
		n := dumptest.Network{Link: 1, Size: 1448, Port: 8883}
		d := NewReader(bytes.NewReader(dumptest.Captures()[0].Render(n.Packets([]byte(text), 1), nil)), Recognize)
		if _, err := d.Next(); err == nil || len(d.Findings()) != 1 || !strings.Contains(d.Findings()[0], want) || !strings.Contains(d.Findings()[0], "tshark -r") {
			t.Errorf("%q: %v, findings %q", text, err, d.Findings())
		}
	}
}
