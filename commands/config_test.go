package commands

import (
	"testing"

	"mqtool/commands/internal/app"
)

// Of the connection options only those are taken that a reader can follow.
func TestConnectionOfReaders(t *testing.T) {
	flags := map[string]bool{}
	for _, f := range registersMakeCommand(&app.Env{}).Flags {
		for _, name := range f.Names() {
			if flags[name] {
				t.Errorf("--%s is there twice", name)
			}
			flags[name] = true
		}
	}
	for _, name := range []string{"broker", "port", "tls", "ca", "username", "password", "client-id", "prefix", "config"} {
		if !flags[name] {
			t.Errorf("--%s is missing", name)
		}
	}
	for _, name := range []string{"will-topic", "proxy", "persistent", "keepalive", "alarm-topic"} {
		if flags[name] {
			t.Errorf("--%s is there, and no reader has it", name)
		}
	}
}
