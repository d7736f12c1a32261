package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqtool/codec"
)

func TestDescription(t *testing.T) {
	received := time.Date(2026, 4, 19, 19, 0, 1, 23e6, time.FixedZone("", 3600))
	taken := time.Date(2026, 4, 19, 17, 46, 58, 627e6, time.UTC)
	for _, tt := range []struct {
		name string
		in   Description
		path string // folder and name
		flat string
	}{
		{"nothing known", Description{}, "unknown/picture.jpg", ""},
		{"received", Description{Received: received}, "unknown/2026-04-19T180001.023Z.jpg", ""},
		{
			"all known",
			Description{
				Info:   codec.CameraInfo{MAC: "1CC31660025E", CapturedAt: taken, SentAt: received, File: "202604191046584644C.jpg"},
				Device: "5CC5638AE24C", Topic: "site/snapshot", Received: received, Line: 3,
			},
			"1CC31660025E/2026-04-19T174658Z-202604191046584644C.jpg", "1CC31660025E-2026-04-19T174658Z.jpg",
		},
		{"sent", Description{Info: codec.CameraInfo{SentAt: taken, File: "x"}}, "unknown/2026-04-19T174658Z-x.jpg", ""},
		{"in a dump", Description{Line: 12}, "unknown/line000012.jpg", ""},
		{"in a dump, of a camera", Description{Info: codec.CameraInfo{MAC: "1CC31660025E"}, Line: 1234567}, "1CC31660025E/line1234567.jpg", "1CC31660025E-line1234567.jpg"},
		{"far future", Description{Info: codec.CameraInfo{CapturedAt: time.Unix(1<<50, 0)}, Received: received}, "unknown/2026-04-19T180001.023Z.jpg", ""},
		{"before all cameras", Description{Info: codec.CameraInfo{CapturedAt: time.Unix(-1<<40, 0)}, Received: received}, "unknown/2026-04-19T180001.023Z.jpg", ""},

		// The camera.
		{"not a MAC", Description{Info: codec.CameraInfo{MAC: "../../x"}}, "unknown/picture.jpg", ""},
		{"the topic tells the MAC", Description{Device: "1cc31660025e"}, "1CC31660025E/picture.jpg", "1CC31660025E-picture.jpg"},
		{"not a MAC either", Description{Device: "gate"}, "unknown/picture.jpg", ""},
		{"the standard topic", Description{Topic: "4GSolarCam/Snapshot"}, "unknown/picture.jpg", ""},
		{"with a prefix", Description{Topic: "site/gate/4GSolarCam/Snapshot"}, "site-gate-4GSolarCam-Snapshot/picture.jpg", ""},
		{"another topic", Description{Topic: "yard/cam1"}, "yard-cam1/picture.jpg", ""},
		{"a topic that means harm", Description{Topic: "../../etc/\x1b[2J"}, "__-__-etc-__2J/picture.jpg", ""},
		{"a topic of dots", Description{Topic: ".."}, "__/picture.jpg", ""},
		{"a hidden topic", Description{Topic: ".ssh"}, "_ssh/picture.jpg", ""},
		{"an option", Description{Topic: "-rf"}, "_rf/picture.jpg", ""},
		{"an empty level", Description{Topic: "/a"}, "_a/picture.jpg", ""},
		{"a device of Windows", Description{Topic: "nul"}, "nul_/picture.jpg", ""},
		{"a numbered one", Description{Topic: "Com1"}, "Com1_/picture.jpg", ""},
		{"not UTF-8", Description{Topic: "a\xff/b"}, "a_-b/picture.jpg", ""},

		// The file.
		{"path", Description{Info: codec.CameraInfo{File: "../../etc/passwd"}}, "unknown/picture-passwd.jpg", ""},
		{"path of Windows", Description{Info: codec.CameraInfo{File: `C:\x\con.JPEG`}}, "unknown/picture-con.jpg", ""},
		{"dots", Description{Info: codec.CameraInfo{File: ".."}}, "unknown/picture-__.jpg", ""},
		{"ending only", Description{Info: codec.CameraInfo{File: ".jpg"}}, "unknown/picture.jpg", ""},
		{"not UTF-8, NUL", Description{Info: codec.CameraInfo{File: "a\xff\x00b\x1b"}}, "unknown/picture-a__b_.jpg", ""},
		{"long", Description{Info: codec.CameraInfo{File: strings.Repeat("é", 1000)}}, "unknown/picture-" + strings.Repeat("_", 40) + ".jpg", ""},
	} {
		if got := tt.in.Folder() + "/" + tt.in.Name(); got != tt.path {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.path)
		}
		if got := tt.in.FlatName(); got != tt.flat {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.flat)
		}
	}
}

