package broker

import (
	"bufio"
	"context"
	"net"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// stream starts a broker that sends n messages of 150 bytes after SUBSCRIBE, as
// fast as the client takes them.
func stream(b *testing.B, n int, qos byte) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer hangUp(c)
		in := bufio.NewReader(c)
		for {
			p, err := packets.ReadPacket(in)
			if err != nil {
				return
			}
			if _, err := c.Write(polite(p)); err != nil {
				return
			}
			if _, ok := p.(*packets.SubscribePacket); ok {
				go send(c, n, qos)
			}
		}
	}()
	return l.Addr().String()
}

func send(c net.Conn, n int, qos byte) {
	out := bufio.NewWriterSize(c, 4096)
	m := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	m.TopicName, m.Payload, m.Qos = "some/topic", make([]byte, 150), qos
	for i := range n {
		m.MessageID = uint16(i%65535) + 1
		if m.Write(out) != nil {
			return
		}
	}
	_ = out.Flush()
}

// BenchmarkReceive compares a Conn with the MQTT library alone.
func BenchmarkReceive(b *testing.B) {
	for qos, name := range []string{"QoS0", "QoS1"} {
		b.Run("session/"+name, func(b *testing.B) {
			ctx := context.Background()
			c, err := Dial(ctx, Config{URL: stream(b, b.N, byte(qos)), QoS: byte(qos), timing: fast})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(150)
			if err := c.Subscribe(ctx, "#"); err != nil {
				b.Fatal(err)
			}
			for range b.N {
				if _, err := c.Receive(ctx); err != nil {
					b.Fatal(err)
				}
			}
			_ = c.Close(0)
		})
		b.Run("paho/"+name, func(b *testing.B) {
			done, n := make(chan struct{}), 0
			o := mqtt.NewClientOptions().AddBroker("mqtt://" + stream(b, b.N, byte(qos)))
			o.SetDefaultPublishHandler(func(mqtt.Client, mqtt.Message) {
				if n++; n == b.N {
					close(done)
				}
			})
			c := mqtt.NewClient(o)
			c.Connect().Wait()
			b.SetBytes(150)
			c.Subscribe("#", byte(qos), nil).Wait()
			<-done
			c.Disconnect(0)
		})
	}
}
