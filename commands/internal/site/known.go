package site

import (
	"os"
	"strings"
	"unicode"

	"mqtool/commands/internal/cmdline"
)

// Known are the names in the configuration file that completion may offer.
type Known struct{ Brokers, Cameras, Readers []string }

// KnownNames reads the configuration file for completion: the named one, or the one that
// the variable names, or the user's. Completion cannot report an error, so there are no
// names if the file is wrong. A file that is not regular is not read, because reading
// could wait forever.
//
// Names that are not printable, or that look like options, are left out. The others may
// hold any characters; the script of the shell quotes them.
func KnownNames(file string) Known {
	if file == "" {
		file = os.Getenv(cmdline.Variable("config"))
	}
	if file != "" {
		file = besides(file, file)
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			return Known{}
		}
	}
	s, err := loadSettings(file)
	if err != nil {
		return Known{}
	}
	var k Known
	for _, name := range s.brokerNames() {
		if canBeTyped(name) {
			k.Brokers = append(k.Brokers, name)
		}
	}
	for _, name := range s.Names() {
		switch {
		case !canBeTyped(name):
		case s.devices[name].family == Milesight:
			k.Cameras = append(k.Cameras, name)
		default:
			k.Readers = append(k.Readers, name)
		}
	}
	return k
}

func canBeTyped(name string) bool {
	return name != "" && !strings.HasPrefix(name, "-") && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}
