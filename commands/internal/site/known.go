package site

import (
	"os"
	"strings"
	"unicode"

	"mqtool/commands/internal/cmdline"
)

// Known are the names in the configuration file that completion may offer.
type Known struct{ Brokers, Cameras, Readers []string }

// KnownNames reads the configuration file for completion: the named one, or that of the
// variable, or the user's. There is nobody to tell what is wrong with it, so that there are
// no names then. A file that is not a regular one is not read: that could wait forever.
//
// Names that do not print, or that look like options, are left out. The others may hold
// anything, and are quoted by the script of the shell.
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
