package site

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of TestDays

	"mqtool/commands/internal/app"
)

func TestTagList(t *testing.T) {
	name := filepath.Join(t.TempDir(), "tags")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []string{"x", "04 # ok\n\n4", "04,05", strings.Repeat("04\n", maxTagList/3+1)} {
		write(bad)
		if _, err := ReadTags(name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	tables := name + ".toml"
	if err := os.WriteFile(tables, bytes.Repeat([]byte("#\n"), maxTagTables/2+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTags(tables); err == nil || !strings.Contains(err.Error(), "has more than 1048576 bytes") {
		t.Errorf("tables: %v", err)
	}
	write("\xEF\xBB\xBF# none\r\n\r\n  04:7d-AE 02C84080 # Jane\r\nFF")
	l, err := ReadTags(name)
	if err != nil {
		t.Fatal(err)
	}
	env := &app.Env{Stderr: new(bytes.Buffer)}
	for tag, want := range map[string]bool{"047DAE02C84080": true, "047dae02c84080": true, "ff": true, "F": false, "": false, "04": false} {
		if (l.Judge(env, tag, time.Now()) == Accepted) != want {
			t.Errorf("%q: %v", tag, !want)
		}
	}
}

// TestTagListChanges checks that the list is read again when its file has changed. While
// the file is damaged or gone, the previous list stays in use; each is reported once.
func TestTagListChanges(t *testing.T) {
	name := filepath.Join(t.TempDir(), "tags")
	at := time.Date(2026, 11, 23, 1, 55, 5, 0, time.UTC)
	write := func(text string) {
		t.Helper()
		at = at.Add(time.Second)
		if err := errors.Join(os.WriteFile(name, []byte(text), 0o600), os.Chtimes(name, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	write("01\n")
	l, err := ReadTags(name)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	env := &app.Env{Stderr: &out}
	check := func(what string, want map[string]bool, said string) {
		t.Helper()
		for range 2 {
			for tag, want := range want {
				if (l.Judge(env, tag, at) == Accepted) != want {
					t.Errorf("%s: %s is %v", what, tag, !want)
				}
			}
		}
		if got := out.String(); strings.Count(got, "\n") != strings.Count(said, "\n") || !strings.HasPrefix(got, strings.TrimSuffix(said, "\n")) {
			t.Errorf("%s: said %q, want %q", what, got, said)
		}
		out.Reset()
	}
	check("new", map[string]bool{"01": true, "02": false}, "")
	write("02\n03\n")
	check("changed", map[string]bool{"01": false, "02": true}, "mqtool: read the list of tags again: 2 tags in "+name+"\n")
	write("04\njoe\n")
	check("damaged", map[string]bool{"02": true, "04": false}, "mqtool: warning: the list of tags has changed and cannot be read, the previous list stays in use: "+name+":2: \n")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	check("gone", map[string]bool{"02": true, "04": false}, "mqtool: warning: the list of tags can no longer be read, the previous list stays in use: stat \n")
	write("04\n")
	check("back", map[string]bool{"02": false, "04": true}, "mqtool: read the list of tags again: 1 tag in "+name+"\n")
}

func TestParseTags(t *testing.T) {
	text := "id;person;doors;from;until\n" +
		"04:7d:ae:02;Anna Müller;door garage\n" +
		"0102, 大门口 # a remark\n" +
		"0304\tBea\t\t2026-11-01\t2026-11-30\r\n" +
		"0506, \"Doe, Jane\",,2026-11-28T08:30 # a remark\n" +
		"0A0B;\"Apt #5 \"\"N\"\"\";garage;;\n" +
		"0C0D\t\"Q, R\"\tgarage\t\t2026-11-30\n" +
		"0708\n0708\n"
	var list tagReader
	list.read(newTagFile("list"), text)
	if len(list.problems) > 0 || len(list.tags) != 7 {
		t.Fatalf("%d tags, %v", len(list.tags), list.problems)
	}
	tables := tagReader{}
	tables.read(newTagFile("list.toml"), `
[tag."Anna Müller"]
id = "04:7d:ae:02"
doors = ["door", "garage"]
[tag."大门口"]
id = "0102"
[tag.Bea]
id = "0304"
from = 2026-11-01
until = "2026-11-30"
[tag."Doe, Jane"]
id = "0506"
from = 2026-11-28T08:30:00
`)
	if len(tables.problems) > 0 || len(tables.tags) != 4 {
		t.Fatalf("%d tags, %v", len(tables.tags), tables.problems)
	}
	at := func(s string) time.Time {
		moment, err := time.ParseInLocation("2006-01-02T15:04", s, time.Local)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for _, tt := range []struct {
		id, when string
		door     []string
		person   string
		want     Verdict
	}{
		{"047DAE02", "2026-11-28T12:00", []string{"DA1275B0", "door"}, "Anna Müller", Accepted},
		{"047DAE02", "2026-11-28T12:00", []string{"DA1275B0", ""}, "Anna Müller", OtherDoor},
		{"047DAE02", "2026-11-28T12:00", []string{"GARAGE", ""}, "Anna Müller", Accepted},
		{"0102", "2026-11-28T12:00", []string{"x"}, "大门口", Accepted},
		{"0304", "2026-10-31T23:59", []string{"x"}, "Bea", NotYet},
		{"0304", "2026-11-01T00:00", []string{"x"}, "Bea", Accepted},
		{"0304", "2026-11-30T23:59", []string{"x"}, "Bea", Accepted},
		{"0304", "2026-12-01T00:00", []string{"x"}, "Bea", NoLonger},
		{"0506", "2026-11-28T08:29", []string{"x"}, "Doe, Jane", NotYet},
		{"0506", "2026-11-28T08:30", []string{"x"}, "Doe, Jane", Accepted},
		{"0708", "2026-11-28T12:00", []string{"x"}, "", Accepted},
	} {
		for _, tags := range []map[string]*Tag{list.tags, tables.tags} {
			if tt.person == "" && tags[tt.id] == nil {
				continue // a table always has a person
			}
			if got := tags[tt.id].judge(at(tt.when), tt.door...); got != tt.want {
				t.Errorf("%s at %v, %s: %q, want %q", tt.id, tt.door, tt.when, got, tt.want)
			}
			if tag := tags[tt.id]; tag != nil && tag.Person != tt.person {
				t.Errorf("%s is of %q", tt.id, tag.Person)
			}
		}
	}
	for id, person := range map[string]string{"0A0B": `Apt #5 "N"`, "0C0D": "Q, R"} {
		if got := list.tags[id]; got.Person != person || !slices.Equal(got.Doors, []string{"garage"}) {
			t.Errorf("%s is %+v", id, got)
		}
	}
	if got := list.tags["09"].judge(time.Now(), "x"); got != UnknownTag {
		t.Errorf("an unknown tag: %q", got)
	}
	list = tagReader{}
	list.read(newTagFile("list"), "04,05\nxy\n06;A;;yesterday\n07;A;;2026-11-02;2026-11-01\n08;A\n08;B\n"+
		"10,Apt #5,door\n11,\"Anna,door\n12,\"Anna \"N,door\n13,Anna \"N\",door\n")
	want := []string{
		`list:1: "05" looks like another tag id`, `list:2: "xy" is not a tag id`, `list:3: "yesterday" is not a day`, "list:4: it ends before it begins", "list:6: the tag 08 is in line 5 already",
		"list:7: columns behind # do not count", "list:8: its quotes are not closed", "list:9: its quotes are not closed", "list:10: its quotes are not closed",
	}
	if len(list.problems) != len(want) {
		t.Fatalf("%v", list.problems)
	}
	for i, p := range list.problems {
		if !strings.HasPrefix(p.Error(), want[i]) {
			t.Errorf("%v, want %s", p, want[i])
		}
	}
}

// TestDays checks the change of the day in zones where it is not at midnight: a tag counts from
// the first moment of its first day to the last moment of its last one.
func TestDays(t *testing.T) {
	before := time.Local
	defer func() { time.Local = before }()
	for _, tt := range []struct{ zone, day string }{
		{"UTC", "2026-12-31"},
		{"Europe/Berlin", "2026-03-29"},
		{"Africa/Cairo", "2026-04-23"}, // the next day begins at 01:00
		{"Africa/Cairo", "2026-04-24"},
		{"America/Santiago", "2026-09-05"}, // the next day begins at 01:00
		{"America/Santiago", "2026-09-06"},
		{"America/Santiago", "2026-04-04"}, // has 25 hours
		{"Asia/Kathmandu", "2026-02-28"},
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		time.Local = zone
		_, tag, err := parseTag("04AA,Anna,," + tt.day + "," + tt.day)
		if err != nil {
			t.Fatal(err)
		}
		noon, err := time.ParseInLocation("2006-01-02T15", tt.day+"T12", zone)
		if err != nil {
			t.Fatal(err)
		}
		for minute := -36 * 60; minute < 36*60; minute += 30 {
			now := noon.Add(time.Duration(minute) * time.Minute)
			want := Accepted
			switch today := now.Format(time.DateOnly); {
			case today < tt.day:
				want = NotYet
			case today > tt.day:
				want = NoLonger
			}
			if got := tag.judge(now, "x"); got != want {
				t.Errorf("%s %s: at %v it is %q, want %q", tt.zone, tt.day, now, got, want)
			}
		}
	}
}

// TestTagLine checks that a list reads the line for a name as that name.
func TestTagLine(t *testing.T) {
	for _, separator := range []string{",", ";", "\t"} {
		for _, person := range []string{"Anna", "Doe, Jane", `"JD"`, "Apt #5", "a;b\tc", "大门口", "O'Neill", "x,"} {
			line, err := TagLine("04AA", separator, person)
			if err != nil {
				t.Errorf("%q: %v", person, err)
				continue
			}
			var r tagReader
			r.readLines(newTagFile("list"), line+"\n")
			if len(r.problems) > 0 || r.tags["04AA"] == nil || r.tags["04AA"].Person != person {
				t.Errorf("%q as %q: %v, %v", person, line, r.tags["04AA"], r.problems)
			}
		}
	}
	for _, person := range []string{"", " ", " Anna", "Anna\n04BB", "Anna\r", "Ada 1", "04:BB"} {
		if line, err := TagLine("04AA", ",", person); err == nil {
			t.Errorf("%q: %q", person, line)
		}
	}
}

// TestTwoSources checks that the tags of the configuration file and of its list are one
// list, that a tag in both is an error that says where both are, and that a change of
// either file is noticed.
func TestTwoSources(t *testing.T) {
	t.Chdir(t.TempDir())
	at := time.Date(2026, 11, 23, 1, 55, 5, 0, time.UTC)
	write := func(name, text string) {
		t.Helper()
		at = at.Add(time.Second)
		if err := errors.Join(os.WriteFile(name, []byte(text), 0o600), os.Chtimes(name, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	tags := func() (*Tags, error) {
		t.Helper()
		s, err := loadSettings("c.toml")
		if err != nil {
			t.Fatal(err)
		}
		return s.ReadTags()
	}
	write("c.toml", "[device.x]\nid = \"1\"\n")
	if l, err := tags(); l != nil || err != nil {
		t.Errorf("no tags: %v, %v", l, err)
	}
	write("c.toml", "tags = \"list\"\n[tag.Anna]\nid = \"01\"\n")
	write("list", "02,Bea\n")
	l, err := tags()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	env := &app.Env{Stderr: &out}
	check := func(want ...string) {
		t.Helper()
		at = at.Add(time.Second)
		for i, person := range want {
			if got := l.Person(env, "0"+string(rune('1'+i)), at); got != person {
				t.Errorf("tag 0%d is of %q, want %q", i+1, got, person)
			}
		}
	}
	check("Anna", "Bea", "")
	write("c.toml", "tags = \"list\"\n[tag.Anna]\nid = \"01\"\n[tag.\"C. D.\"]\nid = \"03\"\n")
	check("Anna", "Bea", "C. D.")
	write("list", "02,Bob\n")
	check("Anna", "Bob", "C. D.")
	write("list", "02,Bob\n0:3,Bob\n")
	check("Anna", "Bob", "C. D.")
	if text := out.String(); !strings.Contains(text, "3 tags in c.toml and list\n") || !strings.Contains(text, `list:2: the tag 03 is in [tag."C. D."] of c.toml already`) {
		t.Errorf("says %q", text)
	}
	if _, err := tags(); err == nil || !strings.Contains(err.Error(), `list:2: the tag 03 is in [tag."C. D."] of c.toml already`) {
		t.Errorf("a tag in both: %v", err)
	}
	write("c.toml", "[tag.Anna]\nid = \"01\"\n[tag.Bea]\nid = \"0-1\"\n")
	if _, err := tags(); err == nil || !strings.Contains(err.Error(), "c.toml: [tag.Bea]: the tag 01 is in [tag.Anna] already") {
		t.Errorf("a tag twice in the configuration file: %v", err)
	}
}
