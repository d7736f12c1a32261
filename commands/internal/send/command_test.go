package send

import (
	"fmt"
	"strings"
	"testing"

	"mqtool/codec"
)

func TestParseLEDs(t *testing.T) {
	for _, tt := range []struct {
		text, want string // hex, or the error
	}{
		{"01020392", "01020392"},
		{"0x01020392", "01020392"},
		{"on", "01010101"},
		{"92", "92929292"},
		{"on,off,breathing,5", "01000F05"},
		{" on, off , on,off", "01000100"},
		{"2 Hz", "40404040"},
		{"6.66hz,0.25Hz,20Hz,10 hz: 50 % on", "8010B090"},
		{"10 Hz: 1 medium flash, 20 % on", "92929292"},
		{"on,1 Hz: 2 short flashes, 10 % each,off,1hz-1-long-flash-25%-on", "01360031"},
		{"on,off,on", "3 modes: there must be one for all LEDs, or four"},
		{"on,off,on,off,on", "5 modes: there must be one for all LEDs, or four"},
		{"", "is not a mode of an LED"},
		{"on,,off,off", "is not a mode of an LED"},
		{"7 Hz", "is not a mode of an LED"},
	} {
		leds, err := parseLEDs(tt.text)
		got := fmt.Sprintf("%02X%02X%02X%02X", byte(leds[0]), byte(leds[1]), byte(leds[2]), byte(leds[3]))
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != tt.want || err != nil && !strings.Contains(got, tt.want) {
			t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
		}
	}
}

// TestEveryLEDMode checks that what listen shows of a mode can be sent.
func TestEveryLEDMode(t *testing.T) {
	for i := range 256 {
		m := codec.LEDMode(i)
		if leds, err := parseLEDs(m.String()); err != nil || leds[3] != m {
			t.Errorf("%q: got %v, %v", m, leds, err)
		}
	}
}
