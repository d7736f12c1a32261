package simulator

import (
	"bytes"
	"encoding/json"
	stdjpeg "image/jpeg"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"mqtool/codec"
	"mqtool/codec/jpeg"
)

// onePicture is a source that always returns the same picture.
func onePicture(string, int, time.Time) ([]byte, error) { return stub, nil }

func newCamera(c CameraConfig) *Camera {
	c.MAC, c.Picture = "5CC5638AE24C", onePicture
	if c.Generation == "" {
		c.Generation = codec.GenerationB
	}
	return NewCamera(c)
}

// TestCameraLife plays the life of a camera. Pictures are shown as their topic
// only.
func TestCameraLife(t *testing.T) {
	const (
		wake   = "4GSolarCam/Wake/5CC5638AE24C"
		ask    = "4GSolarCam/Status/5CC5638AE24C"
		config = "4GSolarCam/Config/5CC5638AE24C"
	)
	status := func(at, ts, battery string) string {
		return at + ` 1 4GSolarCam/Status {"ts":` + ts + `,"values":{"devName":"4G Traffic Sensing Camera","devMac":"5CC5638AE24C","battery":` + battery +
			`,"signal":-65,"fwVersion":"simulated"}}` + "\n"
	}
	for _, tt := range []struct {
		name   string
		config CameraConfig
		steps  []step
		want   string
	}{
		{
			"asleep it hears nothing but wake, and sleeps again after a minute",
			CameraConfig{Asleep: true, WakeAfter: 3 * time.Second},
			[]step{{time.Second, ask, "status"}, {2 * time.Second, config, "reboot"}, {3 * time.Second, wake, ""}, {4 * time.Second, wake, ",wake"}, {5 * time.Second, wake, ",wake"}, {at: time.Hour}},
			`0s slept
			1s discarded status_request: asleep
			2s discarded config: asleep
			3s discarded wake: it is empty
			4s obeyed {"text":",wake"}
			5s discarded wake: not awake yet
			7s woke
			` + status("7s", "1776600007000", "100") + `
			7s 1 4GSolarCam/Snapshot
			1m7s slept`,
		},
		{
			"awake it answers, and stays awake the longer",
			CameraConfig{},
			[]step{{time.Second, ask, "status"}, {50 * time.Second, wake, "x"}, {60 * time.Second, config, "dance"}, {61 * time.Second, config, "reboot\n"}, {at: time.Hour}},
			"0s woke\n" + status("0s", "1776600000000", "100") + `
			1s obeyed {"text":"status"}
			` + status("1s", "1776600001000", "100") + `
			50s obeyed {"text":"x"}
			` + status("50s", "1776600050000", "100") + `
			50s 1 4GSolarCam/Snapshot
			1m0s discarded config: "dance" is not one of its words
			1m1s discarded config: "reboot\n" is not one of its words
			1m50s slept`,
		},
		{
			"reboot comes back, shutdown does not",
			CameraConfig{WakeAfter: 2 * time.Second},
			[]step{{time.Second, config, "reboot"}, {10 * time.Second, config, "shutdown"}, {11 * time.Second, wake, "wake"}, {at: time.Hour}},
			"0s woke\n" + status("0s", "1776600000000", "100") + `
			1s obeyed {"text":"reboot","meaning":"the application is restarted"}
			1s restarted
			3s woke
			` + status("3s", "1776600003000", "100") + `
			3s 1 4GSolarCam/Snapshot
			10s obeyed {"text":"shutdown","meaning":"the application is closed"}
			10s stopped
			11s discarded wake: the application is closed`,
		},
		{
			"by the clock it wakes, sends a picture, and sleeps; with the fourth comes an alarm",
			CameraConfig{Asleep: true, Every: 10 * time.Minute, First: 5 * time.Minute},
			[]step{{at: 36 * time.Minute}},
			`0s slept
			5m0s woke
			` + status("5m0s", "1776600300000", "100") + `
			5m0s 1 4GSolarCam/Snapshot
			5m10s slept
			15m0s woke
			` + status("15m0s", "1776600900000", "99") + `
			15m0s 1 4GSolarCam/Snapshot
			15m10s slept
			25m0s woke
			` + status("25m0s", "1776601500000", "98") + `
			25m0s 1 4GSolarCam/Snapshot
			25m10s slept
			35m0s woke
			` + status("35m0s", "1776602100000", "97") + `
			35m0s 1 4GSolarCam/Alarm {"ts":1776602100000,"values":{"devName":"4G Traffic Sensing Camera","devMac":"5CC5638AE24C","time":1776602100,"snapType":"PIR"}}
			35m0s 1 4GSolarCam/Snapshot
			35m10s slept`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got strings.Builder
			for line := range strings.Lines(play(newCamera(tt.config), tt.steps...)) {
				if before, _, ok := strings.Cut(line, "4GSolarCam/Snapshot "); ok {
					line = before + "4GSolarCam/Snapshot\n"
				}
				got.WriteString(line)
			}
			compare(t, got.String(), tt.want)
		})
	}
}

