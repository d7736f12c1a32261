package render

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"mqtool/codec"
)

// parseMetrics parses metrics as Prometheus does. It returns lines of the form
// "name label=value ... number".
func parseMetrics(t *testing.T, text []byte) (lines []string) {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for name, f := range families {
		if f.GetHelp() == "" || f.GetType().String() != "GAUGE" {
			t.Errorf("%s has the help %q and the type %v", name, f.GetHelp(), f.GetType())
		}
		for _, m := range f.GetMetric() {
			line := name
			for _, l := range m.GetLabel() {
				line += fmt.Sprintf(" %s=%q", l.GetName(), l.GetValue())
			}
			lines = append(lines, fmt.Sprintf("%s %v", line, m.GetGauge().GetValue()))
		}
	}
	slices.Sort(lines)
	return lines
}

// TestMetrics checks that Prometheus can read the metrics, even of hostile
// devices.
func TestMetrics(t *testing.T) {
	camera := decode(t, "4GSolarCam/Status", `{"values":{"devMac":"5CC5638AE24C","batteryLevel":81,"signal":"-65","fwVersion":"1\n2\"\\}","voltage":1e999}}`)
	meta, err := codec.DecodeReaderMeta([]byte(`{"ProductName":"Park","Version":"1.23"}`))
	if err != nil {
		t.Fatal(err)
	}
	heard := time.UnixMilli(1795913690250)
	got := parseMetrics(t, AppendMetrics(nil, []*DeviceReport{
		{Family: "milesight", Device: "5CC5638AE24C", Name: "gate\n# TYPE x\"} 7", OK: true, LastHeard: heard, Status: &Envelope{Value: camera}},
		{Family: "springcore", Device: "DA1275B0", Name: "DA1275B0", Meta: &Envelope{Value: meta}},
		{Family: "milesight", Name: "unknown, on \xff\x1b", State: DeviceHeard, OK: true},
	}, 4, heard.Add(time.Second)))
	want := []string{
		`mqtool_device_battery device="5CC5638AE24C" name="gate\n# TYPE x\"} 7" family="milesight" 81`,
		`mqtool_device_info device="5CC5638AE24C" name="gate\n# TYPE x\"} 7" family="milesight" firmware="1\n2\"\\}" 1`,
		`mqtool_device_info device="DA1275B0" name="DA1275B0" family="springcore" product="Park" firmware="1.23" 1`,
		`mqtool_device_last_heard_timestamp_seconds device="5CC5638AE24C" name="gate\n# TYPE x\"} 7" family="milesight" 1.79591369025e+09`,
		`mqtool_device_up device="" name="unknown, on ` + "\uFFFD" + `\x1b" family="milesight" 1`,
		`mqtool_device_up device="5CC5638AE24C" name="gate\n# TYPE x\"} 7" family="milesight" 1`,
		`mqtool_device_up device="DA1275B0" name="DA1275B0" family="springcore" 0`,
		`mqtool_status_exit_code 4`,
		`mqtool_status_time_seconds 1.79591369125e+09`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	if got := AppendMetrics(nil, nil, 1, heard); !bytes.HasPrefix(got, []byte(MetricsStart)) || len(parseMetrics(t, got)) != 2 {
		t.Errorf("without devices:\n%s", got)
	}
}
