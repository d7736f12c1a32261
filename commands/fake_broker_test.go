package commands_test

import (
	"bytes"
	"net"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/rogpeppe/go-internal/testscript"
)

// A fakeBroker returns the bytes with which it answers a packet, or nil if it stays
// silent. If it returns false, it hangs up instead.
type fakeBroker func(packets.ControlPacket) (answer []byte, on bool)

// politely answers as a broker that has no messages.
func politely(p packets.ControlPacket) ([]byte, bool) {
	switch p := p.(type) {
	case *packets.ConnectPacket:
		return []byte{0x20, 2, 0, 0}, true
	case *packets.SubscribePacket:
		return suback(p, 1), true
	case *packets.PublishPacket:
		if p.Qos == 1 {
			return []byte{0x40, 2, byte(p.MessageID >> 8), byte(p.MessageID)}, true
		}
	case *packets.PingreqPacket:
		return []byte{0xD0, 0}, true
	case *packets.DisconnectPacket:
		return nil, false
	}
	return nil, true
}

func suback(p *packets.SubscribePacket, verdict byte) []byte {
	verdicts := bytes.Repeat([]byte{verdict}, len(p.Topics))
	return append([]byte{0x90, byte(2 + len(verdicts)), byte(p.MessageID >> 8), byte(p.MessageID)}, verdicts...)
}

// fakeBrokers misbehave in ways that are rare in real brokers.
var fakeBrokers = map[string]fakeBroker{
	"silent": func(packets.ControlPacket) ([]byte, bool) { return nil, true },
	"closes": func(packets.ControlPacket) ([]byte, bool) { return nil, false },
	"garbage": func(packets.ControlPacket) ([]byte, bool) {
		return []byte("220 mail.example ESMTP\r\n"), true
	},
	"connack-1":    refusing(1),
	"connack-2":    refusing(2),
	"connack-3":    refusing(3),
	"connack-4":    refusing(4),
	"connack-5":    refusing(5),
	"connack-134":  refusing(134),
	"connack-135":  refusing(135),
	"connack-149":  refusing(149),
	"connack-200":  refusing(200),
	"suback-80":    subscribed(func(p *packets.SubscribePacket) ([]byte, bool) { return suback(p, 0x80), true }),
	"no-suback":    subscribed(func(*packets.SubscribePacket) ([]byte, bool) { return nil, true }),
	"suback-drops": subscribed(func(*packets.SubscribePacket) ([]byte, bool) { return nil, false }),
	"suback-late": subscribed(func(p *packets.SubscribePacket) ([]byte, bool) {
		kept := bytes.Repeat([]byte("\x30\x05\x00\x01xhi"), 40_000)
		return append(kept, suback(p, 1)...), true
	}),
	// It says each time that it has kept a session, but it knows only the
	// subscriptions of the connection. It hangs up at a ping.
	"claims-session": func(p packets.ControlPacket) ([]byte, bool) {
		switch p := p.(type) {
		case *packets.ConnectPacket:
			return []byte{0x20, 2, 1, 0}, true
		case *packets.SubscribePacket:
			return append(suback(p, 1), "\x30\x05\x00\x01xhi"...), true
		case *packets.PingreqPacket:
			return nil, false
		}
		return politely(p)
	},
	"no-puback": func(p packets.ControlPacket) ([]byte, bool) {
		if _, ok := p.(*packets.PublishPacket); ok {
			return nil, true
		}
		return politely(p)
	},
	"publish-drops": func(p packets.ControlPacket) ([]byte, bool) {
		if _, ok := p.(*packets.PublishPacket); ok {
			return nil, false
		}
		return politely(p)
	},
}

func refusing(code byte) fakeBroker {
	return func(packets.ControlPacket) ([]byte, bool) { return []byte{0x20, 2, 0, code}, true }
}

func subscribed(answer func(*packets.SubscribePacket) ([]byte, bool)) fakeBroker {
	return func(p packets.ControlPacket) ([]byte, bool) {
		if s, ok := p.(*packets.SubscribePacket); ok {
			return answer(s)
		}
		return politely(p)
	}
}

// startFake starts a broker that misbehaves. Commands connect to it from then on:
//
//	fake NAME
func startFake(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || fakeBrokers[args[0]] == nil {
		ts.Fatalf("usage: fake name, one of those in fake_broker_test.go")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv("MQTOOL_BROKER", "mqtt://"+l.Addr().String())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go fakeBrokers[args[0]].serve(c)
		}
	}()
}

func (answer fakeBroker) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		p, err := packets.ReadPacket(c)
		if err != nil {
			return
		}
		out, on := answer(p)
		if !on {
			return
		}
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}
