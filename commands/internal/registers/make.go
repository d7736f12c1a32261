// Package registers is about the registers of readers: make.go prints those
// that make a reader work with a broker, and check.go judges a dump of them.
package registers

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/site"
)

// MakeOptions says what to put into the registers. It has a field for each
// option.
type MakeOptions struct {
	Output      cmdline.Output
	connection  site.Options
	ShowSecrets bool
	Flat        bool

	DeviceID    string
	Format      string
	Movement    bool
	CASlot      string
	Certificate bool
	Issuer      bool
	AWS         bool

	IP, Gateway string
	DNS         []string
	Template    string
}

// connectionOfReaders reports whether a reader can follow a connection option.
func connectionOfReaders(name string) bool {
	switch name {
	case "broker", "port", "tls", "ca", "cert", "key", "insecure",
		"username", "password-file", "password", "client-id", "prefix", "config":
		return true
	}
	return false
}

// ConnectionFlags returns new flags for the connection options that a reader
// can follow.
func (o *MakeOptions) ConnectionFlags() []cmdline.Flag {
	return slices.DeleteFunc(slices.Concat(o.connection.Flags(), o.connection.TopicFlags()),
		func(f cmdline.Flag) bool { return !connectionOfReaders(f.Names()[0]) })
}

// Make prints the registers that make a reader work with a broker.
func Make(ctx context.Context, env *app.Env, o *MakeOptions) error {
	link, _, err := o.connection.Prepare(ctx, env, site.SpringCore, nil)
	if err != nil {
		return err
	}
	if err := link.Named(); err != nil {
		return err
	}
	endpoint, err := link.Config.Endpoint()
	if err != nil {
		return err
	}
	setup, err := o.setup(endpoint, link)
	if err != nil {
		return err
	}
	for _, text := range link.Warnings() {
		env.Warn("%s", text)
	}
	if setup.Password, err = link.Password.Read(ctx); err != nil {
		return err
	}
	registers, err := codec.MakeRegisters(setup)
	if err != nil {
		return app.Usagef("config registers make: %v", err)
	}
	o.explain(env, setup, link.Config, registers)
	if o.Output.JSON {
		return o.printJSON(env, registers)
	}
	_, err = env.Stdout.Write(env.Style().AppendRegisterTable(nil, env.Fold(), registers.Explain(o.ShowSecrets)))
	return err
}

// setup returns what the options ask of a reader, without the password.
func (o *MakeOptions) setup(at broker.Endpoint, link *site.Connection) (codec.ReaderSetup, error) {
	s := codec.ReaderSetup{
		Host: at.Host, Port: at.Port,
		TLS: codec.ReaderTLS{
			On:          at.TLS,
			Insecure:    link.Config.Insecure && at.TLS,
			Certificate: o.Certificate || o.Issuer || o.AWS || link.Config.CertFile != "",
			Chain:       o.Issuer || o.AWS,
		},
		ClientID: cmp.Or(link.Config.ClientID, o.DeviceID),
		DeviceID: cmp.Or(o.DeviceID, link.Config.ClientID),
		Login:    link.Config.Username,
		SCRDR:    o.Format == "scrdr",
		Movement: o.Movement, CreateTopics: o.AWS, NoRetain: o.AWS,
		Prefix: link.Prefix.Value,
	}
	if err := o.checkSetup(s, at, link); err != nil {
		return s, err
	}
	if o.CASlot != "" {
		slot, err := strconv.ParseUint(o.CASlot, 16, 4)
		if err != nil {
			return s, app.Usagef("--ca-slot %q: it can be 0 to F", o.CASlot)
		}
		s.TLS.CASlot = byte(slot)
	}
	if o.Template != "" {
		kind, err := strconv.ParseUint(o.Template, 16, 8)
		if err != nil || kind == 0 || len(o.Template) != 2 {
			return s, app.Usagef("--template %q: it can be 01 to FF", o.Template)
		}
		s.Template = byte(kind)
	}
	return s, o.network(&s.IPv4)
}

