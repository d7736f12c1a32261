package commands

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
	"mqtool/commands/internal/text"
)

// registersCommand is the part of config that deals with what readers have
// in their registers. It needs no broker.
func registersCommand(env *app.Env) *cli.Command {
	return &cli.Command{
		Name:  "registers",
		Usage: "make or check the registers of a SpringCard reader",
		Description: `What a reader has to know of its broker stands in numbered registers. They are set
with the vendor's tool. "make" says which and to what; "check" reads what the tool dumped.`,
		Subcommands: []*cli.Command{
			registersMakeCommand(env),
			registersCheckCommand(env),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return cmdline.UnknownCommand(c.Args().First(), c.Command.Subcommands)
			}
			return app.Usagef("config registers: make or check?")
		},
	}
}

// connectionOfReaders names the connection options that a reader can follow.
func connectionOfReaders(name string) bool {
	switch name {
	case "broker", "port", "tls", "ca", "cert", "key", "server-name", "insecure",
		"username", "password-file", "password", "client-id", "prefix", "config":
		return true
	}
	return false
}

type registersMakeOptions struct {
	output      cmdline.Output
	connection  site.Options
	showSecrets bool
	flat        bool

	deviceID    string
	format      string
	movement    bool
	caSlot      string
	certificate bool
	issuer      bool
	aws         bool

	ip, gateway string
	dns         cli.StringSlice
	template    string
}

