package codec

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxRegisters is how long a configuration may be, in bytes. A reader has less than a
// thousand registers and a few certificates. No register is documented with more than 48
// bytes.
const MaxRegisters = 1 << 20

// A Register is one register of a reader and what it is set to.
type Register struct {
	Address uint16
	Value   []byte // empty: the register is blank, and its default holds
}

// Registers is the configuration of a SpringCore reader, or a part of it.
//
//	Form:    {"config":{"C0":"64","86.s":"broker.example"},"templates":{"10":"FF"}}
//	or flat: {"02C0":"64","0286.s":"broker.example","0310":"FF"}
//	Source:  Companion documentation, CONFIG_DATA and Format modifiers, 2023-04-13
//
// A key is an address in hex; in a section its low byte suffices. A value is hex,
// or empty for a blank register, unless a modifier behind a dot says otherwise:
// .s .string (UTF-8), .i .integer, .b .bool .boolean, .64 .base64, .16 .h .hex.
// Their case does not matter. Extra keeps the members that are not registers, such as
// certificates.
type Registers struct {
	List []Register // by address, each once
	Rest
}

// registerSections are the objects that hold registers, and the high byte of their
// addresses. No section holds the fourth bank, which has statistics.
var registerSections = []struct {
	name string
	bank uint16
}{
	{"constants", 0x01},
	{"config", 0x02},
	{"templates", 0x03},
}

// ParseRegisters reads a configuration in either form, or in a mixture of both. No error
// quotes a value, because it may be a password.
func ParseRegisters(text string) (Registers, error) {
	if len(text) > MaxRegisters {
		return Registers{}, &SyntaxError{Offset: MaxRegisters, Msg: fmt.Sprintf("the configuration has more than %d bytes", MaxRegisters)}
	}
	var r Registers
	err := anyObject(text, func(key string, v jsonValue) error {
		if address, _, _ := strings.Cut(key, "."); isHexAddress(address, 4) {
			return r.member(key, v, 0)
		} else if isHexAddress(address, 2) {
			return &SyntaxError{Offset: v.offset, Msg: fmt.Sprintf("%s: an address of two digits belongs in \"config\" or \"templates\"", quoteForeign(key))}
		}
		for _, section := range registerSections {
			if !equalFoldASCII(key, section.name) {
				continue
			}
			err := anyObject(v.raw, func(key string, member jsonValue) error {
				return r.member(key, member, section.bank)
			})
			return shiftOffset(err, v.offset)
		}
		r.keep(key, v)
		return nil
	})
	if err != nil {
		return Registers{}, err
	}
	return r, nil
}

func isHexAddress(s string, digits int) bool {
	if len(s) != digits {
		return false
	}
	_, err := hex.DecodeString(s)
	return err == nil
}

// member takes one member of a section, or of the flat form if bank is 0.
func (r *Registers) member(key string, v jsonValue, bank uint16) error {
	wrong := func(format string, args ...any) error {
		return &SyntaxError{Offset: v.offset, Msg: quoteForeign(key) + ": " + fmt.Sprintf(format, args...)}
	}
	digits, modifier, _ := strings.Cut(key, ".")
	short := bank != 0 && isHexAddress(digits, 2)
	if !short && !isHexAddress(digits, 4) {
		return wrong("the address of a register is two or four hex digits")
	}
	n, _ := strconv.ParseUint(digits, 16, 16)
	address := uint16(n)
	if short {
		address |= bank << 8
	} else if bank != 0 && address>>8 != bank {
		r.warn("%04X stands in a section for %02Xxx; the reader's tool may take it for another register", address, bank)
	}
	value, err := registerValue(address, modifier, v)
	if err != nil {
		return wrong("%v", err)
	}
	if v.isNull() {
		r.warn("%04X is null; a blank register should be \"\"", address)
	}
	at, found := r.find(address)
	if found {
		r.warn("%04X is set twice; the last value is taken here, but the reader's tool may think otherwise", address)
		r.List[at].Value = value
		return nil
	}
	r.List = slices.Insert(r.List, at, Register{address, value})
	return nil
}

