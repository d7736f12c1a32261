package commands

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/doctor"
)

func doctorCommand(env *app.Env) *cli.Command {
	var o doctor.Options
	return &cli.Command{
		Name:      "doctor",
		Usage:     "find out why a connection does not work, one step after the other",
		ArgsUsage: "[DEVICE]",
		Description: `It checks the configuration, the name, the proxy, TCP, TLS and the login, then what the
broker allows and does, then DEVICE, if one is named. A check is ok, a warning, failed, or
skipped because there is nothing to check or because one before it failed. The cause and
what to try are printed below it.

Only a camera that is named gets a message, a harmless status request. Probes go to
topics of their own below mqtool/probe, and none is retained; --probe-topic is for users
who may not write there. The probes take 1 MB each way.

It connects under client ids of its own, so that no other client is disturbed. With
--client-id it takes that one: its owner loses the connection, and the broker forgets its
session.

MQTT 3.1.1 has no answer for a message that must not be published: nobody receives it. Some brokers (mosquitto) also grant subscriptions and then send nothing. The topic
of the probes may have other rights than those of the devices.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool doctor
mqtool doctor gate
mqtool doctor --broker mqtts://broker.example --username alice --password - 5cc5638ae24c
mqtool doctor --json | jq -r 'select(.state == "failed") | .check, .cause'`),
		Flags: slices.Concat(o.Output.Flags(), []cli.Flag{
			&cli.DurationFlag{
				Name: "check-timeout", Destination: &o.Timeout, Value: doctor.DefaultTimeout,
				Usage: "give each check `TIME`", Action: cmdline.LongEnough("check-timeout"),
			},
			&cli.DurationFlag{
				Name: "device-timeout", Destination: &o.DeviceTimeout, Value: 35 * time.Second,
				Usage: "wait `TIME` for DEVICE; readers speak every 30s", Action: cmdline.LongEnough("device-timeout"),
			},
			&cli.StringFlag{
				Name: "probe-topic", Destination: &o.ProbeTopic, DefaultText: broker.ProbeTopic,
				Usage: "send probes below `TOPIC`, where this user may read and write", Action: checkProbeTopic,
			},
			o.Connection.AnyIDFlag(),
		}, o.Connection.TopicFlags(), o.Connection.Flags(), o.Connection.NetworkFlags()),
		Action: func(c *cli.Context) error { return doctor.Run(c.Context, env, o, c.Args().Slice()) },
	}
}

// checkProbeTopic checks the topic of probes. No device reads a probe as a message to
// itself, because each probe has two more levels than this topic.
func checkProbeTopic(_ *cli.Context, topic string) error {
	if err := broker.ValidTopic(topic); err != nil {
		return app.Usagef("--probe-topic: %v", err)
	}
	if len(topic) > 1000 {
		return app.Usagef("--probe-topic: %d bytes are too many", len(topic))
	}
	return nil
}