// checkSetup returns an error for options that no reader can follow.
func (o *MakeOptions) checkSetup(s codec.ReaderSetup, at broker.Endpoint, link *site.Connection) error {
	switch {
	case at.WebSocket:
		return app.Usagef("config registers make: a reader speaks MQTT without WebSockets; give it the broker's mqtt:// or mqtts:// address")
	case link.Prefix.Set && link.Prefix.Value == "":
		return app.Usagef("config registers make: a reader always has a prefix: register 028E stands for springcard/springcore when it is empty")
	case o.Flat && !o.Output.JSON:
		return app.Usagef("config registers make: --flat goes with --json")
	case s.TLS.Insecure && o.CASlot != "":
		return app.Usagef("config registers make: --insecure accepts any certificate, so that --ca-slot has no effect")
	case o.AWS && !at.TLS:
		return app.Usagef("config registers make: AWS IoT requires TLS; the address should begin with mqtts://")
	}
	return nil
}

// network fills in the address of the reader, if it has a fixed one.
func (o *MakeOptions) network(n *codec.ReaderIPv4) error {
	if o.IP != "" {
		p, err := netip.ParsePrefix(o.IP)
		if err != nil || !p.Addr().Is4() {
			return app.Usagef("--reader-ip %q: it is an IPv4 address with the bits of its network, such as 10.0.0.20/24", o.IP)
		}
		n.Address = p.Addr().As4()
		for i := range p.Bits() {
			n.Netmask[i/8] |= 0x80 >> (i % 8)
		}
	}
	dns := o.DNS
	if len(dns) > len(n.DNS) {
		return app.Usagef("--reader-dns: a reader takes at most %d servers", len(n.DNS))
	}
	var err error
	if o.Gateway != "" {
		n.Gateway, err = parseIPv4("reader-gateway", o.Gateway)
	}
	for i, server := range dns {
		if err == nil {
			n.DNS[i], err = parseIPv4("reader-dns", server)
		}
	}
	return err
}

func parseIPv4(option, s string) ([4]byte, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return [4]byte{}, app.Usagef("--%s %q: not an IPv4 address", option, s)
	}
	return a.As4(), nil
}

// explain tells the user what the registers cannot express.
func (o *MakeOptions) explain(env *app.Env, s codec.ReaderSetup, c broker.Config, r codec.Registers) {
	if ip, err := netip.ParseAddr(s.Host); s.Host == "localhost" || err == nil && ip.IsLoopback() {
		env.Warn("%s is the reader itself: name the broker with --broker as the reader sees it", s.Host)
	}
	if c.ServerName != "" && c.ServerName != s.Host && s.TLS.On && !s.TLS.Insecure {
		env.Warn("the reader compares the broker's certificate with its name in 0286, %s; it has no register for %s", s.Host, c.ServerName)
	}
	for _, f := range r.Check() {
		say := env.Warn
		if f.Severity == codec.SeverityInfo {
			say = env.Notice
		}
		if o.concerns(f, r) {
			say("register %04X: %s", f.Address, strings.TrimSuffix(f.Problem+"; "+f.Advice, "; "))
		}
	}
	if o.Output.JSON {
		env.Notice("writing a whole configuration sets every register that it does not list to its default")
	}
}

// concerns reports whether a finding is about what was made.
func (o *MakeOptions) concerns(f codec.Finding, r codec.Registers) bool {
	switch {
	case f.Address == 0x0288:
		return true
	case f.Address>>8 == 3 && o.Output.JSON: // loading the JSON into a reader removes its existing templates
		return true
	}
	_, made := r.Get(f.Address)
	return made && f.Severity != codec.SeverityInfo
}

func (o *MakeOptions) printJSON(env *app.Env, r codec.Registers) error {
	if !o.ShowSecrets {
		r.List = slices.Clone(r.List)
		for _, e := range r.Explain(false) {
			if e.Hidden {
				env.Notice("the %s, register %04X, is left out: --show-secrets puts it in", e.Name, e.Address)
				r.List = slices.DeleteFunc(r.List, func(reg codec.Register) bool { return reg.Address == e.Address })
			}
		}
	}
	out := r.AppendJSON
	if o.Flat {
		out = r.AppendFlatJSON
	}
	_, err := env.Stdout.Write(append(out(nil), '\n'))
	return err
}
