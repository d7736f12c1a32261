package codec

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestErrorTexts(t *testing.T) {
	tests := []struct {
		err    error
		text   string
		offset int
	}{
		{&SyntaxError{3, "not this"}, "not this", 3},
		{&ChecksumError{Offset: 9, Got: 1, Want: 0x51}, "checksum is 01, the exclusive rule gives 51, the inclusive one 5F", 9},
		{
			&FieldError{Kind: "$SCRDR", Index: 4, Name: "rssi", Value: "\x1b[31m", Offset: 7, Err: errNotHexByte},
			`$SCRDR field 4: "rssi" is "\x1b[31m": not two hex digits`, 7,
		},
		{
			&FieldError{Kind: "command", Name: "Sequence", Value: `"ZZ"`, Err: errNotSequence},
			`command: "Sequence" is "\"ZZ\"": not one or two hex digits`, 0,
		},
	}
	for _, tt := range tests {
		wrapped := fmt.Errorf("line 7: %w", tt.err)
		if tt.err.Error() != tt.text {
			t.Errorf("text is %s, want %s", tt.err, tt.text)
		}
		if !errors.Is(wrapped, ErrMalformed) {
			t.Errorf("%v is not ErrMalformed", wrapped)
		}
		if got, ok := Offset(wrapped); !ok || got != tt.offset {
			t.Errorf("Offset(%v) is %d, %v, want %d", wrapped, got, ok, tt.offset)
		}
	}
	if _, ok := Offset(errors.New("broker away")); ok {
		t.Error("an error of somebody else has an offset")
	}
}

func TestFieldErrorCutsLongValues(t *testing.T) {
	err := &FieldError{Kind: "$SCRDR", Index: 5, Name: "tag id", Value: strings.Repeat("é", 30000), Err: errNotHex}
	if text := err.Error(); len(text) > 200 || !strings.Contains(text, "(60000 bytes)") || strings.Contains(text, `\x`) {
		t.Errorf("text is %s", text)
	}
	if got, want := quoteForeign(strings.Repeat("\x80", 100)), 60; strings.Count(got, `\x80`) > want {
		t.Errorf("text without a rune's start is not cut: %s", got)
	}
	if !errors.Is(err, errNotHex) {
		t.Error("the cause is lost")
	}
}
