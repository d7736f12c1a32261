package codec

import (
	"encoding/json"
	"fmt"
)

// With these methods encoding/json prints what AppendJSON appends, and never the names of
// Go's fields. The types that have AppendJSON come first, then those of their parts.
//
// [Rest] must not have the method: a struct that embeds it would print nothing else.

// MarshalJSON returns the same as AppendJSON.
func (e ReaderEvent) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (h Hello) MarshalJSON() ([]byte, error) { return h.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (s ReaderStatus) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (m ReaderMeta) MarshalJSON() ([]byte, error) { return m.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (c ReaderCommand) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (l Line) MarshalJSON() ([]byte, error) { return l.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (r Raw) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (s CameraSnapshot) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (r CameraReport) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (r CameraRequest) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (r Registers) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (e Explanation) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (f Finding) MarshalJSON() ([]byte, error) { return f.AppendJSON(nil), nil }

// MarshalJSON returns the same as AppendJSON.
func (s Silence) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil), nil }

// MarshalJSON returns the value, or null if there is none.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.Set {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}

// objectOf makes an object of members that begin with a comma.
func objectOf(members []byte) []byte {
	members[0] = '{'
	return append(members, '}')
}

// MarshalJSON returns an object of one member.
func (m Member) MarshalJSON() ([]byte, error) {
	return append(appendMembers([]byte{'{'}, []Member{m}), '}'), nil
}

// MarshalJSON returns an object with the two numbers.
func (u Uptime) MarshalJSON() ([]byte, error) {
	return objectOf(u.appendJSON(nil)), nil
}

// MarshalJSON returns insert, remove or both.
func (m Move) MarshalJSON() ([]byte, error) { return AppendString(nil, m.String()), nil }

// MarshalJSON returns an object with the rule, and with the checksum if it is wrong.
func (c Checksum) MarshalJSON() ([]byte, error) {
	return objectOf(appendChecksum(nil, Some(c))), nil
}

// MarshalJSON returns the rule in a word.
func (r ChecksumRule) MarshalJSON() ([]byte, error) { return AppendString(nil, r.String()), nil }

// MarshalJSON returns a string of six hex digits.
func (c RGB) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `"%06X"`, uint32(c)), nil }

// MarshalJSON returns the value as it is sent.
func (r Relay) MarshalJSON() ([]byte, error) { return r.appendJSON(nil), nil }

// MarshalJSON returns an object.
func (c CameraInfo) MarshalJSON() ([]byte, error) {
	return append(c.appendInfo([]byte{'{'}), '}'), nil
}

// MarshalJSON returns an object.
func (f CameraFact) MarshalJSON() ([]byte, error) {
	dst := appendTextMember([]byte{'{'}, "name", f.Name)
	dst = appendTextMember(dst, "key", f.Key)
	return append(appendRaw(appendKey(dst, "value"), f.Value), '}'), nil
}

// MarshalJSON returns an object of one member, as in the flat form of [Registers].
func (r Register) MarshalJSON() ([]byte, error) {
	return append(appendHexMember([]byte{'{'}, fmt.Sprintf("%04X", r.Address), r.Value), '}'), nil
}

// MarshalJSON returns an object.
func (f RegisterField) MarshalJSON() ([]byte, error) { return f.appendJSON(nil), nil }
