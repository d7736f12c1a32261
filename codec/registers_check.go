package codec

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// A Severity says how much a [Finding] matters.
type Severity string

// The severities, the worst first.
const (
	SeverityError    Severity = "error"    // the reader will not work with a broker
	SeverityWarning  Severity = "warning"  // the reader may not work, or not as meant
	SeveritySecurity Severity = "security" // the reader works, but others may get in
	SeverityInfo     Severity = "info"     // worth knowing
)

var severities = []Severity{SeverityError, SeverityWarning, SeveritySecurity, SeverityInfo}

// A Finding is something about a configuration that is wrong or worth knowing.
type Finding struct {
	Severity Severity
	Address  uint16 // 0 when it is not about a single register
	Problem  string
	Advice   string // what to do; may be empty
}

// Kind is KindFinding.
func (Finding) Kind() Kind { return KindFinding }

// Warnings is empty.
func (Finding) Warnings() []string { return nil }

func (Finding) value() {}

// AppendJSON appends {"severity":"error","register":"02C0","problem":...,"advice":...}.
func (f Finding) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendTextMember(dst, "severity", string(f.Severity))
	if f.Address != 0 {
		dst = appendTextMember(dst, "register", fmt.Sprintf("%04X", f.Address))
	}
	dst = appendTextMember(dst, "problem", f.Problem)
	return append(appendTextMember(dst, "advice", f.Advice), '}')
}

// Check judges whether a reader with this configuration works as a Smart Reader with an
// MQTT broker, and how safely. Missing registers count as blank, because writing a whole
// configuration makes them blank. The worst findings come first. No finding shows a
// password.
func (r Registers) Check() []Finding {
	c := &registerCheck{r: r}
	for _, w := range r.Warn {
		c.add(SeverityWarning, 0, w, "")
	}
	c.shapes()
	c.profile()
	c.smartReader()
	c.broker()
	c.network()
	c.tls()
	c.mqtt()
	c.credentials()
	c.names()
	c.templates()
	c.sound()
	c.doors()
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)),
			cmp.Compare(a.Address, b.Address))
	})
	return c.findings
}

type registerCheck struct {
	r        Registers
	findings []Finding
}

func (c *registerCheck) add(s Severity, address uint16, problem, advice string) {
	c.findings = append(c.findings, Finding{s, address, problem, advice})
}

// value returns the value in effect of a register of fixed length. ok is false when its
// length is wrong; shapes adds the finding about that.
func (c *registerCheck) value(address uint16) (value []byte, ok bool) {
	kind, _ := findKind(address, 0)
	value = c.r.InForce(address)
	return value, kind.fits(value)
}

// text returns the text in effect of a register of text.
func (c *registerCheck) text(address uint16) string {
	kind, _ := findKind(address, 0)
	return string(textValue(kind, c.r.InForce(address)))
}

// needed reports whether the reader cannot work without this register. Damage to such a
// register is an error.
func needed(address uint16) bool {
	switch address {
	case registerProfile, registerSmartReader, registerIPv4, registerBroker:
		return true
	}
	return false
}

// shapes checks the length and the reserved values of all registers.
func (c *registerCheck) shapes() {
	for _, reg := range c.r.List {
		kind, known := c.r.kind(reg.Address)
		if !known || len(reg.Value) == 0 {
			continue
		}
		severity := SeverityWarning
		if needed(reg.Address) {
			severity = SeverityError
		}
		switch value := textValue(kind, reg.Value); {
		case !kind.fits(value):
			c.add(severity, reg.Address, "the value has "+wrongLength(kind, len(value)), "")
		case kind.text:
			if problem := textProblem(string(value)); problem != "" {
				c.add(severity, reg.Address, "the "+kind.name+" "+problem, "")
			}
		case reg.Address>>8 == 3 && reg.Address&15 == 0:
			if kind.fields[0].reserved(value) {
				c.add(SeverityInfo, reg.Address, fmt.Sprintf("kind %02X of a template is not documented", value[0]), "")
			}
		default:
			c.reserved(severity, reg.Address, kind.fields, value)
		}
	}
}

// reserved looks for reserved values in the fields of a register.
func (c *registerCheck) reserved(severity Severity, address uint16, fields []registerField, value []byte) {
	for _, f := range fields {
		switch {
		case !f.reserved(value):
		case address == registerProfile, address == registerSmartReader && f.at == 3,
			address == registerTLS && f.at == 3 && f.name != "":
			// which have checks of their own
		case f.name == "":
			c.add(severity, address, f.place()+" should be 0, as everything reserved", "")
		default:
			c.add(SeverityWarning, address, fmt.Sprintf("%s (%s) has the undocumented value %X", f.place(), f.name, f.number(value)), "")
		}
	}
}

func (c *registerCheck) profile() {
	value, ok := c.value(registerProfile)
	if !ok || value[0] == 0x64 {
		return
	}
	kind, _ := findKind(registerProfile, 0)
	says := fmt.Sprintf("the profile is %02X", value[0])
	for _, f := range explainFields(kind.fields, value) {
		says += ", " + f.Name + " " + f.Words
	}
	c.add(SeverityError, registerProfile, says, "set 64: MQTT client and Smart Reader")
}

