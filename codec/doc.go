// Package codec turns bytes and text of SpringCard SpringCore readers and
// Milesight 4G cameras into typed values, and back.
//
//	bytes in -> codec -> typed value -> JSON, text, or bytes for a device
//
// It imports the standard library only, does I/O only on the readers and writers that it
// is given, starts no goroutine and writes no log. Three rules hold everywhere:
//
//   - Unknown is a value, malformed is an error, absent is not zero.
//   - Liberal in, strict out: every documented generation and spelling is read,
//     exactly one form is written.
//   - A guess is called a guess: the comment says so and the raw value is kept.
//
// A [Decoder] takes a topic and a payload and knows all families. A [SnapshotScanner]
// takes a dump of any layout and finds the pictures in it; a [LogScanner] finds the
// messages of readers in any log. These are the files. Each uses the ones below it, with
// few exceptions:
//
//	json_marshal.go      values for encoding/json
//	log.go log_signs.go log_blocks.go messages of readers in logs
//	own.go               what mqtool has printed -> values
//	decoder.go           bytes and a topic -> values, for every command
//	family.go            the families, their topics, who can be asked what
//	snapshots.go         pictures in dumps and payloads
//	registers_check.go   what is wrong with the registers of a reader
//	registers.go         registers: what they mean, and what a reader needs
//	registers_table.go   every register that is known
//	command.go ui.go     what readers are told: commands, sequences, LEDs
//	wire.go              writes what devices send, for a program that pretends to be one
//	magic.go             names what is not a JPEG
//	camera.go            messages of cameras
//	line.go              $SCRDR and $SCCMD lines
//	reader.go            what readers send: events, status, meta
//	json_write.go        JSON as mqtool prints it
//	json_read.go         JSON objects, member by member
//	errors.go            what is wrong, and where
//	quoted.go            messages in the quotes, hex or base64 of other programs
//	chars.go value.go    helpers and types that all others use
//
//	dump/                any text or bytes -> the bytes of messages
//	jpeg/                find, walk, cut and check pictures
package codec
