package cmdline

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
)

// Topics returns the subjects other than commands that have a help.
func Topics() []string {
	return []string{"connection", "config-file", "exit-codes", "output", "topics"}
}

// TopicHelp returns the help about a topic, or "".
func TopicHelp(topic string, list []*cli.Command) string {
	switch topic {
	case "connection":
		return connectionHelp(list)
	case "config-file":
		return configFileHelp
	case "exit-codes":
		return strings.TrimPrefix(app.ExitCodes, "\n")
	case "output":
		return outputHelp
	case "topics":
		return topicsHelp
	}
	return ""
}

// connectionHelp lists the options of the connection, each once.
func connectionHelp(list []*cli.Command) string {
	var rows bytes.Buffer
	w := tabwriter.NewWriter(&rows, 1, 8, 2, ' ', 0)
	var met []string
	for _, c := range list {
		for _, f := range c.Flags {
			if name := f.Names()[0]; categoryOf(f) == ConnectionCategory && !slices.Contains(met, name) {
				met = append(met, name)
				fmt.Fprintf(w, "   %s\n", row(f))
			}
		}
	}
	_ = w.Flush()
	return `The options of every command that connects. --qos, --persistent, --keepalive and --will-*
are options of listen, --server-name, --alpn and --proxy of doctor; other commands take them
from the configuration file (mqtool help config-file).

An option that is not given is taken from the variable behind it, [$MQTOOL_...], if there
is one and it is not empty. The variable comes before the configuration file.

CONNECTION:
` + rows.String()
}

const configFileHelp = `The configuration file names brokers and devices. It is mqtool/config.toml in the user's
configuration directory (~/.config), or what --config or MQTOOL_CONFIG names. The only
broker in it is the default. mqtool init asks for what belongs in it.

   default_broker = "site1"
   tags = "tags.csv"               # whose tag is whose (mqtool tags --help)
   exec_timeout = "1m"             # how long a program of listen --exec may run
   exec_jobs = 4                   # how many run at a time; 1 keeps them in order
   sync = true                     # the lines of listen survive a power cut, too; it is slower

   [broker.site1]
   url = "mqtts://broker.example:8883"   # or those of a cluster: ["mqtts://a", "mqtts://b"]
   ca = "ca.pem"                   # cert, key, server_name, alpn, insecure, tls
   key_password_file = "key.pw"    # of an encrypted key; or key_password_command
   username = "alice"
   password_file = "password"      # or password_command = ["pass", "site1"]
   client_id = "log1"              # for listen --persistent alone
   keepalive = "30s"
   give_up = "1h"                  # the longest outage that a listener survives; else any
   proxy = "socks5://proxy:1080"
   ws_headers = ["Authorization: Bearer TOKEN"]  # of the request for a WebSocket
   prefix = "springcard/springcore"            # snapshot_topic, alarm_topic, status_topic
   will_topic = "site1/log1"       # will_payload, will_qos, will_retain; for listen alone

   [device.gate]
   mac = "5CC5638AE24C"            # a camera
   broker = "site1"
   expect = "26h"                  # in place of the TIME of listen --expect

   [device.door]
   id = "DA1275B0"                 # a reader

   [tag.Anna]
   id = "04A1B2C3D4E5F6"           # doors = ["door"], from = 2026-12-01, until = 2026-12-24

Paths begin at the folder of the file. A password does not belong in it.
`

const outputHelp = `Results go to standard output, everything else to standard error. --json prints JSON
Lines: one object a line, with stable names; docs/output.md describes them. --color is
auto, always or never; the variable MQTOOL_COLOR says the same. NO_COLOR (not empty) and
TERM=dumb switch color off, unless --color says otherwise. "-" stands for standard input
or output.
`

const topicsHelp = `Readers (SpringCard) publish below a prefix, springcard/springcore unless --prefix says
otherwise:
   PREFIX/ID/rdr/evt    events: a tag was read
   PREFIX/ID/status     status, every 30 s
   PREFIX/ID/meta       what the reader is
   PREFIX/ID/rdr/cmd    commands to the reader (mqtool send)

Cameras (Milesight) have these topics; newer firmware can rename all but Wake:
   4GSolarCam/Snapshot, 4GSolarCam/Alarm, 4GSolarCam/Status    what they publish
   4GSolarCam/Wake/MAC, 4GSolarCam/Status/MAC                  requests to a camera
`
