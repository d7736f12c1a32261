package codec

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

const jpegDir = "../testdata/jpeg"

// pictures are the files of testdata/jpeg by name.
func pictures(t testing.TB) map[string][]byte {
	files, err := filepath.Glob(jpegDir + "/*.jpg")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pictures in %s: %v", jpegDir, err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = b
	}
	return out
}

// A found is what a test wants to know of a picture in a dump.
type found struct {
	pic   JPEG
	bytes []byte
	msg   DumpMessage
}

// decodeDump reads all pictures of an input.
func decodeDump(r io.Reader, mode DumpMode) ([]found, *DumpReader, error) {
	var all []found
	d := NewDumpReader(r, mode)
	for {
		m, err := d.Next()
		if err == io.EOF {
			return all, d, nil
		}
		if err != nil {
			return all, d, err
		}
		j := NewJPEGReader(d)
		for {
			var out bytes.Buffer
			p, err := j.Next(&out)
			if err == io.EOF {
				break
			}
			if err != nil {
				return all, d, err
			}
			all = append(all, found{pic: p, bytes: out.Bytes(), msg: *m})
		}
		for i := range all {
			if all[i].msg.Position == m.Position {
				all[i].msg = *m // Object and Damage are complete now
			}
		}
	}
}

// TestEveryPictureInEveryLayout is the promise of snapshot-decode.
func TestEveryPictureInEveryLayout(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	pics := pictures(t)
	all := append(append([]layout{}, layouts...), toolLayouts(t)...)
	for name, file := range pics {
		want, err := FindJPEG(file)
		if err != nil {
			t.Fatal(err)
		}
		cut := file[:want.Size]
		for _, n := range []int{0, 1, 8, rnd.IntN(150) * 2, rnd.IntN(150)*2 + 1, 300} {
			prefix := randomPrefix(rnd, n)
			msg := append(bytes.Clone(prefix), file...)
			for _, l := range all {
				check(t, l, name, n, l.render(msg), cut)
			}
		}
		for _, l := range jsonLayouts {
			check(t, l, name, 0, l.render(file), cut)
		}
	}
}

// randomPrefix makes bytes without a picture's start in them.
func randomPrefix(rnd *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
		if b[i] == 0xFF {
			b[i] = 0
		}
	}
	return b
}

func check(t *testing.T, l layout, name string, prefix int, dump, want []byte) {
	t.Helper()
	got, d, err := decodeDump(bytes.NewReader(dump), Recognise)
	switch {
	case err != nil:
		t.Errorf("%s, %s, prefix %d: %v", l.name, name, prefix, err)
	case len(got) == 0:
		t.Errorf("%s, %s, prefix %d: no picture; findings %q", l.name, name, prefix, d.Findings())
	case !bytes.Equal(got[0].bytes, want):
		// A cut picture cannot be told from the text that a tool puts behind it.
		if got[0].pic.State == Truncated && bytes.HasPrefix(got[0].bytes, want) && len(got[0].bytes)-len(want) < 32 {
			return
		}
		t.Errorf("%s, %s, prefix %d: %d bytes, want %d (layout %q, damage %v)", l.name, name, prefix, len(got[0].bytes), len(want), got[0].msg.Layout, got[0].msg.Damage)
	case got[0].msg.DamageCount > 0:
		t.Errorf("%s, %s, prefix %d: damage %v", l.name, name, prefix, got[0].msg.Damage)
	}
}
