// Package ask asks devices and waits for their answers: which message is one
// (ask.go), what is printed of it (report.go), and the words that a camera
// obeys (words.go).
package ask
