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
	"mqtool/commands/internal/cmdline"
)

// Settings are what the configuration file says. The zero value is that of
// no file.
type Settings struct {
	File          string        // "" when there is none
	ExecTimeout   time.Duration // how long a program of listen may run; 0 when the file does not say
	absent        string        // the file that would have been read, but is not there, or ""
	defaultBroker string        // "" when the file names none, and has not exactly one
	onlyBroker    bool          // defaultBroker is that because there is no other
	brokers       map[string]brokerSettings
	devices       map[string]deviceSettings
}

// brokerSettings are a [broker.NAME] table; what is empty is not there.
//
// It has a field for each key.
type brokerSettings struct {
	url                    string
	tls, insecure          codec.Opt[bool]
	ca, cert, key          string
	serverName, proxy      string
	alpn                   []string
	clientID               string
	username, passwordFile string
	passwordCommand        []string
	keepAlive              time.Duration
	headers                http.Header  // of the request for a WebSocket
	will                   *broker.Will // or nil
	prefix                 codec.Opt[string]
	snapshotTopic          string
	alarmTopic             string
	statusTopic            string
}

// deviceSettings are a [device.NAME] table.
type deviceSettings struct {
	family, id string // id as topics spell it
	broker     string // name in the file, or ""
}

// hasID reports whether a name is the device's id, in any usual spelling.
func (d deviceSettings) hasID(name string) bool {
	id, err := Family(d.family).ParseDevice(name)
	return err == nil && id == d.id
}

