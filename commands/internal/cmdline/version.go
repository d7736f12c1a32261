package cmdline

import (
	"cmp"
	"runtime/debug"
	"strings"
)

// release is the version of a build that was not made in a checkout, or that was made for
// others. The linker sets it (make build VERSION=1.2.3).
var release string

// version describes this build in one line.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "mqtool, unknown version"
	}
	return versionText(release, info)
}

func versionText(release string, info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	text := "mqtool " + cmp.Or(release, strings.Trim(info.Main.Version, "()"), "devel")
	if commit := settings["vcs.revision"]; commit != "" {
		text += " commit " + commit[:min(len(commit), 12)]
		if settings["vcs.modified"] == "true" {
			text += " (modified)"
		}
	}
	if date := settings["vcs.time"]; date != "" {
		text += " of " + date
	}
	return text + " " + info.GoVersion
}
