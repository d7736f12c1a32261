package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
)

func TestPublishAndReceive(t *testing.T) {
	_, addr := startMochi(t, nil, nil)
	ctx := contextOf(t)
	c := mustDial(t, Config{URL: addr, QoS: 1})
	mustPublish(t, c, Message{Topic: "kept/a", Payload: []byte("old"), QoS: 1, Retained: true})
	if err := c.Subscribe(ctx, "kept/#", "live/+"); err != nil {
		t.Fatal(err)
	}
	wantMessage(t, c, Message{Topic: "kept/a", Payload: []byte("old"), QoS: 1, Retained: true})
	for qos := range byte(3) {
		m := Message{Topic: "live/x", Payload: []byte{0, qos}, QoS: qos}
		mustPublish(t, c, m)
		m.QoS = min(qos, 1)
		wantMessage(t, c, m)
	}
	empty := Message{Topic: "live/x", QoS: 1}
	mustPublish(t, c, empty)
	wantMessage(t, c, empty)
	if _, ok := c.TryReceive(); ok {
		t.Error("there is a message that nobody sent")
	}
	short, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if _, err := c.Receive(short); err != context.DeadlineExceeded {
		t.Errorf("Receive without messages: %v", err)
	}
	if err := c.Close(time.Second); err != nil {
		t.Error(err)
	}
	if _, err := c.Receive(ctx); err == nil || ctx.Err() != nil {
		t.Error("Receive after Close does not end")
	}
	stats := c.Stats()
	if stats.Received != 5 || stats.Published != 5 || stats.Gaps != 0 || stats.Unacknowledged != 0 || stats.Dropped != 0 {
		t.Errorf("%+v", stats)
	}
}

// mustPublish publishes a message, with its retained flag.
func mustPublish(t *testing.T, c *Conn, m Message) {
	t.Helper()
	if err := c.Publish(contextOf(t), m.Topic, m.Payload, m.QoS, m.Retained); err != nil {
		t.Fatal(err)
	}
}

// wantMessage receives a message and compares it with the wanted one.
func wantMessage(t *testing.T, c *Conn, want Message) {
	t.Helper()
	m, err := c.Receive(contextOf(t))
	if err != nil || m.Topic != want.Topic || !bytes.Equal(m.Payload, want.Payload) || m.Retained != want.Retained || m.QoS != want.QoS {
		t.Fatalf("%+v, %v, want %+v", m, err, want)
	}
	if m.Received.IsZero() || m.Duplicate {
		t.Errorf("%+v", m)
	}
	m.Ack() // does nothing here
}

func TestPublishInOrder(t *testing.T) {
	_, addr := startMochi(t, nil, nil)
	ctx := contextOf(t)
	from, to := mustDial(t, Config{URL: addr}), mustDial(t, Config{URL: addr, QoS: 1})
	if err := to.Subscribe(ctx, "n"); err != nil {
		t.Fatal(err)
	}
	const n = 2000
	for i := range n {
		if err := from.PublishAsync(ctx, "n", fmt.Append(nil, i), byte(1+i%7/6), false); err != nil {
			t.Fatal(err)
		}
	}
	if missing, err := from.Flush(ctx); missing != 0 || err != nil {
		t.Fatalf("%d missing: %v", missing, err)
	}
	for i := range n {
		m, err := to.Receive(ctx)
		if err != nil || string(m.Payload) != fmt.Sprint(i) {
			t.Fatalf("message %d: %s, %v", i, m.Payload, err)
		}
	}
	if got := from.Stats().Published; got != n {
		t.Errorf("%d published", got)
	}
}

