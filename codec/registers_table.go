package codec

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// The addresses of registers that this package sets or judges.
const (
	registerIPv4          = 0x0280
	registerNetwork       = 0x0283
	registerServices      = 0x0284
	registerPorts         = 0x0285
	registerBroker        = 0x0286
	registerTLS           = 0x0288
	registerMQTT          = 0x0289
	registerLogin         = 0x028B
	registerPassword      = 0x028C
	registerClientID      = 0x028D
	registerPrefix        = 0x028E
	registerDeviceID      = 0x028F
	registerSmartReader   = 0x02A0
	registerProfile       = 0x02C0
	registerSound         = 0x02D8
	registerAccess        = 0x02F0
	registerUserPassword  = 0x02FE
	registerAdminPassword = 0x02FF
	registerTemplate      = 0x0310 // of template 1; the next template is 16 higher
)

// A registerKind is what the documentation says about one register.
type registerKind struct {
	address    uint16
	name       string
	size       int    // in bytes; the largest size, if there are no fields
	initial    string // what a blank register stands for, in hex; "" is an empty value
	blank      string // the same in words, if that is not a value
	text       bool   // UTF-8 instead of fields
	opaque     bool   // any bytes instead of fields
	secret     bool   // not to be shown
	individual bool   // belongs to one device and must not be copied to another
	fields     []registerField
}

// A registerField is a part of a register: bits of one byte, or whole bytes with the high
// byte first. A field without a name is reserved and has to be zero.
type registerField struct {
	name      string
	at, size  int      // first byte, number of bytes
	high, low int      // bits, of a field of one byte
	values    []string // meanings by value; "" is reserved
	form      fieldForm
	zero      string // what 0 means, if not the number 0
	full      string // what FF means, if not the number
	quiet     bool   // not worth showing while it is zero
	switches  bool   // while it is zero, the fields behind it are not worth showing either
}

// A fieldForm is how a field without a list of meanings is written.
type fieldForm int

const (
	formNumber fieldForm = iota
	formSlot             // of the certificate store, one hex digit as in the documentation
	formSeconds
	formTenths // of a second
	formIPv4
	formHex
)

// These functions make the fields.

func bitsField(at, high, low int, name string, values ...string) registerField {
	return registerField{name: name, at: at, size: 1, high: high, low: low, values: values}
}

func bitField(at, bit int, name, off, on string) registerField {
	return bitsField(at, bit, bit, name, off, on)
}

func reservedField(at, high, low int) registerField { return bitsField(at, high, low, "") }

func slotField(at int, name string) registerField {
	return registerField{name: name, at: at, size: 1, high: 3, form: formSlot}
}

func byteField(at int, name string, form fieldForm) registerField {
	return registerField{name: name, at: at, size: 1, high: 7, form: form}
}

func ipv4Field(at int, name, zero string) registerField {
	return registerField{name: name, at: at, size: 4, form: formIPv4, zero: zero, quiet: at > 0}
}

func portField(at int, name, usual string) registerField {
	return registerField{name: name, at: at, size: 2, zero: usual, quiet: true}
}

// quietly makes a field that is not worth showing while it is zero.
func quietly(f registerField) registerField {
	f.quiet = true
	return f
}

// rawBytes returns the fields of a register whose bytes have no further meaning.
func rawBytes(size int, zero string) []registerField {
	return []registerField{{name: "bytes", size: size, form: formHex, zero: zero}}
}

// telnetDoubt is added to the meaning of bit 1 of register 0284.
const telnetDoubt = " (as its form says; its internal name says the opposite)"

