package files

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
)

// A Description is what is known of a picture when it gets its name. What is
// not known is zero.
type Description struct {
	Info     codec.CameraInfo // what the message says
	Device   string           // the camera's MAC, when something else tells it
	Topic    string
	Received time.Time
	Line     int64  // where the message stands in a dump
	Suffix   string // of a picture that is not a JPEG
}

// NoCamera is the folder of pictures that do not say which camera took them.
const NoCamera = "unknown"

// Folder is where the pictures of a camera go: its MAC; for a camera that does
// not tell it, the topic, if somebody has chosen one.
func (d Description) Folder() string {
	if mac, ok := d.mac(); ok {
		return mac
	}
	if d.Topic == "" || isStandard(d.Topic) {
		return NoCamera
	}
	return folderOfTopic(d.Topic)
}

func (d Description) mac() (string, bool) {
	for _, s := range []string{d.Info.MAC, d.Device} {
		if mac, err := codec.ParseMAC(s); err == nil {
			return mac, true
		}
	}
	return "", false
}

// isStandard reports whether a topic is one on which all cameras publish that
// nobody has changed.
func isStandard(topic string) bool {
	a, ok := codec.ParseTopic(topic)
	return ok && a.Family == "milesight" && a.Prefix == ""
}

// folderOfTopic makes one name out of a topic: its levels, joined by dashes.
func folderOfTopic(topic string) string {
	levels := strings.Split(topic, "/")
	for i, level := range levels {
		levels[i] = plain(level)
	}
	name := strings.Join(levels, "-")
	if len(name) > maxPart {
		// Topics differ at their ends as often as at their starts.
		name = fmt.Sprintf("%s-%x", name[:maxPart-9], sha256.Sum256([]byte(topic)))[:maxPart]
	}
	if name[0] == '-' { // which commands take for an option
		name = "_" + name[1:]
	}
	if isDevice(name) {
		name += "_"
	}
	return name
}

// isDevice reports whether a name is that of a device on Windows, in any directory.
func isDevice(name string) bool {
	name = strings.ToUpper(name)
	if len(name) == 4 && '0' <= name[3] && name[3] <= '9' {
		return name[:3] == "COM" || name[:3] == "LPT"
	}
	return slices.Contains([]string{"CON", "PRN", "AUX", "NUL"}, name)
}

// Name is the name of a picture in the folder of its camera: when it was taken,
// sent or received, else where it stood in a dump; then what the camera calls it.
func (d Description) Name() string {
	name := d.when()
	if file := plainFile(d.Info.File); file != "" {
		name += "-" + file
	}
	return name + d.Extension()
}

// FlatName is the name of a picture that does not go into a folder of its
// camera; "" for a camera that is not known.
func (d Description) FlatName() string {
	mac, ok := d.mac()
	if !ok {
		return ""
	}
	return mac + "-" + d.when() + d.Extension()
}

// asideName is the name of a picture whose folder cannot be used. It is short:
// the length of the other one may be why.
func (d Description) asideName() string { return d.Folder() + "-" + d.when() + d.Extension() }

// Extension is the suffix of the picture's name.
func (d Description) Extension() string { return cmp.Or(d.Suffix, ".jpg") }

// when is the time of a picture as a part of a name, else its line.
func (d Description) when() string {
	for _, t := range []time.Time{d.Info.CapturedAt, d.Info.SentAt} {
		if hasDate(t) {
			return t.UTC().Format("2006-01-02T150405Z")
		}
	}
	switch {
	case hasDate(d.Received): // several may come in a second
		return d.Received.UTC().Format("2006-01-02T150405.000Z")
	case d.Line > 0:
		return fmt.Sprintf("line%06d", d.Line)
	}
	return "picture"
}

// hasDate reports whether a time is one that a calendar has.
func hasDate(t time.Time) bool {
	y := t.UTC().Year()
	return 1970 <= y && y <= 9999
}

// maxPart is how long a part of a name may be that a device has chosen. Names
// of 255 bytes are possible nearly everywhere; 143 where files are encrypted.
const maxPart = 80

// plainFile makes a part of a name out of a name that a camera gives: its last
// part, without its ending.
func plainFile(s string) string {
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	if ext := path.Ext(s); IsPictureName(s) {
		s = s[:len(s)-len(ext)]
	}
	return plain(s[:min(len(s), maxPart)])
}

// IsPictureName reports whether a name has the suffix of a picture.
func IsPictureName(name string) bool {
	return slices.Contains([]string{".jpg", ".jpeg", ".png", ".gif", ".webp"}, strings.ToLower(path.Ext(name)))
}

// plain keeps letters, digits and dashes, and writes underscores for the rest.
// What remains is neither a path nor hidden, and no shell, terminal or file
// system takes it for something else.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r
		}
		return '_'
	}, s)
}
