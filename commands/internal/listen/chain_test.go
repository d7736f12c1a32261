package listen

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
)

// Two of the three lines in one payload have the same tag. With --debounce, two
// lines are answered, and the program gets the tag of each.
func TestSeveralLines(t *testing.T) {
	var out, programs bytes.Buffer
	var told notices
	box := &mailbox{}
	c, p := newChain(&out)
	run := shell(t, "echo $MQTOOL_MESSAGE_TAG", &programs, &told)
	c.Sinks = []Sink{newAnswers(box, &told), p, run}
	c.Filter.Debounce = 5 * time.Second
	payload := "$SCRDR;13;;;;01\r\n$SCRDR;13;;;;02\r\n$SCRDR;13;;;;01\r\n"
	if err := errors.Join(c.Take(t.Context(), event(payload), nil), p.Flush()); err != nil {
		t.Fatal(err)
	}
	run.Wait()
	const to = "springcard/springcore/R1/rdr/cmd "
	if want := []string{to + "yes", to + "no"}; !reflect.DeepEqual(box.sent, want) {
		t.Errorf("sent %q", box.sent)
	}
	tags := strings.Fields(programs.String())
	if slices.Sort(tags); !reflect.DeepEqual(tags, []string{"01", "02"}) {
		t.Errorf("programs for %q", tags)
	}
	if n := strings.Count(out.String(), "\n"); n != 2 || c.Printed() != 2 {
		t.Errorf("%d lines, %d printed", n, c.Printed())
	}
	trouble, rest := c.Account()
	if trouble != nil || !reflect.DeepEqual(rest, []string{"1 event dropped by --debounce"}) {
		t.Errorf("account %q, %q", trouble, rest)
	}
	told.want(t)
}

// Two camera messages in one JSON array are two pictures, whatever is printed.
func TestSeveralPictures(t *testing.T) {
	image := picture(t, "gray-peacock.jpg")
	payload := "[" + snapshot("5CC5638AE24C", image) + "," + snapshot("1CC31660025E", image) + "]"
	for format, printed := range map[Format]int{FormatJSON: 2, FormatHex: 1} {
		pictures, dir := newPictures(t, false)
		c, p := newChain(io.Discard)
		p.format = format
		c.Sinks = []Sink{pictures, p}
		if err := c.Take(t.Context(), broker.Message{Topic: snapshots, Payload: []byte(payload), Received: noon}, nil); err != nil {
			t.Fatal(err)
		}
		saved, _ := filepath.Glob(filepath.Join(dir, "*", "*.jpg"))
		if len(saved) != 2 || c.Printed() != printed {
			t.Errorf("format %d: saved %q, %d printed", format, saved, c.Printed())
		}
		for _, name := range saved {
			if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, image) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		}
	}
}

func TestChain(t *testing.T) {
	var out bytes.Buffer
	c, p := newChain(&out)
	c.Count, c.Payload = 3, true
	lines := event("$SCRDR;13;;;;01\n$SCRDR;13;;;;02")
	for range 3 {
		if err := c.Take(t.Context(), lines, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	// Each message has its payload only once, and the chain ends at the count.
	if n := strings.Count(out.String(), "\n"); n != 3 || !c.Full() || strings.Count(out.String(), "payload_base64") != 2 {
		t.Errorf("%d lines: %s", n, &out)
	}

	out.Reset()
	c, p = newChain(&out)
	failing := newAnswers(&mailbox{err: errors.New("no connection")}, new(notices))
	c.Sinks = []Sink{failing, p}
	if err := errors.Join(c.Take(t.Context(), event("$SCRDR;;;;;01\n$SCRDR;;;ZZ"), nil), p.Flush()); err != nil {
		t.Fatal(err)
	}
	trouble, _ := c.Account()
	if want := []string{"1 message could not be decoded", "1 answer could not be sent"}; !reflect.DeepEqual(trouble, want) {
		t.Errorf("account %q, want %q", trouble, want)
	}
	if strings.Count(out.String(), `"warnings":[`) != 2 {
		t.Errorf("printed %s", &out)
	}

	pictures, dir := newPictures(t, true)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	c.Sinks = []Sink{pictures, p}
	m := broker.Message{Topic: snapshots, Payload: []byte(snapshot("5CC5638AE24C", picture(t, "gray-peacock.jpg"))), Received: noon}
	if err := c.Take(t.Context(), m, nil); err == nil || p.Pending() > 0 {
		t.Errorf("a picture is lost: %v, %d bytes", err, p.Pending())
	}
}

func BenchmarkChain(b *testing.B) {
	c, p := newChain(io.Discard)
	m := event(`{"Protocol":"NFC-A","Interface":"13.56","Template":1,"TagId":"04AABBCCDDEE","Uptime":"1:2.003","Move":"Insert"}`)
	c.Filter.uptimes.swap(uptimeKey{}, 0)
	b.ReportAllocs()
	for b.Loop() {
		clear(c.Filter.uptimes.now) // makes the event new each time
		if err := c.Take(b.Context(), m, nil); err != nil {
			b.Fatal(err)
		}
		if p.Pending() > maxBlock {
			_ = p.Flush()
		}
	}
}

// TestChainFault checks that a decoder which panics does not end the listener.
func TestChainFault(t *testing.T) {
	var out bytes.Buffer
	c, p := newChain(&out)
	c.Decoder = &codec.Decoder{} // a decoder that cannot work
	if err := errors.Join(c.Take(t.Context(), event("abc"), nil), p.Flush()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a fault of mqtool, please report it: ", "3 bytes", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("printed %s, want %s", &out, want)
		}
	}
	if trouble, _ := c.Account(); !reflect.DeepEqual(trouble, []string{"1 message could not be decoded"}) {
		t.Errorf("account %q", trouble)
	}
}

// TestChainPassedOver checks what is reported about a payload of which only a
// part is there.
func TestChainPassedOver(t *testing.T) {
	var out bytes.Buffer
	c, p := newChain(&out)
	m := broker.Message{Topic: snapshots, Payload: []byte("{start"), PassedOver: codec.MaxPayload, Received: noon}
	if err := errors.Join(c.Take(t.Context(), m, nil), p.Flush()); err != nil {
		t.Fatal(err)
	}
	if want := "a payload of 33554438 bytes is not decoded"; !strings.Contains(out.String(), want) || !strings.Contains(out.String(), "{start") {
		t.Errorf("printed %s, want %s", &out, want)
	}
}