// All methods may be called from any goroutine at the same time. This test is
// for the race detector, and finds callers of Receive that are never woken.
func TestAnyGoroutine(t *testing.T) {
	_, addr := startMochi(t, nil, nil)
	ctx := contextOf(t)
	c := mustDial(t, Config{URL: addr, QoS: 1})
	const publishers, each = 4, 50
	var received atomic.Int64
	all := make(chan struct{}) // closed when all messages have come
	note := func() {
		if received.Add(1) == publishers*each {
			close(all)
		}
	}
	var work, receivers sync.WaitGroup
	for range 4 {
		receivers.Go(func() {
			for {
				if _, err := c.Receive(ctx); err != nil {
					if ctx.Err() != nil {
						t.Error("Receive does not end with the connection")
					}
					return
				}
				note()
			}
		})
	}
	for i := range publishers {
		work.Go(func() {
			topic := fmt.Sprint("n/", i)
			if err := c.Subscribe(ctx, topic); err != nil {
				t.Error(err)
				return
			}
			for n := range each {
				publish := c.PublishAsync
				if n%10 == 0 {
					publish = c.Publish
				}
				if err := publish(ctx, topic, nil, 1+byte(n%2), false); err != nil {
					t.Error(err)
					return
				}
				if _, ok := c.TryReceive(); ok {
					note()
				}
				_ = c.Stats()
			}
			if missing, err := c.Flush(ctx); missing != 0 || err != nil {
				t.Errorf("%d missing: %v", missing, err)
			}
		})
	}
	work.Wait()
	select {
	case <-all:
	case <-ctx.Done():
		t.Errorf("%d of %d messages were received", received.Load(), publishers*each)
	}
	for range 2 {
		work.Go(func() {
			if err := c.Close(time.Second); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	receivers.Wait()
	if s := c.Stats(); s.Published != publishers*each || s.Received != publishers*each || s.Unacknowledged != 0 || s.Dropped != 0 {
		t.Errorf("%+v", s)
	}
}

// PublishAsync and Flush end with their contexts even while they wait for
// another goroutine.
func TestFlushWaitsForItsTurn(t *testing.T) {
	addr := fakeBroker(t, polite)
	ctx := contextOf(t)
	c := mustDial(t, Config{URL: addr})
	c.turn <- struct{}{} // as if another goroutine were using it
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := c.PublishAsync(ended, "a", nil, 1, false); err != context.Canceled {
		t.Errorf("PublishAsync: %v", err)
	}
	if missing, err := c.Flush(ended); missing != 0 || err != context.Canceled {
		t.Errorf("Flush: %d, %v", missing, err)
	}
	<-c.turn
}

// The last written bytes must arrive even if the connection is closed at once
// and holds unread messages.
func TestCloseLosesNothing(t *testing.T) {
	server, addr := startMochi(t, nil, nil)
	ctx := contextOf(t)
	to := mustDial(t, Config{URL: addr})
	if err := to.Subscribe(ctx, "out"); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		from := mustDial(t, Config{URL: addr})
		if err := from.Subscribe(ctx, "in"); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if err := server.Publish("in", make([]byte, 1000), false, 0); err != nil {
				t.Fatal(err)
			}
		}
		for range 10 {
			if err := from.PublishAsync(ctx, "out", nil, 0, false); err != nil {
				t.Fatal(err)
			}
		}
		if err := from.Close(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 200 {
		if _, err := to.Receive(ctx); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, "no broker is named"},
		{Config{URL: "h", QoS: 3}, "QoS 3"},
		{Config{URL: "h", KeepAlive: time.Millisecond}, "keep-alive"},
		{Config{URL: "h", KeepAlive: 20 * time.Hour}, "keep-alive"},
		{Config{URL: "h", Persistent: true}, "--client-id"},
		{Config{URL: "h", Will: &Will{}}, "will"},
		{Config{URL: "h", Will: &Will{Topic: "a", QoS: 3}}, "will"},
		{Config{URL: "h", KeyFile: "k"}, "no certificate"},
		{Config{URL: "h", Proxy: "x"}, "proxy"},
		{Config{URL: "h", Password: func() (string, error) { return "p", nil }}, "no user name"},
	} {
		_, err := Dial(contextOf(t), test.cfg)
		wantError(t, err, Usage, test.want)
	}
	for _, test := range []struct {
		cfg  Config
		want string
	}{
		{Config{URL: "h", CAFile: "/nowhere/ca.pem"}, "/nowhere/ca.pem"},
		{Config{URL: "h", CAFile: empty}, "no certificate in PEM"},
		{Config{URL: "h", CertFile: "/nowhere/c.pem"}, "/nowhere/c.pem"},
		{Config{URL: "h", Username: "u", Password: func() (string, error) { return "", errors.New("no terminal") }}, "no terminal"},
	} {
		_, err := Dial(contextOf(t), test.cfg)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
	_, addr := startMochi(t, nil, nil)
	c := mustDial(t, Config{URL: addr})
	ctx := contextOf(t)
	wantError(t, c.Subscribe(ctx), Usage, "no topic filter")
	wantError(t, c.Subscribe(ctx, "a", "b#"), Usage, "b#")
	wantError(t, c.Publish(ctx, "a/+", nil, 0, false), Usage, "a/+")
	wantError(t, c.PublishAsync(ctx, "a", nil, 3, false), Usage, "QoS 3")
}

func TestUsersAndRights(t *testing.T) {
	_, addr := startMochi(t, nil, &auth.Ledger{
		Auth: auth.AuthRules{{Username: "reader", Password: "right", Allow: true}},
		ACL:  auth.ACLRules{{Username: "reader", Filters: auth.Filters{"open/#": auth.ReadWrite, "#": auth.Deny}}},
	})
	ctx := contextOf(t)
	asked := 0
	cfg := Config{URL: addr, Username: "reader", Wait: true, timing: fast, Password: func() (string, error) {
		asked++
		return "wrong-hunter2", nil
	}}
	_, err := Dial(ctx, cfg)
	wantError(t, err, Auth, addr)
	if asked != 1 {
		t.Errorf("the password was asked for %d times: a refused one must not be tried again", asked)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows the password: %v", err)
	}

	cfg.Password = func() (string, error) { return "right", nil }
	c := mustDial(t, cfg)
	if err := c.Subscribe(ctx, "open/a"); err != nil {
		t.Error(err)
	}
	wantError(t, c.Subscribe(ctx, "open/b", "closed/a"), Denied, `"closed/a"`, "may not read")
}

func TestUniqueClientIDs(t *testing.T) {
	_, addr := startMochi(t, nil, nil)
	a, b := mustDial(t, Config{URL: addr}), mustDial(t, Config{URL: addr})
	if a.ClientID() == b.ClientID() || !strings.HasPrefix(a.ClientID(), "mqtool-") {
		t.Errorf("client ids %q and %q", a.ClientID(), b.ClientID())
	}
}

func TestConnectPacket(t *testing.T) {
	got := make(chan packets.ConnectPacket, 1)
	addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
		if p, ok := p.(*packets.ConnectPacket); ok {
			got <- *p
		}
		return polite(p)
	})
	mustDial(t, Config{
		URL: addr, Username: "u", Password: func() (string, error) { return "p", nil },
		ClientID: "id", Persistent: true, KeepAlive: 90*time.Second + time.Millisecond,
		Will: &Will{Topic: "w/t", Payload: []byte{0, 1}, QoS: 1, Retain: true},
	})
	p := <-got
	p.FixedHeader = packets.FixedHeader{}
	want := packets.ConnectPacket{
		ProtocolName: "MQTT", ProtocolVersion: 4, ClientIdentifier: "id", Keepalive: 90,
		UsernameFlag: true, Username: "u", PasswordFlag: true, Password: []byte("p"),
		WillFlag: true, WillTopic: "w/t", WillMessage: []byte{0, 1}, WillQos: 1, WillRetain: true,
	}
	if fmt.Sprintf("%+v", p) != fmt.Sprintf("%+v", want) {
		t.Errorf("CONNECT is\n%+v, want\n%+v", p, want)
	}
}

func TestRefusals(t *testing.T) {
	for code, test := range map[byte]struct {
		kind  Kind
		words string
	}{
		1: {Protocol, "3.1.1"}, 2: {Auth, "client id"}, 3: {Unavailable, "not available"}, 4: {Auth, "password"}, 5: {Auth, "refuses the login"},
		6: {Protocol, "code"}, 134: {Auth, "password"}, 137: {Unavailable, "busy"}, 149: {Protocol, "too large"}, 254: {Protocol, "254"}, 255: {Protocol, "255"},
	} {
		var connects atomic.Int32
		addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
			connects.Add(1)
			return []byte{0x20, 2, 0, code}
		})
		_, err := Dial(contextOf(t), Config{URL: addr, timing: fast})
		wantError(t, err, test.kind, test.words)
		if n := connects.Load(); n != 1 {
			t.Errorf("code %d: %d connections", code, n)
		}
	}
}

