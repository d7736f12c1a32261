package listen

import (
	"context"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/page"
)

// shown is the page as a sink.
type shown struct{ *page.Page }

// Take shows a value to the browsers. It never waits for a browser.
func (s shown) Take(_ context.Context, item *Item) error {
	s.Tell(&item.Envelope)
	return nil
}

// Account returns nothing: whatever a browser did not see was still printed.
func (shown) Account() []string { return nil }

// openPage opens the page, if one is asked for, and tells the user its address.
func (l *listener) openPage() error {
	if l.page == nil {
		return nil
	}
	address, err := page.ParseAddress(l.options.Page)
	if err != nil {
		return app.Usagef("--page: %v", err)
	}
	url, err := l.page.Open(address)
	if err != nil {
		return err
	}
	if address.Loopback() {
		l.env.Notice("page at %s", url)
		return nil
	}
	l.env.Notice("page at %s; whoever has this address can see it, and HTTP is not encrypted", url)
	if l.env.StderrTerminal {
		return page.WriteQR(l.env.Stderr, url, app.Colored(l.env.Color, true))
	}
	return nil
}
