package listen

import (
	"context"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/page"
)

// Shown is the page as a sink.
type shown struct{ *page.Page }

// Take has browsers see a value. They never make the listener wait.
func (s shown) Take(_ context.Context, item *Item) error {
	s.Tell(&item.Envelope)
	return nil
}

// Account is empty: what a browser did not see was printed.
func (shown) Account() []string { return nil }

// openPage opens the page, if there is one, and says where it is.
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
