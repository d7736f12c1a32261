package codec

import (
	"encoding/json"
	"errors"
	"fmt"
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
	{"strings of several lengths", `{"1234567":"","12345678":"123456","123456789":"1234567"}`, true, object{
		{"1234567", json.RawMessage(`""`)}, {"12345678", json.RawMessage(`"123456"`)}, {"123456789", json.RawMessage(`"1234567"`)},
	}},
	{"NUL behind", "{\"a\":1}\x00", true, object{{"a", json.RawMessage(`1`)}}},
	{"numbers that are not integers", `{"a":1e5,"b":-0.0,"c":123456789012345678901234567890}`, false, object{
		{"a", json.RawMessage(`1e5`)}, {"b", json.RawMessage(`-0.0`)}, {"c", json.RawMessage(`123456789012345678901234567890`)},
	}},
	{"escapes", `{"a\u0062":"\/\ud800"}`, true, object{{"ab", json.RawMessage(`"\/\ud800"`)}}},
	{"nesting", `{"a":{"b":[1, 2]}}`, false, object{{"a", json.RawMessage(`{"b":[1, 2]}`)}}},
	{"text beyond ASCII", `{"ü":"ä","b":"€ 😀"}`, true, object{{"ü", json.RawMessage(`"ä"`)}, {"b", json.RawMessage(`"€ 😀"`)}}},
	{"DEL", "{\"a\":\"\x7F\"}", true, object{{"a", json.RawMessage("\"\x7F\"")}}},
	{"bytes that are not text", "{\"a\":\"\xFF\"}", false, object{{"a", json.RawMessage("\"\xFF\"")}}},
	{"a key that is not text", "{\"a\xFF\xFF\":1}", false, object{{"a\uFFFD\uFFFD", json.RawMessage(`1`)}}},
	{"blanks everywhere", "\t{ \"a\" : [ 1 , { \"]\" : \"}\" } ] , \"b\" : 1.5 }\n", false, object{
		{"a", json.RawMessage("[ 1 , { \"]\" : \"}\" } ]")}, {"b", json.RawMessage(`1.5`)},
	}},
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
		{"an unknown escape", `{"a":"\x"}`, SyntaxError{7, "not JSON: invalid character 'x' in string escape code"}},
		{"half an escape", `{"a":"\u00f"}`, SyntaxError{11, "not JSON: invalid character '\"' in \\u hexadecimal character escape"}},
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

// TestKeySet checks that a key is found in any case, and in no other spelling.
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

// reference reads an object with the decoder of encoding/json.
func (o *object) reference(text string) error {
	body := strings.TrimPrefix(text, "\uFEFF")
	mark := len(text) - len(body)
	body = trimLine(body)
	if err := json.Unmarshal([]byte(body), new(json.RawMessage)); err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("not an object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if at := mark + int(d.InputOffset()) - len(raw); text[at:at+len(raw)] != string(raw) {
			return fmt.Errorf("%s is not at %d", raw, at)
		}
		*o = append(*o, Member{key.(string), raw})
	}
	return nil
}

// requireValue fails unless v is read as encoding/json reads it.
func requireValue(t *testing.T, v jsonValue) {
	t.Helper()
	var want string
	wantErr := json.Unmarshal([]byte(v.raw), &want)
	if got, err := v.text(); v.isString() && (got != want || err != nil || wantErr != nil) {
		t.Fatalf("%q is %q, %v; want %q, %v", v.raw, got, err, want, wantErr)
	}
	if v.raw[0] == '[' {
		var want []string
		wantErr := json.Unmarshal([]byte(v.raw), &want)
		if got, err := v.texts(); (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is %q, %v; want %q, %v", v.raw, got, err, want, wantErr)
		}
		var elements []json.RawMessage
		if err := json.Unmarshal([]byte(v.raw), &elements); err != nil {
			t.Fatal(err)
		}
		for element := range v.elements() {
			if len(elements) == 0 || element.raw != string(elements[0]) {
				t.Fatalf("%q has an element %s, want %s", v.raw, element.raw, elements)
			}
			elements = elements[1:]
			requireValue(t, element)
		}
		if len(elements) > 0 {
			t.Fatalf("%q has more elements: %s", v.raw, elements)
		}
	}
	var number json.Number
	if err := json.Unmarshal([]byte(v.raw), &number); err == nil && !v.isString() && !v.isNull() {
		if got, err := v.text(); got != number.String() || err != nil {
			t.Fatalf("%q is %q, %v; want %s", v.raw, got, err, number)
		}
		want, wantErr := number.Int64()
		if got, err := v.integer(); wantErr == nil && (got != want || err != nil) {
			t.Fatalf("%q is %d, %v; want %d", v.raw, got, err, want)
		}
	}
}

// FuzzObject checks that the fast path, the walk and the decoder of encoding/json find the
// same members at the same places, with the same values.
func FuzzObject(f *testing.F) {
	for _, tt := range objectTests {
		f.Add(tt.text)
	}
	for _, bb := range benchEvents {
		f.Add(bb.text)
	}
	for _, value := range []string{
		`"\ud83d\ude00"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`, `"\ud83d"`, `"\ud83d\n"`, `"\uD83D\uDE0"`, `"\b\f\n\r\t\/\\\"\u00Fc"`,
		"\"\xC3\"", "\"\xED\xA0\x80\"", "\"\xC3\x28 \uFFFD\"", "\"\x7F\u2028\"", `1e5`, `-1.50E+3`, `1E400`, `9223372036854775808`, `["a","b\u00fc",null]`,
		`[ 1 , {"a":[]} , "]" ]`, `[]`, `[null]`, `{"a":1,"a":{"a":2}}`, `{ }`, `"\\"`, `"a\\\""`, `tru`, `+1`, `.5`, `1.`, `01`, `"\x"`, `"\u12"`,
	} {
		f.Add(`{"a":` + value + `}`)
		f.Add(`{"ü":` + value + ` , "a" :0} x`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var reference, slow, flat object
		referenceErr := reference.reference(text)
		slowErr := anyObject(text, func(key string, v jsonValue) error {
			if text[v.offset:v.offset+len(v.raw)] != v.raw {
				t.Fatalf("%q: %s is not at %d", text, v.raw, v.offset)
			}
			requireValue(t, v)
			return slow.set(key, v)
		})
		if slowErr != nil && !errors.Is(slowErr, ErrMalformed) {
			t.Fatalf("%q: error %v", text, slowErr)
		}
		if measured := checkMeasure(text) == nil; (slowErr == nil) != (referenceErr == nil && measured) || slowErr == nil && !reflect.DeepEqual(slow, reference) {
			t.Fatalf("%q\nwalk:      %s, %v\nreference: %s, %v", text, slow, slowErr, reference, referenceErr)
		}
		s := flatScanner{text: text}
		for s.next() {
			if got, err := s.value.text(); s.value.plain {
				if want := unquote(s.value.raw); got != want || err != nil {
					t.Fatalf("%q: %s is %q, %v; want %q", text, s.value.raw, got, err, want)
				}
			}
			flat = append(flat, Member{s.key, json.RawMessage(s.value.raw)})
		}
		if s.done && checkMeasure(text) == nil && (slowErr != nil || !reflect.DeepEqual(slow, flat)) {
			t.Fatalf("%q\nfast: %s\nslow: %s, %v", text, flat, slow, slowErr)
		}
	})
}
