package codec

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// object collects the members that a reader of objects reports.
type object []Member

func (o *object) set(key string, v jsonValue) error {
	*o = append(*o, Member{key, json.RawMessage(v.raw)})
	return nil
}

// scan reports the members of a flat object, and whether it is one.
func (o *object) scan(text string) bool {
	s := flatScanner{text: text}
	for s.next() {
		*o = append(*o, Member{s.key, json.RawMessage(s.value.raw)})
	}
	return s.done
}

var objectTests = []struct {
	name, text string
	flat       bool // a matter of the fast path
	want       object
}{
	{"nothing in it", `{}`, true, nil},
	{"blanks", " {\t\"a\" : 1 ,\r\n \"b\":true } \r\n", true, object{{"a", json.RawMessage(`1`)}, {"b", json.RawMessage(`true`)}}},
	{"all flat values", `{"a":"x","b":-12,"c":0,"d":false,"e":null}`, true, object{
		{"a", json.RawMessage(`"x"`)},
		{"b", json.RawMessage(`-12`)},
		{"c", json.RawMessage(`0`)},
		{"d", json.RawMessage(`false`)},
		{"e", json.RawMessage(`null`)},
	}},
	{"a key twice", `{"a":1,"a":2}`, true, object{{"a", json.RawMessage(`1`)}, {"a", json.RawMessage(`2`)}}},
	{"strings around eight bytes", `{"1234567":"","12345678":"123456","123456789":"1234567"}`, true, object{
		{"1234567", json.RawMessage(`""`)}, {"12345678", json.RawMessage(`"123456"`)}, {"123456789", json.RawMessage(`"1234567"`)},
	}},
	{"NUL behind", "{\"a\":1}\x00", true, object{{"a", json.RawMessage(`1`)}}},
	{"numbers that are not integers", `{"a":1e5,"b":-0.0,"c":123456789012345678901234567890}`, false, object{
		{"a", json.RawMessage(`1e5`)}, {"b", json.RawMessage(`-0.0`)}, {"c", json.RawMessage(`123456789012345678901234567890`)},
	}},
	{"escapes", `{"a\u0062":"\/\ud800"}`, false, object{{"ab", json.RawMessage(`"\/\ud800"`)}}},
	{"nesting", `{"a":{"b":[1, 2]}}`, false, object{{"a", json.RawMessage(`{"b":[1, 2]}`)}}},
	{"text beyond ASCII", `{"a":"ü"}`, false, object{{"a", json.RawMessage(`"ü"`)}}},
	{"bytes that are no text", "{\"a\":\"\xFF\"}", false, object{{"a", json.RawMessage("\"\xFF\"")}}},
	{"byte-order mark", "\uFEFF{\"a\":1}", false, object{{"a", json.RawMessage(`1`)}}},
}

func TestObjects(t *testing.T) {
	for _, tt := range objectTests {
		t.Run(tt.name, func(t *testing.T) {
			var slow, flat object
			if err := anyObject(tt.text, slow.set); err != nil || !reflect.DeepEqual(slow, tt.want) {
				t.Errorf("anyObject got %s, %v; want %s", slow, err, tt.want)
			}
			if done := flat.scan(tt.text); done != tt.flat {
				t.Fatalf("flatScanner is done: %v", done)
			}
			if tt.flat && !reflect.DeepEqual(flat, tt.want) {
				t.Errorf("flatScanner got %s; want %s", flat, tt.want)
			}
		})
	}
}