// registerKinds are the registers of the configuration, bank 02.
//
// Source: the vendor's XML definitions, versions 1.23 and 1.31, the same for
// all products with a network; SpringCore documentation, Client Options
// (2024-03-25) for 0289, TLS Options for 0288, Configuration of the MQTT client
// (2023-04-13) for the sizes of texts. Guesses are marked as such.
var registerKinds = []registerKind{
	{address: 0x0200, name: "configuration GUID", size: 16, fields: rawBytes(16, "none")},
	{address: 0x0201, name: "inventory number", size: 16, text: true, individual: true},
	{address: 0x0202, name: "location", size: 16, text: true, individual: true},
	{address: 0x0208, name: "application name", size: 32, text: true},
	{address: 0x0209, name: "license key", size: 32, opaque: true, secret: true, individual: true},
	{address: 0x020A, name: "license cryptogram", size: 32, opaque: true, secret: true, individual: true},
	{
		address: registerIPv4, name: "IPv4", size: 20, initial: strings.Repeat("00", 20), individual: true,
		fields: []registerField{
			ipv4Field(0, "address", "by DHCP"),
			ipv4Field(4, "netmask", "none"),
			ipv4Field(8, "gateway", "none"),
			ipv4Field(12, "first DNS server", "none"),
			ipv4Field(16, "second DNS server", "none"),
		},
	},
	{
		address: 0x0281, name: "IPv6", size: 16, initial: strings.Repeat("00", 16), individual: true,
		fields: rawBytes(16, "none"),
	},
	{
		address: registerNetwork, name: "network options", size: 1, initial: "00",
		fields: []registerField{
			bitField(0, 7, "network", "on", "off"),
			bitField(0, 6, "auto-protection", "on", "off"),
			reservedField(0, 5, 3),
			bitsField(0, 2, 0, "link", "automatic", "10M half duplex", "10M full duplex", "100M half duplex", "100M full duplex", "", "", ""),
		},
	},
	{
		// The form in which people see bit 1 is titled "Telnet server" and labels 1 as true;
		// its internal name, "Telnet disabled", says the opposite. Which of them the firmware
		// follows was not found; for bit 0 title and name agree.
		address: registerServices, name: "network services", size: 1, initial: "04",
		fields: []registerField{
			reservedField(0, 7, 4),
			bitsField(0, 3, 2, "Direct server", "off", "UDP", "TCP", ""),
			bitField(0, 1, "Telnet server", "off"+telnetDoubt, "on"+telnetDoubt),
			bitField(0, 0, "discovery server", "on", "off"),
		},
	},
	{
		address: registerPorts, name: "ports", size: 14, initial: strings.Repeat("00", 14),
		fields: []registerField{
			portField(0, "Telnet", "23"),
			portField(2, "discovery", "3999"),
			portField(4, "Direct server", "3978"),
			portField(6, "CCID server", "3999"),
			portField(8, "Smart Reader server", "4000"),
			{name: "MQTT", at: 10, size: 2, zero: "1883, with TLS 8883"},
			portField(12, "HTTP", "80"),
		},
	},
	{address: registerBroker, name: "broker", size: 48, text: true},
	{
		address: registerTLS, name: "TLS", size: 5, initial: "0000000000",
		fields: []registerField{
			{name: "TLS", size: 1, values: []string{"off", "on"}, switches: true},
			{
				name: "trusts", size: 1, high: 5, low: 4, switches: true,
				values: []string{"any certificate", "the server certificate in its slot", "the CA in its slot", "the CA in its slot, with chaining"},
			},
			slotField(1, "slot"),
			bitField(0, 6, "compares", "the public key", "the exact certificate"),
			bitField(0, 2, "name check", "no", "yes"),
			bitField(0, 1, "SNI", "no", "yes"),
			reservedField(0, 7, 7),
			reservedField(0, 3, 3),
			reservedField(1, 7, 4),
			{name: "client certificate", at: 2, size: 1, high: 7, low: 7, values: []string{"no", "yes"}, switches: true},
			slotField(2, "client certificate slot"),
			reservedField(2, 6, 4),
			bitsField(3, 7, 6, "private key", "in plain memory", "in the secure element", "", ""),
			slotField(3, "private key slot"),
			reservedField(3, 5, 4),
			{name: "sends issuer", at: 4, size: 1, high: 7, low: 7, values: []string{"no", "yes"}, switches: true},
			slotField(4, "issuer slot"),
			reservedField(4, 6, 4),
		},
	},
	{
		address: registerMQTT, name: "MQTT options", size: 6, initial: "5314030A1E1E",
		fields: []registerField{
			bitsField(0, 7, 6, "subscribes with QoS", "0", "1", "2", ""),
			bitsField(0, 5, 4, "publishes with QoS", "0", "1", "2", ""),
			reservedField(0, 3, 3),
			quietly(bitField(0, 2, "creates topics first", "no", "yes")),
			bitField(0, 1, "last will", "no", "yes"),
			bitField(0, 0, "retained messages", "no", "yes"),
			byteField(1, "connects within", formSeconds),
			byteField(2, "waits for answers", formSeconds),
			byteField(3, "keep-alive", formSeconds),
			byteField(4, "STATUS every", formSeconds),
			byteField(5, "reconnects after", formSeconds),
		},
	},
	{address: registerLogin, name: "login", size: 16, text: true},
	{address: registerPassword, name: "password", size: 16, text: true, secret: true},
	{address: registerClientID, name: "client id", size: 24, blank: "the serial number", text: true},
	{address: registerPrefix, name: "topic prefix", size: 32, initial: "737072696E67636172642F737072696E67636F7265", text: true},
	{address: registerDeviceID, name: "device id", size: 24, blank: "the serial number", text: true},
	{address: 0x0290, name: "HTTP server", size: 48, initial: "7264722E737072696E67636172642E636F6D", text: true},
	{address: 0x0291, name: "HTTP path", size: 48, initial: "69776D322F69776D325F706F73742E706870", text: true},
	{
		// The STATUS page says that keep-alives need a period that is not zero.
		address: 0x0292, name: "HTTP options", size: 2, initial: "1E3C",
		fields: []registerField{
			{name: "connection is gone after", size: 1, high: 7, form: formSeconds, zero: "30 s"},
			{name: "keep-alive", at: 1, size: 1, high: 7, form: formSeconds, zero: "60 s"},
		},
	},
	{address: 0x0293, name: "HTTP HMAC key", size: 32, opaque: true, secret: true},
	{address: 0x0294, name: "UDP server", size: 48, initial: "3235352E3235352E3235352E323535", text: true},
	{
		address: 0x0295, name: "UDP options", size: 1, initial: "00",
		fields: []registerField{
			bitField(0, 1, "takes commands from any port", "yes", "no"),
			bitField(0, 0, "takes commands from any address", "yes", "no"),
		},
	},
	{
		address: registerSmartReader, name: "Smart Reader", size: 5, initial: "0003000200",
		fields: []registerField{
			bitField(0, 4, "reports", "tags read", "tags inserted and removed"),
			bitsField(0, 1, 0, "starts", "when a host is connected", "with the device", "when the host says so", "with the device, or when the host says so"),
			bitsField(3, 2, 0, "network format", "TLV", "$SCRDR", "JSON", "MK1", "", "", "", "IWM2"),
			bitsField(1, 1, 0, "serial format", "TLV", "$SCRDR", "JSON", "MK1"),
			bitsField(2, 1, 0, "Bluetooth format", "TLV", "$SCRDR", "JSON", "MK1"),
			bitsField(4, 1, 0, "USB format", "TLV", "$SCRDR", "JSON", "MK1"),
			reservedField(0, 7, 5),
			reservedField(0, 3, 2),
			reservedField(1, 7, 2),
			reservedField(2, 7, 2),
			reservedField(3, 7, 3),
			reservedField(4, 7, 2),
		},
	},
	{
		address: 0x02A1, name: "timing", size: 2, initial: "0A1E",
		fields: []registerField{
			{name: "next reading after", size: 1, high: 7, form: formTenths, zero: "no time"},
			{name: "same tag again after", at: 1, size: 1, high: 7, form: formTenths, zero: "no time", full: "it was taken away"},
		},
	},
	{
		address: registerProfile, name: "profile", size: 1, initial: "00",
		fields: []registerField{
			reservedField(0, 7, 7),
			bitsField(0, 6, 4, "network", "none", "HTTP client", "TCP server", "TCP and UDP server", "UDP server", "", "MQTT client", ""),
			reservedField(0, 3, 3),
			bitsField(0, 2, 0, "profile", "Direct", "SpringProx", "CCID", "keyboard", "Smart Reader", "ST UHF host protocol", "mass storage", "NFC Cockpit"),
		},
	},
	{
		address: 0x02D0, name: "lights", size: 1, initial: "00",
		fields: []registerField{bitField(0, 0, "controlled by", "the reader", "the host")},
	},
	{address: 0x02D1, name: "LED ramp", size: 1, initial: "00", fields: []registerField{byteField(0, "bits", formHex)}},
	{
		address: 0x02D2, name: "RGB LED", size: 2, initial: "92A1",
		fields: []registerField{
			bitsField(0, 7, 4, "color while active", ledColors...),
			bitsField(0, 1, 0, "state while active", ledStates...),
			bitsField(1, 7, 4, "color while inactive", ledColors...),
			bitsField(1, 1, 0, "state while inactive", ledStates...),
		},
	},
	{
		address: 0x02D3, name: "RGB light levels", size: 3, initial: "644B0A",
		fields: []registerField{
			byteField(0, "full, in percent", formNumber),
			byteField(1, "dimmed, in percent", formNumber),
			{name: "dims after", at: 2, size: 1, high: 7, form: formSeconds, zero: "never"},
		},
	},
	{
		// 05 by default on one product.
		address: registerSound, name: "sound", size: 1, initial: "01",
		fields: []registerField{{name: "volume", size: 1, high: 2, zero: "0, mute"}},
	},
	{
		// That remote console rights have the codes of the other rights, and
		// that byte 1 is the local one, are guesses.
		address: registerAccess, name: "access conditions", size: 4, initial: "00000000",
		fields: []registerField{
			bitField(0, 7, "factory configuration button", "on", "off"),
			{name: "master cards", size: 1, high: 6, form: formHex, quiet: true},
			bitsField(1, 5, 4, "local rights", accessRights...),
			bitsField(2, 5, 4, "remote rights", accessRights...),
			bitsField(3, 5, 4, "remote console rights", accessRights...),
			bitField(3, 0, "Telnet", "on", "off"),
		},
	},
	{
		address: 0x02F1, name: "lockout", size: 2, initial: "0000",
		fields: []registerField{{name: "failures allowed, four nibbles", size: 2, form: formHex, zero: "any number"}},
	},
	{address: registerUserPassword, name: "user password", size: 16, text: true, secret: true, individual: true},
	{address: registerAdminPassword, name: "admin password", size: 16, text: true, secret: true, individual: true},
}

