// Package text reads the inputs of commands, of which "-" is standard input (input.go),
// inputs that grow (follow.go), and their lines (lines.go).
package text
