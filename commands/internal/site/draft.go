package site

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"mqtool/codec"
	"mqtool/commands/internal/app"
)

// A Draft is a new configuration file: a broker, and devices on it.
type Draft struct {
	File string // where the file will be written

	Name              string // the name of the broker
	URL, CA, Username string
	Password          Secret // the password of the user; its file may be new
	KeyPassword       Secret // the same for the key of the client's certificate
	Devices           []Device

	others brokerSettings // other settings of the broker, from options
}

// Draft returns a new configuration file with the settings of the options. It returns an
// error if the file exists already.
func (o *Options) Draft() (*Draft, error) {
	d := &Draft{
		File: o.configFile, Name: "site1", Username: o.username,
		CA: FromHere(o.ca), Password: Secret{File: FromHere(o.passwordFile)},
		others: brokerSettings{
			tls: o.tls, insecure: o.insecure, cert: FromHere(o.cert), key: FromHere(o.key),
			prefix: o.Prefix, snapshotTopic: o.SnapshotTopic, alarmTopic: o.AlarmTopic, statusTopic: o.StatusTopic,
		},
	}
	if d.File == "" {
		d.File = usersFile()
	}
	if d.File == "" {
		return nil, app.Usagef("there is no home directory: where is the configuration file to be? --config FILE")
	}
	if _, err := os.Lstat(d.File); err == nil {
		return nil, d.IsThere()
	}
	var err error
	d.URL, err = o.withPort(o.Broker, false)
	return d, err
}

// IsThere returns the error for a configuration file that exists already.
func (d *Draft) IsThere() error {
	return fmt.Errorf("%s is there already, and nothing is overwritten: edit it, or name another file with --config", d.File)
}

// FromHere makes a path absolute that was typed in the current directory, because the file
// that holds it is read from any directory.
func FromHere(path string) string {
	here, err := filepath.Abs("here")
	if err != nil {
		return path
	}
	return besides(here, path)
}

// Connection returns the connection that a command will use once the file is written.
func (d *Draft) Connection() (*Connection, error) {
	s, err := settingsOf(d.File, d.Text())
	if err != nil {
		return nil, err
	}
	c, err := (&Options{}).resolve(s, nil)
	if err == nil && d.Password.text != nil {
		c.Password = d.Password
	}
	if err == nil && d.KeyPassword.text != nil {
		c.KeyPassword = d.KeyPassword
	}
	return c, err
}

// maxName is how many characters the name of a device may have. The name is typed, and
// stands at the start of lines.
const maxName = 40

// AddDevice gives a device a name.
func (d *Draft) AddDevice(device Device) error {
	switch {
	case !canBeTyped(device.Name) || strings.TrimSpace(device.Name) != device.Name:
		return app.Usagef("a name can have letters, digits and other characters that print, and does not begin with -")
	case utf8.RuneCountInString(device.Name) > maxName:
		return app.Usagef("a name has %d characters at the most", maxName)
	case slices.ContainsFunc(d.Devices, func(other Device) bool { return other.Name == device.Name }):
		return app.Usagef("there is a device %q already", device.Name)
	}
	with := *d
	with.Devices = append(slices.Clone(d.Devices), device)
	c, err := with.Connection()
	if err == nil {
		known := c.Settings.devices[device.Name]
		if known.family != device.Family || known.id != device.ID {
			err = app.Usagef("the configuration file cannot hold this device") // reading the file back gives another device
		}
	}
	if err == nil {
		d.Devices = with.Devices
	}
	return err
}

// Text returns the text of the file.
func (d *Draft) Text() string {
	w := &draftWriter{}
	w.comment("The configuration of mqtool. \"mqtool help config-file\" shows all that can stand here.", "Relative paths begin at the folder of this file.")
	w.comment("", "A broker, to which --broker "+d.Name+" connects. Without --broker the only one of the file is meant,", "or that of default_broker = \"NAME\" above it.")
	w.table("broker", d.Name)
	w.text("url", d.URL, "Where it is: mqtt://HOST:PORT, with TLS mqtts://HOST:PORT, or ws:// and wss:// for WebSocket.")
	w.onOrOff("tls", d.others.tls, "Whether TLS is spoken, whatever the address says.")
	w.text("ca", d.CA, "The authority (PEM) that is trusted besides those of the system.")
	w.text("cert", d.others.cert, "The certificate (PEM) that this client shows.")
	w.text("key", d.others.key, "The key (PEM) of that certificate. If it is encrypted, key_password_file names the file of its password.")
	w.text("key_password_file", d.KeyPassword.File, "The first line of this file is the password of the key. key_password_command = [\"PROGRAM\", \"ARGUMENT\"] is another way.")
	w.onOrOff("insecure", d.others.insecure, "true accepts any certificate: anybody on the way can read and change everything.")
	w.text("username", d.Username, "The user there.")
	w.text("password_file", d.Password.File, "The first line of this file is the password. password_command = [\"PROGRAM\", \"ARGUMENT\"] is another way.")
	if d.others.prefix.Set {
		w.always("prefix", d.others.prefix.Value, "What the topics of readers begin with (register 028E).")
	}
	w.text("snapshot_topic", d.others.snapshotTopic, "Where cameras publish snapshots.")
	w.text("alarm_topic", d.others.alarmTopic, "Where cameras publish alarms.")
	w.text("status_topic", d.others.statusTopic, "Where cameras publish their status.")

	w.comment("", "Names of devices, for commands and for what is printed: mqtool status NAME.", "A camera has the mac that is printed on it, a reader the id that stands in its topics:",
		"", `  [device.gate]`, `  mac = "5CC5638AE24C"`, "", `  [device.door]`, `  id = "DA1275B0"`)
	for _, device := range d.Devices {
		w.comment("")
		w.table("device", device.Name)
		key := "id"
		if device.Family == Milesight {
			key = "mac"
		}
		w.always(key, device.ID, "")
	}
	return w.String()
}

// A draftWriter writes TOML with comments.
type draftWriter struct{ strings.Builder }

// comment writes the lines of a comment. If the first line is empty, it writes an empty
// line without a #.
func (w *draftWriter) comment(lines ...string) {
	for i, line := range lines {
		if i == 0 && line == "" {
			w.WriteString("\n")
			continue
		}
		w.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
}

func (w *draftWriter) table(path ...string) { fmt.Fprintf(w, "[%s]\n", toml.Key(path)) }

// text writes a key, unless its value is empty.
func (w *draftWriter) text(key, value, about string) {
	if value != "" {
		w.always(key, value, about)
	}
}

func (w *draftWriter) onOrOff(key string, value codec.Opt[bool], about string) {
	if value.Set {
		w.always(key, value.Value, about)
	}
}

// always writes a key, even if its value is empty. The library quotes the value.
func (w *draftWriter) always(key string, value any, about string) {
	if about != "" {
		w.comment(about)
	}
	_ = toml.NewEncoder(w).Encode(map[string]any{key: value}) // writing a string or a bool to memory cannot fail
}
