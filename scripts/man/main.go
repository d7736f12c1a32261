// Man writes the manual pages of mqtool into a directory:
//
//	go run ./scripts/man DIRECTORY DATE
//
// "make man" calls it.
package main

import (
	"fmt"
	"os"

	"mqtool/commands"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: man DIRECTORY DATE")
		os.Exit(2)
	}
	err := os.MkdirAll(os.Args[1], 0o755)
	if err == nil {
		err = commands.WriteManual(os.Args[1], os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(1)
	}
}
