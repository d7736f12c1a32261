//go:build unix

package files

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestAlbumFIFO checks that a FIFO in place of a folder or a picture blocks nothing,
// neither for its own camera nor for another one.
func TestAlbumFIFO(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "1CC31660025E"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"unknown", "1CC31660025E/line000001.jpg"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o666); err != nil {
			t.Skip(err)
		}
	}
	for _, sync := range []bool{false, true} {
		a, err := NewAlbum(dir, sync)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for mac, want := range map[string]string{"": "unknown-line000001.jpg", "1CC31660025E": "1CC31660025E/line000001-2.jpg", "1CC31660025F": "1CC31660025F/line000001.jpg"} {
				place, err := a.Save([]byte("one"), Description{Line: 1, Device: mac})
				if err != nil || place.Path != filepath.Join(dir, want) || (place.Aside != nil) != (mac == "") {
					t.Errorf("%q: %+v, %v", mac, place, err)
				}
			}
		}()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatal("the album waits for a writer of the FIFO")
		}
	}
}