func (c *registerCheck) smartReader() {
	value, ok := c.value(registerSmartReader)
	if !ok {
		return
	}
	switch value[3] {
	case 0x02:
	case 0x01:
		c.add(SeverityInfo, registerSmartReader, "events are $SCRDR lines, not JSON", "byte 3 = 02 makes them JSON; mqtool reads both")
	case 0x03:
		c.add(SeverityError, registerSmartReader, "byte 3 = 03 is the MK1 format, which MQTT does not carry",
			"set byte 3 to 02 for JSON or 01 for $SCRDR, which some pages of the documentation wrongly call 03")
	default:
		c.add(SeverityError, registerSmartReader, fmt.Sprintf("byte 3 = %02X is neither JSON nor $SCRDR", value[3]), "set byte 3 to 02 for JSON")
	}
	if value[0]&0x02 != 0 {
		c.add(SeverityWarning, registerSmartReader, "the reader waits to be activated, and no command over MQTT does that", "set bit 1 of byte 0 to 0")
	}
	if value[0]&0x01 != 0 {
		c.add(SeverityWarning, registerSmartReader, "the reader is active before it has a connection", "set byte 0 to 00, or to 10 to track movement")
	}
}

func (c *registerCheck) broker() {
	host := c.text(registerBroker)
	if host == "" {
		c.add(SeverityError, registerBroker, "no broker is set", "set its name or IPv4 address")
		return
	}
	if problem := hostProblem(host); problem != "" {
		c.add(SeverityWarning, registerBroker, "the broker "+problem, "")
	}
}

func (c *registerCheck) network() {
	if value, ok := c.value(registerNetwork); ok {
		if value[0]&0x80 != 0 {
			c.add(SeverityError, registerNetwork, "the network is off", "set bit 7 to 0")
		}
		if value[0]&0x40 != 0 {
			c.add(SeverityInfo, registerNetwork, "the auto-protection module is off", "")
		}
	}
	value, ok := c.value(registerIPv4)
	if !ok || isZero(value[:4]) {
		return // DHCP
	}
	mask := value[4:8]
	switch {
	case isZero(mask):
		c.add(SeverityError, registerIPv4, "the reader has an address, but no netmask", "set bytes 4-7, or all to zero for DHCP")
	case !isNetmask(mask):
		c.add(SeverityWarning, registerIPv4, "the netmask is not ones and then zeros", "")
	}
	if host := c.text(registerBroker); isZero(value[12:]) && host != "" && !isIPv4(host) {
		c.add(SeverityWarning, registerIPv4, "there is no DNS server, so that the broker cannot be found by its name", "set bytes 12-15, or the broker's address in 0286")
	}
	if isZero(value[8:12]) {
		c.add(SeverityInfo, registerIPv4, "there is no gateway: the broker has to be in the same network", "")
	}
}

func (c *registerCheck) tls() {
	value, ok := c.value(registerTLS)
	if !ok {
		return
	}
	on := value[0]&0x01 != 0
	c.port(on)
	if !on {
		if !isZero(value) {
			c.add(SeverityWarning, registerTLS, "TLS is off, so that all else in the register is ignored", "set bit 0 of byte 0 to 1, or everything to zero")
		}
		if c.text(registerPassword) != "" {
			c.add(SeveritySecurity, registerTLS, "without TLS anybody on the network can read the password", "switch TLS on")
		}
		return
	}
	trust := value[0] >> 4 & 3
	switch {
	case trust == 0:
		c.add(SeverityWarning, registerTLS, "the connection is encrypted, but the reader trusts any broker", "verify the CA: byte 0 = 27 and its slot in byte 1")
	case trust > 1 && value[0]&0x04 == 0:
		c.add(SeveritySecurity, registerTLS, "any server with a certificate of that CA is trusted, whatever its name", "set bit 2 of byte 0")
	}
	if slot := value[1] & 15; trust > 0 && slot <= 6 {
		c.add(SeverityInfo, registerTLS, fmt.Sprintf("slot %X of the certificate store is empty from the factory", slot), "put the broker's CA or certificate there")
	}
	c.clientCertificate(value)
}

// port checks that the port is one for connections with TLS, or without.
func (c *registerCheck) port(tls bool) {
	ports, ok := c.value(registerPorts)
	if !ok {
		return
	}
	switch port := binary.BigEndian.Uint16(ports[10:]); {
	case port == 1883 && tls:
		c.add(SeverityWarning, registerPorts, "TLS is on, but port 1883 is for connections without it", "set bytes 10-11 to 0000 for 8883")
	case port == 8883 && !tls:
		c.add(SeverityWarning, registerPorts, "TLS is off, but port 8883 is for connections with it", "switch it on in 0288, or set bytes 10-11 to 0000 for 1883")
	case port != 0:
		c.add(SeverityInfo, registerPorts, fmt.Sprintf("the broker has to listen on port %d", port), "")
	}
}

