// Empty does nothing. What it takes is what the libraries that mqtool is built
// on take before main begins.
package main

import (
	_ "github.com/eclipse/paho.mqtt.golang"
	_ "github.com/fatih/color"
	_ "github.com/urfave/cli/v2"
)

func main() {}