func registersMakeCommand(env *app.Env) *cli.Command {
	o := new(registersMakeOptions)
	text := func(name string, destination *string, usage string) cli.Flag {
		return &cli.StringFlag{Name: name, Destination: destination, Usage: usage}
	}
	onOff := func(name string, destination *bool, usage string) cli.Flag {
		return &cli.BoolFlag{Name: name, Destination: destination, Usage: usage, DisableDefaultText: true}
	}
	connection := slices.DeleteFunc(slices.Concat(o.connection.Flags(), o.connection.TopicFlags()),
		func(f cli.Flag) bool { return !connectionOfReaders(f.Names()[0]) })
	return &cli.Command{
		Name:  "make",
		Usage: "print the registers that make a reader work with a broker",
		Description: `The options say which broker, as for every command that connects, but nothing is
connected: user name, password and client id are what the reader will use. Each reader needs a
client id of its own; without --client-id and --device-id it takes its serial number for both,
and one of them stands for the other.

The result is a table to type in or, with --json, what the vendor's tool loads. A
password is masked in the table and left out of the JSON, unless --show-secrets.

A reader has certificates in 16 slots, 0 to F. The files of --ca and --cert say only
that there are such; they have to be in the reader. With --cert it shows the certificate
that it was made with, which the broker can verify by "SpringCore Client CA".`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool config registers make --broker broker.example.com
mqtool config registers make --broker mqtts://broker.example --username door --password-file pw
mqtool config registers make --broker hall --template FF --show-secrets --json > reader.json
mqtool config registers make --broker 10.0.0.5 --reader-ip 10.0.0.20/24 --reader-gateway 10.0.0.1`),
		Flags: slices.Concat([]cli.Flag{
			text("device-id", &o.deviceID, "the reader's `ID` in topics"),
			&cli.StringFlag{
				Name: "format", Destination: &o.format, Value: "json",
				Usage: "events are of `FORMAT` json or scrdr", Action: cmdline.OneOf("format", "json", "scrdr"),
			},
			onOff("movement", &o.movement, "report when a tag comes and when it goes, not only that it was read"),
			text("template", &o.template, "template 1 reads what `KIND` says, two hex digits: FF is the number of any tag"),
			text("ca-slot", &o.caSlot, "the CA of the broker is in slot `S` of the reader, 0 to F (default: 0)"),
			onOff("client-certificate", &o.certificate, "the reader shows the certificate that it was made with; --cert implies it"),
			onOff("issuer", &o.issuer, "... and that of its issuer"),
			onOff("aws", &o.aws, "the broker is AWS IoT: needs both, no retained messages, topics created first"),
			text("reader-ip", &o.ip, "`ADDRESS/BITS` of the reader, such as 10.0.0.20/24 (default: by DHCP)"),
			text("reader-gateway", &o.gateway, "`ADDRESS` of its gateway"),
			&cli.StringSliceFlag{
				Name: "reader-dns", Destination: &o.dns,
				Usage: "`ADDRESS` of its DNS server; up to two",
			},
			onOff("flat", &o.flat, "with --json: addresses of four digits, without sections"),
			onOff("show-secrets", &o.showSecrets, "show the password"),
		}, o.output.Flags(), connection),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return app.Usagef("config registers make: what is %q? The broker is named with --broker", c.Args().First())
			}
			return runRegistersMake(c.Context, env, o)
		},
	}
}

func runRegistersMake(ctx context.Context, env *app.Env, o *registersMakeOptions) error {
	link, _, err := o.connection.Prepare(ctx, env, site.SpringCore, nil)
	if err != nil {
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
	if text := link.Password.Warning(); text != "" {
		env.Notice("warning: %s", text)
	}
	if setup.Password, err = link.Password.Read(ctx); err != nil {
		return err
	}
	registers, err := codec.MakeRegisters(setup)
	if err != nil {
		return app.Usagef("config registers make: %v", err)
	}
	o.explain(env, setup, link.Config, registers)
	if o.output.JSON {
		return o.printJSON(env, registers)
	}
	style := render.NewStyle(o.output.Colored(env.StdoutTerminal))
	_, err = env.Stdout.Write(style.AppendRegisterTable(nil, registers.Explain(o.showSecrets)))
	return err
}

// setup says what the options ask of a reader, but for the password.
func (o *registersMakeOptions) setup(at broker.Endpoint, link *site.Connection) (codec.ReaderSetup, error) {
	s := codec.ReaderSetup{
		Host: at.Host, Port: at.Port,
		TLS: codec.ReaderTLS{
			On:          at.TLS,
			Insecure:    link.Config.Insecure && at.TLS,
			Certificate: o.certificate || o.issuer || o.aws || link.Config.CertFile != "",
			Chain:       o.issuer || o.aws,
		},
		ClientID: cmp.Or(link.Config.ClientID, o.deviceID),
		DeviceID: cmp.Or(o.deviceID, link.Config.ClientID),
		Login:    link.Config.Username,
		SCRDR:    o.format == "scrdr",
		Movement: o.movement, CreateTopics: o.aws, NoRetain: o.aws,
		Prefix: link.Prefix.Value,
	}
	if err := o.checkSetup(s, at, link); err != nil {
		return s, err
	}
	if o.caSlot != "" {
		slot, err := strconv.ParseUint(o.caSlot, 16, 4)
		if err != nil {
			return s, app.Usagef("--ca-slot %q: a slot is one of 0 to F", o.caSlot)
		}
		s.TLS.CASlot = byte(slot)
	}
	if o.template != "" {
		kind, err := strconv.ParseUint(o.template, 16, 8)
		if err != nil || kind == 0 || len(o.template) != 2 {
			return s, app.Usagef("--template %q: a kind of template is 01 to FF", o.template)
		}
		s.Template = byte(kind)
	}
	return s, o.network(&s.IPv4)
}

// checkSetup finds what the options ask and no reader can do.
func (o *registersMakeOptions) checkSetup(s codec.ReaderSetup, at broker.Endpoint, link *site.Connection) error {
	switch {
	case at.WebSocket:
		return app.Usagef("config registers make: a reader speaks MQTT without WebSockets; give it the broker's mqtt:// or mqtts:// address")
	case link.Prefix.Set && link.Prefix.Value == "":
		return app.Usagef("config registers make: a reader always has a prefix: register 028E stands for springcard/springcore when it is empty")
	case o.flat && !o.output.JSON:
		return app.Usagef("config registers make: --flat is a form of --json")
	case s.TLS.Insecure && o.caSlot != "":
		return app.Usagef("config registers make: --insecure believes any certificate, so that --ca-slot says nothing")
	case o.aws && !at.TLS:
		return app.Usagef("config registers make: AWS IoT wants TLS; the address should begin with mqtts://")
	}
	return nil
}

// network fills in the address of the reader, if it has one of its own.
func (o *registersMakeOptions) network(n *codec.ReaderIPv4) error {
	if o.ip != "" {
		p, err := netip.ParsePrefix(o.ip)
		if err != nil || !p.Addr().Is4() {
			return app.Usagef("--reader-ip %q: it is an IPv4 address with the bits of its network, such as 10.0.0.20/24", o.ip)
		}
		n.Address = p.Addr().As4()
		for i := range p.Bits() {
			n.Netmask[i/8] |= 0x80 >> (i % 8)
		}
	}
	dns := o.dns.Value()
	if len(dns) > len(n.DNS) {
		return app.Usagef("--reader-dns: a reader has room for %d servers", len(n.DNS))
	}
	var err error
	if o.gateway != "" {
		n.Gateway, err = parseIPv4("reader-gateway", o.gateway)
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

// explain tells what the registers cannot say.
func (o *registersMakeOptions) explain(env *app.Env, s codec.ReaderSetup, c broker.Config, r codec.Registers) {
	if ip, err := netip.ParseAddr(s.Host); s.Host == "localhost" || err == nil && ip.IsLoopback() {
		env.Notice("%s is the reader itself: name the broker with --broker as the reader sees it", s.Host)
	}
	if c.ServerName != "" && c.ServerName != s.Host && s.TLS.On && !s.TLS.Insecure {
		env.Notice("the reader compares the broker's certificate with its name in 0286, %s; it has no register for %s", s.Host, c.ServerName)
	}
	for _, f := range r.Check() {
		_, made := r.Get(f.Address)
		// Loading the JSON takes the templates away that are there.
		lost := f.Address>>8 == 3 && o.output.JSON
		if made && f.Severity != codec.SeverityInfo || f.Address == 0x0288 || lost {
			env.Notice("%s: %04X: %s", f.Severity, f.Address, strings.TrimSuffix(f.Problem+"; "+f.Advice, "; "))
		}
	}
	if o.output.JSON {
		env.Notice("writing a whole configuration sets every register that it does not list to its default")
	}
}

func (o *registersMakeOptions) printJSON(env *app.Env, r codec.Registers) error {
	if !o.showSecrets {
		r.List = slices.Clone(r.List)
		for _, e := range r.Explain(false) {
			if e.Hidden {
				env.Notice("the %s, register %04X, is left out: --show-secrets puts it in", e.Name, e.Address)
				r.List = slices.DeleteFunc(r.List, func(reg codec.Register) bool { return reg.Address == e.Address })
			}
		}
	}
	out := r.AppendJSON
	if o.flat {
		out = r.AppendFlatJSON
	}
	_, err := env.Stdout.Write(append(out(nil), '\n'))
	return err
}

type registersCheckOptions struct {
	output      cmdline.Output
	strict      bool
	showSecrets bool
}

func registersCheckCommand(env *app.Env) *cli.Command {
	var o registersCheckOptions
	return &cli.Command{
		Name:      "check",
		Usage:     "explain a dumped configuration in words, and judge it",
		ArgsUsage: "FILE",
		Description: `FILE is JSON as the vendor's tool writes it, in either form:
   {"config":{"C0":"64","86.s":"broker.example"},"templates":{"10":"FF"}}
   {"02C0":"64","0286.s":"broker.example","0310":"FF"}
"-" is standard input. A register that is not listed is taken to have its default, for
that is what writing the file would do to it.

Errors keep the reader from working with a broker: exit code 3. Warnings do not change the
exit code, but with --strict. Passwords and keys are masked, unless --show-secrets.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool config registers check reader.json
mqtool config registers make --broker hall --json | mqtool config registers check -
mqtool config registers check --json door.json | jq -r 'select(.kind == "finding").data.problem'`),
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{
				Name: "strict", Destination: &o.strict, DisableDefaultText: true,
				Usage: "a warning is an error",
			},
			&cli.BoolFlag{
				Name: "show-secrets", Destination: &o.showSecrets, DisableDefaultText: true,
				Usage: "show passwords and keys",
			},
		}, o.output.Flags()),
		Action: func(c *cli.Context) error {
			return runRegistersCheck(c.Context, env, o, c.Args().Slice())
		},
	}
}

func runRegistersCheck(ctx context.Context, env *app.Env, o registersCheckOptions, args []string) error {
	switch {
	case len(args) == 0:
		return app.Usagef("config registers check: which FILE? \"-\" is standard input")
	case len(args) > 1:
		return app.Usagef("config registers check: one FILE at a time; %q is too many", args[1])
	}
	r, err := site.ReadRegisters(ctx, env.Stdin, args[0])
	if err != nil {
		return err
	}
	findings := r.Check()
	style := render.NewStyle(o.output.Colored(env.StdoutTerminal))
	var out []byte
	for _, e := range r.Explain(o.showSecrets) {
		if o.output.JSON {
			out = appendRegisterJSON(out, e)
		} else {
			out = style.AppendRegister(out, e)
		}
	}
	if !o.output.JSON {
		for _, m := range r.Extra {
			out = append(out, render.Safe(m.Key)+": not registers, not looked at\n"...)
		}
		if len(out) > 0 && len(findings) > 0 {
			out = append(out, '\n')
		}
	}
	count := map[codec.Severity]int{}
	for _, f := range findings {
		count[f.Severity]++
		if o.output.JSON {
			out = appendRegisterJSON(out, f)
		} else {
			out = style.AppendFinding(out, f)
		}
	}
	if _, err := env.Stdout.Write(out); err != nil {
		return err
	}
	return registersVerdict(text.Name(args[0]), count[codec.SeverityError], count[codec.SeverityWarning], o.strict)
}

func appendRegisterJSON(dst []byte, v codec.Value) []byte {
	e := render.Envelope{Family: site.SpringCore, Value: v}
	return append(e.AppendJSON(dst), '\n')
}

// registersVerdict turns the numbers of findings into the command's result.
func registersVerdict(name string, bad, doubtful int, strict bool) error {
	var parts []string
	if bad > 0 {
		parts = append(parts, render.Count(bad, "error"))
	}
	if doubtful > 0 {
		parts = append(parts, render.Count(doubtful, "warning"))
	}
	if bad == 0 && !(strict && doubtful > 0) {
		return nil
	}
	return app.Damagedf("%s: %s", name, strings.Join(parts, ", "))
}
