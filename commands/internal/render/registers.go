package render

import (
	"fmt"
	"strings"

	"github.com/fatih/color"

	"mqtool/codec"
)

// Masked is shown in place of a secret.
const Masked = "********"

// AppendRegisterTable appends a table of registers for the terminal, one line
// for each:
//
//	02C0  profile  64  network: MQTT client; profile: Smart Reader
func (s *Style) AppendRegisterTable(dst []byte, columns int, list []codec.Explanation) []byte {
	// One long value should not push all other explanations out of sight.
	const widest = 42
	name, value := 0, 0
	for _, e := range list {
		name = max(name, len(e.Name))
		if n := len(registerValue(e)); n <= widest {
			value = max(value, n)
		}
	}
	for _, e := range list {
		f := folder{style: s}
		f.start(dst, columns)
		f.column(s.highlight, fmt.Sprintf("%04X", e.Address), 4, 4)
		f.column(nil, e.Name, len(e.Name), name)
		f.column(s.tag, registerValue(e), len(registerValue(e)), value)
		f.words(nil, Safe(e.Words()))
		dst = f.end()
	}
	return dst
}

// AppendRegister appends what one register means, one line for each field:
//
//	02C0 profile = 64
//	     network: MQTT client
//	     profile: Smart Reader
func (s *Style) AppendRegister(dst []byte, columns int, e codec.Explanation) []byte {
	f := folder{style: s, columns: columns, indent: registerIndent + hanging}
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
	below := func(text string) {
		f.line, f.at, f.padding = dst, 0, registerIndent
		f.words(nil, text)
		dst = f.end()
	}
	if len(e.Fields) == 0 {
		below(Safe(strings.TrimSuffix(e.Words(), " (default)")))
	}
	for _, field := range e.Fields {
		if !field.Quiet {
			below(field.Name + ": " + Safe(field.Words))
		}
	}
	return dst
}

// registerIndent is the indent of the lines below a register.
const registerIndent = 5

// registerValue returns the value of a register as a person types it.
func registerValue(e codec.Explanation) string {
	switch {
	case e.Hidden:
		return Masked
	case e.Blank:
		return "(empty)"
	}
	return fmt.Sprintf("%X", e.Value)
}

// AppendFinding appends a finding as one line:
//
//	error     02C0  the profile is 00, ...; set 64: MQTT client and Smart Reader
func (s *Style) AppendFinding(dst []byte, columns int, f codec.Finding) []byte {
	colors := map[codec.Severity]*color.Color{
		codec.SeverityError:    s.bad,
		codec.SeverityWarning:  s.warning,
		codec.SeveritySecurity: s.warning,
		codec.SeverityInfo:     s.faint,
	}
	line := folder{style: s}
	line.start(dst, columns)
	line.indent = 16 // where the text of the problem begins
	line.column(colors[f.Severity], string(f.Severity), len(f.Severity), 8)
	register := ""
	if f.Address != 0 {
		register = fmt.Sprintf("%04X", f.Address)
	}
	line.column(nil, register, len(register), 4)
	problem := Safe(f.Problem)
	if f.Advice != "" {
		problem += "; " + Safe(f.Advice)
	}
	line.words(nil, problem)
	return line.end()
}