func TestObjectErrors(t *testing.T) {
	deep := strings.Repeat(`{"a":`, MaxJSONDepth) + "1" + strings.Repeat("}", MaxJSONDepth)
	if err := anyObject(deep, (&object{}).set); err != nil {
		t.Errorf("%d levels: %v", MaxJSONDepth, err)
	}
	tests := []struct {
		name, text string
		want       SyntaxError
	}{
		{"nothing", "", SyntaxError{0, "not JSON: unexpected end of JSON input"}},
		{"an array", "[1]", SyntaxError{0, "not a JSON object"}},
		{"a bad byte", `{"a":x}`, SyntaxError{5, "not JSON: invalid character 'x' looking for beginning of value"}},
		{"the same behind a byte-order mark", "\uFEFF" + `{"a":x}`, SyntaxError{8, "not JSON: invalid character 'x' looking for beginning of value"}},
		{"a comma too many", `{"a":1,}`, SyntaxError{7, "not JSON: invalid character '}' looking for beginning of object key string"}},
		{"a member behind the end", `{"a":1,}"b":2}`, SyntaxError{7, "not JSON: invalid character '}' looking for beginning of object key string"}},
		{"a zero in front", `{"a":01}`, SyntaxError{6, "not JSON: invalid character '1' after object key:value pair"}},
		{"text behind", `{"a":1} {`, SyntaxError{8, "not JSON: invalid character '{' after top-level value"}},
		{"too deep", `{"a":` + deep + "}", SyntaxError{5 * MaxJSONDepth, "JSON is nested deeper than 64 levels"}},
		{"too deep and never closed", strings.Repeat("[", 1<<20), SyntaxError{MaxJSONDepth, "JSON is nested deeper than 64 levels"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := anyObject(tt.text, (&object{}).set)
			if want := &tt.want; !reflect.DeepEqual(err, error(want)) {
				t.Errorf("anyObject says %#v, want %#v", err, want)
			}
			if (&object{}).scan(tt.text) {
				t.Error("flatScanner is done")
			}
		})
	}
}

func TestJSONValueInteger(t *testing.T) {
	for raw, want := range map[string]int64{
		`12`: 12, `-3`: -3, `"7"`: 7, `1e2`: 100, `"1e2"`: 100, `5.0`: 5, `9223372036854775807`: 1<<63 - 1,
	} {
		if got, err := (jsonValue{raw: raw}).integer(); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", raw, got, err, want)
		}
	}
	for _, raw := range []string{`1.5`, `1e400`, `9223372036854775808`, `"x"`, `""`, `true`, `{}`, `[]`, `"NaN"`, `"Inf"`} {
		if got, err := (jsonValue{raw: raw}).integer(); !errors.Is(err, errNotInteger) || got != 0 {
			t.Errorf("%s is %d, %v; want no integer", raw, got, err)
		}
	}
}

// Every byte at every place of a word must be judged as one by one.
func TestWords(t *testing.T) {
	for c := range 256 {
		for _, around := range []string{"a", "~", ":", "\x80", "\xFF"} {
			for n := 1; n <= 17; n++ {
				for at := range n {
					s := strings.Repeat(around, at) + string([]byte{byte(c)}) + strings.Repeat(around, n-at-1)
					want := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r >= 0x7F }) < 0
					if got := isPlain(s); got != want {
						t.Fatalf("isPlain(%q) is %v", s, got)
					}
					fields, xor, foreign := split(nil, ";"+s)
					if !reflect.DeepEqual(fields, strings.Split(s, ";")) || xor != xorAll(";"+s) {
						t.Fatalf("split(%q) is %q, %02X", s, fields, xor)
					}
					if want := strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F }); foreign != want {
						t.Fatalf("split(%q) finds a control character: %v", s, foreign)
					}
				}
			}
		}
	}
}

// A spelling in another case finds its key, and no other spelling does.
func TestKeySet(t *testing.T) {
	for _, key := range []string{"Interface", "TagId", "TagUid", "RSSI", "Rssi", "State", "Sequence", "DeviceId"} {
		for _, spelling := range []string{key, strings.ToLower(key), strings.ToUpper(key)} {
			if e := eventKeys.find(spelling); e == nil || !strings.EqualFold(e.name, key) {
				t.Errorf("%s is not found", spelling)
			}
		}
	}
	for _, key := range []string{"", "Tag", "TagIdd", "Tag1d", "Inter\u017Face", "\xCBagId"} {
		if e := eventKeys.find(key); e != nil {
			t.Errorf("%q is taken for %s", key, e.name)
		}
	}
}

func FuzzObject(f *testing.F) {
	for _, tt := range objectTests {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var slow, flat object
		slowErr := anyObject(text, slow.set)
		if flat.scan(text) && (slowErr != nil || !reflect.DeepEqual(slow, flat)) {
			t.Fatalf("%q\nfast: %s\nslow: %s, %v", text, flat, slow, slowErr)
		}
		if slowErr != nil && !errors.Is(slowErr, ErrMalformed) {
			t.Fatalf("%q: error %v", text, slowErr)
		}
	})
}