// find finds a register, or the place where it would have to be inserted.
func (r Registers) find(address uint16) (int, bool) {
	return slices.BinarySearchFunc(r.List, address, func(r Register, a uint16) int { return int(r.Address) - int(a) })
}

// Get returns the value of a register, empty when it is blank. ok tells whether the
// configuration has the register.
func (r Registers) Get(address uint16) (value []byte, ok bool) {
	i, ok := r.find(address)
	if !ok {
		return nil, false
	}
	return r.List[i].Value, true
}

// InForce returns the value that a register has in effect: its default if it is blank or
// missing.
func (r Registers) InForce(address uint16) []byte {
	value, _ := r.Get(address)
	if len(value) > 0 {
		return value
	}
	kind, _ := r.kind(address)
	return kind.defaultValue()
}

func (r Registers) kind(address uint16) (registerKind, bool) {
	var lkl byte
	if address>>8 == 3 {
		if first, _ := r.Get(address &^ 15); len(first) == 1 {
			lkl = first[0]
		}
	}
	return findKind(address, lkl)
}

// Reasons why a value does not fit its register or modifier.
var (
	errHexValue   = errors.New("not pairs of hex digits in quotes")
	errNotBase64  = errors.New("not base64")
	errBigInteger = errors.New("not an integer that fits the register")
	errModifier   = errors.New("the modifier is not one of s, string, i, integer, b, bool, boolean, 64, base64, 16, h, hex")
)

// registerValue reads a value as its modifier says. It is a guess that an integer or a
// boolean fills all bytes of a register whose size is known, high byte first, and takes as
// few bytes as possible in any other register.
func registerValue(address uint16, modifier string, v jsonValue) ([]byte, error) {
	if v.isNull() {
		return nil, nil
	}
	switch strings.ToLower(modifier) {
	case "", "16", "h", "hex":
		return decodeValue(v, hex.DecodeString, errHexValue)
	case "64", "base64":
		return decodeValue(v, func(s string) ([]byte, error) {
			return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
		}, errNotBase64)
	case "s", "string":
		return decodeValue(v, func(s string) ([]byte, error) { return []byte(s), nil }, errNotText)
	case "i", "integer":
		if v.raw == `""` {
			return nil, nil
		}
		n, err := v.integer()
		if err != nil || n < 0 {
			return nil, errBigInteger
		}
		return integerValue(address, uint64(n))
	case "b", "bool", "boolean":
		if v.raw == `""` {
			return nil, nil
		}
		on, err := v.boolean()
		if err != nil {
			return nil, err
		}
		if on {
			return integerValue(address, 1)
		}
		return integerValue(address, 0)
	}
	return nil, errModifier
}

// decodeValue decodes the text of a string. It returns err for any failure, because the
// errors of the decoders show a part of the text.
func decodeValue(v jsonValue, decode func(string) ([]byte, error), err error) ([]byte, error) {
	if !v.isString() {
		return nil, err
	}
	b, decodeErr := decode(v.unquoted())
	if decodeErr != nil {
		return nil, err
	}
	if len(b) == 0 {
		return nil, nil
	}
	return b, nil
}

func integerValue(address uint16, n uint64) ([]byte, error) {
	b := binary.BigEndian.AppendUint64(nil, n)
	need := bytes.TrimLeft(b, "\x00")
	kind, ok := findKind(address, 0)
	if !ok || kind.text || kind.opaque {
		if len(need) == 0 {
			return []byte{0}, nil
		}
		return need, nil
	}
	if len(need) > kind.size {
		return nil, errBigInteger
	}
	return append(make([]byte, kind.size-len(need)), need...), nil
}

