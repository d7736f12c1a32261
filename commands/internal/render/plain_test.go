package render

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"mqtool/codec"
)

func TestWords(t *testing.T) {
	for want, v := range map[string]codec.Value{
		"not heard for 2h, since the listener began": codec.Silence{For: 2 * time.Hour},
		`gate\n  battery 7`:                          codec.CameraReport{CameraInfo: codec.CameraInfo{DeviceName: "gate\n"}, Values: []codec.Member{{Key: "battery", Value: json.RawMessage("7")}}},
	} {
		if got := Words(v); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestFacts(t *testing.T) {
	values := []codec.Member{
		{Key: "batteryLevel", Value: json.RawMessage(`"8\u001b1"`)},
		{Key: "signal", Value: json.RawMessage("-65.50")},
		{Key: "sn", Value: json.RawMessage("1")},
		{Key: "gps", Value: json.RawMessage("{}")},
	}
	want := []Fact{{"battery", `8\x1b1 (batteryLevel)`}, {"signal", "-65.50"}}
	for _, v := range []codec.Value{codec.CameraReport{Values: values}, codec.CameraSnapshot{Values: values}} {
		if got := Facts(v); !reflect.DeepEqual(got, want) {
			t.Errorf("%T: %q", v, got)
		}
	}
	if got := Facts(codec.ReaderMeta{Product: "SpringPark", Version: "1.23"}); !reflect.DeepEqual(got, []Fact{{"product", "SpringPark"}, {"firmware", "1.23"}}) {
		t.Errorf("%q", got)
	}
	if got := Facts(codec.Raw{}); got != nil {
		t.Errorf("%q", got)
	}
}