// loadSettings reads the configuration file: the named one, or else the
// user's, which may be absent. Errors name file and line.
func loadSettings(name string) (*Settings, error) {
	named := name != ""
	if !named {
		folder, err := os.UserConfigDir()
		if err != nil {
			return &Settings{}, nil // no home, as under systemd: no file
		}
		name = filepath.Join(folder, "mqtool", "config.toml")
	}
	text, err := os.ReadFile(name)
	if !named && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
		return &Settings{absent: name}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w (%s)", err, wayOut(named))
	}
	s, err := parseSettings(string(text))
	if err != nil {
		return nil, codesError(name, err)
	}
	s.File = name
	for key, b := range s.brokers {
		for _, path := range []*string{&b.ca, &b.cert, &b.key, &b.passwordFile} {
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

// noBroker is the error of a command that is not told where to connect.
func (s *Settings) noBroker() error {
	const options = "no broker is named: --broker HOST, MQTOOL_BROKER, or "
	switch {
	case len(s.brokers) > 0:
		return app.Usagef(options+"default_broker in %s, which has %s", s.File, strings.Join(s.brokerNames(), ", "))
	case s.File != "":
		return app.Usagef(options+"[broker.NAME] in %s", s.File)
	case s.absent != "":
		return app.Usagef(options+"%s (not there)", s.absent)
	}
	return app.Usagef(options + "--config FILE (no file is looked for, because there is no home directory)")
}

// besides resolves a path that stands in a file: from its folder, or from the
// user's home.
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

func parseSettings(text string) (*Settings, error) {
	var top map[string]toml.Primitive
	meta, err := toml.Decode(text, &top)
	if err != nil {
		return nil, err
	}
	p := settingsParser{meta: meta}
	s := &Settings{brokers: map[string]brokerSettings{}, devices: map[string]deviceSettings{}}
	for key, value := range top {
		switch key {
		case "broker":
			for _, t := range p.tables(value, key) {
				s.brokers[t.name] = p.broker(t)
			}
		case "device":
			for _, t := range p.tables(value, key) {
				s.devices[t.name] = p.device(t)
			}
		case "default_broker":
			p.set(value, key, &s.defaultBroker)
		case "exec_timeout":
			p.set(value, key, &s.ExecTimeout)
		default:
			p.refuse(value, key, "unknown; there are default_broker, exec_timeout, [broker.NAME] and [device.NAME]")
		}
	}
	known := func(name string) bool { _, ok := s.brokers[name]; return ok }
	if value, ok := top["default_broker"]; ok && s.defaultBroker != "" && !known(s.defaultBroker) {
		p.refuse(value, "default_broker", p.noBroker(s, s.defaultBroker))
	}
	for _, t := range p.deviceTables {
		if name := s.devices[t.name].broker; name != "" && !known(name) {
			p.refuse(t.values["broker"], t.path+".broker", p.noBroker(s, name))
		}
	}
	if p.problem != nil {
		return nil, p.problem
	}
	if names := s.brokerNames(); s.defaultBroker == "" && len(names) == 1 {
		s.defaultBroker, s.onlyBroker = names[0], true
	}
	return s, nil
}

// A settingsParser checks each value, and remembers the problem that stands
// first in the file.
type settingsParser struct {
	meta         toml.MetaData
	problem      error
	refused      int // values
	deviceTables []settingsTable
}

// A settingsTable is [broker.NAME] or [device.NAME].
type settingsTable struct {
	name, path string
	at         toml.Primitive
	values     map[string]toml.Primitive
}

func (p *settingsParser) refuse(value toml.Primitive, path, reason string) {
	err := refuse(p.meta, value, path, reason)
	var parse toml.ParseError
	if errors.As(err, &parse) && parse.Position.Line == 0 {
		// [broker.a] alone makes the table broker, which stands nowhere itself.
		for _, inner := range p.entries(value) {
			p.refuse(inner, path, reason)
		}
		return
	}
	p.problem = earlier(p.problem, err)
	p.refused++
}

// entries are what is in a table, or nil if it is none.
func (p *settingsParser) entries(value toml.Primitive) map[string]toml.Primitive {
	var entries map[string]toml.Primitive
	if p.meta.PrimitiveDecode(value, &entries) != nil {
		return nil
	}
	return entries // nil also for a string: the library sees no error there
}

func (p *settingsParser) noBroker(s *Settings, name string) string {
	if near := cmdline.Closest(name, s.brokerNames()); near != "" {
		return fmt.Sprintf("there is no [broker.%s]; is %q meant?", name, near)
	}
	return fmt.Sprintf("there is no [broker.%s]", name)
}

// tables are those in a table of tables.
func (p *settingsParser) tables(value toml.Primitive, path string) []settingsTable {
	entries := p.entries(value)
	if entries == nil {
		p.refuse(value, path, "it must be a table, ["+path+".NAME]")
		return nil
	}
	var list []settingsTable
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		t := settingsTable{name: name, path: path + "." + name, at: entries[name], values: p.entries(entries[name])}
		if t.values == nil {
			p.refuse(t.at, t.path, "it must be a table, ["+path+".NAME]")
			continue
		}
		list = append(list, t)
	}
	return list
}

// fill sets what the keys of a table name.
func (p *settingsParser) fill(t settingsTable, fields map[string]any) {
	names := slices.Sorted(maps.Keys(fields))
	for key, value := range t.values {
		field, ok := fields[key]
		path := t.path + "." + key
		switch near := cmdline.Closest(key, names); {
		case ok:
			p.set(value, path, field)
		case key == "password":
			p.refuse(value, path, "a password does not stand in this file; there are password_file and password_command")
		case near != "":
			p.refuse(value, path, fmt.Sprintf("unknown; is %s meant?", near))
		default:
			p.refuse(value, path, "unknown; there are "+strings.Join(names, ", "))
		}
	}
}

// set sets one field to a value of its type.
func (p *settingsParser) set(value toml.Primitive, path string, field any) {
	var text string
	isText := p.meta.PrimitiveDecode(value, &text) == nil
	switch field := field.(type) {
	case *string:
		if !isText || text == "" {
			p.refuse(value, path, "it must be a string that is not empty")
		}
		*field = text
	case *codec.Opt[string]:
		if !isText {
			p.refuse(value, path, "it must be a string")
		}
		*field = codec.Some(text)
	case *codec.Opt[bool]:
		if p.meta.PrimitiveDecode(value, &field.Value) != nil {
			p.refuse(value, path, "it must be true or false")
		}
		field.Set = true
	case *int64:
		if p.meta.PrimitiveDecode(value, field) != nil || *field < 0 || *field > 2 {
			p.refuse(value, path, "it must be 0, 1 or 2")
		}
	case *[]string:
		if p.meta.PrimitiveDecode(value, field) != nil || len(*field) == 0 || slices.Contains(*field, "") {
			p.refuse(value, path, `it must be an array of strings, as in ["one", "two"]`)
		}
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			p.refuse(value, path, `it must be a time, as in "30s"`)
		}
		*field = d
	}
}

