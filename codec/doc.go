// Package codec turns bytes and text of SpringCard SpringCore readers and
// Milesight 4G cameras into typed values, and back.
//
//	bytes in -> codec -> typed value -> whoever prints it
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
// [Decode] takes a topic and a payload and knows all families. [SnapshotReader]
// takes a dump of any layout and finds the pictures in it. Where to look:
//
//	family.go            topics, and which decoder reads what
//	scrdr.go command.go  $SCRDR and $SCCMD lines, commands
//	reader.go ui.go      JSON messages of readers, LEDs and sequences
//	registers*.go        registers of readers: their meaning, what is wrong with them
//	camera.go            messages of cameras
//	snapshots.go         pictures in dumps
//	encode.go            what devices send, for who pretends to be one
//	json_read.go json_write.go  members of objects into fields, and back
//	chars.go errors.go   what the others stand on
//
//	dump/                any text or bytes -> the bytes of messages
//	jpeg/                find, walk, cut and check pictures
package codec
