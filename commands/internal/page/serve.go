package page

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"mqtool/commands/internal/broker"
)

// Limits of the server.
const (
	maxBrowsers    = 16 // that receive changes
	maxConnections = 8 * maxBrowsers
	maxHeader      = 16 << 10
	maxRequest     = 5 * time.Second
	maxIdle        = time.Minute
)

// A server serves the page to browsers.
type server struct {
	address  Address
	token    string // starts the path of every URL; "" if only this machine can ask
	http     http.Server
	browsers chan struct{} // holds one value for each browser that receives changes
	end      context.CancelFunc
	serving  sync.WaitGroup
}

// Open serves the page until it is closed, and returns its URL. If others can
// reach the address, the URL contains a token.
func (p *Page) Open(a Address) (url string, err error) {
	l, err := net.Listen(a.network(), a.String())
	if err != nil {
		return "", fmt.Errorf("the page: %w", err)
	}
	s := &server{address: a, browsers: make(chan struct{}, maxBrowsers)}
	if !a.Loopback() {
		s.token = rand.Text()
	}
	ctx, end := context.WithCancel(context.Background())
	s.end = end
	s.http = http.Server{
		Handler:     p.handler(s),
		ReadTimeout: maxRequest, WriteTimeout: maxWrite, IdleTimeout: maxIdle, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo), // errors of browsers are not errors of the listener
	}
	p.server = s
	s.serving.Go(func() { _ = s.http.Serve(netutil.LimitListener(l, maxConnections)) }) // until the server is closed
	return a.url(l.Addr().(*net.TCPAddr).Port, s.token), nil
}

// Close closes the page at once. It does nothing if the page is nil or not
// open.
func (p *Page) Close() {
	if p == nil || p.server == nil {
		return
	}
	p.server.end()
	_ = p.server.http.Close() // this closes the connections
	p.server.serving.Wait()
}

// Notify notes what happens to the connection to the broker.
func (p *Page) Notify(e broker.Event) {
	switch e.Kind {
	case broker.EventLost:
		p.setLost(true)
	case broker.EventRestored:
		p.setLost(false)
	}
}

// handler answers requests, if they come from an allowed place.
func (p *Page) handler(s *server) http.Handler {
	policy := livePolicy()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer") // the URL contains the token
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if status, why := s.refuse(r); status != 0 {
			if status == http.StatusMethodNotAllowed {
				h.Set("Allow", http.MethodGet)
			}
			http.Error(w, why, status)
			return
		}
		p.answer(w, r, s)
	})
}

// refuse says why a request is refused, or returns 0. A site whose name
// resolves to this machine (DNS rebinding) is recognized by the Host header.
// Requests that other sites cause a browser to send are recognized by Origin
// and Sec-Fetch-Site.
func (s *server) refuse(r *http.Request) (status int, why string) {
	switch site := r.Header.Get("Sec-Fetch-Site"); {
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, "only GET"
	case !s.address.isHost(r.Host):
		return http.StatusForbidden, "this page is not at " + strconv.Quote(r.Host)
	case r.Header.Get("Origin") != "" && r.Header.Get("Origin") != "http://"+r.Host:
		return http.StatusForbidden, "not for other sites"
	case site != "" && site != "same-origin" && site != "none" && r.Header.Get("Sec-Fetch-Mode") != "navigate":
		return http.StatusForbidden, "not for other sites"
	}
	return 0, ""
}

// answer answers an allowed request.
func (p *Page) answer(w http.ResponseWriter, r *http.Request, s *server) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if s.token != "" {
		var token string
		token, path, _ = strings.Cut(path, "/")
		if subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) != 1 {
			http.NotFound(w, r)
			return
		}
	}
	number, isPicture := strings.CutPrefix(path, "picture/")
	switch {
	case path == "":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(p.whole) // it fails only if the browser is gone
	case path == "events":
		select {
		case s.browsers <- struct{}{}:
			defer func() { <-s.browsers }()
			p.stream(w, r)
		default:
			http.Error(w, "too many browsers", http.StatusServiceUnavailable)
		}
	case isPicture:
		n, err := strconv.Atoi(number)
		image := p.picture(n)
		if err != nil || image == nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", http.DetectContentType(image))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(image))
	default:
		http.NotFound(w, r)
	}
}

// isHost reports whether a Host header names the page. It may be a numeric
// address, which cannot be the name of another site, or this machine, or the
// name that was typed.
func (a Address) isHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip, err := netip.ParseAddr(host)
	switch {
	case err == nil:
		return !a.Loopback() || ip.IsLoopback()
	case strings.EqualFold(host, "localhost"):
		return true
	}
	return strings.EqualFold(host, a.host)
}
