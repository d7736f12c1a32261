// Empty does nothing. It shows how long the libraries of mqtool take before main begins.
package main

import (
	_ "github.com/eclipse/paho.mqtt.golang"
	_ "github.com/fatih/color"
	_ "github.com/urfave/cli/v2"
)

func main() {}
