// Package text reads what commands are given to read: inputs, of which "-" is
// standard input (input.go), those that grow (follow.go), and their lines
// (lines.go).
package text
