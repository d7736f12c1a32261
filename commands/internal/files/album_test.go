package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqtool/codec"
)

// add adds a picture to an album.
func add(t *testing.T, a *Album, d Description, text string) Place {
	t.Helper()
	p, err := a.Create()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	place, err := a.Add(p, d)
	if err != nil {
		t.Fatal(err)
	}
	if saved, err := os.ReadFile(place.Path); err != nil || string(saved) != text {
		t.Errorf("%s has %q, %v", place.Path, saved, err)
	}
	return place
}

func TestAlbum(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	d := Description{Info: codec.CameraInfo{MAC: "1CC31660025E", CapturedAt: time.Unix(1776620818, 0), File: "f.jpg"}}
	for _, sync := range []bool{false, true} {
		a, err := NewAlbum(dir, sync)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Check(); err != nil {
			t.Fatal(err)
		}
		want := filepath.Join(dir, "1CC31660025E", "2026-04-19T174658Z-f.jpg")
		if got := add(t, a, d, "one"); got.Path != want || got.Existed != sync || got.Aside != nil {
			t.Errorf("%+v, want %s", got, want)
		}
	}
	if names, _ := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

// TestAlbumAside checks that a file in the way of a folder stays, and that the picture is
// saved beside it.
func TestAlbumAside(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "unknown"), []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, sync := range []bool{false, true} {
		a, err := NewAlbum(dir, sync)
		if err != nil {
			t.Fatal(err)
		}
		d := Description{Received: time.Unix(1776620818, 0), Info: codec.CameraInfo{File: "f"}}
		place := add(t, a, d, "one")
		if want := filepath.Join(dir, "unknown-2026-04-19T174658.000Z.jpg"); place.Path != want {
			t.Errorf("saved as %s, want %s", place.Path, want)
		}
		if place.Aside == nil || !strings.HasSuffix(place.Aside.Error(), "unknown cannot be used: not a directory") {
			t.Errorf("aside because of %v", place.Aside)
		}
		if place := add(t, a, d, "two"); filepath.Base(place.Path) != "unknown-2026-04-19T174658.000Z-2.jpg" || place.Existed != sync {
			t.Errorf("the second as %+v", place)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "unknown")); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestAlbumLinkedFolder checks that a link in the place of a folder is not followed, even
// into another folder. Otherwise anybody who may write in the album could have pictures
// written anywhere.
func TestAlbumLinkedFolder(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	for name, target := range map[string]string{"unknown": elsewhere, "1CC31660025E": filepath.Join(elsewhere, "not-there"), "1CC31660025F": "inside"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "inside"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, sync := range []bool{false, true} {
		a, err := NewAlbum(dir, sync)
		if err != nil {
			t.Fatal(err)
		}
		for mac, want := range map[string]string{"": "unknown-line000001.jpg", "1CC31660025E": "1CC31660025E-line000001.jpg", "1CC31660025F": "1CC31660025F-line000001.jpg"} {
			place := add(t, a, Description{Line: 1, Device: mac}, "one")
			isAside := place.Aside != nil && strings.Contains(place.Aside.Error(), "cannot be used: it is a link")
			if place.Path != filepath.Join(dir, want) || place.Existed != sync || !isAside {
				t.Errorf("%q: %+v", mac, place)
			}
		}
	}
	if names, err := os.ReadDir(elsewhere); err != nil || len(names) != 0 {
		t.Errorf("%v, %v", names, err)
	}
}

// TestAlbumGone checks that an album whose directory is gone takes no more pictures, and
// returns an error.
func TestAlbumGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "album")
	a, err := NewAlbum(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	add(t, a, Description{}, "made again")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Create(); err == nil {
		t.Error("a file is an album")
	}
}
