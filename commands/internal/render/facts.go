package render

import (
	"bytes"
	"encoding/json"
	"strings"

	"mqtool/codec"
)

// factsOf returns the most important facts about a device in a value that it
// sent, with the device's own key for each.
func factsOf(value codec.Value) (facts []codec.CameraFact) {
	add := func(name, key, value string) {
		if value != "" {
			facts = append(facts, codec.CameraFact{Name: name, Key: key, Value: codec.AppendString(nil, value)})
		}
	}
	switch v := value.(type) {
	case codec.ReaderMeta:
		add("product", "ProductName", v.Product)
		if v.Revision != "" {
			add("firmware", "Revision", v.Revision) // Revision is the complete form of Version
		} else {
			add("firmware", "Version", v.Version)
		}
	case codec.CameraReport:
		for _, f := range v.Summary() {
			if isScalar(f.Value) { // other values are shown with the report
				facts = append(facts, f)
			}
		}
	}
	return facts
}

func isScalar(v json.RawMessage) bool { return len(v) > 0 && v[0] != '{' && v[0] != '[' }

// appendFacts appends facts as a member of an object, or nothing if there are none:
//
//	,"facts":{"battery":{"key":"batteryLevel","value":81}}
func appendFacts(dst []byte, facts []codec.CameraFact) []byte {
	for i, f := range facts {
		if i == 0 {
			dst = append(dst, `,"facts":{`...)
		} else {
			dst = append(dst, ',')
		}
		dst = codec.AppendString(dst, strings.ReplaceAll(f.Name, " ", "_"))
		dst = codec.AppendString(append(dst, `:{"key":`...), f.Key)
		dst = appendScalar(append(dst, `,"value":`...), f.Value)
		dst = append(dst, '}')
	}
	if len(facts) > 0 {
		dst = append(dst, '}')
	}
	return dst
}

// appendScalar appends a number as the device spelled it, or a text that is
// escaped so that a terminal does not obey it.
func appendScalar(dst []byte, v json.RawMessage) []byte {
	if s, ok := unquote(v); ok {
		return codec.AppendString(dst, s)
	}
	return append(dst, bytes.TrimSpace(v)...)
}

func unquote(v json.RawMessage) (s string, ok bool) {
	return s, len(v) > 0 && v[0] == '"' && json.Unmarshal(v, &s) == nil
}