var (
	ledColors = []string{
		"white", "red", "dark red", "yellow", "dark yellow", "green", "dark green", "cyan",
		"dark cyan", "blue", "dark blue", "magenta", "dark magenta", "pink", "purple", "orange",
	}
	ledStates    = []string{"off", "on", "breathing", "pulsing"}
	accessRights = []string{"read and write", "write only", "admin writes only", "locked"}
)

// templateKinds are the meanings of the first register of an HF template, which the vendor
// calls LKL: what the template reads. An empty meaning is not documented.
//
// Source: the vendor's XML definitions of NFC templates.
var templateKinds = []string{
	0x00: "nothing, it is off",
	0x01: "the number of NFC-A tags", 0x02: "the number of NFC-B tags", 0x03: "the number of NFC-A and B tags",
	0x04: "the number of NFC-V tags", 0x07: "the number of NFC-A, B and V tags", 0x08: "the number of NFC-F tags",
	0x0F: "the number of all ISO tags",
	0x11: "ISO-DEP data of type A", 0x12: "ISO-DEP data of type B", 0x13: "ISO-DEP data of types A and B",
	0x20: "the number of RF barcodes", 0x21: "the number of NFC type 1 tags", 0x22: "the number of ST SR tags",
	0x23: "the number of ASK CTS tags", 0x24: "the number of PicoPass B tags", 0x28: "the number of FeliCa tags",
	0x2A: "the number of PicoPass V tags", 0x2C: "the number of Innovatron tags",
	0x40: "NDEF from SNEP", 0x41: "NDEF of type 1 tags", 0x42: "NDEF of type 2 tags", 0x43: "NDEF of type 3 tags",
	0x44: "NDEF of type 4 tags", 0x45: "NDEF of type 5 tags", 0x4A: "NDEF of type 4A tags", 0x4B: "NDEF of type 4B tags",
	0x4E: "NDEF of all tags", 0x4F: "NDEF of all tags and of phones",
	0x54: "ISO 15693 memory", 0x56: "EM4134 memory",
	0x61: "Mifare Classic", 0x62: "Mifare UltraLight", 0x63: "Mifare Plus SL3",
	0x70: "the number of Desfire cards", 0x71: "Desfire data", 0x72: "ISO-DEP data of Innovatron cards", 0x73: "the PAN of payment cards",
	0x78: "Calypso", 0x79: "Navigo",
	0xB0: "SpringBlue", 0xC0: "Orange retail", 0xC1: "Orange office", 0xC3: "STid",
	0xD1: "Apple VAS", 0xD2: "Google SmartTap",
	0xFF: "the number of any tag",
}

