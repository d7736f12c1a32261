package site

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"mqtool/codec"
	"mqtool/commands/internal/cmdline"
)

// This file reads the tables and values of the configuration file, and finds their places
// in it.

func parseSettings(text string) (*Settings, error) {
	var top map[string]toml.Primitive
	meta, err := decodeTOML(text, &top)
	if err != nil {
		return nil, err
	}
	p := settingsParser{meta: meta}
	s := &Settings{brokers: map[string]brokerSettings{}, devices: map[string]deviceSettings{}}
	fields := map[string]any{
		"default_broker": &s.defaultBroker, "exec_jobs": &s.ExecJobs, "exec_timeout": &s.ExecTimeout, "save": &s.Save, "sync": &s.Sync, "tags": &s.Tags,
	}
	for key, value := range top {
		switch field, ok := fields[key]; {
		case key == "tags" && p.entries(value) != nil:
			p.refuse(value, key, "it must be the name of a file; is [tag.NAME] meant?")
		case ok:
			p.set(value, key, field)
		case key == "broker":
			for _, t := range p.tables(value, key) {
				s.brokers[t.name] = p.broker(t)
			}
		case key == "device":
			for _, t := range p.tables(value, key) {
				s.devices[t.name] = p.device(t)
			}
		case key == "tag":
			for _, t := range p.tables(value, key) {
				s.tags = append(s.tags, p.tag(t))
			}
		case key == "brokers", key == "devices":
			p.refuse(value, key, fmt.Sprintf("unknown; is [%s.NAME] meant?", strings.TrimSuffix(key, "s")))
		default:
			names := strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
			p.refuse(value, key, "unknown; there are "+names+", [broker.NAME], [device.NAME] and [tag.NAME]")
		}
	}
	if p.problem == nil { // an unknown broker may be one whose table has a mistake
		p.checkBrokers(s, top["default_broker"])
	}
	if p.problem != nil {
		return nil, p.problem
	}
	if names := s.brokerNames(); s.defaultBroker == "" && len(names) == 1 {
		s.defaultBroker, s.onlyBroker = names[0], true
	}
	s.nameDevices()
	return s, nil
}

// checkBrokers refuses the names of brokers that are not in the file.
func (p *settingsParser) checkBrokers(s *Settings, byDefault toml.Primitive) {
	unknown := func(name string) bool {
		_, ok := s.brokers[name]
		return name != "" && !ok
	}
	if unknown(s.defaultBroker) {
		p.refuse(byDefault, "default_broker", p.noBroker(s, s.defaultBroker))
	}
	for _, t := range p.deviceTables {
		if name := s.devices[t.name].broker; unknown(name) {
			p.refuse(t.values["broker"], t.path+".broker", p.noBroker(s, name))
		}
	}
}

// A settingsParser checks each value, and keeps the problem that comes first in the file.
type settingsParser struct {
	meta         toml.MetaData
	problem      error
	refused      int // how many values were refused
	deviceTables []settingsTable
}

// A settingsTable is [broker.NAME], [device.NAME] or [tag.NAME].
type settingsTable struct {
	name, path string
	at         toml.Primitive
	values     map[string]toml.Primitive
}

func (p *settingsParser) refuse(value toml.Primitive, path, reason string) {
	err := refuse(p.meta, value, path, reason)
	var parse toml.ParseError
	if errors.As(err, &parse) && parse.Position.Line == 0 {
		// A heading [broker.a] also makes the table broker, which has no place in the file
		// of its own.
		for _, inner := range p.entries(value) {
			p.refuse(inner, path, reason)
		}
		return
	}
	p.problem = earlier(p.problem, err)
	p.refused++
}

// entries returns the entries of a table, or nil if the value is not a table.
func (p *settingsParser) entries(value toml.Primitive) map[string]toml.Primitive {
	var entries map[string]toml.Primitive
	if p.meta.PrimitiveDecode(value, &entries) != nil {
		return nil
	}
	return entries // nil for a string, too, because the library does not report an error then
}

func (p *settingsParser) noBroker(s *Settings, name string) string {
	if near := cmdline.Closest(name, s.brokerNames()); near != "" {
		return fmt.Sprintf("there is no [broker.%s]; is %q meant?", name, near)
	}
	return fmt.Sprintf("there is no [broker.%s]", name)
}

// tables returns the tables in a table of tables.
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

