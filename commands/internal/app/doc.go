// Package app holds what every command needs to know of its process: the exit codes and
// the errors that choose them (exit.go), the standard streams (env.go, lines.go), and
// words for people (words.go).
package app
