package codec

import "testing"

func TestSequences(t *testing.T) {
	known := Sequences()
	for i, s := range known {
		if i > 0 && s <= known[i-1] {
			t.Errorf("%v does not follow %v", s, known[i-1])
		}
		if got, err := ParseSequence(s.Name()); err != nil || got != s {
			t.Errorf("%q is %v, %v; want %v", s.Name(), got, err, s)
		}
	}
	for text, want := range map[string]Sequence{
		"wink": SequenceWink, "Access-Granted": SequenceGranted, "access_denied": SequenceDenied, "started, idle": 0x10,
		"0e": SequenceWink, "0x60": SequenceGranted, "60": SequenceGranted, "3C": 0x3C, "f": 0x0F, "nfc/rfid read again": 0x25,
	} {
		if got, err := ParseSequence(text); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "100", "winks", "-1", "0x", "granted"} {
		if got, err := ParseSequence(text); err == nil || got != 0 {
			t.Errorf("%q is %v", text, got)
		}
	}
	for s, want := range map[Sequence]string{SequenceWink: "0E WINK", 0x3C: "3C"} {
		if s.String() != want {
			t.Errorf("%d is %q, want %q", s, s, want)
		}
	}
}

func TestLEDModes(t *testing.T) {
	known := 0
	for b := range 256 {
		m := LEDMode(b)
		if got, err := ParseLEDMode(m.String()); err != nil || got != m {
			t.Errorf("%q is %02X, %v; want %02X", m, byte(got), err, b)
		}
		if m.Known() {
			known++
		}
	}
	if want := 3 + 11*15; known != want {
		t.Errorf("%d modes are known, want %d", known, want)
	}
	for m, want := range map[LEDMode]string{
		0x00: "off", 0x01: "on", 0x0F: "breathing", 0x92: "10 Hz: 1 medium flash, 20 % on", 0x10: "0.25 Hz: 50 % on",
		0xBE: "20 Hz: 7 very short flashes, 5 % each", 0x1F: "0x1F", 0x02: "0x02", 0xC0: "0xC0",
	} {
		if m.String() != want {
			t.Errorf("%02X is %q, want %q", byte(m), m, want)
		}
	}
	for text, want := range map[string]LEDMode{"ON": LEDOn, "92": 0x92, "0x1f": 0x1F, "10hz 1 medium flash 20% on": 0x92} {
		if got, err := ParseLEDMode(text); err != nil || got != want {
			t.Errorf("%q is %02X, %v; want %02X", text, byte(got), err, byte(want))
		}
	}
	if m, err := ParseLEDMode("blinking"); err == nil || m != 0 {
		t.Errorf("blinking is %v", m)
	}
}
