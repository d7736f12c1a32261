package site

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mqtool/codec"
)

// TestDraft checks that a written configuration file is read back with the same meaning,
// whatever the names of files, topics and devices contain.
func TestDraft(t *testing.T) {
	hostile := []string{
		"plain", "back\\slash \\n \\u0041", `C:\Users\me\ca.pem`, `"quoted" 'twice'`, `"""`, "tab\tline\nend\r", "\x00\x1b[31m\x7f", "# [broker.evil]\nurl = \"x\"", "Straße 日本 \U0001f4f7", "[[[[[[[[[[", "a.b.c.d.e.f.g.h.i.j.k=1", "=", "'", `\"`,
	}
	for _, text := range hostile {
		d := &Draft{File: filepath.Join(t.TempDir(), "f"), Name: "site1", URL: text, CA: text, Username: text, Password: Secret{File: text}, KeyPassword: Secret{File: text}}
		d.others = brokerSettings{tls: codec.Some(false), insecure: codec.Some(true), cert: text, key: text, prefix: codec.Some("")}
		if !strings.Contains(text, "#") { // which no topic filter has in the middle
			d.others.prefix = codec.Some(strings.ReplaceAll(text, "\x00", ""))
			d.others.snapshotTopic, d.others.alarmTopic, d.others.statusTopic = d.others.prefix.Value, d.others.prefix.Value, d.others.prefix.Value
		}
		s, err := parseSettings(d.Text())
		if err != nil {
			t.Errorf("%q: %v\n%s", text, err, d.Text())
			continue
		}
		b, ok := s.brokers["site1"]
		if len(s.brokers) != 1 || !ok || !slices.Equal(b.urls, oneOrMore{text}) || b.ca != text || b.cert != text || b.key != text || b.username != text || b.passwordFile != text || b.keyPasswordFile != text {
			t.Errorf("%q: read as %+v", text, s.brokers)
		}
		if b.tls != d.others.tls || b.insecure != d.others.insecure || b.prefix != d.others.prefix || b.snapshotTopic != d.others.snapshotTopic ||
			b.alarmTopic != d.others.alarmTopic || b.statusTopic != d.others.statusTopic {
			t.Errorf("%q: read as %+v", text, b)
		}
	}
}

// TestDraftDevices checks that a device that was heard gets a name, or an error, and that
// nothing else changes.
func TestDraftDevices(t *testing.T) {
	d := &Draft{File: "f", Name: "site1", URL: "mqtt://h"}
	for _, tt := range []struct {
		name, family, id string
		ok               bool
	}{
		{"gate", Milesight, "5CC5638AE24C", true},
		{"door", SpringCore, "DA1275B0", true},
		{"door", SpringCore, "DA1275B1", false}, // two of a name
		{`front "door" [1] = #`, SpringCore, `"]` + "\n[broker.e]\nurl=\"a\"", true},
		{"Tür 2", SpringCore, "\x1b]0;title\x07", true},
		{"-x", SpringCore, "A", false},
		{"", SpringCore, "A", false},
		{" a", SpringCore, "A", false},
		{"a\nb", SpringCore, "A", false},
		{strings.Repeat("n", 41), SpringCore, "A", false},
		{"long", SpringCore, strings.Repeat("n", 60_000), false},
		{"a.b.c.d.e.f.g.h.i.j.k", SpringCore, "A", false},
		{"bad", SpringCore, "\xff", false},
		{"level", SpringCore, "a/b", false},
		{"mac", Milesight, "5CC5638AE24", false},
	} {
		before := len(d.Devices)
		err := d.AddDevice(Device{Name: tt.name, Family: tt.family, ID: tt.id})
		if (err == nil) != tt.ok || len(d.Devices) == before == tt.ok {
			t.Errorf("%q %q: %v, %d devices", tt.name, tt.id, err, len(d.Devices))
		}
	}
	s, err := parseSettings(d.Text())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.brokerNames(), []string{"site1"}) || len(s.devices) != len(d.Devices) {
		t.Errorf("read as %+v", s)
	}
	for _, want := range d.Devices {
		if got := s.devices[want.Name]; got.id != want.ID || got.family != want.Family {
			t.Errorf("%q is read as %+v", want.Name, got)
		}
	}
}
