package cmdline

import (
	"runtime/debug"
	"testing"
)

func TestVersionText(t *testing.T) {
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	for _, tt := range []struct {
		name, want string
		info       debug.BuildInfo
	}{
		{"plain build without history", "mqtool devel go1.26.8", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"}}},
		{"tests have no version", "mqtool devel go1.26.8", debug.BuildInfo{GoVersion: "go1.26.8"}},
		{"go install", "mqtool v1.2.3 go1.26.8", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}}},
		{
			"build in a checkout", "mqtool v1.2.4-0.20260102 commit 0123456789ab (modified) of 2026-01-02T03:04:05Z go1.26.8",
			debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.4-0.20260102"}, Settings: []debug.BuildSetting{
				setting("vcs.revision", "0123456789abcdef0123456789abcdef01234567"),
				setting("vcs.time", "2026-01-02T03:04:05Z"), setting("vcs.modified", "true"),
			}},
		},
	} {
		if got := versionText("", &tt.info); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := versionText("1.2.3", &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"}}); got != "mqtool 1.2.3 go1.26.8" {
		t.Errorf("a release: %q", got)
	}
}