// These servers are not brokers, or are brokers that stop in the middle.
func TestBadAnswers(t *testing.T) {
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = c.Write([]byte(text))
			discard(c)
		}
	}
	for name, test := range map[string]struct {
		serve func(net.Conn)
		tls   bool
		kind  Kind
		words string
	}{
		"silence":                  {discard, false, Timeout, "is {port} a TLS port?"},
		"silence in TLS":           {discard, true, Timeout, "without TLS"},
		"hangs up":                 {func(c net.Conn) {}, false, Lost, "is {port} a TLS port?"},
		"hangs up in TLS":          {func(c net.Conn) {}, true, Lost, "without TLS"},
		"hangs up after CONNECT":   {func(c net.Conn) { _, _ = packets.ReadPacket(c) }, false, Lost, "instead of answering"},
		"half a CONNACK":           {func(c net.Conn) { _, _ = packets.ReadPacket(c); _, _ = c.Write([]byte{0x20, 2, 0}) }, false, Lost, "instead of answering"},
		"web server":               {say("HTTP/1.1 400 Bad Request\r\n\r\n"), false, Protocol, "ws://"},
		"SSH":                      {say("SSH-2.0-OpenSSH_9.2\r\n"), false, Protocol, "SSH"},
		"TLS alert":                {say("\x15\x03\x01\x00\x02\x02\x46"), false, TLS, "is {port} a TLS port?"},
		"garbage":                  {say("\xFF\xFE\xFD\xFC"), false, Protocol, "not MQTT"},
		"another packet":           {say("\x30\x03\x00\x01a"), false, Protocol, "not MQTT"},
		"plain server, TLS client": {say("220 mail ESMTP\r\n"), true, TLS, "without TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			addr := listen(t, test.serve)
			_, port, _ := net.SplitHostPort(addr)
			waits := fast
			if test.kind == Timeout {
				waits.attempt = 100 * time.Millisecond
			}
			_, err := Dial(contextOf(t), Config{URL: addr, TLS: test.tls, timing: waits})
			wantError(t, err, test.kind, strings.ReplaceAll(test.words, "{port}", port), addr)
		})
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	_, err = Dial(contextOf(t), Config{URL: addr})
	wantError(t, err, Refused, "no program listens")
	_, err = Dial(contextOf(t), Config{URL: "no-such-host.invalid"})
	wantError(t, err, Name, "no-such-host.invalid")
}

func TestDialEndsWithContext(t *testing.T) {
	addr := listen(t, discard)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	start := time.Now()
	if _, err := Dial(ctx, Config{URL: addr}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := Dial(ctx, Config{URL: addr})
	wantError(t, err, Timeout, "TLS port")
	ctx, cancel = context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err = Dial(ctx, Config{URL: "127.0.0.1:1", Wait: true, timing: fast})
	wantError(t, err, Refused, "no program listens")
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

func TestWaitForBroker(t *testing.T) {
	_, addr := startMochi(t, nil, nil)
	tun := newTunnel(t, addr)
	tun.setRefuse(true)
	log := newEvents()
	done := make(chan error, 1)
	go func() {
		c, err := Dial(contextOf(t), Config{URL: tun.addr, Wait: true, Notify: log.notify, timing: fast})
		if err == nil {
			err = c.Close(time.Second)
		}
		done <- err
	}()
	wantError(t, log.wait(t, EventRetry).Err, Lost)
	tun.setRefuse(false)
	log.wait(t, EventConnected)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestBadSubacks(t *testing.T) {
	quick := fast
	quick.answer = 50 * time.Millisecond
	for name, test := range map[string]struct {
		answer func(*packets.SubscribePacket) []byte
		kind   Kind
		words  string
	}{
		"denied":         {func(p *packets.SubscribePacket) []byte { return suback(p, 0, 0x80) }, Denied, "refuses"},
		"unknown code":   {func(p *packets.SubscribePacket) []byte { return suback(p, 0, 0x87) }, Denied, "refuses"},
		"too few codes":  {func(p *packets.SubscribePacket) []byte { return suback(p, 1) }, Protocol, "a SUBACK for 1 topic filters to a SUBSCRIBE of 2"},
		"too many codes": {func(p *packets.SubscribePacket) []byte { return suback(p, 1, 1, 1) }, Protocol, "a SUBACK for 3"},
		"of another id":  {func(p *packets.SubscribePacket) []byte { p.MessageID++; return suback(p, 1, 1) }, Timeout, "SUBSCRIBE"},
		"a PUBACK": {func(p *packets.SubscribePacket) []byte {
			return []byte{0x40, 2, byte(p.MessageID >> 8), byte(p.MessageID)}
		}, Timeout, "SUBSCRIBE"},
		"none":           {func(p *packets.SubscribePacket) []byte { return nil }, Timeout, "SUBSCRIBE"},
		"hangs up":       {func(p *packets.SubscribePacket) []byte { return hangOff }, Lost, "closed the connection"},
		"half of it":     {func(p *packets.SubscribePacket) []byte { return suback(p, 1, 1)[:3] }, Timeout, "SUBSCRIBE"},
		"another packet": {func(p *packets.SubscribePacket) []byte { return connack }, Protocol, "a second CONNACK"},
	} {
		t.Run(name, func(t *testing.T) {
			addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
				if p, ok := p.(*packets.SubscribePacket); ok {
					return test.answer(p)
				}
				return polite(p)
			})
			c := mustDial(t, Config{URL: addr, timing: quick})
			wantError(t, c.Subscribe(contextOf(t), "a", "b"), test.kind, test.words)
		})
	}
}

func TestDowngrade(t *testing.T) {
	addr := fakeBroker(t, polite) // grants 0
	log := newEvents()
	c := mustDial(t, Config{URL: addr, QoS: 1, Notify: log.notify})
	if err := c.Subscribe(contextOf(t), "a"); err != nil {
		t.Fatal(err)
	}
	if text := log.wait(t, EventWarning).String(); !strings.Contains(text, `"a"`) {
		t.Errorf("warning %q", text)
	}
	if got := c.Stats().Downgraded; !slices.Equal(got, []string{"a"}) {
		t.Errorf("downgraded %q", got)
	}
}

func TestNoPuback(t *testing.T) {
	acked := 0
	addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
		if _, ok := p.(*packets.PublishPacket); ok {
			if acked++; acked > 10 {
				return nil
			}
		}
		return polite(p)
	})
	quick := fast
	quick.answer = 500 * time.Millisecond
	c := mustDial(t, Config{URL: addr, timing: quick})
	ctx := contextOf(t)
	for range 30 {
		if err := c.PublishAsync(ctx, "a", nil, 1, false); err != nil {
			t.Fatal(err)
		}
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	missing, err := c.Flush(short)
	if missing != 20 {
		t.Errorf("%d missing, want 20", missing)
	}
	wantError(t, err, Timeout, "acknowledge")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v does not wrap the deadline", err)
	}
	wantError(t, c.Publish(ctx, "a", nil, 1, false), Timeout, "acknowledge")
	if stats := c.Stats(); stats.Unacknowledged != 21 || stats.Published != 10 {
		t.Errorf("%+v", stats)
	}
}