// bluetoothKinds are the same for the Bluetooth template.
var bluetoothKinds = []string{
	0x00: "nothing, it is off",
	0x0E: "spy", 0x0F: "extended spy", 0xA1: "iBeacon", 0xB0: "SpringBlue", 0xC2: "Orange Pack ID", 0xC3: "STid",
}

// readsNumbers reports whether a kind of HF template reports the tag's number only. The
// second register of such a template has the fields of numberFormat.
func readsNumbers(kind byte) bool {
	return kind == 0xFF || kind == 0x70 || int(kind) < len(templateKinds) && strings.HasPrefix(templateKinds[kind], "the number of")
}

// numberFormat describes how a template that reads numbers writes TagData.
var numberFormat = []registerField{
	bitsField(0, 7, 6, "byte order", "as it is", "", "swapped for numbers of 4 bytes of type A", "swapped"),
	bitField(0, 5, "padding", "00 on the left", "FF on the right"),
	bitField(0, 4, "all protocol bytes", "no", "yes"),
	bitsField(0, 3, 0, "length",
		"10 decimal digits", "4 bytes", "8 bytes", "5 bytes", "10 bytes", "7 bytes", "11 bytes", "", "16 bytes", "20 bytes",
		"24 bytes", "32 bytes", "12 decimal digits", "13 decimal digits", "decimal, as many digits as needed", "as it is"),
}

