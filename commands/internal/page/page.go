// Package page shows in browsers what a listener hears. It also holds what all
// pages of mqtool have in common:
//
//   - page.go is the common part: the look, and what a page may do,
//   - state.go is what the live page shows, which devices and events change,
//   - stream.go sends each browser what has changed (with live.html, live.css and live.js),
//   - serve.go says who may ask for what,
//   - address.go says where the page is.
package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strings"
)

// Style is the style that all pages of mqtool share. Each page adds its own.
//
//go:embed style.css
var Style string

// Policy returns the Content-Security-Policy of a page that has its own style
// and script and loads nothing from elsewhere. more holds further directives.
func Policy(style, script string, more ...string) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	list := append([]string{
		"default-src 'none'", "base-uri 'none'", "form-action 'none'", "style-src " + hash(style), "script-src " + hash(script),
	}, more...)
	return strings.Join(list, "; ")
}
