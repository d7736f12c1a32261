package simulator

import (
	"bytes"
	"strings"
	"time"

	"mqtool/codec"
)

// A fault is something that a real camera, or the way from it, does wrong.
type fault struct {
	name string
	send func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte)
}

// faults come one after the other, so that a run shows all of them and two
// runs show the same.
//
// Source: docs/protocols.md, of users of the cameras and of relatives; the
// missing brace is in the vendor's own sample.
var faults = []fault{
	{"stub", func(k *Camera, now time.Time, out *Output, _ []byte, trigger byte) {
		k.sendFault("stub", now, out, k.picture(now, stub, trigger))
	}},
	{"cut", func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		k.sendFault("cut", now, out, k.picture(now, picture[:len(picture)*2/3], trigger))
	}},
	{"burst", func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		for i := range burst {
			at := now.Add(time.Duration(i) * time.Second) // a vehicle stays in view
			k.sendFault("burst", at, out, k.picture(at, picture, trigger))
			k.pictures++
		}
		k.pictures-- // the first one is counted already
	}},
	{"lower case", func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		s := k.picture(now, picture, trigger)
		s.MAC = strings.ToLower(s.MAC)
		k.sendFault("lower case", now, out, s)
	}},
	{"colons", func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		s := k.picture(now, picture, trigger)
		s.MAC = colons(s.MAC)
		k.sendFault("colons", now, out, s)
	}},
	{"no brace", func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		s := k.picture(now, picture, trigger)
		payload := s.Payload()
		if s.Generation == codec.GenerationB {
			payload = bytes.TrimSuffix(payload, []byte("}"))
		}
		k.publish(now, out, k.snapshot, payload, s, "fault: no brace")
	}},
}

func (k *Camera) sendFault(name string, now time.Time, out *Output, s codec.CameraSnapshot) {
	if facts, err := codec.FindJPEG(s.Image); err == nil {
		s.Picture = codec.Some(facts)
	}
	k.publish(now, out, k.snapshot, s.Payload(), s, "fault: "+name)
}

// burst is how many pictures one vehicle made.
const burst = 17

// stub is what a camera sends as a picture when its link stalls: a JFIF
// header and the end mark, 22 bytes.
var stub = []byte("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xFF\xD9")
