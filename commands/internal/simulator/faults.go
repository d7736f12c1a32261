package simulator

import (
	"bytes"
	"strings"
	"time"

	"mqtool/codec"
)

// A fault sends a picture as a real camera, or the way from it, does it wrong.
type fault func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte)

// faults come one after the other, so that a run shows all of them and two
// runs show the same. Generation A has the first three only: the others are
// about JSON.
//
// Source: docs/protocols.md, of users of the cameras and of relatives; the
// missing brace is in the vendor's own sample.
var faults = []fault{
	func(k *Camera, now time.Time, out *Output, _ []byte, trigger byte) {
		k.sendFault(now, out, "stub", k.picture(now, stub, trigger))
	},
	func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		k.sendFault(now, out, "cut", k.picture(now, picture[:len(picture)*2/3], trigger))
	},
	func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		for i := range burst {
			if i > 0 {
				k.pictures++
			}
			s := k.picture(now.Add(time.Duration(i-burst+1)*time.Second), picture, trigger)
			k.sendFault(now, out, "burst", s)
		}
	},
	func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		s := k.picture(now, picture, trigger)
		s.MAC = strings.ToLower(s.MAC)
		k.sendFault(now, out, "lower case", s)
	},
	func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		s := k.picture(now, picture, trigger)
		s.MAC = colons(s.MAC)
		k.sendFault(now, out, "colons", s)
	},
	func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		s := k.picture(now, picture, trigger)
		k.publish(now, out, k.snapshot, bytes.TrimSuffix(s.Wire(), []byte("}")), s, "fault: no brace")
	},
}

const faultsOfA = 3

// nextFault is the fault that is due.
func (k *Camera) nextFault() fault {
	n := len(faults)
	if k.config.Generation == codec.GenerationA {
		n = faultsOfA
	}
	k.faults++
	return faults[(k.faults-1)%n]
}

func (k *Camera) sendFault(now time.Time, out *Output, name string, s codec.CameraSnapshot) {
	k.publish(now, out, k.snapshot, s.Wire(), s, "fault: "+name)
}

// burst is how many pictures one vehicle made, about one a second.
const burst = 17

// stub is what a camera sends as a picture when its link stalls: a JFIF
// header and the end mark, 22 bytes.
var stub = []byte("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xFF\xD9")

// colons writes a MAC as some devices do: 5c:c5:63:8a:e2:4c.
func colons(mac string) string {
	var pairs []string
	for ; len(mac) >= 2; mac = mac[2:] {
		pairs = append(pairs, mac[:2])
	}
	return strings.ToLower(strings.Join(pairs, ":"))
}
