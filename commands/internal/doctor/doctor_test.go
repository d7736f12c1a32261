package doctor

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
)

func TestPublicBrokers(t *testing.T) {
	for host, want := range map[string]render.CheckState{
		"test.mosquitto.org": render.CheckWarning, "Broker.HiveMQ.com.": render.CheckWarning, "broker.emqx.io": render.CheckWarning,
		"test.mosca.io": render.CheckWarning, "broker.example": "", "mosquitto.org": "", "127.0.0.1": "",
	} {
		f := public(host)
		if f.State != want || want == render.CheckWarning && (!strings.Contains(f.Cause, "open to everybody") || f.Try == "") {
			t.Errorf("%s: %+v", host, f)
		}
	}
}

func TestTLSDoubt(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	cert := func(name string, left time.Duration) *x509.Certificate {
		return &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotAfter: now.Add(left)}
	}
	const day = 24 * time.Hour
	year := cert("a", 365*day)
	for _, tt := range []struct {
		name     string
		h        broker.Handshake
		insecure bool
		want     string
	}{
		{"good", broker.Handshake{Chain: []*x509.Certificate{year}}, false, ""},
		{"soon", broker.Handshake{Chain: []*x509.Certificate{cert("b", 13*day+time.Hour)}}, false, "the broker's certificate (CN=b) expires in 13 days"},
		{"very soon", broker.Handshake{Chain: []*x509.Certificate{year, cert("ca", time.Hour+time.Minute)}}, false, "the broker's certificate (CN=ca) expires in 1 hour"},
		{"not so soon", broker.Handshake{Chain: []*x509.Certificate{cert("b", 15*day)}}, false, ""},
		{
			"ours, which nobody checked yet",
			broker.Handshake{Chain: []*x509.Certificate{year}, Client: cert("me", -time.Hour), Asked: true},
			false,
			"the client's certificate (CN=me) has expired on 2025-12-31",
		},
		{"asked for", broker.Handshake{Chain: []*x509.Certificate{year}, Asked: true}, false, "the broker asks for a client certificate, and there is none"},
		{"in vain", broker.Handshake{Chain: []*x509.Certificate{year}}, true, "the certificate is not checked (--insecure), and would be accepted"},
		{
			"unchecked",
			broker.Handshake{Chain: []*x509.Certificate{year}, Doubt: &broker.Error{Text: "it is bad"}},
			true,
			"the certificate is not checked (--insecure): anybody on the way can read and forge everything. If it were: it is bad",
		},
	} {
		if got, _ := tlsDoubt(&tt.h, tt.insecure, now); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTLSSeen(t *testing.T) {
	c := &x509.Certificate{Subject: pkix.Name{CommonName: "b"}, Issuer: pkix.Name{CommonName: "ca"}}
	for i := range 7 {
		c.DNSNames = append(c.DNSNames, fmt.Sprint("n", i))
	}
	h := &broker.Handshake{Version: "TLS 1.3", CipherSuite: "X", ALPN: "mqtt"}
	for range 7 {
		h.Chain = append(h.Chain, c)
	}
	got := tlsSeen(h)
	if len(got) != 7 || got[0] != "TLS 1.3, X, ALPN mqtt" || got[6] != "and 2 more" ||
		got[1] != "certificate 1: CN=b, by CN=ca, valid 0001-01-01 to 0001-01-01, for n0 n1 n2 n3 n4 and 2 more" {
		t.Errorf("%q", got)
	}
}

func TestCompareClock(t *testing.T) {
	at := time.Date(2026, 4, 19, 17, 46, 58, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		heard heard
		state render.CheckState
		words string // the whole output
	}{
		{"camera", heard{at: at, clock: at.Add(300 * time.Millisecond)}, "", "right, within a second"},
		{"camera, nearly", heard{at: at, clock: at.Add(-5 * time.Second)}, "", "5s behind this machine's"},
		{"camera, wrong", heard{at: at, clock: at.Add(2 * time.Hour)}, render.CheckWarning, "the device's clock is 2h ahead of this machine's"},
		{"reader in UTC", heard{at: at, date: "2026-04-19 17:46:58"}, "", "right, within a second it says 2026-04-19 17:46:58, its zone is not known: probably UTC+00:00"},
		{"reader in Paris", heard{at: at, date: "2026-04-19 19:47:00"}, "", "2s ahead of this machine's it says 2026-04-19 19:47:00, its zone is not known: probably UTC+02:00"},
		{"reader in St. John's", heard{at: at, date: "2026-04-19 15:16:58"}, "", "right, within a second it says 2026-04-19 15:16:58, its zone is not known: probably UTC-02:30"},
		{
			"reader in Paris, wrong",
			heard{at: at, date: "2026-04-19 19:51:00"},
			render.CheckWarning,
			"it says 2026-04-19 19:51:00, its zone is not known: probably UTC+02:00 the device's clock is 4m2s ahead of this machine's",
		},
		{"reader that was never set", heard{at: at, date: "2000-01-01 00:00:10"}, render.CheckWarning, "it says 2000-01-01 00:00:10 the device's clock is 230537h46m48s behind this machine's"},
		{"reader without a clock", heard{at: at}, render.CheckSkipped, "the device did not send its time"},
		{"reader with nonsense", heard{at: at, date: "now"}, render.CheckSkipped, "the device did not send its time"},
	} {
		f := compareClock(tt.heard)
		words := strings.TrimSpace(strings.Join(f.Seen, " ") + " " + f.Cause)
		if f.State != tt.state || words != tt.words {
			t.Errorf("%s: %q %q, want %q %q", tt.name, f.State, words, tt.state, tt.words)
		}
	}
}

func TestKept(t *testing.T) {
	k := newKept(codec.NewDecoder("p"))
	for _, m := range [][2]string{
		{"p/A/meta", `{"ProductName":"SpringPark"}`},
		{"p/A/status", `{"State":"online,ready"}`},
		{"p/B/status", `{"State":"offline,dead"}`},
		{"p/C/meta", `{"Version":"1"}`},
		{"p/D/status", `no JSON`},
		{"p/E/status", `{"State":`},
		{"p/F/status", ``},
		{"other", `{"State":"online"}`},
		{"p/A/rdr/cmd", ``},
		{"p/A/rdr/cmd", `{"Sequence":"60"}`},
	} {
		k.note(broker.Message{Topic: m[0], Payload: []byte(m[1])})
	}
	want := []string{"4 readers", "A: META of SpringPark; STATUS online, ready", "B: STATUS offline, dead", "C: META", "D: something else"}
	if got := k.words(); !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for i := range 20 {
		k.note(broker.Message{Topic: fmt.Sprintf("p/X%02d/meta", i), Payload: []byte("{}")})
		k.note(broker.Message{Topic: fmt.Sprintf("p/X%02d/rdr/cmd", i), Payload: []byte("{}")})
	}
	if got := k.words(); len(got) != maxKeptShown+2 || got[maxKeptShown+1] != "and 14 more" || len(k.commands) != maxKeptShown {
		t.Errorf("%q, %q", got, k.commands)
	}
	long := strings.Repeat("x", 60_000)
	for i := range 2000 { // 120 MB
		k.note(broker.Message{Topic: fmt.Sprintf("p/%d%s/meta", i, long), Payload: []byte("{}")})
	}
	if n := len(k.readers); n > 1200 || !strings.HasSuffix(k.words()[0], " readers, and more than doctor looks at") {
		t.Errorf("%d readers: %q", n, k.words()[0])
	}
}
