package codec

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrMalformed is what every error about damaged input is, for errors.Is.
// Input that is merely unknown is a value and never an error.
var ErrMalformed = errors.New("malformed")

// A SyntaxError says that text does not have the shape its format demands.
//
// Offset is the place, in bytes from the start of the line or payload. A program can
// put a caret there, so the text of the error leaves it out.
type SyntaxError struct {
	Offset int
	Msg    string
}

func (e *SyntaxError) Error() string { return e.Msg }

// Is makes the error count as ErrMalformed.
func (e *SyntaxError) Is(target error) bool { return target == ErrMalformed }

// A FieldError says that one field or member has a value that its format does
// not allow.
//
// Kind names the message ("$SCRDR", "command"), Name the field. Index is its position,
// from 1, in a format that goes by position, else 0. Value is the whole text as it
// came; Error shortens and quotes it.
type FieldError struct {
	Kind   string
	Index  int
	Name   string
	Value  string
	Offset int
	Err    error
}

func (e *FieldError) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind)
	if e.Index > 0 {
		fmt.Fprintf(&b, " field %d", e.Index)
	}
	fmt.Fprintf(&b, ": %s is %s: %v", quoteForeign(e.Name), quoteForeign(e.Value), e.Err)
	return b.String()
}

// Is makes the error count as ErrMalformed.
func (e *FieldError) Is(target error) bool { return target == ErrMalformed }

func (e *FieldError) Unwrap() error { return e.Err }

// Offset returns the position that an error of this package refers to, in bytes from the
// start of the line or payload.
func Offset(err error) (int, bool) {
	if p := offsetOf(err); p != nil {
		return *p, true
	}
	return 0, false
}

// shiftOffset moves the position in err by n bytes: from a line to the payload that
// holds the line. It changes err itself, which must be fresh from a parser.
func shiftOffset(err error, n int) error {
	if p := offsetOf(err); p != nil {
		*p += n
	}
	return err
}

// A placedError is an error that has a position.
type placedError interface {
	error
	place() *int
}

func (e *SyntaxError) place() *int { return &e.Offset }

func (e *FieldError) place() *int { return &e.Offset }

func offsetOf(err error) *int {
	var placed placedError
	if errors.As(err, &placed) {
		return placed.place()
	}
	return nil
}

// maxForeign is how many bytes of a device's text an error or a warning shows. A field can
// be 64 KiB long, but a line of a terminal has about a hundred characters.
const maxForeign = 60

// quoteForeign makes text that came from a device fit for an error: quoted, so
// that no control character gets out, and cut when it is long.
func quoteForeign(s string) string {
	if len(s) <= maxForeign {
		return fmt.Sprintf("%q", s)
	}
	cut := maxForeign
	for cut > maxForeign-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%q... (%d bytes)", s[:cut], len(s))
}