// hfTemplates is how many templates for NFC tags a reader has.
const hfTemplates = 4

// findKind finds what is documented about a register. The meaning of a template's
// registers depends on the first of them, whose value is lkl.
func findKind(address uint16, lkl byte) (registerKind, bool) {
	if address>>8 != 3 {
		for _, k := range registerKinds {
			if k.address == address {
				return k, true
			}
		}
		return registerKind{}, false
	}
	template, offset := int(address>>4&15), address&15
	kind := registerKind{address: address}
	prefix := fmt.Sprintf("template %d", template)
	values := templateKinds
	switch {
	case template == 0:
		prefix, values = "Bluetooth template", bluetoothKinds
	case template == 7: // only readers for UHF have it; its meanings are not documented
		prefix, values = "UHF template", []string{"nothing, it is off"}
	case template > hfTemplates:
		return registerKind{}, false
	}
	switch {
	case offset == 0:
		kind.name, kind.size, kind.initial = prefix, 1, "00"
		kind.fields = []registerField{{name: "reads", size: 1, high: 7, values: values}}
	case template == 0 || template == 7:
		return registerKind{}, false
	case offset == 1 && readsNumbers(lkl):
		kind.name, kind.size, kind.initial, kind.fields = prefix+" format", 2, "0000", numberFormat
	case offset == 2:
		kind.name, kind.size, kind.text = prefix+" prefix", 8, true
	default:
		return registerKind{}, false
	}
	return kind, true
}

