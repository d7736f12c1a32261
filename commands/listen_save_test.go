package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/render"
)

// TestManyPictures: however many pictures of one name come in, each is saved,
// also after a start in between, and one that comes again makes no second file.
func TestManyPictures(t *testing.T) {
	const many = 1500
	dir := filepath.Join(t.TempDir(), "pics")
	received := time.Date(2026, 11, 23, 1, 55, 5, 0, time.UTC)
	names := map[string]bool{}
	save := func(p *pictures, i int) string {
		t.Helper()
		e := &render.Envelope{Time: received, Topic: "4GSolarCam/Snapshot", Value: codec.CameraSnapshot{
			Picture: codec.Some(jpeg.Picture{State: jpeg.Complete}), Image: fmt.Appendf(nil, "picture %d", i),
		}}
		name, err := p.save(e)
		if err != nil || name == "" || len(e.Warnings) > 0 {
			t.Fatalf("picture %d: %q, %v, %q", i, name, err, e.Warnings)
		}
		return name
	}
	for start := 0; start < many; start += many / 2 {
		p, err := newPictures(dir, false)
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
