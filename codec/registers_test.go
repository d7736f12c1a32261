package codec

import (
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRegisterTables(t *testing.T) {
	var last uint16
	for _, k := range registerKinds {
		if k.address <= last {
			t.Errorf("%04X does not follow %04X", k.address, last)
		}
		last = k.address
		initial := unhex(t, k.initial)
		if len(initial) > 0 && !k.fits(initial) {
			t.Errorf("%04X: the default has %d bytes", k.address, len(initial))
		}
		if plain := k.text || k.opaque; plain != (len(k.fields) == 0) {
			t.Errorf("%04X has fields and has none", k.address)
		}
		used := make([]byte, k.size)
		for _, f := range k.fields {
			if f.at+f.size > k.size || f.values != nil && len(f.values) > 1<<(f.high-f.low+1) {
				t.Errorf("%04X: field %q does not fit", k.address, f.name)
				continue
			}
			for i := range f.size {
				bits := byte(0xFF)
				if f.size == 1 {
					bits = 1<<(f.high+1) - 1&^(1<<f.low-1)
				}
				if used[f.at+i]&bits != 0 {
					t.Errorf("%04X: field %q overlaps another", k.address, f.name)
				}
				used[f.at+i] |= bits
			}
			if len(initial) > 0 && f.reserved(initial) {
				t.Errorf("%04X: the default of %q is reserved", k.address, f.name)
			}
		}
	}
}

// TestRegisterWords checks a value, its hex and its words. The values are from the
// documentation, or derived from it in docs/protocols.md.
func TestRegisterWords(t *testing.T) {
	for _, tt := range []struct {
		address uint16
		value   string
		want    string
	}{
		{0x0280, "", "address: by DHCP (default)"},
		{0x0280, "0A000014FFFFFF000A0000010A00000100000000", "address: 10.0.0.20; netmask: 255.255.255.0; gateway: 10.0.0.1; first DNS server: 10.0.0.1"},
		{0x0280, "0A00", "2 bytes, but the register has 20"},
		{0x0283, "83", "network: off; auto-protection: on; link: 100M half duplex"},
		{0x0284, "", "Direct server: UDP; Telnet server: off (as its form says; its internal name says the opposite); discovery server: on (default)"},
		{0x0284, "03", "Direct server: off; Telnet server: on (as its form says; its internal name says the opposite); discovery server: off"},
		{0x0200, "377FB7F8CAB53824EB1174587EB54140", "bytes: 377FB7F8CAB53824EB1174587EB54140"},
		{0x0200, "377FB7F8", "4 bytes, but the register has 16"},
		{0x0285, "00000000000000000000075C0000", "MQTT: 1884"},
		{0x0285, "001700000000000000000000" + "0000", "Telnet: 23; MQTT: 1883, with TLS 8883"},
		{0x0286, "62726F6B65722E6578616D706C65", `"broker.example"`},
		{0x0286, "62726F6B65720000", `"broker"`},
		{0x0286, "C3FF", "not text: C3FF"},
		{0x0286, strings.Repeat("41", 49), "49 bytes, but the register holds 48 at most"},
		{0x0287, "00", "not documented"},
		{0x0288, "", "TLS: off (default)"},
		{0x0288, "0000000000", "TLS: off"},
		{0x0288, "2600000000", "TLS: off; trusts: the CA in its slot; slot: 0; compares: the public key; name check: yes; SNI: yes; client certificate: no"},
		{0x0288, "0100000000", "TLS: on; trusts: any certificate"},
		{0x0288, "2700000000", "TLS: on; trusts: the CA in its slot; slot: 0; compares: the public key; name check: yes; SNI: yes; client certificate: no"},
		{
			0x0288, "27008D4D00",
			"TLS: on; trusts: the CA in its slot; slot: 0; compares: the public key; name check: yes; SNI: yes; " +
				"client certificate: yes; client certificate slot: D; private key: in the secure element; private key slot: D; sends issuer: no",
		},
		{
			0x0288, "27008D4D8F",
			"TLS: on; trusts: the CA in its slot; slot: 0; compares: the public key; name check: yes; SNI: yes; " +
				"client certificate: yes; client certificate slot: D; private key: in the secure element; private key slot: D; sends issuer: yes; issuer slot: F",
		},
		{0x0288, "5909000000", "TLS: on; trusts: the server certificate in its slot; slot: 9; compares: the exact certificate; name check: no; SNI: no; reserved bits: 1 instead of 0; client certificate: no"},
		{
			0x0289, "5314030A1E1E",
			"subscribes with QoS: 1; publishes with QoS: 1; last will: yes; retained messages: yes; " +
				"connects within: 20 s; waits for answers: 3 s; keep-alive: 10 s; STATUS every: 30 s; reconnects after: 30 s",
		},
		{
			0x0289, "5614030A1E1E",
			"subscribes with QoS: 1; publishes with QoS: 1; creates topics first: yes; last will: yes; retained messages: no; " +
				"connects within: 20 s; waits for answers: 3 s; keep-alive: 10 s; STATUS every: 30 s; reconnects after: 30 s",
		},
		{
			0x0289, "C014030A1E1E",
			"subscribes with QoS: 3 (not documented); publishes with QoS: 0; last will: no; retained messages: no; " +
				"connects within: 20 s; waits for answers: 3 s; keep-alive: 10 s; STATUS every: 30 s; reconnects after: 30 s",
		},
		{0x028C, "736563726574", "set, hidden"},
		{0x028D, "", "the serial number"},
		{0x028E, "", `"springcard/springcore" (default)`},
		{
			0x02A0, "0003000200",
			"reports: tags read; starts: when a host is connected; network format: JSON; serial format: MK1; Bluetooth format: TLV; USB format: TLV",
		},
		{
			0x02A0, "1201020101",
			"reports: tags inserted and removed; starts: when the host says so; network format: $SCRDR; serial format: $SCRDR; Bluetooth format: JSON; USB format: $SCRDR",
		},
		{0x02A1, "", "next reading after: 1.0 s; same tag again after: 3.0 s (default)"},
		{0x02A1, "00FF", "next reading after: no time; same tag again after: it was taken away"},
		{0x02C0, "64", "network: MQTT client; profile: Smart Reader"},
		{0x02C0, "24", "network: TCP server; profile: Smart Reader"},
		{0x02C0, "44", "network: UDP server; profile: Smart Reader"},
		{0x02C0, "14", "network: HTTP client; profile: Smart Reader"},
		{0x02C0, "34", "network: TCP and UDP server; profile: Smart Reader"},
		{0x02D8, "00", "volume: 0, mute"},
		{0x02F0, "80103011", "factory configuration button: off; local rights: write only; remote rights: locked; remote console rights: write only; Telnet: off"},
		{0x0300, "A1", "reads: iBeacon"},
		{0x0310, "FF", "reads: the number of any tag"},
		{0x0320, "61", "reads: Mifare Classic"},
		{0x0340, "99", "reads: 99 (not documented)"},
		{0x0370, "01", "reads: 1 (not documented)"},
		{0x0350, "01", "not documented"},
		{0x0401, "01", "not documented"},
	} {
		r := Registers{List: []Register{{tt.address, textBytes(string(unhex(t, tt.value)))}}}
		if got := r.Explain(false)[0].Words(); got != tt.want {
			t.Errorf("%04X %s: %s\nwant %s", tt.address, tt.value, got, tt.want)
		}
	}
}

// TestTemplateFormat checks that the first register of a template decides what the second
// one means.
func TestTemplateFormat(t *testing.T) {
	for kind, want := range map[byte]string{
		0xFF: "byte order: as it is; padding: 00 on the left; all protocol bytes: no; length: 8 bytes",
		0x61: "not documented",
	} {
		r := Registers{List: []Register{{0x0310, []byte{kind}}, {0x0311, []byte{0x02, 0x00}}}}
		if got := r.Explain(false)[1].Words(); got != want {
			t.Errorf("%02X: %s, want %s", kind, got, want)
		}
	}
}

func TestExplainHidesSecrets(t *testing.T) {
	text := `{"config":{"8C.s":"hush-hush","93":"68757368","FE.s":"hush","FF.s":"hush","0A.s":"hush"}}`
	r, err := ParseRegisters(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Explain(false) {
		shown := e.Words() + string(e.AppendJSON(nil)) + string(e.Value) + e.Text
		if !e.Hidden || strings.Contains(shown, "hush") || strings.Contains(shown, "68757368") {
			t.Errorf("%04X is shown: %s", e.Address, shown)
		}
	}
	if e := r.Explain(true)[1]; e.Words() != `"hush-hush"` {
		t.Errorf("a secret that may be shown is %s", e.Words())
	}
	for _, f := range r.Check() {
		if strings.Contains(string(f.AppendJSON(nil)), "hush") {
			t.Errorf("a finding tells: %v", f)
		}
	}
}

func TestParseRegisters(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		nested     string // as printed again
		flat       string
	}{
		{
			"nested", `{"config":{"C0":"64","86.s":"broker.example"},"templates":{"10":"ff"}}`,
			`{"config":{"86":"62726F6B65722E6578616D706C65","C0":"64"},"templates":{"10":"FF"}}`,
			`{"0286":"62726F6B65722E6578616D706C65","02C0":"64","0310":"FF"}`,
		},
		{
			"flat", `{"0310":"FF","02c0":"64"}`,
			`{"config":{"C0":"64"},"templates":{"10":"FF"}}`,
			`{"02C0":"64","0310":"FF"}`,
		},
		{
			"four digits in a section", `{"Config":{"0202.s":"Hall"}}`,
			`{"config":{"02":"48616C6C"}}`, `{"0202":"48616C6C"}`,
		},
		{
			"modifiers", `{"config":{"8B.STRING":"dé","C0.i":100,"D8.Integer":"3","D0.b":true,"D1.boolean":"false","89.64":"UxQDCh4e","8D.base64":"YQ==",` +
				`"A0.16":"0003000200","A1.h":"0a1e","83.HEX":"00"}}`,
			`{"config":{"83":"00","89":"5314030A1E1E","8B":"64C3A9","8D":"61","A0":"0003000200","A1":"0A1E","C0":"64","D0":"01","D1":"00","D8":"03"}}`,
			`{"0283":"00","0289":"5314030A1E1E","028B":"64C3A9","028D":"61","02A0":"0003000200","02A1":"0A1E","02C0":"64","02D0":"01","02D1":"00","02D8":"03"}`,
		},
		{
			"integers fill their register", `{"config":{"A1.i":2590,"85.i":0,"EE.i":0,"EF.i":256}}`,
			`{"config":{"85":"0000000000000000000000000000","A1":"0A1E","EE":"00","EF":"0100"}}`,
			`{"0285":"0000000000000000000000000000","02A1":"0A1E","02EE":"00","02EF":"0100"}`,
		},
		{
			"blank", `{"config":{"C0":"","8B.s":"","8D.i":"","8E.b":"","8F.64":""}}`,
			`{"config":{"8B":"","8D":"","8E":"","8F":"","C0":""}}`,
			`{"028B":"","028D":"","028E":"","028F":"","02C0":""}`,
		},
		{
			"what is not known is kept", `{"commands":[1.0,{"a":null}],"config":{"87":"0102"},"0455":"01","constants":{"00":"AA"},"certificates":{"0":"x"}}`,
			`{"constants":{"00":"AA"},"config":{"87":"0102"},"0455":"01","commands":[1.0,{"a":null}],"certificates":{"0":"x"}}`,
			`{"0100":"AA","0287":"0102","0455":"01","commands":[1.0,{"a":null}],"certificates":{"0":"x"}}`,
		},
		{"nothing", " {} \r\n", "{}", "{}"},
	} {
		r, err := ParseRegisters(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := string(r.AppendJSON(nil)); got != tt.nested {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.nested)
		}
		if got := string(r.AppendFlatJSON(nil)); got != tt.flat {
			t.Errorf("%s, flat: %s\nwant %s", tt.name, got, tt.flat)
		}
		if len(r.Warn) > 0 {
			t.Errorf("%s: warnings %q", tt.name, r.Warn)
		}
		for _, text := range []string{tt.nested, tt.flat} {
			again, err := ParseRegisters(text)
			if err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("%s: %s is %+v, %v\nwant %+v", tt.name, text, again, err, r)
			}
		}
	}
}