// AppendJSON appends the configuration with its sections, all values in hex.
func (r Registers) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for _, section := range registerSections {
		open := false
		for _, reg := range r.List {
			if reg.Address>>8 != section.bank {
				continue
			}
			if !open {
				dst = append(appendKey(dst, section.name), '{')
				open = true
			}
			dst = appendHexMember(dst, fmt.Sprintf("%02X", reg.Address&0xFF), reg.Value)
		}
		if open {
			dst = append(dst, '}')
		}
	}
	for _, reg := range r.List {
		if bank := reg.Address >> 8; bank < 1 || bank > 3 {
			dst = appendHexMember(dst, fmt.Sprintf("%04X", reg.Address), reg.Value)
		}
	}
	return append(appendMembers(dst, r.Extra), '}')
}

// AppendFlatJSON appends the configuration in the flat form, all values in hex.
func (r Registers) AppendFlatJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for _, reg := range r.List {
		dst = appendHexMember(dst, fmt.Sprintf("%04X", reg.Address), reg.Value)
	}
	return append(appendMembers(dst, r.Extra), '}')
}

func appendHexMember(dst []byte, key string, value []byte) []byte {
	dst = append(appendKey(dst, key), '"')
	for _, c := range value {
		dst = append(dst, hexUpper[c>>4], hexUpper[c&15])
	}
	return append(dst, '"')
}

// The kinds of what is said about a configuration.
const (
	KindRegister Kind = "register" // what one register is set to
	KindFinding  Kind = "finding"  // what is wrong with it
)

// An Explanation says in words what one register is set to.
type Explanation struct {
	Address    uint16
	Name       string // "" when the register is not documented
	Value      []byte // empty when it is blank or hidden
	Blank      bool   // the fields are those of the default
	Hidden     bool   // Value and Text are kept secret
	Secret     bool   // a password or key
	Individual bool   // it belongs to this device and must not be copied to another
	Size       int    // bytes that are set
	Text       string // the value of a register of text, without NULs at its end
	Default    string // what a blank register stands for, if that is not a value: "the serial number"
	Fields     []RegisterField
	Fault      string // why the value cannot be explained: it has the wrong length
}

// A RegisterField is a part of a register and what it says.
type RegisterField struct {
	Place string // "byte 0 bits 6-4"
	Name  string
	Words string
	Quiet bool // not worth showing unasked: the feature is not in use
}

// Explain explains the registers one by one. Passwords and keys are hidden,
// unless secrets is set.
func (r Registers) Explain(secrets bool) []Explanation {
	list := make([]Explanation, len(r.List))
	for i, reg := range r.List {
		kind, _ := r.kind(reg.Address)
		list[i] = explain(reg, kind, secrets)
	}
	return list
}

func explain(reg Register, kind registerKind, secrets bool) Explanation {
	e := Explanation{
		Address: reg.Address, Name: kind.name, Value: reg.Value, Size: len(reg.Value),
		Blank: len(reg.Value) == 0, Secret: kind.secret, Individual: kind.individual,
	}
	if e.Secret && !secrets && !e.Blank {
		e.Value, e.Hidden = nil, true
	}
	if kind.name == "" {
		return e
	}
	value := reg.Value
	if e.Blank {
		e.Default = kind.blank
		value = kind.defaultValue()
	}
	switch {
	case !e.Blank && !kind.fits(textValue(kind, value)):
		e.Fault = wrongLength(kind, len(value))
	case kind.text && !e.Hidden:
		e.Text = string(textValue(kind, value))
	case len(value) == kind.size:
		e.Fields = explainFields(kind.fields, value)
	}
	return e
}

// textValue removes NULs from the end of a text. It is a guess that a reader pads its
// texts with them.
func textValue(kind registerKind, value []byte) []byte {
	if kind.text {
		return bytes.TrimRight(value, "\x00")
	}
	return value
}

func wrongLength(kind registerKind, n int) string {
	if kind.text || kind.opaque {
		return fmt.Sprintf("%s, but the register holds %d at most", byteCount(n), kind.size)
	}
	return fmt.Sprintf("%s, but the register has %d", byteCount(n), kind.size)
}

func byteCount(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.Itoa(n) + " bytes"
}

