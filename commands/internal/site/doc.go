// Package site holds what mqtool knows about one installation: its brokers, readers and
// cameras.
//
//   - settings.go (parsed by settings_parse.go, settings_tables.go and toml.go) and codes.go read the files in which people describe it,
//   - draft.go writes such a file,
//   - options.go has the options that say how to connect and where devices publish,
//   - connection.go joins the two into a connection, secret.go has its password, exposed.go warns of files that others can read or change,
//   - devices.go and topics.go find the devices that a command names, and the topics on which they publish,
//   - tags.go and registers.go read lists of tags and the registers of a reader.
package site