func (p *settingsParser) broker(t settingsTable) brokerSettings {
	var b brokerSettings
	var headers []string
	var will willSettings
	before := p.refused
	p.fill(t, map[string]any{
		"url": &b.url, "tls": &b.tls, "ca": &b.ca, "cert": &b.cert, "key": &b.key,
		"server_name": &b.serverName, "alpn": &b.alpn, "insecure": &b.insecure, "proxy": &b.proxy,
		"client_id": &b.clientID, "keepalive": &b.keepAlive,
		"username": &b.username, "password_file": &b.passwordFile, "password_command": &b.passwordCommand,
		"headers": &headers, "will_topic": &will.topic, "will_payload": &will.payload, "will_qos": &will.qos, "will_retain": &will.retain,
		"prefix": &b.prefix, "snapshot_topic": &b.snapshotTopic, "alarm_topic": &b.alarmTopic, "status_topic": &b.statusTopic,
	})
	if _, ok := t.values["url"]; !ok && p.refused == before { // or it is misspelt
		p.refuse(t.at, t.path, "url is missing: the address of the broker")
	}
	if value, ok := t.values["keepalive"]; ok && b.keepAlive > 0 {
		if err := validKeepAlive(b.keepAlive); err != nil {
			p.refuse(value, t.path+".keepalive", err.Error())
		}
	}
	b.headers = p.headers(t, headers)
	b.will = p.will(t, will)
	if b.passwordFile != "" && b.passwordCommand != nil {
		p.refuse(t.values["password_command"], t.path+".password_command", "there is password_file, too: choose one")
	}
	var err error
	if b.prefix.Value, err = parsePrefix(b.prefix.Value); err != nil {
		p.refuse(t.values["prefix"], t.path+".prefix", err.Error())
	}
	for key, topic := range map[string]string{"snapshot_topic": b.snapshotTopic, "alarm_topic": b.alarmTopic, "status_topic": b.statusTopic} {
		if topic == "" {
			continue
		}
		if err := broker.ValidFilter(topic); err != nil {
			p.refuse(t.values[key], t.path+"."+key, err.Error())
		}
	}
	return b
}

// headers are those of the request for a WebSocket, or nil.
func (p *settingsParser) headers(t settingsTable, lines []string) http.Header {
	var headers http.Header
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsAny(name, " \t") || strings.ContainsAny(line, "\r\n") {
			p.refuse(t.values["headers"], t.path+".headers", `it must be lines such as "Authorization: Bearer TOKEN"`)
			return nil
		}
		if headers == nil {
			headers = http.Header{}
		}
		headers.Add(name, strings.TrimSpace(value))
	}
	return headers
}

// willSettings are the keys of a last will.
type willSettings struct {
	topic   string
	payload codec.Opt[string]
	qos     int64
	retain  codec.Opt[bool]
}

// will is the last will of a broker's table, or nil.
func (p *settingsParser) will(t settingsTable, w willSettings) *broker.Will {
	if w.topic == "" {
		for _, key := range []string{"will_payload", "will_qos", "will_retain"} {
			if value, ok := t.values[key]; ok {
				p.refuse(value, t.path+"."+key, "a last will needs will_topic")
			}
		}
		return nil
	}
	if err := broker.ValidTopic(w.topic); err != nil {
		p.refuse(t.values["will_topic"], t.path+".will_topic", err.Error())
	}
	return &broker.Will{Topic: w.topic, Payload: []byte(w.payload.Value), QoS: byte(w.qos), Retain: w.retain.Value}
}

func (p *settingsParser) device(t settingsTable) deviceSettings {
	p.deviceTables = append(p.deviceTables, t)
	var d deviceSettings
	var mac, id string
	p.fill(t, map[string]any{"family": &d.family, "mac": &mac, "id": &id, "broker": &d.broker})
	has := func(key string) bool { _, ok := t.values[key]; return ok }
	switch {
	case has("mac") && has("id"):
		p.refuse(t.values["id"], t.path+".id", "there is mac, too: a camera has a mac, a reader has an id")
		return d
	case !has("mac") && !has("id"):
		p.refuse(t.at, t.path, "it needs the mac of a camera, or the id of a reader")
		return d
	}
	// The families know their spellings; which key is whose is a matter of this file.
	key, text, family := "mac", mac, Milesight
	if has("id") {
		key, text, family = "id", id, SpringCore
	}
	if d.family == "" {
		d.family = family
	}
	if d.family != family {
		p.refuse(t.values["family"], t.path+".family", fmt.Sprintf("with %s it can be %q", key, family))
	}
	if text == "" {
		return d // which was refused
	}
	var err error
	if d.id, err = Family(d.family).ParseDevice(text); err != nil {
		p.refuse(t.values[key], t.path+"."+key, err.Error())
	}
	return d
}

func (s *Settings) brokerNames() []string { return slices.Sorted(maps.Keys(s.brokers)) }