func explainFields(fields []registerField, value []byte) []RegisterField {
	var list []RegisterField
	off := false
	for _, f := range fields {
		switch {
		case f.name != "":
			list = append(list, RegisterField{f.place(), f.name, f.words(value), (f.quiet || off) && f.isZero(value)})
			if f.switches {
				off = f.isZero(value)
			}
		case f.reserved(value):
			list = append(list, RegisterField{f.place(), "reserved bits", fmt.Sprintf("%X instead of 0", f.number(value)), false})
		}
	}
	return list
}

// Words says in one line what the register is set to.
func (e Explanation) Words() string {
	var words string
	switch {
	case e.Hidden:
		words = "set, hidden" // the length is a secret as well
	case e.Fault != "":
		return e.Fault
	case e.Name == "":
		return "not documented"
	case e.Text != "":
		words = quoteText(e.Text)
	case len(e.Fields) == 0 && e.Size > 0:
		return byteCount(e.Size)
	case len(e.Fields) == 0:
		return cmp.Or(e.Default, "empty")
	default:
		var list []string
		for _, f := range e.Fields {
			if !f.Quiet {
				list = append(list, f.Name+": "+f.Words)
			}
		}
		words = strings.Join(list, "; ")
	}
	if e.Blank {
		words += " (default)"
	}
	return words
}

// quoteText shows a text, or its bytes when it is not UTF-8.
func quoteText(s string) string {
	if !utf8.ValidString(s) {
		return "not text: " + fmt.Sprintf("%X", s)
	}
	return strconv.Quote(s)
}

// Kind is KindRegister.
func (Explanation) Kind() Kind { return KindRegister }

// Warnings is empty: what is wrong with a register is a [Finding].
func (Explanation) Warnings() []string { return nil }

func (Explanation) value() {}

