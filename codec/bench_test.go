package codec

import (
	"encoding/json"
	"fmt"
	"testing"
)

const benchBody = "$SCRDR;13;01;01;;047DAE02C84080;I;00047DAE02C84080;"

// benchEvent is the documented event, with a longer uptime: 131 bytes.
const benchEvent = `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"699:12316.850"}`

func BenchmarkSCRDR(b *testing.B) {
	line := fmt.Sprintf("%s*%02X\r\n", benchBody, xorAll(benchBody[1:]))
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	var (
		m   Message
		e   ReaderEvent
		dst []byte
	)
	for b.Loop() {
		if err := m.Parse(line, CheckEither); err != nil {
			b.Fatal(err)
		}
		if err := e.SetMessage(&m); err != nil {
			b.Fatal(err)
		}
		dst = e.AppendJSON(dst[:0])
	}
}

// BenchmarkEventJSON shows the event's way beside the everyday one.
func BenchmarkEventJSON(b *testing.B) {
	b.Run("codec", func(b *testing.B) {
		b.SetBytes(int64(len(benchEvent)))
		b.ReportAllocs()
		var (
			e   ReaderEvent
			dst []byte
		)
		for b.Loop() {
			if err := e.SetJSON(benchEvent); err != nil {
				b.Fatal(err)
			}
			dst = e.AppendJSON(dst[:0])
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(benchEvent)))
		b.ReportAllocs()
		line := []byte(benchEvent)
		for b.Loop() {
			var e struct {
				Interface string `json:",omitempty"`
				Protocol  string `json:",omitempty"`
				Template  *int   `json:",omitempty"`
				TagID     string `json:"TagId,omitempty"`
				TagData   string `json:",omitempty"`
				Uptime    string `json:",omitempty"`
			}
			if err := json.Unmarshal(line, &e); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(&e); err != nil {
				b.Fatal(err)
			}
		}
	})
}
