package render

import (
	"fmt"
	"strings"

	"github.com/fatih/color"

	"mqtool/codec"
)

// Masked stands where a secret is not shown.
const Masked = "********"

// AppendRegisterTable appends a table to type in, one line a register:
//
//	02C0  profile  64  network: MQTT client; profile: Smart Reader
func (s *Style) AppendRegisterTable(dst []byte, list []codec.Explanation) []byte {
	// One long value should not push the words of all others out of sight.
	const widest = 42
	name, value := 0, 0
	for _, e := range list {
		name = max(name, len(e.Name))
		if n := len(registerValue(e)); n <= widest {
			value = max(value, n)
		}
	}
	for _, e := range list {
		dst = s.append(dst, s.highlight, fmt.Sprintf("%04X", e.Address))
		dst = fmt.Appendf(dst, "  %-*s  ", name, e.Name)
		dst = s.append(dst, s.tag, fmt.Sprintf("%-*s", value, registerValue(e)))
		dst = append(append(dst, "  "+Safe(e.Words())...), '\n')
	}
	return dst
}

// AppendRegister appends what one register says, one line a field:
//
//	02C0 profile = 64
//	     network: MQTT client
//	     profile: Smart Reader
func (s *Style) AppendRegister(dst []byte, e codec.Explanation) []byte {
	dst = s.append(dst, s.highlight, fmt.Sprintf("%04X", e.Address))
	if e.Name != "" {
		dst = append(dst, " "+e.Name...)
	}
	dst = s.append(append(dst, " = "...), s.tag, registerValue(e))
	switch {
	case e.Blank && (e.Text != "" || len(e.Fields) > 0):
		dst = append(dst, ", its default:"...)
	case e.Individual:
		dst = append(dst, " (of this device only)"...)
	}
	dst = append(dst, '\n')
	const indent = "     "
	if len(e.Fields) == 0 {
		return append(dst, indent+Safe(strings.TrimSuffix(e.Words(), " (default)"))+"\n"...)
	}
	for _, f := range e.Fields {
		if !f.Quiet {
			dst = append(dst, indent+f.Name+": "+Safe(f.Words)+"\n"...)
		}
	}
	return dst
}

// registerValue is the value of a register as one types it.
func registerValue(e codec.Explanation) string {
	switch {
	case e.Hidden:
		return Masked
	case e.Blank:
		return "(empty)"
	}
	return fmt.Sprintf("%X", e.Value)
}

// AppendFinding appends one line:
//
//	error     02C0  the profile is 00, ...; set 64: MQTT client and Smart Reader
func (s *Style) AppendFinding(dst []byte, f codec.Finding) []byte {
	colors := map[codec.Severity]*color.Color{
		codec.SeverityError:    s.bad,
		codec.SeverityWarning:  s.warning,
		codec.SeveritySecurity: s.warning,
		codec.SeverityInfo:     s.faint,
	}
	dst = s.append(dst, colors[f.Severity], fmt.Sprintf("%-8s", f.Severity))
	register := "    "
	if f.Address != 0 {
		register = fmt.Sprintf("%04X", f.Address)
	}
	dst = append(dst, "  "+register+"  "+Safe(f.Problem)...)
	if f.Advice != "" {
		dst = append(dst, "; "+Safe(f.Advice)...)
	}
	return append(dst, '\n')
}