// The broker goes away in the middle of a stream of messages.
func TestPublishOverALoss(t *testing.T) {
	n := 0
	addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
		if _, ok := p.(*packets.PublishPacket); ok {
			if n++; n > 1000 {
				return hangOff
			}
		}
		return polite(p)
	})
	c := mustDial(t, Config{URL: addr})
	ctx := contextOf(t)
	sent := 0
	var err error
	for err == nil {
		if err = c.PublishAsync(ctx, "a", make([]byte, 100), 1, false); err == nil {
			sent++
		}
	}
	wantError(t, err, Lost)
	missing, err := c.Flush(ctx)
	wantError(t, err, Lost)
	// The last acknowledgements may be lost with the connection.
	if stats := c.Stats(); missing < 1 || sent-missing > 1000 || stats.Published != int64(sent-missing) || stats.Unacknowledged != int64(missing) {
		t.Errorf("%d sent, %d missing, %+v", sent, missing, stats)
	}
	_, err = c.Receive(ctx)
	wantError(t, err, Lost, "closed the connection")
}

func TestDeadPeerIsNoticed(t *testing.T) {
	t.Parallel()
	_, addr := startMochi(t, nil, nil)
	tun := newTunnel(t, addr)
	quick := fast
	quick.pong = 50 * time.Millisecond
	c := mustDial(t, Config{URL: tun.addr, KeepAlive: time.Second, timing: quick})
	tun.stall()
	_, err := c.Receive(contextOf(t))
	wantError(t, err, Lost, "does not answer pings")
}

func TestIdleConnectionStays(t *testing.T) {
	t.Parallel()
	var pings atomic.Int32
	addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
		if _, ok := p.(*packets.PingreqPacket); ok {
			pings.Add(1)
		}
		return polite(p)
	})
	quick := fast
	quick.pong = 2 * time.Second // a busy machine may be late
	c := mustDial(t, Config{URL: addr, KeepAlive: time.Second, timing: quick})
	until(t, "four pings", func() bool { return pings.Load() >= 4 }) // takes longer than the allowed silence
	if err := c.Publish(contextOf(t), "a", nil, 1, false); err != nil {
		t.Error(err)
	}
}