// defaultValue returns the value that a blank register stands for.
func (k registerKind) defaultValue() []byte {
	b, _ := hex.DecodeString(k.initial) // TestRegisterTables checks that all of them are hex
	return b
}

// fits reports whether a value has the length of the register.
func (k registerKind) fits(value []byte) bool {
	if k.text || k.opaque {
		return len(value) <= k.size
	}
	return len(value) == k.size
}

// number returns the value of a field of at most eight bytes. value must have all bytes of
// the register.
func (f registerField) number(value []byte) uint64 {
	var n uint64
	for _, b := range value[f.at : f.at+f.size] {
		n = n<<8 | uint64(b)
	}
	if f.size == 1 {
		n = n >> f.low & (1<<(f.high-f.low+1) - 1)
	}
	return n
}

// isZero reports whether all bits of a field are zero.
func (f registerField) isZero(value []byte) bool {
	if f.size == 1 {
		return f.number(value) == 0
	}
	return isZero(value[f.at : f.at+f.size])
}

func isZero(value []byte) bool {
	for _, b := range value {
		if b != 0 {
			return false
		}
	}
	return true
}

// reserved reports whether a field has a value that no documentation allows.
func (f registerField) reserved(value []byte) bool {
	if f.name == "" {
		return !f.isZero(value)
	}
	n := int(f.number(value))
	return f.values != nil && (n >= len(f.values) || f.values[n] == "")
}

// words returns what a field says.
func (f registerField) words(value []byte) string {
	switch {
	case f.isZero(value) && f.zero != "":
		return f.zero
	case f.size == 1 && f.number(value) == 0xFF && f.full != "":
		return f.full
	case f.values != nil && f.reserved(value):
		return fmt.Sprintf("%X (not documented)", f.number(value))
	case f.values != nil:
		return f.values[f.number(value)]
	}
	switch f.form {
	case formSlot:
		return fmt.Sprintf("%X", f.number(value))
	case formSeconds:
		return strconv.FormatUint(f.number(value), 10) + " s"
	case formTenths:
		return fmt.Sprintf("%.1f s", float64(f.number(value))/10)
	case formIPv4:
		b := value[f.at : f.at+4]
		return fmt.Sprintf("%d.%d.%d.%d", b[0], b[1], b[2], b[3])
	case formHex:
		if f.size == 1 {
			return fmt.Sprintf("%02X", f.number(value))
		}
		return fmt.Sprintf("%X", value[f.at:f.at+f.size])
	}
	return strconv.FormatUint(f.number(value), 10)
}

// place returns where a field stands: "byte 0 bits 6-4", "bytes 10-11".
func (f registerField) place() string {
	switch {
	case f.size > 1:
		return fmt.Sprintf("bytes %d-%d", f.at, f.at+f.size-1)
	case f.high == 7 && f.low == 0:
		return fmt.Sprintf("byte %d", f.at)
	case f.high == f.low:
		return fmt.Sprintf("byte %d bit %d", f.at, f.low)
	}
	return fmt.Sprintf("byte %d bits %d-%d", f.at, f.high, f.low)
}