func TestParseRegistersErrors(t *testing.T) {
	const password = "PlainPassword"
	for _, tt := range []struct{ text, want string }{
		{`{"C0":"64"}`, `"C0": an address of two digits belongs in "config" or "templates"`},
		{`{"config":{"C0":64}}`, `"C0": not pairs of hex digits in quotes`},
		{`{"config":{"C0":"6"}}`, `"C0": not pairs of hex digits in quotes`},
		{`{"config":{"8C":"` + password + `"}}`, `"8C": not pairs of hex digits in quotes`},
		{`{"028C.64":"` + password + `!"}`, `"028C.64": not base64`},
		{`{"028C.i":"` + password + `"}`, `"028C.i": not an integer that fits the register`},
		{`{"028C.b":"` + password + `"}`, `"028C.b": neither true nor false`},
		{`{"028C.u":"` + password + `"}`, `"028C.u": the modifier is not one of s, string, i, integer, b, bool, boolean, 64, base64, 16, h, hex`},
		{`{"config":{"C0.i":256}}`, `"C0.i": not an integer that fits the register`},
		{`{"config":{"C0.i":-1}}`, `"C0.i": not an integer that fits the register`},
		{`{"config":{"8B.s":5}}`, `"8B.s": not a text`},
		{`{"config":{"2C0":"64"}}`, `"2C0": the address of a register is two or four hex digits`},
		{`{"config":{"profile":"64"}}`, `"profile": the address of a register is two or four hex digits`},
		{`{"config":"64"}`, `not a JSON object`},
		{`["02C0"]`, `not a JSON object`},
		{`{"02C0":"64"`, `not JSON: unexpected end of JSON input`},
		{strings.Repeat(" ", MaxRegisters+1), "the configuration has more than 1048576 bytes"},
	} {
		r, err := ParseRegisters(tt.text)
		if err == nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("%.80s: error %v", tt.text, err)
			continue
		}
		if err.Error() != tt.want {
			t.Errorf("%.80s: %v\nwant %s", tt.text, err, tt.want)
		}
		if strings.Contains(err.Error(), password) {
			t.Errorf("%s: the error tells the password", tt.text)
		}
		if !reflect.DeepEqual(r, Registers{}) {
			t.Errorf("%.80s: %+v beside the error", tt.text, r)
		}
	}
	_, err := ParseRegisters(`{"config": {"C0": "64", "A0": "000"}}`)
	if at, ok := Offset(err); !ok || at != 30 {
		t.Errorf("the error is at %d, want 30", at)
	}
}

