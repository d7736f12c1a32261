// Mqtool works with the MQTT messages of SpringCard readers and Milesight 4G solar cameras.
package main

import (
	"os"

	"mqtool/commands"
)

func main() {
	os.Exit(commands.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
