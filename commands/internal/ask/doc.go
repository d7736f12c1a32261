// Package ask asks devices and waits for their answers:
//
//   - ask.go asks cameras and tells which message is an answer, report.go prints what was found out,
//   - wake.go wakes cameras, and may ask them for something then,
//   - status.go finds out how devices are: those that are named (query.go), or all that are heard (list.go),
//   - config.go gives a camera one of its words (words.go), or sends it a request in JSON (request.go).
package ask
