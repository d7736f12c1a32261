package listen

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/broker"
)

func newPictures(t *testing.T, safe bool) (p *Pictures, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "pics")
	p, err := NewPictures(dir, safe)
	if err != nil {
		t.Fatal(err)
	}
	return p, dir
}

func TestPictures(t *testing.T) {
	const mac = "5CC5638AE24C"
	whole := picture(t, "gray-peacock.jpg")
	var asPNG bytes.Buffer
	if err := png.Encode(&asPNG, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		topic   string
		payload string
		image   []byte // the saved image
		warning string
		account []string
	}{
		{"snapshot", snapshots, snapshot(mac, whole), whole, "", nil},
		{"status", "4GSolarCam/Status", `{"values":{"battery":81}}`, nil, "", nil},
		{"event", events, `{"TagId":"01"}`, nil, "", nil},
		{"alarm with a picture", "4GSolarCam/Alarm", snapshot(mac, whole), whole, "", nil},
		{"PNG", snapshots, snapshot(mac, asPNG.Bytes()), asPNG.Bytes(), "", nil},
		{"cut PNG", snapshots, snapshot(mac, asPNG.Bytes()[:60]), nil, "", []string{"1 picture missing, empty, cut or damaged"}},
		{"no picture", snapshots, `{"values":{"devMac":"5CC5638AE24C"}}`, nil, "", []string{"1 picture missing, empty, cut or damaged"}},
		{"empty", snapshots, snapshot(mac, []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9")), nil, "not saved", []string{"1 picture missing, empty, cut or damaged"}},
		{"cut", snapshots, snapshot(mac, whole[:600]), whole[:600], "", []string{"1 picture missing, empty, cut or damaged"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, dir := newPictures(t, false)
			e := take(t, p, broker.Message{Topic: tt.topic, Payload: []byte(tt.payload), Received: noon})[0].Envelope
			if (tt.warning == "") != (e.Warnings == nil) || tt.warning != "" && e.Warnings[0] != tt.warning {
				t.Errorf("warnings %q, want %q", e.Warnings, tt.warning)
			}
			if tt.image == nil {
				if e.Output != "" {
					t.Errorf("saved as %s", e.Output)
				}
			} else if got, err := os.ReadFile(e.Output); err != nil || !reflect.DeepEqual(got, tt.image) || filepath.Ext(e.Output) != codec.SuffixOf(got) || filepath.Dir(e.Output) != filepath.Join(dir, mac) {
				t.Errorf("saved %d bytes as %q, %v", len(got), e.Output, err)
			}
			wantAccount(t, p, tt.account...)
			if err := p.Failure(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestVerify checks that damaged pixels are reported if that was asked for, that
// the picture is saved all the same, and that a picture is counted once.
func TestVerify(t *testing.T) {
	whole := picture(t, "gray-peacock.jpg")
	lost := slices.Concat(whole[:1200], whole[1300:]) // the markers are as they should be
	one := []string{"1 picture missing, empty, cut or damaged"}
	for _, tt := range []struct {
		name    string
		verify  bool
		image   []byte
		warning string
		account []string
	}{
		{"whole", true, whole, "", nil},
		{"lost bytes", true, lost, `^\d+ of 75 rows of pixels are there \(.*\)$`, one},
		{"lost bytes, unasked", false, lost, "", nil},
		{"cut", true, whole[:1200], `^\d+ of 75 rows of pixels are there \(.*\)$`, one},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := newPictures(t, false)
			p.verify = tt.verify
			e := take(t, p, broker.Message{Topic: snapshots, Payload: []byte(snapshot("5CC5638AE24C", tt.image)), Received: noon})[0].Envelope
			if got, err := os.ReadFile(e.Output); err != nil || !bytes.Equal(got, tt.image) {
				t.Errorf("saved %d bytes, %v", len(got), err)
			}
			if got := strings.Join(e.Warnings, "; "); (got == "") != (tt.warning == "") || !regexp.MustCompile(tt.warning).MatchString(got) {
				t.Errorf("warnings %q, want %s", got, tt.warning)
			}
			wantAccount(t, p, tt.account...)
		})
	}
}

// TestPicturesThatFail checks that a picture is set aside if a file blocks its
// folder, and that a picture that cannot be saved ends the listener only if the
// broker still has it.
func TestPicturesThatFail(t *testing.T) {
	m := broker.Message{Topic: snapshots, Payload: []byte(snapshot("5CC5638AE24C", picture(t, "gray-peacock.jpg"))), Received: noon}
	p, dir := newPictures(t, false)
	if err := os.WriteFile(filepath.Join(dir, "5CC5638AE24C"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := take(t, p, m)[0].Envelope
	if filepath.Dir(e.Output) != dir || len(e.Warnings) != 1 {
		t.Errorf("saved as %q, warnings %q", e.Output, e.Warnings)
	}
	wantAccount(t, p, "1 picture set aside")

	for _, safe := range []bool{false, true} {
		p, dir := newPictures(t, safe)
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		item := items(m)[0]
		err := p.Take(t.Context(), item)
		if (err != nil) != safe || item.Envelope.Output != "" || len(item.Envelope.Warnings) == 0 != safe {
			t.Errorf("safe %v: %v, saved as %q, warnings %q", safe, err, item.Envelope.Output, item.Envelope.Warnings)
		}
		if failure := p.Failure(); safe != (failure == nil) || !safe && failure.Error() != "1 picture could not be saved in "+dir {
			t.Errorf("safe %v: %v", safe, failure)
		}
		wantAccount(t, p)
		if _, err := NewPictures(dir, safe); err == nil {
			t.Error("a file is taken for a directory")
		}
	}
	if err := (*Pictures)(nil).Failure(); err != nil {
		t.Error(err)
	}
}

// TestManyPictures checks that all pictures with the same name are saved, even
// after a restart, and that a picture that comes again makes no second file.
func TestManyPictures(t *testing.T) {
	const many = 1500
	dir := filepath.Join(t.TempDir(), "pics")
	names := map[string]bool{}
	save := func(p *Pictures, i int) string {
		t.Helper()
		item := &Item{
			Item: &codec.Item{Value: codec.CameraSnapshot{
				Picture: codec.Some(jpeg.Picture{State: jpeg.Complete}), Image: fmt.Appendf(nil, "picture %d", i),
			}},
			Message: broker.Message{Topic: snapshots, Received: noon},
		}
		err := p.Take(t.Context(), item)
		if e := item.Envelope; err != nil || e.Output == "" || len(e.Warnings) > 0 {
			t.Fatalf("picture %d: %q, %v, %q", i, e.Output, err, e.Warnings)
		}
		return item.Envelope.Output
	}
	for start := 0; start < many; start += many / 2 {
		p, err := NewPictures(dir, false)
		if err != nil {
			t.Fatal(err)
		}
		for i := start; i < start+many/2; i++ {
			names[save(p, i)] = true
		}
		for _, i := range []int{0, 1, start + 7} {
			if name := save(p, i); !names[name] {
				t.Errorf("picture %d, again: %s", i, name)
			}
		}
	}
	list, err := os.ReadDir(filepath.Join(dir, "unknown"))
	if err != nil || len(list) != many || len(names) != many {
		t.Errorf("%d files of %d names, %v, want %d", len(list), len(names), err, many)
	}
}
