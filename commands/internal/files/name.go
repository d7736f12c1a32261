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

// A Description is what is known about a picture when it gets its name. A field that is
// not known is zero.
type Description struct {
	Info     codec.CameraInfo // what the message says
	Device   string           // the camera's MAC, if it is known from elsewhere
	Topic    string
	Received time.Time
	Line     int64  // the line of the message in a dump
	Suffix   string // the suffix of a picture that is not a JPEG
}

// NoCamera is the folder of pictures that do not say which camera took them.
const NoCamera = "unknown"

// Folder returns the folder for the pictures of a camera: its MAC, or the topic if the MAC
// is not known and the topic was renamed.
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

// isStandard reports whether a topic is one of the unchanged topics on which all cameras
// publish.
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
		// Topics may differ at their ends only, so the name has a hash of the whole topic.
		name = fmt.Sprintf("%s-%x", name[:maxPart-9], sha256.Sum256([]byte(topic)))[:maxPart]
	}
	if name[0] == '-' { // commands would take such a name for an option
		name = "_" + name[1:]
	}
	if isDevice(name) {
		name += "_"
	}
	return name
}

// isDevice reports whether Windows uses a name for a device, in any directory.
func isDevice(name string) bool {
	name = strings.ToUpper(name)
	if len(name) == 4 && '0' <= name[3] && name[3] <= '9' {
		return name[:3] == "COM" || name[:3] == "LPT"
	}
	return slices.Contains([]string{"CON", "PRN", "AUX", "NUL"}, name)
}

// Name returns the name of a picture in the folder of its camera. It begins with the time
// when the picture was taken, sent or received, or else with its line in a dump. The
// camera's own name for the picture follows.
func (d Description) Name() string {
	name := d.when()
	if file := plainFile(d.Info.File); file != "" {
		name += "-" + file
	}
	return name + d.Extension()
}

// FlatName returns the name of a picture that does not go into a folder of its camera. It
// returns "" if the camera is not known.
func (d Description) FlatName() string {
	mac, ok := d.mac()
	if !ok {
		return ""
	}
	return mac + "-" + d.when() + d.Extension()
}

// asideName returns the name of a picture whose folder cannot be used. It is short,
// because the length of the usual name may be the reason.
func (d Description) asideName() string { return d.Folder() + "-" + d.when() + d.Extension() }

// Extension returns the suffix of the picture's name.
func (d Description) Extension() string { return cmp.Or(d.Suffix, ".jpg") }

// when returns the time of a picture as a part of its name, or else its line.
func (d Description) when() string {
	for _, t := range []time.Time{d.Info.CapturedAt, d.Info.SentAt} {
		if hasDate(t) {
			return t.UTC().Format("2006-01-02T150405Z")
		}
	}
	switch {
	case hasDate(d.Received): // several pictures may come in one second
		return d.Received.UTC().Format("2006-01-02T150405.000Z")
	case d.Line > 0:
		return fmt.Sprintf("line%06d", d.Line)
	}
	return "picture"
}

// hasDate reports whether a time can be written as a calendar date.
func hasDate(t time.Time) bool {
	y := t.UTC().Year()
	return 1970 <= y && y <= 9999
}

// maxPart is how long a part of a name may be if a device chose it. Names may have 255
// bytes nearly everywhere, and 143 where files are encrypted.
const maxPart = 80

// plainFile makes a part of a name out of the file name that a camera sent: its last part,
// without its suffix.
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

// plain keeps letters, digits and dashes, and replaces all other characters by
// underscores. The result is neither a path nor a hidden file, and has no special meaning
// for a shell, a terminal or a file system.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r
		}
		return '_'
	}, s)
}