// snapshots returns the messages that a camera sends for at least one picture.
func snapshots(t *testing.T, c CameraConfig, picture []byte, n int) (list []codec.CameraSnapshot, notes []string) {
	t.Helper()
	k := newCamera(c)
	k.config.Picture = func(string, int, time.Time) ([]byte, error) { return picture, nil }
	var out Output
	for range n {
		k.takePicture(noon, &out, 'T')
	}
	for i, m := range out.Messages {
		if m.Topic != k.snapshot {
			continue
		}
		if out.Actions[i].Note == "fault: pieces" {
			continue // this message is not a picture
		}
		for _, item := range codec.Decode(m.Topic, m.Payload) {
			if item.Err != nil {
				t.Fatal(item.Err)
			}
			list, notes = append(list, item.Value.(codec.CameraSnapshot)), append(notes, out.Actions[i].Note)
		}
	}
	return list, notes
}

func TestCameraSnapshots(t *testing.T) {
	picture, err := Draw("5CC5638AE24C", 0, noon)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := snapshots(t, CameraConfig{Generation: codec.GenerationA}, picture, 2)
	for _, s := range a {
		if s.Generation != codec.GenerationA || !bytes.HasPrefix(s.Prefix, []byte("SC211")) || len(s.Prefix) < 8 || !bytes.Equal(s.Image, picture) || len(s.Warn) > 0 {
			t.Errorf("generation A: prefix %q, warnings %q", s.Prefix, s.Warn)
		}
	}
	if bytes.Equal(a[0].Prefix, a[1].Prefix) {
		t.Error("the same prefix twice")
	}
	b, _ := snapshots(t, CameraConfig{}, picture, 1)
	want := codec.CameraInfo{
		SentAt: noon, CapturedAt: noon, MSec: codec.Some(int64(0)), DeviceName: "4G Traffic Sensing Camera", MAC: "5CC5638AE24C",
		Topic: "4GSolarCam/Snapshot", File: "202604191200000001T.jpg", DayNight: "day", ImageSize: codec.Some(int64(len(picture))),
	}
	if s := b[0]; !reflect.DeepEqual(s.CameraInfo, want) || s.ImageSizeIs != "jpeg" || !bytes.Equal(s.Image, picture) || len(s.Warn) > 0 {
		t.Errorf("generation B: %+v, warnings %q", s.CameraInfo, s.Warn)
	}
}

// TestFaults checks that each fault does what its name says.
func TestFaults(t *testing.T) {
	picture, err := Draw("5CC5638AE24C", 0, noon)
	if err != nil {
		t.Fatal(err)
	}
	for generation, want := range map[codec.Generation]map[string]int{
		codec.GenerationA: {"fault: stub": 1, "fault: cut": 1, "fault: burst": burst, "fault: base64 text": 1},
		codec.GenerationB: {
			"fault: stub": 1, "fault: cut": 1, "fault: burst": burst, "fault: base64 text": 1, "fault: lower case": 1, "fault: colons": 1, "fault: no brace": 1,
			"fault: array of two": 2,
		},
	} {
		list, notes := snapshots(t, CameraConfig{Generation: generation, Faults: true}, picture, len(want))
		states := map[string]jpeg.State{
			"fault: stub": jpeg.Empty, "fault: cut": jpeg.Truncated,
			"fault: burst": jpeg.Complete, "fault: lower case": jpeg.Complete, "fault: colons": jpeg.Complete, "fault: no brace": jpeg.Complete,
			"fault: base64 text": jpeg.Complete, "fault: array of two": jpeg.Complete,
		}
		counts := map[string]int{}
		for i, s := range list {
			counts[notes[i]]++
			if got := s.Picture.Value.State; got != states[notes[i]] {
				t.Errorf("generation %s, %s: the picture is %v, want %v", generation, notes[i], got, states[notes[i]])
			}
			if generation == codec.GenerationB && notes[i] != "fault: base64 text" && s.MAC != "5CC5638AE24C" {
				t.Errorf("%s: MAC %q is not understood", notes[i], s.MAC)
			}
		}
		if !reflect.DeepEqual(counts, want) {
			t.Errorf("generation %s: %v, want %v", generation, counts, want)
		}
	}
	if len(stub) != 22 {
		t.Errorf("the stub has %d bytes", len(stub))
	}
	k := newCamera(CameraConfig{Faults: true})
	var out Output
	for i := range faults {
		faults[i](k, noon, &out, picture, 'T')
	}
	all := string(bytes.Join(payloads(out), nil))
	for _, want := range []string{`"devMac":"5cc5638ae24c"`, `"devMac":"5c:c5:63:8a:e2:4c"`} {
		if !strings.Contains(all, want) {
			t.Errorf("no message has %s", want)
		}
	}
	if strings.HasSuffix(all, "}}") {
		t.Error("no brace is missing")
	}
}

