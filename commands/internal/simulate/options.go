package simulate

import (
	"fmt"
	"slices"
	"time"

	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/site"
)

// Options says what to simulate.
type Options struct {
	output     cmdline.Output
	connection site.Options
	serve      serveOptions
	Reader     readerOptions
	Camera     cameraOptions

	Devices     int
	connections string
}

// serveOptions says how to run the broker, too.
type serveOptions struct {
	address            string // as typed; "" means no broker
	user, passwordFile string
	tls                bool
}

type readerOptions struct {
	ID, Rate, Format, Tags, Registers string
	Count                             int
}

type cameraOptions struct {
	MAC, Generation, Picture string
	Asleep, Faults           bool
	WakeAfter, Every         time.Duration
}

// The default names and behavior of devices. The names are those of documented
// examples.
const (
	DefaultReader    = "DA1275B0"
	DefaultCamera    = "5CC5638AE24C"
	OtherCamera      = "1CC31660025E"                 // only in plain simulate
	ServedURL        = "mqtt://" + loopback + ":1883" // the broker of --serve
	DefaultRate      = "0.2/s"
	DefaultWakeAfter = 3 * time.Second
	DefaultEvery     = 10 * time.Minute
)

// FleetFlags returns new flags for many devices.
func (o *Options) FleetFlags() []cmdline.Flag {
	o.Devices = 1
	return []cmdline.Flag{
		cmdline.Spec{Name: "devices", Usage: "simulate `N` devices"}.Number(&o.Devices, cmdline.AtLeastOne("devices")),
		cmdline.Spec{
			Name: "connections", Usage: "over `CONNECTIONS`: each (one for each device), shared (a few), or a number",
			Default: fmt.Sprintf("each up to %d devices", maxEach),
		}.Text(&o.connections, nil),
	}
}

// Flags returns new flags for everything that can be simulated.
func (o *Options) Flags() []cmdline.Flag {
	s := &o.serve
	return slices.Concat(o.output.Flags(), []cmdline.Flag{
		cmdline.Spec{Name: "serve", Usage: "also run a broker at `ADDR` (127.0.0.1:1883 if left out)"}.Optional(&s.address, loopback, looksLikeAddress),
		cmdline.Spec{Name: "serve-user", Usage: "let only the user `NAME` connect to it; needs --serve-password-file"}.Text(&s.user, nil),
		cmdline.Spec{Name: "serve-password-file", Usage: "the password of that user is the first line of `FILE`"}.Text(&s.passwordFile, nil),
		cmdline.Spec{Name: "serve-tls", Usage: "speak TLS, with a new certificate that is made at the start"}.Switch(&s.tls),
	}, o.connection.Flags(), o.connection.TopicFlags())
}
