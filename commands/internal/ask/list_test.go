package ask

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/site"
)

// newTaker returns what lists devices, and what it says on stderr.
func newTaker() (*statusTaker, *roster, *bytes.Buffer) {
	var said bytes.Buffer
	env := &app.Env{Stdout: &bytes.Buffer{}, Stderr: &said}
	link := &site.Connection{Settings: &site.Settings{}}
	return &statusTaker{link: link, reporter: newReporter(env, cmdline.Output{}, false, false, true), decoder: link.Decoder()}, &roster{devices: map[string]*listed{}}, &said
}

// TestListOfMany checks that the devices are not counted anew for each message, and that a
// list is bounded.
func TestListOfMany(t *testing.T) {
	s, all, said := newTaker()
	for i := range maxListed + 10 {
		item := codec.Item{Address: codec.Address{Family: site.Milesight, Device: fmt.Sprintf("5CC563%06X", i)}, Value: codec.CameraReport{}}
		s.hearItem(all, &item, broker.Message{Topic: "4GSolarCam/Status", Retained: i < 7})
		if i == 9 {
			if text := all.account(); text != "3 heard, 7 more retained" {
				t.Error(text)
			}
		}
		_ = all.account() // it is shown after each message: counting all devices here would take minutes
	}
	if n := len(all.devices); n != maxListed || strings.Count(said.String(), "the list is full with 100000 devices: others are left out") != 1 {
		t.Errorf("%d devices: %s", n, said)
	}
}

// TestListOfLongTopics checks that the memory of a list is bounded, whatever its devices
// publish.
func TestListOfLongTopics(t *testing.T) {
	s, all, said := newTaker()
	payload := []byte(`{"a":1}`)
	topic := strings.Repeat("t", 60_000)
	for i := range 1500 {
		if err := s.hear(all, broker.Message{Topic: fmt.Sprint(i, topic), Payload: payload}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(all.devices); n < 500 || n > 1200 || all.size > maxListedSize || !strings.Contains(said.String(), "the list is full with") {
		t.Errorf("%d devices, %d bytes: %s", n, all.size, said)
	}
}

// TestListFault checks that a decoder which panics does not end a list.
func TestListFault(t *testing.T) {
	s, all, _ := newTaker()
	s.decoder = &codec.Decoder{} // a decoder that cannot work
	if err := s.hear(all, broker.Message{Topic: "x", Payload: []byte("abc")}); err != nil {
		t.Fatal(err)
	}
	for _, d := range all.devices {
		if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "a fault of mqtool, please report it: ") {
			t.Errorf("%q", d.Warnings)
		}
	}
	if len(all.devices) != 1 {
		t.Errorf("%d devices", len(all.devices))
	}
}