func TestParseRegistersWarnings(t *testing.T) {
	r, err := ParseRegisters(`{"config":{"0310":"FF","C0":"24","c0":"64","A0":null}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"0310 stands in a section for 02xx; the reader's tool may take it for another register",
		"02C0 is set twice; the last value is taken here, but the reader's tool may think otherwise",
		`02A0 is null; a blank register should be ""`,
	}
	if !slices.Equal(r.Warn, want) {
		t.Errorf("warnings %q\nwant %q", r.Warn, want)
	}
	if value, ok := r.Get(0x02C0); !ok || value[0] != 0x64 {
		t.Errorf("02C0 is %X", value)
	}
	if _, ok := r.Get(0x0286); ok {
		t.Error("0286 is there")
	}
}

func TestMakeRegisters(t *testing.T) {
	const (
		dhcp   = "0000000000000000000000000000000000000000"
		ports  = "0000000000000000000000000000"
		prefix = "737072696E67636172642F737072696E67636F7265"
	)
	for _, tt := range []struct {
		name  string
		setup ReaderSetup
		want  map[uint16]string // what differs from the first row
	}{
		{"plain", ReaderSetup{Host: "b"}, map[uint16]string{
			0x0280: dhcp, 0x0285: ports, 0x0286: "62", 0x0288: "0000000000", 0x0289: "5314030A1E1E", 0x028B: "", 0x028C: "",
			0x028D: "", 0x028E: prefix, 0x028F: "", 0x02A0: "0003000200", 0x02C0: "64",
		}},
		{"usual port", ReaderSetup{Host: "b", Port: 1883}, nil},
		{"other port", ReaderSetup{Host: "b", Port: 1884}, map[uint16]string{0x0285: "00000000000000000000075C0000"}},
		{"TLS, usual port", ReaderSetup{Host: "b", Port: 8883, TLS: ReaderTLS{On: true}}, map[uint16]string{0x0288: "2700000000"}},
		{"TLS, port of no TLS", ReaderSetup{Host: "b", Port: 1883, TLS: ReaderTLS{On: true}}, map[uint16]string{
			0x0285: "00000000000000000000075B0000", 0x0288: "2700000000",
		}},
		{"no verification", ReaderSetup{Host: "b", TLS: ReaderTLS{On: true, Insecure: true}}, map[uint16]string{0x0288: "0100000000"}},
		{"client certificate", ReaderSetup{Host: "b", TLS: ReaderTLS{On: true, Certificate: true}}, map[uint16]string{0x0288: "27008D4D00"}},
		{
			"AWS",
			ReaderSetup{Host: "b", TLS: ReaderTLS{On: true, CASlot: 9, Certificate: true, Chain: true}, CreateTopics: true, NoRetain: true},
			map[uint16]string{0x0288: "27098D4D8F", 0x0289: "5614030A1E1E"},
		},
		{"$SCRDR", ReaderSetup{Host: "b", SCRDR: true}, map[uint16]string{0x02A0: "0003000100"}},
		{"movement", ReaderSetup{Host: "b", Movement: true}, map[uint16]string{0x02A0: "1003000200"}},
		{
			"names",
			ReaderSetup{Host: "b", ClientID: "door", DeviceID: "door", Prefix: "a/b", Login: "u", Password: "p", Template: 0xFF},
			map[uint16]string{0x028B: "75", 0x028C: "70", 0x028D: "646F6F72", 0x028E: "612F62", 0x028F: "646F6F72", 0x0310: "FF"},
		},
		{
			"an address of its own",
			ReaderSetup{Host: "10.0.0.5", IPv4: ReaderIPv4{Address: [4]byte{10, 0, 0, 20}, Netmask: [4]byte{255, 255, 255, 0}}},
			map[uint16]string{0x0280: "0A000014FFFFFF00000000000000000000000000", 0x0286: "31302E302E302E35"},
		},
	} {
		r, err := MakeRegisters(tt.setup)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		plain, _ := MakeRegisters(ReaderSetup{Host: "b"})
		want := plain
		if tt.name == "plain" {
			want = Registers{}
		}
		want.List = slices.Clone(want.List)
		for address, value := range tt.want {
			at, found := want.find(address)
			if !found {
				want.List = slices.Insert(want.List, at, Register{Address: address})
			}
			want.List[at].Value = textBytes(string(unhex(t, value)))
		}
		if !reflect.DeepEqual(r, want) {
			t.Errorf("%s: %s\nwant %s", tt.name, r.AppendFlatJSON(nil), want.AppendFlatJSON(nil))
		}
		again, err := ParseRegisters(string(r.AppendJSON(nil)))
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%s: reads as %+v, %v", tt.name, again, err)
		}
		for _, f := range r.Check() {
			known := f.Address == 0x0310 || f.Address == 0x0288 && tt.setup.TLS.Insecure || f.Address == 0x0285 && tt.setup.Port == 1883
			if !known && (f.Severity == SeverityError || f.Severity == SeverityWarning) {
				t.Errorf("%s: what was made has a fault: %v", tt.name, f)
			}
		}
	}
}

func TestMakeRegistersErrors(t *testing.T) {
	ip := ReaderIPv4{Address: [4]byte{10, 0, 0, 20}, Netmask: [4]byte{255, 255, 255, 0}}
	long := strings.Repeat("a", 49)
	for _, tt := range []struct {
		setup ReaderSetup
		want  string
	}{
		{ReaderSetup{}, "no broker is named"},
		{ReaderSetup{Host: long}, "the broker has 49 bytes, but register 0286 of a reader holds 48 at most"},
		{ReaderSetup{Host: "b", Login: long[:17]}, "the login has 17 bytes, but register 028B of a reader holds 16 at most"},
		{ReaderSetup{Host: "b", Login: "u", Password: long[:17]}, "the password has 17 bytes, but register 028C of a reader holds 16 at most"},
		{ReaderSetup{Host: "b", ClientID: long[:25]}, "the client id has 25 bytes, but register 028D of a reader holds 24 at most"},
		{ReaderSetup{Host: "b", DeviceID: long[:25]}, "the device id has 25 bytes, but register 028F of a reader holds 24 at most"},
		{ReaderSetup{Host: "b", Prefix: long[:33]}, "the topic prefix has 33 bytes, but register 028E of a reader holds 32 at most"},
		{ReaderSetup{Host: "b", Login: "u", Password: "a\nb"}, "the password holds a control character"},
		{ReaderSetup{Host: "b", Login: "\xFF"}, "the login is not UTF-8"},
		{ReaderSetup{Host: "b", Password: "p"}, "there is a password, but no login: MQTT 3.1.1 does not allow that"},
		{ReaderSetup{Host: "mqtt://b"}, `broker "mqtt://b" is a URL; a reader takes a name or an IPv4 address only`},
		{ReaderSetup{Host: "fe80::1"}, `broker "fe80::1" is an IPv6 address; a reader takes a name or an IPv4 address`},
		{ReaderSetup{Host: "b:1"}, `broker "b:1" has a port; it belongs in register 0285`},
		{ReaderSetup{Host: "b c"}, `broker "b c" is not a host name`},
		{ReaderSetup{Host: "b", Prefix: "a/+"}, `topic prefix "a/+" holds + or #, which no topic can`},
		{ReaderSetup{Host: "b", Prefix: "/a"}, `topic prefix "/a" begins or ends with a slash, so that topics get an empty level`},
		{ReaderSetup{Host: "b", DeviceID: "a/b"}, `device id "a/b" holds one of + # / or NUL, which a topic level cannot`},
		{ReaderSetup{Host: "b", TLS: ReaderTLS{On: true, CASlot: 16}}, "slot 10: the slots of certificates are 0 to F"},
		{ReaderSetup{Host: "b", TLS: ReaderTLS{Certificate: true}}, "certificates need TLS"},
		{ReaderSetup{Host: "b", TLS: ReaderTLS{On: true, Chain: true}}, "the issuer's certificate is of no use without the reader's own"},
		{ReaderSetup{Host: "b", IPv4: ip}, "a reader with an address of its own needs a DNS server to find a broker by its name"},
		{ReaderSetup{Host: "10.0.0.5", IPv4: ReaderIPv4{Address: ip.Address}}, "the reader's address needs a netmask: ones, then zeros"},
		{ReaderSetup{Host: "10.0.0.5", IPv4: ReaderIPv4{Address: ip.Address, Netmask: [4]byte{255, 0, 255, 0}}}, "the reader's address needs a netmask: ones, then zeros"},
		{ReaderSetup{Host: "b", IPv4: ReaderIPv4{Gateway: ip.Address}}, "netmask, gateway and DNS servers are of no use without an address of the reader's own"},
	} {
		r, err := MakeRegisters(tt.setup)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%+v: %v\nwant %s", tt.setup, err, tt.want)
		}
		if !reflect.DeepEqual(r, Registers{}) {
			t.Errorf("%+v: %+v beside the error", tt.setup, r)
		}
	}
}