// fill sets the fields to the values of the keys in a table.
func (p *settingsParser) fill(t settingsTable, fields map[string]any) {
	names := slices.Sorted(maps.Keys(fields))
	for key, value := range t.values {
		field, ok := fields[key]
		path := t.path + "." + key
		switch near := cmdline.Closest(key, names); {
		case ok:
			p.set(value, path, field)
		case key == "host", key == "port":
			p.refuse(value, path, `unknown; url has host and port, as in url = "mqtts://broker.example:8883"`)
		case key == "password", key == "key_password":
			p.refuse(value, path, "a password does not belong in this file: use "+key+"_file or "+key+"_command")
		case near != "":
			p.refuse(value, path, fmt.Sprintf("unknown; is %s meant?", near))
		default:
			p.refuse(value, path, "unknown; there are "+strings.Join(names, ", "))
		}
	}
}

// A dayText is a day or a moment, in quotes or as TOML has it.
type dayText string

// oneOrMore are texts. A single text need not be in an array in the file.
type oneOrMore []string

// set sets one field to a value of its type, or refuses the value.
func (p *settingsParser) set(value toml.Primitive, path string, field any) {
	if ok, form := p.fits(value, field); !ok {
		p.refuse(value, path, form)
	}
}

// fits sets one field. It returns whether the value fits, and what a value has to be.
func (p *settingsParser) fits(value toml.Primitive, field any) (ok bool, form string) {
	switch field := field.(type) {
	case *bool:
		return p.meta.PrimitiveDecode(value, field) == nil, "it must be true or false"
	case *codec.Opt[bool]:
		field.Set = true
		return p.meta.PrimitiveDecode(value, &field.Value) == nil, "it must be true or false"
	case *int64:
		return p.meta.PrimitiveDecode(value, field) == nil && *field >= 0 && *field <= 2, "it must be 0, 1 or 2"
	case *int:
		return p.meta.PrimitiveDecode(value, field) == nil && *field >= 1, "it must be a whole number from 1"
	case *[]string:
		*field = p.texts(value)
		return areGiven(*field), `it must be an array of strings, as in ["one", "two"]`
	}
	if field, ok := field.(*dayText); ok {
		*field, ok = p.day(value)
		return ok, "it must be a day, as in 2026-11-28, or a moment, as in 2026-11-28T08:30:00"
	}
	text, isText := p.text(value)
	switch field := field.(type) {
	case *string:
		*field = text
		return text != "", "it must be a string that is not empty"
	case *codec.Opt[string]:
		*field = codec.Some(text)
		return isText, "it must be a string"
	case *oneOrMore:
		if *field = p.texts(value); isText {
			*field = oneOrMore{text}
		}
		return areGiven(*field), `it must be an address, or an array of those of a cluster, as in ["mqtt://one", "mqtt://two"]`
	case *time.Duration:
		d, err := time.ParseDuration(text)
		*field = d
		return err == nil && d > 0, `it must be a time, as in "30s"`
	}
	return false, fmt.Sprintf("mqtool cannot read it into a %T", field) // which is a mistake in mqtool
}

// text returns a value that is a string.
func (p *settingsParser) text(value toml.Primitive) (text string, ok bool) {
	ok = p.meta.PrimitiveDecode(value, &text) == nil
	return text, ok
}

// day returns a value that is a string or a local date. What the text means is found out
// where that of a list is.
func (p *settingsParser) day(value toml.Primitive) (text dayText, ok bool) {
	var v any
	if p.meta.PrimitiveDecode(value, &v) != nil {
		return "", false
	}
	switch v := v.(type) {
	case string:
		return dayText(v), v != ""
	case time.Time:
		switch v.Location().String() { // the library tells by it what was written
		case "date-local":
			return dayText(v.Format(time.DateOnly)), true
		case "datetime-local":
			return dayText(v.Format("2006-01-02T15:04")), v.Second() == 0
		}
	}
	return "", false
}

// texts returns a value that is an array of strings, or nil if it is not one.
func (p *settingsParser) texts(value toml.Primitive) []string {
	var list []string
	if p.meta.PrimitiveDecode(value, &list) != nil {
		return nil
	}
	return list
}

// areGiven reports whether there is at least one text, and none is empty.
func areGiven(texts []string) bool { return len(texts) > 0 && !slices.Contains(texts, "") }
