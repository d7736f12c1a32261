package codec

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"mqtool/codec/jpeg"
)

// marshalTests has a value of every type that implements [Value], with every field that
// may be printed.
var marshalTests = []Value{
	&ReaderEvent{
		Format: FormatLine, Device: "<d>", Interface: "0x13", Protocol: "0x01", Template: Some(int64(1)), RSSI: Some(int64(-60)), RSSIRaw: Some(byte(0xC4)),
		TagID: "04", Move: MoveInsert, TagData: "\u2028 Tür", TagDetailsJSON: json.RawMessage(`{"a": 1e5}`), Uptime: Some(Uptime{Boot: 1, Since: time.Second}),
		DateTime: "x", Counter: Some(int64(2)), Checksum: exclusive(1),
		Rest: Rest{Extra: []Member{{"New", json.RawMessage("1e5")}}, Warn: []string{"w"}},
	},
	Hello{Checksum: exclusive(0x54)},
	ReaderStatus{State: []string{"online"}, Uptime: Some(Uptime{Boot: 145}), Rest: Rest{Extra: []Member{{"New", json.RawMessage("[ 1 ]")}}}},
	testMeta,
	ReaderCommand{
		Format: FormatJSON, Sequence: Some(SequenceWink), LEDs: Some([4]LEDMode{1, 2}), Buzzer: Some(uint16(3)), RGBColor: Some(RGB(0xFF)), RGBMode: Some(LEDOn),
		Relay: Some(Relay{On: true}), Relays: []Relay{{Raw: "10"}, {}}, Checksum: Some(Checksum{Value: 0xAB}),
	},
	Line{Type: "SCABC", Fields: []string{"a", ""}, Checksum: inclusive(1), Trailing: "x"},
	Raw{Bytes: []byte{0xFF}},
	CameraSnapshot{
		Generation: GenerationB, CameraInfo: CameraInfo{SentAt: time.UnixMilli(1).UTC(), MAC: "1CC31660025E", MSec: Some(int64(7))}, Picture: Some(jpeg.Picture{Size: 4}),
		Image: []byte("image"), Prefix: []byte("prefix"), Trailer: 1, ImageSizeIs: "jpeg",
		Rest: Rest{Extra: []Member{{"a", json.RawMessage("1")}}}, Values: []Member{{"b", json.RawMessage("2")}},
	},
	CameraReport{Report: KindAlarm, CameraInfo: CameraInfo{DeviceName: "Gate"}, Values: []Member{{"battery", json.RawMessage("81")}}},
	CameraReport{Report: KindStatus, Body: []byte("PIR")},
	CameraRequest{Request: KindConfig, Body: []byte("reboot")},
	Explanation{Address: 0x02C0, Name: "n", Value: []byte{0x64}, Fields: []RegisterField{{Place: "byte 0", Name: "f", Words: "w"}}},
	Finding{Severity: SeverityError, Address: 0x02C0, Problem: "p", Advice: "a"},
	Silence{Expected: time.Hour, For: 2 * time.Hour, Last: time.Unix(1, 0)},
}

// TestMarshalJSON checks that encoding/json prints a value as AppendJSON does, wherever
// the value is.
func TestMarshalJSON(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range marshalTests {
		typ := reflect.TypeOf(v)
		plain := reflect.ValueOf(v)
		if typ.Kind() == reflect.Pointer {
			typ, plain = typ.Elem(), plain.Elem()
		}
		seen[typ.Name()] = true
		want := v.AppendJSON(nil)
		if got, err := v.MarshalJSON(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: MarshalJSON gives %s, %v; want %s", typ, got, err, want)
		}
		var escaped bytes.Buffer
		json.HTMLEscape(&escaped, want) // as json.Marshal does with everything
		text := escaped.String()
		for _, tt := range []struct {
			in   any
			want string
		}{
			{v, text},
			{plain.Interface(), text},
			{struct{ V any }{plain.Interface()}, `{"V":` + text + `}`},
			{[]Value{v}, `[` + text + `]`},
		} {
			if got, err := json.Marshal(tt.in); err != nil || string(got) != tt.want {
				t.Errorf("%T is %s, %v; want %s", tt.in, got, err, tt.want)
			}
		}
	}
	for _, name := range receivers(t, "Kind") {
		if !seen[name] {
			t.Errorf("%s is a Value and not in the table", name)
		}
	}
	marshalers := receivers(t, "MarshalJSON")
	for _, name := range receivers(t, "AppendJSON") {
		if !slices.Contains(marshalers, name) {
			t.Errorf("%s has AppendJSON and no MarshalJSON", name)
		}
	}
}

// receivers lists the types of the package that have a method of this name.
func receivers(t *testing.T, method string) (types []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != method {
				continue
			}
			typ := f.Recv.List[0].Type
			if star, ok := typ.(*ast.StarExpr); ok {
				typ = star.X
			}
			if name, ok := typ.(*ast.Ident); ok {
				types = append(types, name.Name)
			}
		}
	}
	return types
}

// TestMarshalParts checks that the parts of values do not print the names of Go's fields
// either.
func TestMarshalParts(t *testing.T) {
	for _, tt := range []struct {
		part any
		want string
	}{
		{Some(1), `1`},
		{Opt[int]{}, `null`},
		{Some(Uptime{Boot: 2, Since: 1500 * time.Millisecond}), `{"uptime_boot_count":2,"uptime_seconds":1.500}`},
		{Member{"a b", json.RawMessage("1e5")}, `{"a b":1e5}`},
		{[]Move{MoveInsert, MoveInsert | MoveRemove, 0}, `["insert","insert,remove",""]`},
		{Checksum{0x0A, RuleExclusive}, `{"checksum_rule":"exclusive"}`},
		{Checksum{0x0A, RuleNone}, `{"checksum":"0A","checksum_rule":"wrong"}`},
		{RuleInclusive, `"inclusive"`},
		{RGB(0xFF00), `"00FF00"`},
		{[4]LEDMode{1, 0x92}, `[1,146,0,0]`},
		{SequenceWink, `14`},
		{[]Relay{{On: true}, {Raw: `"x"`}}, `[true,"x"]`},
		{CameraInfo{MAC: "1CC31660025E"}, `{"mac":"1CC31660025E"}`},
		{CameraFact{"battery", "batteryLevel", json.RawMessage("81")}, `{"name":"battery","key":"batteryLevel","value":81}`},
		{Registers{List: []Register{{0x02C0, []byte{0x64}}}}, `{"config":{"C0":"64"}}`},
		{Register{0x02C0, []byte{0x64}}, `{"02C0":"64"}`},
		{RegisterField{Place: "byte 0", Name: "f", Words: "w"}, `{"place":"byte 0","name":"f","words":"w"}`},
	} {
		if got, err := json.Marshal(tt.part); err != nil || string(got) != tt.want {
			t.Errorf("%T prints as %s, %v; want %s", tt.part, got, err, tt.want)
		}
	}
}