// TestCheckRegisters changes a good configuration in each row, and gives the findings that
// this adds, as severity, register and a part of the problem.
func TestCheckRegisters(t *testing.T) {
	good := map[string]string{
		"0286.s": "broker.example", "02A0": "0003000200", "02C0": "64", "0310": "FF",
		"0284": "01", "02F0": "00303001", "02FE.s": "not as shipped", "02FF.s": "another",
	}
	check := func(change map[string]string) []Finding {
		t.Helper()
		merged := map[string]string{}
		for _, m := range []map[string]string{good, change} {
			for key, value := range m {
				merged[key] = value
			}
		}
		var b []byte
		b = append(b, '{')
		for key, value := range merged {
			if value == "none" {
				continue
			}
			b = appendTextMember(b, key, value)
			if value == "" {
				b = append(appendKey(b, key), `""`...)
			}
		}
		r, err := ParseRegisters(string(append(b, '}')))
		if err != nil {
			t.Fatal(err)
		}
		return r.Check()
	}
	if found := check(nil); len(found) > 0 {
		t.Fatalf("the good one: %v", found)
	}
	static := "0A000014FFFFFF000A0000010A00000100000000"
	for _, tt := range []struct {
		name   string
		change map[string]string
		want   []string
	}{
		{"profile left out", map[string]string{"02C0": "none"}, []string{"error 02C0 the profile is 00, network none, profile Direct"}},
		{"profile TCP", map[string]string{"02C0": "24"}, []string{"error 02C0 the profile is 24, network TCP server"}},
		{"profile with a reserved bit", map[string]string{"02C0": "E4"}, []string{"error 02C0 the profile is E4"}},
		{"profile of two bytes", map[string]string{"02C0": "6400"}, []string{"error 02C0 the value has 2 bytes"}},
		{"$SCRDR", map[string]string{"02A0": "0003000100"}, []string{"info 02A0 events are $SCRDR"}},
		{"MK1", map[string]string{"02A0": "0003000300"}, []string{"error 02A0 byte 3 = 03 is the MK1"}},
		{"TLV", map[string]string{"02A0": "0003000000"}, []string{"error 02A0 byte 3 = 00 is neither"}},
		{"format with a reserved bit", map[string]string{"02A0": "0003000A00"}, []string{"error 02A0 byte 3 = 0A is neither"}},
		{"reserved bits", map[string]string{"02A0": "2003000200"}, []string{"error 02A0 byte 0 bits 7-5 should be 0"}},
		{"movement", map[string]string{"02A0": "1003000200"}, nil},
		{"waits for the host", map[string]string{"02A0": "0203000200"}, []string{"warning 02A0 the reader waits"}},
		{"active at once", map[string]string{"02A0": "0103000200"}, []string{"warning 02A0 the reader is active before"}},
		{"4 bytes", map[string]string{"02A0": "00030002"}, []string{"error 02A0 the value has 4 bytes"}},
		{"default format", map[string]string{"02A0": ""}, nil},
		{"no broker", map[string]string{"0286.s": "none"}, []string{"error 0286 no broker"}},
		{"long broker", map[string]string{"0286.s": strings.Repeat("b", 49)}, []string{"error 0286 the value has 49 bytes"}},
		{"48 bytes", map[string]string{"0286.s": strings.Repeat("b", 48)}, nil},
		{"broker with a port", map[string]string{"0286.s": "b:1883"}, []string{"warning 0286 the broker has a port"}},
		{"static address", map[string]string{"0280": static}, nil},
		{"no netmask", map[string]string{"0280": "0A00001400000000" + static[16:]}, []string{"error 0280 the reader has an address, but no netmask"}},
		{"odd netmask", map[string]string{"0280": "0A000014FF00FF00" + static[16:]}, []string{"warning 0280 the netmask"}},
		{"no DNS", map[string]string{"0280": static[:24] + "0000000000000000"}, []string{"warning 0280 there is no DNS"}},
		{"no DNS needed", map[string]string{"0280": static[:24] + "0000000000000000", "0286.s": "10.0.0.5"}, nil},
		{"no gateway", map[string]string{"0280": static[:16] + "00000000" + static[24:]}, []string{"info 0280 there is no gateway"}},
		{"short address", map[string]string{"0280": "0A000014"}, []string{"error 0280 the value has 4 bytes"}},
		{"network off", map[string]string{"0283": "80"}, []string{"error 0283 the network is off"}},
		{"odd link", map[string]string{"0283": "0F"}, []string{"warning 0283 byte 0 bits 5-3 should be 0", "warning 0283 byte 0 bits 2-0 (link)"}},
		{"auto-protection off", map[string]string{"0283": "40"}, []string{"info 0283 the auto-protection"}},
		{"other port", map[string]string{"0285": "00000000000000000000075C0000"}, []string{"info 0285 the broker has to listen on port 1884"}},
		{"port of TLS", map[string]string{"0285": "0000000000000000000022B30000"}, []string{"warning 0285 TLS is off, but port 8883"}},
		{"port of no TLS", map[string]string{"0285": "00000000000000000000075B0000", "0288": "2707000000"}, []string{"warning 0285 TLS is on, but port 1883"}},
		{"TLS", map[string]string{"0288": "2707000000"}, nil},
		{"TLS, empty slot", map[string]string{"0288": "2700000000"}, []string{"info 0288 slot 0"}},
		{"TLS, no trust", map[string]string{"0288": "0100000000"}, []string{"warning 0288 the connection is encrypted, but"}},
		{"TLS, any name", map[string]string{"0288": "2107000000"}, []string{"security 0288 any server"}},
		{"one server certificate", map[string]string{"0288": "1108000000"}, nil},
		{"TLS forgotten", map[string]string{"0288": "2600000000"}, []string{"warning 0288 TLS is off, so that all else"}},
		{"client certificate", map[string]string{"0288": "27078D4D00"}, nil},
		{"with its issuer", map[string]string{"0288": "27078D4D8F"}, nil},
		{"key in plain memory", map[string]string{"0288": "27078D0D00"}, []string{"warning 0288 the client certificate's key"}},
		{"reserved key", map[string]string{"0288": "27078D8D00"}, []string{"warning 0288 the client certificate's key"}},
		{"key F", map[string]string{"0288": "27078D4F00"}, []string{"warning 0288 there is no private key F"}},
		{"key of another", map[string]string{"0288": "27078D4C00"}, []string{"warning 0288 private key C belongs to the certificate in slot C, not D"}},
		{"issuer alone", map[string]string{"0288": "270700008F"}, []string{"warning 0288 the issuer's certificate"}},
		{"reserved bit of TLS", map[string]string{"0288": "A707000000"}, []string{"warning 0288 byte 0 bit 7 should be 0"}},
		{"short TLS", map[string]string{"0288": "27"}, []string{"warning 0288 the value has 1 byte,"}},
		{"AWS", map[string]string{"0289": "5614030A1E1E"}, nil},
		{"QoS 3", map[string]string{"0289": "F314030A1E1E"}, []string{
			"warning 0289 byte 0 bits 7-6 (subscribes with QoS)", "warning 0289 byte 0 bits 5-4 (publishes with QoS)",
		}},
		{"QoS 0, no will", map[string]string{"0289": "4114030A1E1E"}, []string{"info 0289 there is no last will", "info 0289 with QoS 0"}},
		{"reserved bit of MQTT", map[string]string{"0289": "5B14030A1E1E"}, []string{"warning 0289 byte 0 bit 3 should be 0"}},
		{"no times", map[string]string{"0289": "531403000000"}, []string{
			"warning 0289 the keep-alive is 0", "warning 0289 the interval between STATUS", "warning 0289 the wait",
		}},
		{"short options", map[string]string{"0289": "531403"}, []string{"warning 0289 the value has 3 bytes"}},
		{"login alone", map[string]string{"028B.s": "u"}, []string{"warning 028C there is a login"}},
		{"password alone", map[string]string{"028C.s": "p", "0288": "2707000000"}, []string{"warning 028B there is a password"}},
		{"password in the clear", map[string]string{"028B.s": "u", "028C.s": "p"}, []string{"security 0288 without TLS"}},
		{"long login", map[string]string{"028B.s": strings.Repeat("u", 17), "028C.s": "p", "0288": "2707000000"}, []string{"warning 028B the value has 17 bytes"}},
		{"client id alone", map[string]string{"028D.s": "a"}, []string{"warning 028D the client id is not the device id"}},
		{"equal ids", map[string]string{"028D.s": "a", "028F": "6100"}, nil},
		{"device id with a slash", map[string]string{"028D.s": "a/b", "028F.s": "a/b"}, []string{"warning 028F the device id holds"}},
		{"control character", map[string]string{"028D": "610A", "028F": "610A"}, []string{"warning 028D the client id holds a control", "warning 028F the device id holds a control"}},
		{"prefix with a wildcard", map[string]string{"028E.s": "a/#"}, []string{"warning 028E the topic prefix holds + or #"}},
		{"prefix with a slash", map[string]string{"028E.s": "a/"}, []string{"warning 028E the topic prefix begins or ends"}},
		{"no template", map[string]string{"0310": "00"}, []string{"warning 0310 no template"}},
		{"template 4", map[string]string{"0310": "none", "0340": "61"}, nil},
		{"unknown template", map[string]string{"0310": "99"}, []string{"info 0310 kind 99"}},
		{"mute", map[string]string{"02D8": "00"}, []string{"info 02D8 the buzzer is mute"}},
		{"Direct server", map[string]string{"0284": "none"}, []string{"security 0284 the Direct server is on"}},
		{"Telnet", map[string]string{"0284": "03"}, []string{"security 0284 the Telnet server is on, if"}},
		{"open", map[string]string{"02F0": "none", "0284": "none"}, []string{
			"security 0284 the Direct server is on, and 02F0 lets anybody", "security 02F0 all access conditions are open",
		}},
		{"password not there", map[string]string{"02FF.s": "none"}, []string{"security 02FF the admin password"}},
		{"unknown register", map[string]string{"0287": "FFFF"}, nil},
	} {
		found := check(tt.change)
		ok := len(found) == len(tt.want)
		for i := 0; ok && i < len(found); i++ {
			f := found[i]
			line := string(f.Severity) + " " + strings.ToUpper(hex.EncodeToString([]byte{byte(f.Address >> 8), byte(f.Address)})) + " " + f.Problem
			ok = strings.HasPrefix(line, tt.want[i])
		}
		if !ok {
			t.Errorf("%s: %v\nwant %q", tt.name, found, tt.want)
		}
	}
}