// AppendJSON appends {"register":"02C0","name":...,"value":"64","words":...,"fields":[...]}.
func (e Explanation) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendTextMember(dst, "register", fmt.Sprintf("%04X", e.Address))
	dst = appendTextMember(dst, "name", e.Name)
	if e.Hidden {
		dst = appendBoolMember(dst, "hidden", Some(true))
	} else {
		dst = appendHexMember(dst, "value", e.Value)
	}
	if e.Blank {
		dst = appendBoolMember(dst, "blank", Some(true))
	}
	if e.Individual {
		dst = appendBoolMember(dst, "individual", Some(true))
	}
	if utf8.ValidString(e.Text) {
		dst = appendTextMember(dst, "text", e.Text)
	}
	dst = appendTextMember(dst, "words", e.Words())
	if len(e.Fields) > 0 {
		dst = append(appendKey(dst, "fields"), '[')
		for i, f := range e.Fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = f.appendJSON(dst)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func (f RegisterField) appendJSON(dst []byte) []byte {
	dst = appendTextMember(append(dst, '{'), "place", f.Place)
	dst = appendTextMember(dst, "name", f.Name)
	return append(appendTextMember(dst, "words", f.Words), '}')
}

// A ReaderSetup holds the settings that a reader needs to work with a broker. The zero
// value of a field stands for the reader's own default, unless its comment says otherwise.
//
// It has a field for each register that it sets.
type ReaderSetup struct {
	Host         string // name or IPv4 address, at most 48 bytes; required
	Port         uint16
	TLS          ReaderTLS
	ClientID     string // at most 24 bytes; the serial number if empty
	DeviceID     string // at most 24 bytes; the serial number if empty
	Prefix       string // at most 32 bytes; springcard/springcore if empty
	Login        string // at most 16 bytes
	Password     string // at most 16 bytes
	SCRDR        bool   // $SCRDR lines instead of JSON
	Movement     bool   // reports when a tag comes and goes, not only that it was read
	CreateTopics bool   // creates topics before subscribing to them, as AWS IoT demands
	NoRetain     bool   // the broker takes no retained messages
	IPv4         ReaderIPv4
	Template     byte // what template 1 reads, FF for any tag; 0 leaves the templates unset
}

// ReaderTLS is how a reader secures its connection.
type ReaderTLS struct {
	On          bool
	Insecure    bool // trusts any certificate
	CASlot      byte // where the CA's certificate is in the reader, 0 to F
	Certificate bool // presents the reader's own certificate, which it has from the factory
	Chain       bool // presents its issuer's certificate, too
}

// ReaderIPv4 is the address of a reader. Zero is DHCP.
type ReaderIPv4 struct {
	Address, Netmask, Gateway [4]byte
	DNS                       [2][4]byte
}

// Slots and keys that a reader has from the factory and that a TLS client uses.
//
// Source: SpringCore documentation, PKI keys and certificates, 2023-04-13.
const (
	clientSlot = 0x0D
	clientKey  = 0x0D
	issuerSlot = 0x0F
)

// MakeRegisters returns the registers that make a reader work with a broker. An error says
// what a reader cannot do.
func MakeRegisters(s ReaderSetup) (Registers, error) {
	if err := s.check(); err != nil {
		return Registers{}, err
	}
	ports := make([]byte, 14)
	if s.Port != s.usualPort() {
		binary.BigEndian.PutUint16(ports[10:], s.Port)
	}
	reader := []byte{0x00, 0x03, 0x00, 0x02, 0x00}
	if s.SCRDR {
		reader[3] = 0x01
	}
	if s.Movement {
		reader[0] = 0x10
	}
	options := []byte{0x53, 0x14, 0x03, 0x0A, 0x1E, 0x1E}
	if s.CreateTopics {
		options[0] |= 0x04
	}
	if s.NoRetain {
		options[0] &^= 0x01
	}
	prefix := s.Prefix
	if prefix == "" {
		prefix = springcorePrefix
	}
	ipv4 := slices.Concat(s.IPv4.Address[:], s.IPv4.Netmask[:], s.IPv4.Gateway[:], s.IPv4.DNS[0][:], s.IPv4.DNS[1][:])
	r := Registers{List: []Register{
		{registerIPv4, ipv4},
		{registerPorts, ports},
		{registerBroker, []byte(s.Host)},
		{registerTLS, s.TLS.value()},
		{registerMQTT, options},
		{registerLogin, textBytes(s.Login)},
		{registerPassword, textBytes(s.Password)},
		{registerClientID, textBytes(s.ClientID)},
		{registerPrefix, []byte(prefix)},
		{registerDeviceID, textBytes(s.DeviceID)},
		{registerSmartReader, reader},
		{registerProfile, []byte{0x64}},
	}}
	if s.Template != 0 {
		r.List = append(r.List, Register{registerTemplate, []byte{s.Template}})
	}
	return r, nil
}

// springcorePrefix is the default of register 028E.
const springcorePrefix = "springcard/springcore"

// textBytes returns the bytes of a text, or a blank value for an empty one.
func textBytes(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}

// usualPort returns the port that 0000 stands for in a reader, or 0 if the setup names a
// port.
func (s ReaderSetup) usualPort() uint16 {
	switch {
	case s.Port == 0:
		return 0
	case s.TLS.On:
		return 8883
	}
	return 1883
}

// value returns the value of register 0288.
func (t ReaderTLS) value() []byte {
	b := make([]byte, 5)
	if !t.On {
		return b
	}
	b[0] = 0x01
	if !t.Insecure {
		b[0] = 0x27 // the name is checked, SNI sent, the CA trusted
		b[1] = t.CASlot
	}
	if t.Certificate {
		b[2] = 0x80 | clientSlot
		b[3] = 0x40 | clientKey
	}
	if t.Chain {
		b[4] = 0x80 | issuerSlot
	}
	return b
}

// check finds settings that a reader cannot have. The text of an error may be shown: it
// never holds the password.
func (s ReaderSetup) check() error {
	if err := s.checkTexts(); err != nil {
		return err
	}
	switch {
	case s.Host == "":
		return errors.New("no broker is named")
	case s.Password != "" && s.Login == "":
		return errors.New("there is a password, but no login: MQTT 3.1.1 does not allow that")
	}
	if err := s.TLS.check(); err != nil {
		return err
	}
	if problem := hostProblem(s.Host); problem != "" {
		return fmt.Errorf("broker %s %s", quoteForeign(s.Host), problem)
	}
	if s.Prefix != "" {
		if problem := prefixProblem(s.Prefix); problem != "" {
			return fmt.Errorf("topic prefix %s %s", quoteForeign(s.Prefix), problem)
		}
	}
	if s.DeviceID != "" {
		if _, err := ParseDeviceID(s.DeviceID); err != nil {
			return err
		}
	}
	return s.IPv4.check(s.Host)
}

// checkTexts finds texts that a register cannot hold.
func (s ReaderSetup) checkTexts() error {
	for _, t := range []struct {
		address uint16
		value   string
	}{
		{registerBroker, s.Host},
		{registerLogin, s.Login},
		{registerPassword, s.Password},
		{registerClientID, s.ClientID},
		{registerPrefix, s.Prefix},
		{registerDeviceID, s.DeviceID},
	} {
		kind, _ := findKind(t.address, 0)
		if len(t.value) > kind.size {
			return fmt.Errorf("the %s has %d bytes, but register %04X of a reader holds %d at most", kind.name, len(t.value), kind.address, kind.size)
		}
		if problem := textProblem(t.value); problem != "" {
			return fmt.Errorf("the %s %s", kind.name, problem)
		}
	}
	return nil
}

func (t ReaderTLS) check() error {
	switch {
	case t.CASlot > 15:
		return fmt.Errorf("slot %X: the slots of certificates are 0 to F", t.CASlot)
	case t.Chain && !t.Certificate:
		return errors.New("the issuer's certificate is of no use without the reader's own")
	case (t.Insecure || t.Certificate || t.CASlot != 0) && !t.On:
		return errors.New("certificates need TLS")
	}
	return nil
}

func (n ReaderIPv4) check(host string) error {
	none := [4]byte{}
	switch {
	case n.Address == none && n != (ReaderIPv4{}):
		return errors.New("netmask, gateway and DNS servers are of no use without an address of the reader's own")
	case n.Address == none:
		return nil
	case !isNetmask(n.Netmask[:]):
		return errors.New("the reader's address needs a netmask: ones, then zeros")
	case n.DNS == [2][4]byte{} && !isIPv4(host):
		return errors.New("a reader with an address of its own needs a DNS server to find a broker by its name")
	}
	return nil
}

// These functions return a problem of a text in words that follow the text's name, or ""
// if there is none.

func textProblem(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "is not UTF-8"
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F }):
		return "holds a control character"
	}
	return ""
}