// clientCertificate checks the reader's own certificate.
func (c *registerCheck) clientCertificate(value []byte) {
	if value[2]&0x80 == 0 {
		if value[4]&0x80 != 0 {
			c.add(SeverityWarning, registerTLS, "the issuer's certificate is sent, but no client certificate", "set bit 7 of byte 2")
		}
		return
	}
	key, slot := value[3]&15, value[2]&15
	switch {
	case value[3]>>6 != 1:
		c.add(SeverityWarning, registerTLS, "the client certificate's key is not in the secure element", "set bits 7-6 of byte 3 to 1")
	case key > 0x0D:
		c.add(SeverityWarning, registerTLS, fmt.Sprintf("there is no private key %X", key), "set bits 3-0 of byte 3 to 0 to D")
	case key >= 0x0A && key != slot:
		c.add(SeverityWarning, registerTLS, fmt.Sprintf("private key %X belongs to the certificate in slot %[1]X, not %X", key, slot), "make them match")
	}
}

func (c *registerCheck) mqtt() {
	value, ok := c.value(registerMQTT)
	if !ok {
		return
	}
	for _, t := range []struct {
		at   int
		what string
	}{
		{3, "keep-alive"},
		{4, "interval between STATUS messages"},
		{5, "wait before reconnecting"},
	} {
		if value[t.at] == 0 {
			c.add(SeverityWarning, registerMQTT, "the "+t.what+" is 0", fmt.Sprintf("set byte %d", t.at))
		}
	}
	if value[0]&0x02 == 0 {
		c.add(SeverityInfo, registerMQTT, "there is no last will: a dead reader is known by its silence only", "set bit 1 of byte 0, if the broker allows it")
	}
	if value[0]>>4&3 == 0 {
		c.add(SeverityInfo, registerMQTT, "with QoS 0 events can get lost", "set bits 5-4 of byte 0 to 1")
	}
}

func (c *registerCheck) credentials() {
	login, password := c.text(registerLogin), c.text(registerPassword)
	switch {
	case login != "" && password == "":
		c.add(SeverityWarning, registerPassword, "there is a login, but no password", "set both or none")
	case login == "" && password != "":
		c.add(SeverityWarning, registerLogin, "there is a password, but no login", "set both or none")
	}
}

func (c *registerCheck) names() {
	client, device := c.text(registerClientID), c.text(registerDeviceID)
	if strings.ContainsAny(device, "+#/") {
		c.add(SeverityWarning, registerDeviceID, "the device id holds one of + # /, which a level of a topic cannot", "")
	}
	if client != device {
		c.add(SeverityWarning, registerClientID, "the client id is not the device id", "leave 028D and 028F empty, or set both to the same, so that a broker can decide on one name")
	}
	if problem := prefixProblem(c.text(registerPrefix)); problem != "" {
		c.add(SeverityWarning, registerPrefix, "the topic prefix "+problem, "")
	}
}

func (c *registerCheck) templates() {
	for _, reg := range c.r.List {
		// The four for NFC, and those of readers for Bluetooth and UHF.
		if _, known := c.r.kind(reg.Address); known && reg.Address>>8 == 3 && reg.Address&15 == 0 && !isZero(reg.Value) {
			return
		}
	}
	c.add(SeverityWarning, registerTemplate, "no template is set, so that no tag is read", "set 0310 to FF to report the number of any tag")
}

func (c *registerCheck) sound() {
	if value, ok := c.value(registerSound); ok && value[0]&7 == 0 {
		c.add(SeverityInfo, registerSound, "the buzzer is mute, also for commands", "set bits 2-0 to 1 or more")
	}
}

// doors looks for ways to get into the reader that its owner may have overlooked.
func (c *registerCheck) doors() {
	access, ok := c.value(registerAccess)
	open := ok && isZero(access)
	if services, ok := c.value(registerServices); ok {
		if server := services[0] >> 2 & 3; server == 1 || server == 2 {
			problem := "the Direct server is on"
			if open {
				problem = "the Direct server is on, and 02F0 lets anybody read and write the configuration"
			}
			c.add(SeveritySecurity, registerServices, problem, "set bits 3-2 to 0 if nothing needs it")
		}
	}
	if services, ok := c.value(registerServices); ok && services[0]&2 != 0 {
		c.add(SeveritySecurity, registerServices, "the Telnet server is on, if its form says so rightly", "set bit 1 to 0, and try whether the reader answers on the Telnet port")
	}
	if open {
		c.add(SeveritySecurity, registerAccess, "all access conditions are open", "restrict remote rights, and switch Telnet off in byte 3, bit 0")
	}
	for _, address := range [...]uint16{registerUserPassword, registerAdminPassword} {
		if value, _ := c.r.Get(address); len(value) == 0 {
			kind, _ := findKind(address, 0)
			c.add(SeveritySecurity, address, "the "+kind.name+" may be the published one; it can never be read back", "set it")
		}
	}
}