func TestCheckOrder(t *testing.T) {
	r, err := ParseRegisters(`{"02C0":"64","02c0":"24","0285":"00000000000000000000075C0000"}`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Check() {
		got = append(got, string(f.AppendJSON(nil)))
	}
	for i, want := range []string{
		`{"severity":"error","register":"0286",`, `{"severity":"error","register":"02C0",`,
		`{"severity":"warning","problem":"02C0 is set twice; `, `{"severity":"warning","register":"0310",`,
		`{"severity":"security","register":"0284",`, `{"severity":"security","register":"02F0",`,
		`{"severity":"security","register":"02FE",`, `{"severity":"security","register":"02FF",`,
		`{"severity":"info","register":"0285",`,
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Fatalf("%d is not %s:\n%s", i, want, strings.Join(got, "\n"))
		}
	}
}

func TestExplanationJSON(t *testing.T) {
	r, err := ParseRegisters(`{"config":{"02.s":"Hall\u001b","C0":"64","8C.s":"p","87":"01","A1":""}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"register":"0202","name":"location","value":"48616C6C1B","individual":true,"text":"Hall\u001b","words":"\"Hall\\x1b\""}`,
		`{"register":"0287","value":"01","words":"not documented"}`,
		`{"register":"028C","name":"password","hidden":true,"words":"set, hidden"}`,
		`{"register":"02A1","name":"timing","value":"","blank":true,"words":"next reading after: 1.0 s; same tag again after: 3.0 s (default)",` +
			`"fields":[{"place":"byte 0","name":"next reading after","words":"1.0 s"},{"place":"byte 1","name":"same tag again after","words":"3.0 s"}]}`,
		`{"register":"02C0","name":"profile","value":"64","words":"network: MQTT client; profile: Smart Reader",` +
			`"fields":[{"place":"byte 0 bits 6-4","name":"network","words":"MQTT client"},{"place":"byte 0 bits 2-0","name":"profile","words":"Smart Reader"}]}`,
	}
	for i, e := range r.Explain(false) {
		if got := string(e.AppendJSON(nil)); got != want[i] {
			t.Errorf("%s\nwant %s", got, want[i])
		}
	}
}

