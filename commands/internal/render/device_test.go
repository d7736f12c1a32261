package render

import (
	"cmp"
	"regexp"
	"strings"
	"testing"
	"time"

	"mqtool/codec"
)

func TestDeviceReport(t *testing.T) {
	when := time.Date(2026, 4, 19, 17, 46, 59, 0, time.UTC)
	camera := decode(t, "4GSolarCam/Status",
		`{"values":{"devMac":"5CC5638AE24C","batteryLevel":"81\u001b","signal":-65.50,"gps":{"lat":1},"fwVersion":null}}`)
	meta, err := codec.DecodeReaderMeta([]byte(`{"ProductName":"Spring\u202ePark","Version":"1.23"}`))
	if err != nil {
		t.Fatal(err)
	}
	status, err := codec.DecodeReaderStatus([]byte(`{"State":"online,ready","Uptime":"145:1860.081"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name              string
		report            DeviceReport
		json, line, table string
	}{
		{
			"nothing known",
			DeviceReport{Family: "milesight", Device: "5CC5638AE24C", Name: "5CC5638AE24C", State: DeviceNoAnswer},
			`{"family":"milesight","device":"5CC5638AE24C","state":"no_answer","ok":false}`,
			"5CC5638AE24C  no answer\n",
			"5CC5638AE24C  milesight  no answer  -\n",
		},
		{
			"a camera",
			DeviceReport{
				Family: "milesight", Device: "5CC5638AE24C", Name: "gate\x1b", State: DeviceAwake, Words: "awake after 2s", OK: true, LastHeard: when,
				Requests: 3, After: codec.Some(2000499 * time.Microsecond), Then: "reboot",
				Status: &Envelope{Value: camera}, Warnings: []string{"perhaps\x1b"},
			},
			`{"family":"milesight","device":"5CC5638AE24C","name":"gate\u001b","state":"awake","ok":true,"last_heard":"2026-04-19T17:46:59Z",` +
				`"requests":3,"after_seconds":2,"then":"reboot",` +
				`"facts":{"battery":{"key":"batteryLevel","value":"81\u001b"},"signal":{"key":"signal","value":-65.50},"firmware":{"key":"fwVersion","value":null}},` +
				`"status":{"kind":"status","data":{"mac":"5CC5638AE24C","extra":{"values":{"batteryLevel":"81\u001b","signal":-65.50,"gps":{"lat":1},"fwVersion":null}}}},` +
				`"warnings":["perhaps\u001b"]}`,
			`gate\x1b  awake after 2s  5CC5638AE24C  battery "81\u001b" (batteryLevel)  signal -65.50  firmware null (fwVersion)  position {"lat":1} (gps)  ! perhaps\x1b` + "\n",
			`gate\x1b  milesight  awake after 2s  2026-04-19 17:46:59  5CC5638AE24C  battery "81\u001b" (batteryLevel)  signal -65.50  firmware null (fwVersion)  position {"lat":1} (gps)  ! perhaps\x1b` + "\n",
		},
		{
			"a reader",
			DeviceReport{
				Family: "springcore", Device: "DA1275B0", Name: "DA1275B0", State: DeviceOnline, Words: "online, ready", OK: true, LastHeard: when,
				Meta: &Envelope{Value: meta}, Status: &Envelope{Value: status},
			},
			`{"family":"springcore","device":"DA1275B0","state":"online","ok":true,"last_heard":"2026-04-19T17:46:59Z",` +
				`"facts":{"product":{"key":"ProductName","value":"Spring\u202ePark"},"firmware":{"key":"Version","value":"1.23"}},` +
				`"meta":{"kind":"meta","data":{"format":"json","product":"Spring\u202ePark","version":"1.23"}},` +
				`"status":{"kind":"status","data":{"format":"json","state":["online","ready"],"uptime_boot_count":145,"uptime_seconds":1860.081}}}`,
			`DA1275B0  online, ready  up 31m0s  start 145  product Spring\u202ePark  firmware 1.23 (Version)` + "\n",
			`DA1275B0  springcore  online, ready  2026-04-19 17:46:59  up 31m0s  start 145  product Spring\u202ePark  firmware 1.23 (Version)` + "\n",
		},
		{
			"unknown",
			DeviceReport{Family: "milesight", Name: "unknown, on x/y", State: DeviceHeard, OK: true},
			`{"family":"milesight","name":"unknown, on x/y","state":"heard","ok":true}`,
			"unknown, on x/y  heard\n",
			"unknown, on x/y  milesight  heard  -\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.report.AppendJSON(nil)); got != tt.json {
				t.Errorf("JSON\n%s\nwant\n%s", got, tt.json)
			}
			if facts := regexp.MustCompile(`,"facts":.*?}}`).FindString(tt.json); facts != "" {
				message := cmp.Or(tt.report.Meta, tt.report.Status)
				if got := string(message.AppendJSON(nil)); !strings.Contains(got, facts) {
					t.Errorf("a listener prints other facts: %s", got)
				}
			}
			for _, table := range []bool{false, true} {
				d := NewDevices(NewStyle(false), Layout{}, table)
				d.text.zone = time.UTC
				want := tt.line
				if table {
					want = tt.table
				}
				if got := string(d.Append(nil, &tt.report)); got != want {
					t.Errorf("table %v\n%s\nwant\n%s", table, got, want)
				}
			}
		})
	}
}

// Columns grow with their cells, and Fit widens them in advance.
func TestDevicesTable(t *testing.T) {
	short := &DeviceReport{Family: "milesight", Device: "A", Name: "A", State: DeviceAwake, OK: true}
	long := &DeviceReport{Family: "springcore", Device: "DA1275B0", Name: "DA1275B0", State: DeviceNoAnswer}
	d := NewDevices(NewStyle(false), Layout{}, true)
	d.Fit(short)
	d.Fit(long)
	got := string(d.Append(d.Append(d.AppendHeader(nil), short), long))
	want := "DEVICE    FAMILY      STATE      LAST HEARD  DETAILS\n" +
		"A         milesight   awake      -\n" +
		"DA1275B0  springcore  no answer  -\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := NewDevices(NewStyle(false), Layout{}, false).AppendHeader(nil); len(got) > 0 {
		t.Errorf("lines have a header: %q", got)
	}
}

func TestAppendPretty(t *testing.T) {
	for _, tt := range []struct{ payload, want string }{
		{`{"a":1.10,"b":[9007199254740993]}`, "{\n  \"a\": 1.10,\n  \"b\": [\n    9007199254740993\n  ]\n}\n"},
		{" {}\n", "{}\n"},
		{`"x"`, "\"x\"\n"},
		{"{\"a\":\"\u202e\x7f\"}", "{\n  \"a\": \"\\u202e\\x7f\"\n}\n"},
		{"one\r\ntwo\x1b[2J", "one\ntwo\\x1b[2J\n"},
		{"\xff\xd8", "\\xff\\xd8\n"},
		{"", "(empty)\n"},
		{"\n", "\n"},
	} {
		if got := string(AppendPretty(nil, []byte(tt.payload))); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.payload, got, tt.want)
		}
	}
}
