package fake

import (
	"io"
	"reflect"
	"testing"
	"time"
)

func TestPipe(t *testing.T) {
	var got []string
	for r, b := Pipe("one\n\ntwo"), make([]byte, 100); ; {
		n, err := r.Read(b)
		if err == io.EOF {
			break
		}
		got = append(got, string(b[:n]))
	}
	if want := []string{"one\n", "\n", "two"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSetBack(t *testing.T) {
	now := time.Now()
	if back := SetBack(now, 3600); back.Sub(now) != 0 || now.Unix()-back.Unix() != 3600 {
		t.Errorf("%v set back is %v", now, back)
	}
}