func FuzzRegisters(f *testing.F) {
	for _, seed := range []string{
		`{"config":{"C0":"64","A0":"0003000200","86.s":"broker.example"},"templates":{"10":"FF","11":"0200"}}`,
		`{"0201":"44656D6F","02C0":"02","0310":"12345678","028E.string":"a\u0000"}`,
		`{"config":{"C0.i":1e2,"D0.b":true,"89.64":"UxQDCh4e","C0":"64","0310":null},"x":[1,{"y":1.50}],"0455":""}`,
		`{"config":{"80":"0A000014FFFFFF000A0000010A00000100000000","88":"27008D4D8F","89":"F3","F0":"80103011"}}`,
		`{"config":{"8C":"Password"}}`, `{"C0":"64"}`, "\uFEFF{}", `{`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRegisters(text)
		if err != nil {
			if !reflect.DeepEqual(r, Registers{}) {
				t.Fatalf("%+v beside error %v", r, err)
			}
			if at, ok := Offset(err); !ok || at < 0 || at > len(text) {
				t.Fatalf("error %v is at %d of %d", err, at, len(text))
			}
			return
		}
		if !slices.IsSortedFunc(r.List, func(a, b Register) int { return int(a.Address) - int(b.Address) }) {
			t.Fatalf("not in order: %+v", r.List)
		}
		for _, print := range []func([]byte) []byte{r.AppendJSON, r.AppendFlatJSON} {
			printed := string(print(nil))
			again, err := ParseRegisters(printed)
			if err != nil {
				t.Fatalf("%s: %v", printed, err)
			}
			if len(again.Warn) > 0 || !reflect.DeepEqual(again.List, r.List) || string(again.AppendJSON(nil)) != string(r.AppendJSON(nil)) {
				t.Fatalf("%s\nis %+v\nnot %+v", printed, again, r)
			}
		}
		for _, secrets := range []bool{false, true} {
			for _, e := range r.Explain(secrets) {
				if e.Words() == "" {
					t.Fatalf("%04X has no words", e.Address)
				}
				if err := checkJSON(string(e.AppendJSON(nil))); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, finding := range r.Check() {
			if finding.Problem == "" || !slices.Contains(severities, finding.Severity) {
				t.Fatalf("finding %+v", finding)
			}
		}
	})
}
