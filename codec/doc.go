// Package codec turns bytes and text of SpringCard SpringCore readers and
// Milesight 4G cameras into typed values, and back.
//
//	bytes in -> codec -> typed value -> JSON, text, or bytes for a device
//
// It imports the standard library only, does no I/O but on the readers and
// writers that it is given, starts no goroutine and writes no log. Three rules
// hold everywhere:
//
//   - Unknown is a value, malformed is an error, absent is not zero.
//   - Liberal in, strict out: every documented generation and spelling is read,
//     exactly one form is written.
//   - A guess is called a guess: the comment says so and the raw value is kept.
//
// A [Decoder] takes a topic and a payload and knows all families. A [SnapshotScanner]
// takes a dump of any layout and finds the pictures in it, a [LogScanner] the messages of
// readers in any log. Where to look:
//
//	decoder.go           bytes and a topic -> values, for every command
//	family.go            the families, their topics, the kinds of messages
//	line.go              $SCRDR and $SCCMD lines
//	reader.go            what readers send: events, status, meta
//	command.go ui.go     what readers are told: commands, sequences, LEDs
//	registers*.go        registers of readers: their meaning, what is wrong with them
//	camera.go            messages of cameras
//	snapshots.go         pictures in dumps and payloads
//	log.go log_blocks.go messages of readers in logs
//	own.go               what mqtool has printed -> values
//	magic.go             names what is not a JPEG
//	wire.go              writes what devices send, for a program that pretends to be one
//	json_read.go         JSON objects, member by member
//	json_write.go        JSON as mqtool prints it
//	json_marshal.go      the same for encoding/json
//	chars.go errors.go   what the others stand on
//
//	dump/                any text or bytes -> the bytes of messages
//	jpeg/                find, walk, cut and check pictures
package codec