// TestLongTopics checks that long topics which differ only at their ends have different
// folders.
func TestLongTopics(t *testing.T) {
	a := Description{Topic: strings.Repeat("a/", 1000) + "1"}.Folder()
	b := Description{Topic: strings.Repeat("a/", 1000) + "2"}.Folder()
	if a == b || len(a) > maxPart || len(b) > maxPart {
		t.Errorf("%s and %s", a, b)
	}
}

// FuzzDescription checks that whatever a device says becomes one safe part of a path,
// under which a file can be created.
func FuzzDescription(f *testing.F) {
	for _, s := range []string{"", "x", "../../etc/passwd", `..\..\x`, "CON", "com9", "-rf", ".ssh", "a b.", "a\x00\n\x1b]0;x\x07", "\xff\xfe", "é", "/", "//", "site/gate/4GSolarCam/Snapshot", strings.Repeat("a/", 500)} {
		f.Add(s, s, s, int64(0))
		f.Add("1CC31660025E", s, "x.jpg", int64(1776620818))
	}
	dir := f.TempDir()
	album, err := NewAlbum(filepath.Join(dir, "album"), false)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, mac, topic, file string, seconds int64) {
		d := Description{Info: codec.CameraInfo{MAC: mac, File: file, CapturedAt: time.Unix(seconds, 0)}, Device: mac, Topic: topic, Line: seconds}
		for _, part := range []string{d.Folder(), d.Name(), d.asideName(), d.FlatName()} {
			if part != "" {
				checkPart(t, part)
			}
		}
		p, err := album.Create()
		if err != nil {
			t.Fatal(err)
		}
		place, err := album.Add(p, d)
		if err != nil || place.Aside != nil {
			t.Fatalf("%v, %v", err, place.Aside)
		}
		if rel, err := filepath.Rel(album.dir, place.Path); err != nil || !filepath.IsLocal(rel) || strings.Count(filepath.ToSlash(rel), "/") != 1 {
			t.Errorf("made %s", place.Path)
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
			t.Errorf("beside the album: %v, %v", list, err)
		}
	})
}

// checkPart makes sure that a name is safe on every system.
func checkPart(t *testing.T, name string) {
	t.Helper()
	stem := strings.TrimSuffix(name, ".jpg")
	const letters = "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	switch {
	case stem == "", strings.Trim(stem, letters+".") != "", strings.HasPrefix(name, "."), strings.HasPrefix(name, "-"):
		t.Errorf("a name %q", name)
	case strings.Contains(stem, ".") && !strings.Contains(stem, "Z"): // milliseconds alone have a dot
		t.Errorf("a dot in %q", name)
	case strings.HasSuffix(name, "."), strings.HasSuffix(name, " "):
		t.Errorf("%q ends badly", name)
	case len(name) > 220:
		t.Errorf("%q has %d bytes", name, len(name))
	}
	upper := strings.ToUpper(stem)
	for _, device := range []string{"CON", "PRN", "AUX", "NUL", "COM1", "COM0", "LPT9"} {
		if upper == device {
			t.Errorf("%q is a device", name)
		}
	}
}