func hostProblem(s string) string {
	switch {
	case strings.Contains(s, "://"):
		return "is a URL; a reader takes a name or an IPv4 address only"
	case strings.Count(s, ":") > 1:
		return "is an IPv6 address; a reader takes a name or an IPv4 address"
	case strings.Contains(s, ":"):
		return "has a port; it belongs in register 0285"
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/\"'@#?+[]`, r) }):
		return "is not a host name"
	}
	return ""
}

func prefixProblem(s string) string {
	switch {
	case strings.ContainsAny(s, "+#"):
		return "holds + or #, which no topic can"
	case strings.HasPrefix(s, "/") || strings.HasSuffix(s, "/"):
		return "begins or ends with a slash, so that topics get an empty level"
	}
	return ""
}

// isIPv4 reports whether a text is an IPv4 address in its usual form.
func isIPv4(s string) bool {
	parts := strings.Split(s, ".")
	for _, part := range parts {
		if _, err := strconv.ParseUint(part, 10, 8); err != nil {
			return false
		}
	}
	return len(parts) == 4
}

// isNetmask reports whether four bytes are one bits followed by zero bits, and not all
// zero.
func isNetmask(b []byte) bool {
	n := binary.BigEndian.Uint32(b)
	return n != 0 && ^n&(^n+1) == 0
}
