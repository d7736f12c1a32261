package page

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// An Address is the address of the page.
type Address struct {
	host string // a name or an address
	port uint16 // 0 means any free port
}

// Loopback is the default address: only this machine can see the page, at a
// free port.
const Loopback = "127.0.0.1:0"

// LooksLikeAddress tells an address from another argument: an address has a
// port, or is a port.
func LooksLikeAddress(word string) bool {
	_, _, err := net.SplitHostPort(word)
	return err == nil || strings.Trim(word, "0123456789") == ""
}

// ParseAddress parses HOST:PORT, or PORT, which means this machine.
func ParseAddress(text string) (Address, error) {
	host, port := "", text
	if h, p, err := net.SplitHostPort(text); err == nil {
		host, port = h, p
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || strings.ContainsAny(host, "/@% ") || host != "" && strings.Trim(host, "0123456789") == "" {
		return Address{}, fmt.Errorf("%q must be HOST:PORT or PORT, such as 0.0.0.0:8080", text)
	}
	return Address{cmp.Or(host, "127.0.0.1"), uint16(n)}, nil
}

// String returns the address as the system takes it.
func (a Address) String() string { return net.JoinHostPort(a.host, strconv.Itoa(int(a.port))) }

// network returns the network to listen on. 0.0.0.0 means IPv4 only.
func (a Address) network() string {
	if ip, err := netip.ParseAddr(a.host); err == nil && ip.Is4() {
		return "tcp4"
	}
	return "tcp"
}

// Loopback reports whether only this machine can see the page.
func (a Address) Loopback() bool {
	ip, err := netip.ParseAddr(a.host)
	return a.host == "localhost" || err == nil && ip.IsLoopback()
}

// url returns the URL for a person to open. If the page is at all addresses of
// the machine, the URL has the first one that others may reach.
func (a Address) url(port int, token string) string {
	host := a.host
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = cmp.Or(ownAddress(ip.Is4()), host)
	}
	if token != "" {
		token += "/"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port)) + "/" + token
}

// ownAddress returns an address of this machine that others may reach, or "".
func ownAddress(only4 bool) string {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	for _, one := range list {
		prefix, ok := one.(*net.IPNet)
		if ok && prefix.IP.IsGlobalUnicast() && (!only4 || prefix.IP.To4() != nil) {
			return prefix.IP.String()
		}
	}
	return ""
}
