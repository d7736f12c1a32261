package render

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A metric is a number that each device has, in the text format of Prometheus.
type metric struct {
	name, help string
	value      func(r *DeviceReport) (value string, ok bool)
	labels     []string // facts that become labels, besides those of the device
}

// metrics lists the metrics of each device. Their names have no units, because
// no unit is documented for the values that a device measures.
var metrics = []metric{
	{"mqtool_device_up", "Whether the device answered or is online.", func(r *DeviceReport) (string, bool) {
		if r.OK {
			return "1", true
		}
		return "0", true
	}, nil},
	{"mqtool_device_last_heard_timestamp_seconds", "When the device was heard last.", func(r *DeviceReport) (string, bool) {
		return unixSeconds(r.LastHeard), !r.LastHeard.IsZero()
	}, nil},
	{"mqtool_device_battery", "Battery, in the unit of the device.", numberOf("battery"), nil},
	{"mqtool_device_battery_voltage", "Voltage of the battery, in the unit of the device.", numberOf("battery voltage"), nil},
	{"mqtool_device_signal", "Signal, in the unit of the device.", numberOf("signal"), nil},
	{"mqtool_device_info", "What the device is; always 1.", func(r *DeviceReport) (string, bool) {
		return "1", r.Meta != nil || r.Status != nil
	}, []string{"product", "firmware", "hardware"}},
}

// MetricsStart is the start of each file of metrics.
const MetricsStart = "# HELP mqtool_"

// AppendMetrics appends, in the text format of Prometheus, what a command found
// out about devices, its exit code, and the time.
func AppendMetrics(dst []byte, reports []*DeviceReport, exitCode int, now time.Time) []byte {
	head := func(name, help string) {
		dst = append(dst, "# HELP "+name+" "+help+"\n# TYPE "+name+" gauge\n"...)
	}
	for _, m := range metrics {
		begun := false
		for _, r := range reports {
			value, ok := m.value(r)
			if !ok {
				continue
			}
			if !begun {
				head(m.name, m.help)
				begun = true
			}
			dst = append(append(dst, m.name...), '{')
			dst = appendLabel(dst, "device", r.Device)
			dst = appendLabel(append(dst, ','), "name", r.label())
			dst = appendLabel(append(dst, ','), "family", r.Family)
			for _, name := range m.labels {
				if text, ok := unquote(r.fact(name)); ok {
					dst = appendLabel(append(dst, ','), name, text)
				}
			}
			dst = append(append(append(dst, "} "...), value...), '\n')
		}
	}
	head("mqtool_status_exit_code", "Exit code of mqtool status: 0 done, 1 failed, 4 no answer.")
	dst = append(dst, "mqtool_status_exit_code "+strconv.Itoa(exitCode)+"\n"...)
	head("mqtool_status_time_seconds", "When this was written.")
	return append(dst, "mqtool_status_time_seconds "+unixSeconds(now)+"\n"...)
}

// appendLabel appends a label. It escapes the value, so that text from a device
// cannot end it.
func appendLabel(dst []byte, name, value string) []byte {
	value = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(value, "\uFFFD"))
	return append(append(append(append(dst, name...), `="`...), value...), '"')
}

// unixSeconds formats a time in seconds since 1970, with milliseconds.
func unixSeconds(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64)
}

// numberOf returns a function that reads the number of a fact. The function
// returns false for a text.
func numberOf(name string) func(r *DeviceReport) (string, bool) {
	return func(r *DeviceReport) (string, bool) {
		var n json.Number
		fact := r.fact(name)
		if len(fact) == 0 || fact[0] == '"' || json.Unmarshal(fact, &n) != nil || n == "" {
			return "", false
		}
		if _, err := n.Float64(); err != nil {
			return "", false // Prometheus cannot hold such a large number
		}
		return n.String(), true
	}
}

// fact returns the value of a fact, or nil.
func (r *DeviceReport) fact(name string) json.RawMessage {
	for _, f := range r.facts() {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}
