package site

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/BurntSushi/toml"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/unmark"
)

// Settings are what the configuration file says. The zero value stands for no file.
type Settings struct {
	File          string        // "" when there is none
	ExecTimeout   time.Duration // how long a program of listen may run; 0 when the file does not say
	ExecJobs      int           // how many of them may run at a time; 0 when the file does not say
	Tags          string        // the name of the file of tags, or ""
	Save          string        // the directory in which look saves pictures, or ""
	tags          []tagSettings // the [tag.NAME] tables
	Sync          bool          // listen waits until its lines are on the disk
	absent        string        // the configuration file that was looked for but does not exist, or ""
	defaultBroker string        // "" when the file names none and does not have exactly one broker
	onlyBroker    bool          // defaultBroker is the default because it is the only broker
	brokers       map[string]brokerSettings
	devices       map[string]deviceSettings
	names         map[knownDevice]string // the names of the devices
}

// A knownDevice is a device in the file.
type knownDevice struct{ family, id string }

// brokerSettings are a [broker.NAME] table. An empty field is not in the file.
//
// It has a field for each key.
type brokerSettings struct {
	urls                   oneOrMore // the nodes of the broker, in the order in which they are tried
	giveUp                 time.Duration
	tls, insecure          codec.Opt[bool]
	ca, cert, key          string
	keyPasswordFile        string
	keyPasswordCommand     []string
	serverName, proxy      string
	alpn                   []string
	clientID               string
	username, passwordFile string
	passwordCommand        []string
	keepAlive              time.Duration
	headers                http.Header  // the headers of the request for a WebSocket
	will                   *broker.Will // or nil
	prefix                 codec.Opt[string]
	snapshotTopic          string
	alarmTopic             string
	statusTopic            string
}

// deviceSettings are a [device.NAME] table.
type deviceSettings struct {
	family, id string // the id is spelled as in topics
	broker     string // the broker's name in the file, or ""
	expect     time.Duration
}

// tagSettings are a [tag.NAME] table.
type tagSettings struct {
	id string
	Tag
}

// heading returns the first line of the table.
func (t tagSettings) heading() string { return "[tag." + toml.Key{t.Person}.String() + "]" }

// hasID reports whether a name is the device's id, in any usual spelling.
func (d deviceSettings) hasID(name string) bool {
	id, err := Family(d.family).ParseDevice(name)
	return err == nil && id == d.id
}

// loadSettings reads the configuration file: the named one, or else the user's, which may
// be missing. Errors name file and line.
func loadSettings(name string) (*Settings, error) {
	named := name != ""
	if !named {
		if name = usersFile(); name == "" {
			return &Settings{}, nil // there is no home directory, as under systemd, so there is no file
		}
	}
	text, err := unmark.ReadFile(name)
	if !named && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
		return &Settings{absent: name}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w (%s)", err, wayOut(named))
	}
	return settingsOf(name, string(text))
}

// usersFile returns the name of the user's configuration file, which may be missing. It
// returns "" if the user has no place for one.
func usersFile() string {
	folder, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "mqtool", "config.toml")
}

// settingsOf returns the settings of a file with this text.
func settingsOf(name, text string) (*Settings, error) {
	s, err := parseSettings(text)
	if err != nil {
		return nil, codesError(name, err)
	}
	s.File, s.Tags, s.Save = name, besides(name, s.Tags), besides(name, s.Save)
	for key, b := range s.brokers {
		for _, path := range []*string{&b.ca, &b.cert, &b.key, &b.keyPasswordFile, &b.passwordFile} {
			*path = besides(name, *path)
		}
		s.brokers[key] = b
	}
	return s, nil
}

// wayOut says what to do about a configuration file that cannot be read.
func wayOut(named bool) string {
	if named {
		return "it was named by --config or MQTOOL_CONFIG; --config FILE takes another file, and --config " + os.DevNull + " takes none"
	}
	return "--config FILE takes another file, and --config " + os.DevNull + " takes none"
}

// noBroker returns the error for a command that does not know where to connect.
func (s *Settings) noBroker() error {
	const options = "no broker is named: --broker HOST, MQTOOL_BROKER, or "
	switch {
	case len(s.brokers) > 0:
		return app.Usagef(options+"default_broker in %s, which has %s", s.File, strings.Join(s.brokerNames(), ", "))
	case s.File != "":
		return app.Usagef(options+"[broker.NAME] in %s", s.File)
	case s.absent != "":
		return app.Usagef(options+"%s (not there; mqtool init makes it)", s.absent)
	}
	return app.Usagef(options + "--config FILE (no file is looked for, because there is no home directory)")
}

// besides resolves a path in a file: relative to the file's folder, or to the user's home.
func besides(file, path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

func (s *Settings) brokerNames() []string { return slices.Sorted(maps.Keys(s.brokers)) }
