package codec_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"mqtool/codec"
	"mqtool/codec/dump"
)

// A message of a reader.
func ExampleDecode() {
	for _, item := range codec.Decode("springcard/springcore/DA1275B0/rdr/evt", []byte("$SCRDR;13;01;01;;047DAE02C84080;I;;\r\n")) {
		if item.Err != nil {
			fmt.Println(item.Err)
			continue
		}
		if event, ok := item.Value.(*codec.ReaderEvent); ok {
			fmt.Println(item.Device, event.TagID, event.Move == codec.MoveInsert)
		}
	}
	// Output: DA1275B0 047DAE02C84080 true
}

// A site with a prefix and topics of its own, and values as JSON.
func ExampleDecoder() {
	d := codec.NewDecoder("site/4", codec.Role{Filter: "cams/+/state", Kind: codec.KindStatus})
	for _, item := range d.Decode("cams/5CC5638AE24C/state", []byte(`{"values":{"battery":81}}`)) {
		text, err := json.Marshal(item.Value)
		fmt.Println(item.Family, item.Device, item.Kind, string(text), err)
	}
	// Output: milesight 5CC5638AE24C status {"extra":{"values":{"battery":81}}} <nil>
}

// The pictures in a dump, whatever program made it.
func ExampleSnapshotScanner() {
	file, err := os.Open("../testdata/jpeg/gray-peacock.jpg")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	scanner := codec.NewSnapshotScanner(file, dump.Recognize)
	for {
		found, err := scanner.Next(io.Discard) // or to a file
		if err == io.EOF {
			break
		} else if err != nil {
			fmt.Println(err)
			return
		}
		p := found.Picture.Value
		fmt.Println(found.Message.Layout, p.Width, p.Height, p.State)
	}
	// Output: bytes 100 75 complete
}

// The tags in a log.
func ExampleLogScanner() {
	log := `2024-03-13T08:30:00+0100 springcard/springcore/DA1275B0/rdr/evt {"TagId":"047DAE02C84080"}
somebody came in
`
	scanner := codec.NewLogScanner(codec.CheckEither)
	blocks := codec.NewLogBlocks(strings.NewReader(log))
	for block := (codec.LogBlock{}); ; {
		var err error
		if block, err = blocks.Next(block); err != nil {
			break // io.EOF, or what went wrong
		}
		scanner.Scan(block, func(e *codec.LogEntry) bool {
			if event, ok := e.Value.(*codec.ReaderEvent); ok {
				fmt.Println(e.Time.UTC(), e.Device, event.TagID)
			} else {
				fmt.Println("line", e.Line, e.Err)
			}
			return true
		})
	}
	// Output:
	// 2024-03-13 07:30:00 +0000 UTC DA1275B0 047DAE02C84080
	// line 2 no message in this line
}

// What one tells a reader.
func ExampleReaderCommand_Wire() {
	payload, err := codec.ReaderCommand{Sequence: codec.Some(codec.SequenceGranted)}.Wire()
	fmt.Println(codec.FillTopic("{prefix}/{device}/rdr/cmd", "site/4", "DA1275B0"), string(payload), err)
	// Output: site/4/DA1275B0/rdr/cmd {"Sequence":"60"} <nil>
}
