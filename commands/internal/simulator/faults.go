package simulator

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
)

// A fault sends a picture with a mistake that real cameras, or the network,
// make.
type fault func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte)

// faults are used in turn, so that a run shows all of them and two runs show
// the same. Generation A has only the first four, because the others concern
// JSON. The last three are forms that related devices send.
//
// Source: docs/protocols.md, from users of the cameras and of related devices;
// the missing brace is in the vendor's own sample.
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
		k.publish(now, out, k.snapshot, []byte(base64.StdEncoding.EncodeToString(picture)), s, "fault: base64 text")
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
	func(k *Camera, now time.Time, out *Output, picture []byte, trigger byte) {
		first := k.picture(now.Add(-time.Second), picture, trigger)
		k.pictures++
		s := k.picture(now, picture, trigger)
		k.publish(now, out, k.snapshot, slices.Concat([]byte("["), first.Wire(), []byte(","), s.Wire(), []byte("]")), s, "fault: array of two")
	},
	sendPieces,
}

const faultsOfA = 4

// pieceSize is how many bytes of a picture an NE301 puts into one piece.
const pieceSize = 10 << 10

// sendPieces sends a picture in numbered pieces, as the NE301 does with large
// ones. Its base64 has A in place of the padding =, so a piece whose size is
// not divisible by three decodes to extra zero bytes.
func sendPieces(k *Camera, now time.Time, out *Output, picture []byte, _ byte) {
	id := fmt.Sprintf("%s_%d", k.device, now.Unix())
	total := (len(picture) + pieceSize - 1) / pieceSize
	send := func(payload []byte) {
		k.publish(now, out, k.snapshot, payload, codec.Raw{Bytes: payload}, "fault: pieces")
	}
	send(fmt.Appendf(nil, `{"type":"image_chunked_header","image_id":%q,"total_size":%d,"total_chunks":%d,"chunk_size":%d,"metadata":{"image_id":%q,"timestamp":%d,"format":"jpeg","size":%d},"ai_result":null}`,
		id, len(picture), total, pieceSize, id, now.Unix(), len(picture)))
	for i := range total {
		piece := picture[i*pieceSize : min((i+1)*pieceSize, len(picture))]
		text := strings.ReplaceAll(base64.StdEncoding.EncodeToString(piece), "=", "A")
		send(fmt.Appendf(nil, `{"type":"image_chunk","image_id":%q,"chunk_index":%d,"total_chunks":%d,"chunk_size":%d,"data":%q,"encoding":"base64"}`,
			id, i, total, len(piece), text))
	}
}

// nextFault returns the next fault.
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

// burst is how many pictures of one vehicle a camera sent, about one per
// second.
const burst = 17

// stub is what a camera sends as a picture if its link stalls: a JFIF header
// and the end mark, 22 bytes.
var stub = []byte("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xFF\xD9")

// colons formats a MAC as some devices do: 5c:c5:63:8a:e2:4c.
func colons(mac string) string {
	var pairs []string
	for ; len(mac) >= 2; mac = mac[2:] {
		pairs = append(pairs, mac[:2])
	}
	return strings.ToLower(strings.Join(pairs, ":"))
}
