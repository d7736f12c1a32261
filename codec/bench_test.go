package codec

import (
	"encoding/json"
	"fmt"
	"testing"
)

const benchBody = "$SCRDR;13;01;01;;047DAE02C84080;I;00047DAE02C84080;"

// benchEvent is the documented event, with a longer uptime: 131 bytes.
const benchEvent = `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"699:12316.850"}`

// benchEvents are the plain event, and variants of it with one thing that the fast path
// cannot read.
var benchEvents = []struct{ name, text string }{
	{"plain", benchEvent},
	{"umlaut", `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84 Tür","Uptime":"699:12316.850"}`},
	{"umlaut-extra", `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","Location":"Büro 4 CC","Uptime":"699:12316.850"}`},
	{"extra", `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","Location":"Buero 4 CC","Uptime":"699:12316.850"}`},
	{"nested", `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagDetails":{"a":[1,2,34]},"Uptime":"699:12316.850"}`},
	{"escape", `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE\u00fc 4080","Uptime":"699:12316.850"}`},
}

func BenchmarkSCRDR(b *testing.B) {
	for _, bb := range []struct{ name, body string }{
		{"plain", benchBody},
		{"umlaut", "$SCRDR;13;01;01;;047DAE02C84080;I;00047DAE 4 Tür;"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			line := fmt.Sprintf("%s*%02X\r\n", bb.body, xorAll(bb.body[1:]))
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			var (
				m   Line
				e   ReaderEvent
				dst []byte
			)
			for b.Loop() {
				if err := m.Parse(line, CheckEither); err != nil {
					b.Fatal(err)
				}
				if err := e.SetLine(&m); err != nil {
					b.Fatal(err)
				}
				dst = e.AppendJSON(dst[:0])
			}
		})
	}
}

// BenchmarkEvent compares the cost of a plain event with that of the variants.
func BenchmarkEvent(b *testing.B) {
	for _, bb := range benchEvents {
		b.Run("decode/"+bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.text)))
			b.ReportAllocs()
			var e ReaderEvent
			for b.Loop() {
				if err := e.SetWire(bb.text); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("print/"+bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.text)))
			b.ReportAllocs()
			var (
				e   ReaderEvent
				dst []byte
			)
			for b.Loop() {
				if err := e.SetWire(bb.text); err != nil {
					b.Fatal(err)
				}
				dst = e.AppendJSON(dst[:0])
			}
		})
	}
}

// BenchmarkEventJSON shows the event's way beside the everyday one.
func BenchmarkEventJSON(b *testing.B) {
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
}