// TestPieces joins the pieces of a picture in the only right way.
func TestPieces(t *testing.T) {
	picture, err := Draw("5CC5638AE24C", 0, noon)
	if err != nil {
		t.Fatal(err)
	}
	for len(picture) < 2*pieceSize+100 {
		picture = append(picture, picture...)
	}
	k := newCamera(CameraConfig{})
	var out Output
	sendPieces(k, noon, &out, picture, 'T')
	var joined []byte
	for i, m := range out.Messages {
		var piece struct {
			Type      string
			ImageID   string `json:"image_id"`
			Index     int    `json:"chunk_index"`
			Total     int    `json:"total_chunks"`
			Size      int    `json:"chunk_size"`
			TotalSize int    `json:"total_size"`
			Data      []byte
		}
		if err := json.Unmarshal(m.Payload, &piece); err != nil {
			t.Fatal(err)
		}
		switch {
		case piece.Total != len(out.Messages)-1 || piece.ImageID != "5CC5638AE24C_1776600000":
			t.Errorf("piece %d: %+v", i, piece)
		case i == 0 && (piece.Type != "image_chunked_header" || piece.TotalSize != len(picture)):
			t.Errorf("header: %+v", piece)
		case i > 0 && (piece.Index != i-1 || len(piece.Data) < piece.Size):
			t.Errorf("piece %d: index %d, %d bytes of %d", i, piece.Index, len(piece.Data), piece.Size)
		case i > 0:
			joined = append(joined, piece.Data[:piece.Size]...)
		}
	}
	if !bytes.Equal(joined, picture) {
		t.Errorf("joined, the pieces have %d bytes, want %d", len(joined), len(picture))
	}
}

func payloads(out Output) (list [][]byte) {
	for _, m := range out.Messages {
		list = append(list, m.Payload)
	}
	return list
}

// TestDraw checks that pictures are JPEGs, differ, and show their MAC.
func TestDraw(t *testing.T) {
	draw := func(mac string, n int, now time.Time) []byte {
		b, err := Draw(mac, n, now)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := draw("5CC5638AE24C", 0, noon)
	decoded, err := stdjpeg.Decode(bytes.NewReader(first))
	if err != nil || decoded.Bounds().Dx() != pictureWidth || decoded.Bounds().Dy() != pictureHeight {
		t.Fatalf("%v, %v", decoded.Bounds(), err)
	}
	for name, other := range map[string][]byte{
		"MAC": draw("5CC5638AE24D", 0, noon), "number": draw("5CC5638AE24C", 1, noon), "time": draw("5CC5638AE24C", 0, noon.Add(time.Second)),
		"hour": draw("5CC5638AE24C", 0, noon.Add(11*time.Hour)),
	} {
		if bytes.Equal(first, other) {
			t.Errorf("another %s, the same picture", name)
		}
	}
	for _, c := range "0123456789ABCDEF:-#SIMULATED" {
		if font[byte(c)] == [5]byte{} {
			t.Errorf("%c cannot be drawn", c)
		}
	}
}

func TestPictures(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	if _, err := Pictures(folder); err == nil {
		t.Error("an empty folder has pictures")
	}
	write("b.JPG", "\xFF\xD8\xFFb")
	a := write("a.jpeg", "\xFF\xD8\xFFa")
	bad := write("x.txt", "text")
	for name, want := range map[string]string{folder: "aba", a: "aaa"} {
		source, err := Pictures(name)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for n := range 3 {
			b, err := source("", n, noon)
			if err != nil {
				t.Fatal(err)
			}
			got += string(b[3:])
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for _, name := range []string{bad, filepath.Join(folder, "none"), os.DevNull} {
		if _, err := Pictures(name); err == nil {
			t.Errorf("%s has pictures", name)
		}
	}
}