func TestOutage(t *testing.T) {
	server, addr := startMochi(t, nil, nil)
	tun := newTunnel(t, addr)
	log := newEvents()
	c := mustDial(t, Config{URL: tun.addr, QoS: 1, Reconnect: true, Notify: log.notify})
	ctx := contextOf(t)
	if err := c.Subscribe(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	log.wait(t, EventConnected)
	tun.setRefuse(true)
	tun.cut()
	wantError(t, log.wait(t, EventLost).Err, Lost)
	wantError(t, c.Publish(ctx, "b", nil, 1, false), Lost, "no connection at the moment")
	log.wait(t, EventRetry)

	subscribed := make(chan error, 1)
	go func() { subscribed <- c.Subscribe(ctx, "b") }() // waits for the connection
	tun.setRefuse(false)
	if gap := log.wait(t, EventRestored).For; gap <= 0 {
		t.Errorf("a gap of %v", gap)
	}
	if err := <-subscribed; err != nil {
		t.Fatal(err)
	}
	tun.cut()
	log.wait(t, EventRestored)
	for _, topic := range []string{"a", "b"} {
		if err := server.Publish(topic, nil, false, 1); err != nil {
			t.Fatal(err)
		}
		if m, err := c.Receive(ctx); err != nil || m.Topic != topic {
			t.Fatalf("%+v, %v", m, err)
		}
	}
	if s := c.Stats(); s.Gaps != 2 || s.Reconnects != 2 || s.GapTime <= 0 || s.Forgotten != 0 {
		t.Errorf("%+v", s)
	}
}

// After a first success no answer of the broker ends the connection. It tries
// again slowly, reports this once, and reports again when the connection is
// back.
func TestNoAnswerEndsReconnecting(t *testing.T) {
	const refusals = 4
	quick := fast
	quick.slow, quick.backoffMax = 20*time.Millisecond, 5*time.Millisecond
	for name, test := range map[string]struct {
		connack []byte
		verdict byte
		kind    Kind
	}{
		"client id rejected": {[]byte{0x20, 2, 0, 2}, 0, Auth},
		"wrong password":     {[]byte{0x20, 2, 0, 4}, 0, Auth},
		"user removed":       {[]byte{0x20, 2, 0, 5}, 0, Auth},
		"unknown code":       {[]byte{0x20, 2, 0, 6}, 0, Protocol},
		"not MQTT":           {[]byte("220 mail ESMTP\r\n"), 0, Protocol},
		"HTTP 503":           {[]byte("HTTP/1.1 503 Unavailable\r\n\r\n"), 0, Protocol},
		"right removed":      {connack, 0x80, Denied},
	} {
		t.Run(name, func(t *testing.T) {
			var connects atomic.Int32
			addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
				n := connects.Load()
				bad := 1 < n && n <= 1+refusals
				switch p := p.(type) {
				case *packets.ConnectPacket:
					if n := connects.Add(1); 1 < n && n <= 1+refusals {
						return test.connack
					}
				case *packets.SubscribePacket:
					if bad {
						return suback(p, test.verdict)
					}
					return append(suback(p, 0), "\x30\x04\x00\x01ok"...)
				case *packets.PublishPacket:
					return hangOff
				}
				return polite(p)
			})
			log := newEvents()
			c := mustDial(t, Config{URL: addr, Reconnect: true, Notify: log.notify, timing: quick})
			ctx := contextOf(t)
			if err := c.Subscribe(ctx, "a"); err != nil {
				t.Fatal(err)
			}
			wantError(t, c.Publish(ctx, "a", nil, 1, false), Lost)
			log.wait(t, EventLost)
			wantError(t, log.wait(t, EventRetry).Err, test.kind)
			for range 2 {
				if _, err := c.Receive(ctx); err != nil {
					t.Fatal(err)
				}
			}
			for told := 0; ; {
				e := <-log.c
				if e.Kind == EventRestored {
					break
				}
				if e.Kind == EventRetry {
					if told++; told > 1 {
						t.Errorf("told again: %v", e)
					}
				}
			}
			if n := connects.Load(); n != 2+refusals {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// refusesAgain is a broker that hangs up at the first message and refuses each login after the
// first. It counts the logins.
func refusesAgain(connects *atomic.Int32) func(packets.ControlPacket) []byte {
	return func(p packets.ControlPacket) []byte {
		switch p.(type) {
		case *packets.ConnectPacket:
			if connects.Add(1) > 1 {
				return []byte{0x20, 2, 0, 5}
			}
		case *packets.PublishPacket:
			return hangOff
		}
		return polite(p)
	}
}

// TestGiveUp checks that GiveUp limits an outage.
func TestGiveUp(t *testing.T) {
	var connects atomic.Int32
	addr := fakeBroker(t, refusesAgain(&connects))
	c := mustDial(t, Config{URL: addr, Reconnect: true, GiveUp: 300 * time.Millisecond})
	wantError(t, c.Publish(contextOf(t), "a", nil, 1, false), Lost)
	_, err := c.Receive(contextOf(t))
	wantError(t, err, Auth)
}

// TestNodes checks that the nodes of a cluster are tried in order, each as soon
// as the one before fails, at the start and after a loss.
func TestNodes(t *testing.T) {
	var order []string
	var mu sync.Mutex
	var node [3]string
	dead := map[int]bool{0: true}
	for i := range node {
		node[i] = fakeBroker(t, func(p packets.ControlPacket) []byte {
			mu.Lock()
			defer mu.Unlock()
			if _, ok := p.(*packets.ConnectPacket); ok {
				order = append(order, fmt.Sprint(i))
				if dead[i] {
					return hangOff
				}
			}
			if _, ok := p.(*packets.PublishPacket); ok {
				dead[1] = true
				return hangOff
			}
			return polite(p)
		})
	}
	log := newEvents()
	c := mustDial(t, Config{URL: node[0], Nodes: node[1:], Reconnect: true, Notify: log.notify})
	wantError(t, c.Publish(contextOf(t), "a", nil, 1, false), Lost)
	log.wait(t, EventRestored)
	mu.Lock()
	if got := strings.Join(order, ""); got != "01012" {
		t.Errorf("tried %s, want 01012", got)
	}
	dead[2] = true
	mu.Unlock()
	_, err := Dial(contextOf(t), Config{URL: node[0], Nodes: node[1:], timing: fast})
	wantError(t, err, Lost, node[0], node[1], node[2])
	_, err = Dial(contextOf(t), Config{URL: node[0], Nodes: []string{"a:b:c"}})
	wantError(t, err, Usage)
}

// TestNodeThatRefuses checks that a node which refuses the login does not keep a
// Conn from the other nodes: the next attempt begins with the node behind it.
func TestNodeThatRefuses(t *testing.T) {
	quick := fast
	quick.slow = 20 * time.Millisecond
	var connects atomic.Int32
	refuses := fakeBroker(t, refusesAgain(&connects))
	log := newEvents()
	c := mustDial(t, Config{URL: refuses, Nodes: []string{fakeBroker(t, polite)}, Reconnect: true, Notify: log.notify, timing: quick})
	wantError(t, c.Publish(contextOf(t), "a", nil, 1, false), Lost)
	wantError(t, log.wait(t, EventRetry).Err, Auth)
	log.wait(t, EventRestored)
	if n := connects.Load(); n != 2 {
		t.Errorf("%d connections to the node that refuses, want 2", n)
	}
}

// TestTwoClientsWithOneID checks that one of two clients with the same id gives up. It uses
// mosquitto, because mochi now and then leaves both connected when two
// take the id at the same moment.
func TestTwoClientsWithOneID(t *testing.T) {
	addr := startMosquitto(t)
	var ends [2]chan error
	warned := newEvents()
	for i := range ends {
		c := mustDial(t, Config{URL: addr, ClientID: "twin", Reconnect: true, Notify: warned.notify})
		ends[i] = make(chan error, 1)
		go func() {
			_, err := c.Receive(contextOf(t))
			ends[i] <- err
		}()
	}
	if text := warned.wait(t, EventWarning).String(); !strings.Contains(text, `another client with the id "twin"`) {
		t.Errorf("warning %q", text)
	}
	// One of them gives up; then the other one has the broker for itself.
	select {
	case err := <-ends[0]:
		wantError(t, err, Lost, "client id of its own")
	case err := <-ends[1]:
		wantError(t, err, Lost, "client id of its own")
	}
}

// Every message arrives, however often and wherever the connection is cut. The
// test uses mosquitto, because mochi itself loses messages when a session moves
// to another connection.
func TestPersistentOverCuts(t *testing.T) {
	addr := startMosquitto(t)
	tun := newTunnel(t, addr)
	const n, cuts = 10_000, 20
	ctx := contextOf(t)
	noSuspicion := fast
	noSuspicion.brief = time.Nanosecond
	c := mustDial(t, Config{URL: tun.addr, ClientID: "persistent", Persistent: true, Reconnect: true, timing: noSuspicion})
	if err := c.Subscribe(ctx, "n"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	// The publisher is only a little ahead, because mosquitto sends all kept
	// messages again each time that a session comes back.
	ahead := make(chan struct{}, 100)
	wg.Go(func() { publishNumbers(ctx, t, addr, n, ahead) })

	seen, fresh, unmarked := make([]bool, n), 0, 0
	for fresh < n {
		m, err := c.Receive(ctx)
		if err != nil {
			t.Fatalf("after %d of %d messages and %+v: %v", fresh, n, c.Stats(), err)
		}
		var i int
		if _, err := fmt.Sscan(string(m.Payload), &i); err != nil {
			t.Fatal(err)
		}
		m.Ack()
		switch {
		case !seen[i]:
			seen[i] = true
			<-ahead
			if fresh++; fresh%(n/(cuts+1)) == 0 && tun.cuts < cuts {
				until(t, "the connection is back", func() bool { return c.Stats().Reconnects == tun.cuts })
				tun.cut()
			}
		case !m.Duplicate:
			unmarked++
		}
	}
	if unmarked > 0 {
		t.Errorf("%d messages came twice without the mark", unmarked)
	}
	s := c.Stats()
	if tun.cuts != cuts || s.Gaps < cuts-1 || // the last may not have been noticed yet
		s.Forgotten != 0 {
		t.Errorf("%d cuts, %+v", tun.cuts, s)
	}
	t.Logf("%d cuts, %d gaps of %v, %d duplicates", tun.cuts, s.Gaps, s.GapTime, s.Duplicates)
}

// publishNumbers publishes 0 to n-1 on the topic n. Before each number it sends
// a value to ahead.
func publishNumbers(ctx context.Context, t *testing.T, addr string, n int, ahead chan<- struct{}) {
	c, err := Dial(ctx, Config{URL: addr, timing: fast})
	if err != nil {
		t.Error(err)
		return
	}
	for i := range n {
		select {
		case ahead <- struct{}{}:
		case <-ctx.Done():
		}
		if err := c.PublishAsync(ctx, "n", fmt.Append(nil, i), 1, false); err != nil {
			t.Error(err)
			break
		}
	}
	if err := c.Close(within); err != nil {
		t.Error(err)
	}
}

// A message that was not acknowledged comes again to the next process.
func TestPersistentRedelivers(t *testing.T) {
	server, addr := startMochi(t, nil, nil)
	ctx := contextOf(t)
	cfg := Config{URL: addr, ClientID: "p", Persistent: true, timing: fast}
	c := mustDial(t, cfg)
	if err := c.Subscribe(ctx, "n"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := server.Publish("n", fmt.Append(nil, i), false, 1); err != nil {
			t.Fatal(err)
		}
	}
	var got []Message
	for range 3 {
		m, err := c.Receive(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
	}
	got[0].Ack()
	if err := c.Close(time.Second); err != nil {
		t.Fatal(err)
	}
	got[1].Ack() // too late: nothing happens

	c = mustDial(t, cfg)       // no Subscribe: the session has the subscription, and messages come at once
	again := map[string]bool{} // mochi does not keep their order
	for range 2 {
		m, err := c.Receive(ctx)
		if err != nil || !m.Duplicate {
			t.Fatalf("%+v, %v", m, err)
		}
		again[string(m.Payload)] = true
		m.Ack()
	}
	if !again["1"] || !again["2"] {
		t.Errorf("redelivered: %v", again)
	}
	if s := c.Stats(); s.Duplicates != 2 {
		t.Errorf("%+v", s)
	}
	wantError(t, c.Publish(ctx, "a", nil, 2, false), Usage, "QoS 2")
}

func TestForgottenSession(t *testing.T) {
	addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
		if _, ok := p.(*packets.PublishPacket); ok {
			return hangOff
		}
		return polite(p) // CONNACK without "session present"
	})
	log := newEvents()
	c := mustDial(t, Config{URL: addr, ClientID: "p", Persistent: true, Reconnect: true, Notify: log.notify})
	if text := log.wait(t, EventWarning).String(); !strings.Contains(text, `no session for client id "p"`) {
		t.Errorf("warning %q", text)
	}
	wantError(t, c.Publish(contextOf(t), "a", nil, 1, false), Lost)
	if text := log.wait(t, EventWarning).String(); !strings.Contains(text, "forgotten") {
		t.Errorf("warning %q", text)
	}
	if s := c.Stats(); s.Forgotten != 1 {
		t.Errorf("%+v", s)
	}
}

// amnesiac is a broker that delivers a message after each SUBSCRIBE. The test
// says where it cuts the connection, and how it answers CONNECT.
type amnesiac struct {
	connects, subscribes atomic.Int32
	present              func(connect int32) bool
	drop                 func(connect int32, p packets.ControlPacket) bool
}

func (a *amnesiac) answer(p packets.ControlPacket) []byte {
	if _, ok := p.(*packets.ConnectPacket); ok {
		if n := a.connects.Add(1); a.present(n) {
			return []byte{0x20, 2, 1, 0}
		}
		return connack
	}
	if a.drop(a.connects.Load(), p) {
		return hangOff
	}
	if s, ok := p.(*packets.SubscribePacket); ok {
		a.subscribes.Add(1)
		return append(polite(s), "\x30\x04\x00\x01nx"...)
	}
	return polite(p)
}

// dropPublish ends the connection when the test publishes.
func dropPublish(_ int32, p packets.ControlPacket) bool {
	_, ok := p.(*packets.PublishPacket)
	return ok
}

// A broker that claims to have a session, although a clean one was asked for,
// does not know our subscriptions. They are made again after each gap.
func TestClaimedSession(t *testing.T) {
	a := &amnesiac{present: func(int32) bool { return true }, drop: dropPublish}
	log := newEvents()
	c := mustDial(t, Config{URL: fakeBroker(t, a.answer), Reconnect: true, Notify: log.notify})
	ctx := contextOf(t)
	if err := c.Subscribe(ctx, "n"); err != nil {
		t.Fatal(err)
	}
	warnings := 0
	for cut := range 3 {
		if _, err := c.Receive(ctx); err != nil {
			t.Fatalf("after %d cuts: %v", cut, err)
		}
		wantError(t, c.Publish(ctx, "a", nil, 1, false), Lost)
		for restored := false; !restored; {
			select {
			case e := <-log.c:
				restored = e.Kind == EventRestored
				if e.Kind == EventWarning && strings.Contains(e.Text, "clean") {
					warnings++
				}
			case <-ctx.Done():
				t.Fatal("the connection does not come back")
			}
		}
	}
	if _, err := c.Receive(ctx); err != nil {
		t.Fatal(err)
	}
	if n := a.subscribes.Load(); n != 4 || warnings != 1 {
		t.Errorf("%d subscriptions, %d warnings; want 4 and 1", n, warnings)
	}
	if s := c.Stats(); s.Forgotten != 0 {
		t.Errorf("%+v", s)
	}
}

// A persistent session that the broker has kept has its subscriptions. They are
// not made again, because the retained messages would then come again.
func TestPresentSession(t *testing.T) {
	a := &amnesiac{present: func(n int32) bool { return n > 1 }, drop: dropPublish}
	log := newEvents()
	c := mustDial(t, Config{URL: fakeBroker(t, a.answer), ClientID: "p", Persistent: true, Reconnect: true, Notify: log.notify})
	if err := c.Subscribe(contextOf(t), "n"); err != nil {
		t.Fatal(err)
	}
	wantError(t, c.Publish(contextOf(t), "a", nil, 1, false), Lost)
	log.wait(t, EventRestored)
	if n := a.subscribes.Load(); n != 1 {
		t.Errorf("%d subscriptions, want 1", n)
	}
}

// A session that the first connection finds is not reported.
func TestSessionFound(t *testing.T) {
	a := &amnesiac{present: func(int32) bool { return true }, drop: dropPublish}
	log := newEvents()
	mustDial(t, Config{URL: fakeBroker(t, a.answer), ClientID: "p", Persistent: true, Notify: log.notify})
	if e := log.wait(t, EventConnected); len(log.c) > 0 {
		t.Errorf("after %v there is %v", e, <-log.c)
	}
}

// If a connection is lost before the subscriptions are made, the broker keeps a
// session without them. The next connection still has to make them.
func TestSessionLostWhileSubscribing(t *testing.T) {
	a := &amnesiac{
		present: func(n int32) bool { return n > 2 }, // the second connection begins a new one
		drop: func(n int32, p packets.ControlPacket) bool {
			_, subscribe := p.(*packets.SubscribePacket)
			return n == 2 && subscribe || dropPublish(n, p)
		},
	}
	log := newEvents()
	c := mustDial(t, Config{URL: fakeBroker(t, a.answer), ClientID: "p", Persistent: true, Reconnect: true, Notify: log.notify})
	ctx := contextOf(t)
	if err := c.Subscribe(ctx, "n"); err != nil {
		t.Fatal(err)
	}
	wantError(t, c.Publish(ctx, "a", nil, 1, false), Lost)
	log.wait(t, EventRestored)
	if text := log.wait(t, EventWarning).String(); !strings.Contains(text, "forgotten") {
		t.Errorf("warning %q", text)
	}
	if n := a.subscribes.Load(); n != 2 || c.Stats().Forgotten != 1 {
		t.Errorf("%d subscriptions, %+v; want 2, and one session forgotten", n, c.Stats())
	}
}

// If the receiver pauses, the broker has to wait, and this is reported. Nothing
// is lost, and the connection outlives the keep-alive time.
func TestBackPressure(t *testing.T) {
	t.Parallel()
	const n = 40 // of a MiB each
	var pings atomic.Int32
	addr := listen(t, func(c net.Conn) {
		var wg sync.WaitGroup
		defer wg.Wait()
		for {
			p, err := packets.ReadPacket(c)
			if err != nil {
				hangUp(c)
				return
			}
			if out := polite(p); out != nil {
				_, _ = c.Write(out)
			}
			switch p.(type) {
			case *packets.PingreqPacket:
				pings.Add(1) // its answer would only wait behind the messages
			case *packets.SubscribePacket:
				wg.Go(func() {
					for i := range n {
						m := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
						m.TopicName, m.Payload = "n", make([]byte, 1<<20)
						m.Payload[0] = byte(i)
						if m.Write(c) != nil {
							return
						}
					}
				})
			}
		}
	})
	quick := fast
	quick.stall, quick.pong = 50*time.Millisecond, 100*time.Millisecond
	log := newEvents()
	c := mustDial(t, Config{URL: addr, KeepAlive: time.Second, Notify: log.notify, timing: quick})
	ctx := contextOf(t)
	if err := c.Subscribe(ctx, "n"); err != nil {
		t.Fatal(err)
	}
	log.wait(t, EventStalled)
	until(t, "the broker hears from us all the same", func() bool { return pings.Load() >= 3 })
	if s := c.Stats(); s.Received > maxQueuedBytes>>20+1 {
		t.Errorf("%d messages in the queue", s.Received)
	}
	for i := range n {
		m, err := c.Receive(ctx)
		if err != nil || m.Payload[0] != byte(i) {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	log.wait(t, EventFlowing)
	if s := c.Stats(); s.Stalls == 0 || s.Gaps != 0 {
		t.Errorf("%+v", s)
	}
}

func TestCloseWhileStalled(t *testing.T) {
	server, addr := startMochi(t, nil, nil)
	c := mustDial(t, Config{URL: addr})
	if err := c.Subscribe(contextOf(t), "n"); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := server.Publish("n", make([]byte, 1<<20), false, 0); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "a full queue", func() bool { return c.Stats().Received >= maxQueuedBytes>>20 })
	start := time.Now()
	if err := c.Close(time.Second); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("Close took %v", took)
	}
	if s := c.Stats(); s.Dropped < maxQueuedBytes>>20 {
		t.Errorf("%+v", s)
	}
}

func TestCloseDuringOutage(t *testing.T) {
	_, addr := startMochi(t, nil, nil)
	tun := newTunnel(t, addr)
	slow := fast
	slow.backoffMin, slow.backoffMax = time.Minute, time.Minute
	log := newEvents()
	c := mustDial(t, Config{URL: tun.addr, Reconnect: true, Notify: log.notify, timing: slow})
	tun.cut()
	log.wait(t, EventLost)
	if err := c.Close(time.Second); err != nil {
		t.Error(err)
	}
}

func TestBackoff(t *testing.T) {
	d := timing{}.withDefaults()
	for failures := range 100 {
		p := d.backoff(failures)
		if p < 500*time.Millisecond || p > 30*time.Second {
			t.Errorf("pause %v after %d failures", p, failures)
		}
		if failures > 10 && p < 15*time.Second {
			t.Errorf("only %v after %d failures", p, failures)
		}
	}
}

// The log has details, but no passwords and no other contents of CONNECT.
func TestLogHidesPassword(t *testing.T) {
	_, addr := startMochi(t, nil, nil)
	var mu sync.Mutex
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return out.Write(p)
	}), &slog.HandlerOptions{Level: levelTrace}))
	c := mustDial(t, Config{URL: addr, Username: "u", Password: func() (string, error) { return "hunter2", nil }, Log: log})
	if err := c.Publish(contextOf(t), "a", nil, 1, false); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(time.Second); err != nil {
		t.Fatal(err)
	}
	libraryLog.Store(nil)
	mu.Lock()
	defer mu.Unlock()
	text := out.String()
	if !strings.Contains(text, "paho: ") || !strings.Contains(text, "logged in") {
		t.Errorf("the log has no details:\n%s", text)
	}
	if strings.Contains(text, "hunter2") {
		t.Errorf("the log has the password:\n%s", text)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestMosquitto(t *testing.T) {
	addr := startMosquitto(t)
	ctx := contextOf(t)
	cfg := Config{URL: addr, ClientID: "p", Persistent: true, Reconnect: true, timing: fast}
	c := mustDial(t, cfg)
	if err := c.Subscribe(ctx, "n"); err != nil {
		t.Fatal(err)
	}
	const n = 2000
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { publishNumbers(ctx, t, addr, n, make(chan struct{}, n)) })
	for i := range n {
		m, err := c.Receive(ctx)
		if err != nil || string(m.Payload) != fmt.Sprint(i) {
			t.Fatalf("message %d: %+v, %v", i, m, err)
		}
		if i < n-1 {
			m.Ack()
		}
	}
	if err := c.Close(time.Second); err != nil {
		t.Error(err)
	}
	c = mustDial(t, cfg)
	if m, err := c.Receive(ctx); err != nil || string(m.Payload) != fmt.Sprint(n-1) || !m.Duplicate {
		t.Errorf("redelivery: %+v, %v", m, err)
	}
}

// TestTryPublish checks that TryPublish never waits, and succeeds as soon as
// there is room.
func TestTryPublish(t *testing.T) {
	acknowledge := make(chan struct{})
	addr := fakeBroker(t, func(p packets.ControlPacket) []byte {
		if _, ok := p.(*packets.PublishPacket); ok {
			<-acknowledge
		}
		return polite(p)
	})
	c := mustDial(t, Config{URL: addr})
	try := func() bool {
		ok, err := c.TryPublish("a", nil, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	for i := range maxInFlight {
		if !try() {
			t.Fatalf("message %d has to wait", i)
		}
	}
	if try() {
		t.Error("there was room for one more")
	}
	c.turn <- struct{}{} // as if another goroutine were using it
	if try() {
		t.Error("it did not wait for its turn")
	}
	<-c.turn
	close(acknowledge)
	until(t, "there is room again", try)
	if err := c.Close(time.Second); err != nil {
		t.Error(err)
	}
	if n := c.Stats().Published; n != maxInFlight+1 {
		t.Errorf("%d published", n)
	}
	if _, err := c.TryPublish("a", nil, 1, false); err == nil {
		t.Error("published after Close")
	}
}
