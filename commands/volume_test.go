package commands_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

var (
	volume  = flag.Int("volume", 200_000, "how many messages TestVolume sends")
	graph   = flag.String("graph", "", "where TestVolume draws the memory over the messages, as SVG")
	program = flag.String("program", "mqtool", "the mqtool that TestVolume and TestTorture run")
)

// A sample says how much memory listen had after some number of messages.
type sample struct {
	messages int
	rss      int // bytes
}

// TestVolume sends as much through listen as a busy site does in a day, as fast as
// listen takes it: the events and status of a thousand readers, and pictures, which are
// saved. Every message must be printed, and the memory must not grow.
func TestVolume(t *testing.T) {
	if runtime.GOOS != "linux" || testing.Short() {
		t.Skip("takes some seconds, and asks Linux for the memory of a process")
	}
	flood, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = flood.Close() }()
	pictures := t.TempDir()
	listen := exec.Command(*program, "listen", "--broker", "mqtt://"+flood.Addr().String(), "--json", "--save", pictures, "--count", strconv.Itoa(*volume))
	listen.Env = append(os.Environ(), "MQTOOL_CONFIG="+os.DevNull)
	var complaints bytes.Buffer
	listen.Stderr = &complaints
	out, err := listen.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := listen.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- serveFlood(ctx, flood, *volume) }()

	var lines atomic.Int64
	counted := make(chan error, 1)
	go func() {
		buf := make([]byte, 256<<10)
		for {
			n, err := out.Read(buf)
			lines.Add(int64(bytes.Count(buf[:n], []byte("\n"))))
			if err != nil {
				counted <- err
				return
			}
		}
	}()

	start := time.Now()
	var samples []sample
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	step := max(*volume/400, 1)
	for ended := false; !ended; {
		select {
		case <-look.C:
			n := int(lines.Load())
			if len(samples) > 0 && n-samples[len(samples)-1].messages < step {
				continue
			}
			if rss, err := residentMemory(listen.Process.Pid); err == nil && n > 0 {
				samples = append(samples, sample{n, rss})
			}
		case err := <-counted:
			if err != io.EOF {
				t.Fatal(err)
			}
			ended = true
		}
	}
	if err := listen.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &complaints)
	}
	if n := int(lines.Load()); n != *volume {
		t.Errorf("%d of %d messages came out: %s", n, *volume, &complaints)
	}
	saved, err := filepath.Glob(pictures + "/*/*.jpg")
	if err != nil || len(saved) != *volume/picturesEvery {
		t.Errorf("%d pictures, want %d: %v", len(saved), *volume/picturesEvery, err)
	}
	if len(samples) < 4 {
		t.Fatalf("only %d samples of the memory", len(samples))
	}
	mean := func(s []sample) (sum int) {
		for _, s := range s {
			sum += s.rss
		}
		return sum / len(s)
	}
	quarter := len(samples) / 4
	second, last := mean(samples[quarter:2*quarter]), mean(samples[len(samples)-quarter:])
	t.Logf("%d messages in %v, %d pictures: %.1f MiB in the second quarter, %.1f MiB in the last",
		*volume, time.Since(start).Round(time.Second), len(saved), mib(second), mib(last))
	if last > second+second/4+8<<20 {
		t.Errorf("memory grows: %.1f MiB in the second quarter, %.1f MiB in the last", mib(second), mib(last))
	}
	if *graph != "" {
		if err := os.WriteFile(*graph, drawMemory(samples, *volume, time.Since(start)), 0o666); err != nil {
			t.Error(err)
		}
	}
}

func mib(bytes int) float64 { return float64(bytes) / (1 << 20) }

// residentMemory returns the resident memory of a process, as Linux reports it.
func residentMemory(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	pages, err := strconv.Atoi(fields[1])
	return pages * os.Getpagesize(), err
}

// picturesEvery says that every so many messages of the flood one is a picture.
const picturesEvery = 2000

// serveFlood is a broker for one client. It sends messages of QoS 0 as fast as the
// client takes them, where a real broker would drop some.
func serveFlood(ctx context.Context, l net.Listener, messages int) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	pings := make(chan struct{}, 1) // the flood answers them, between two messages
	for {
		packet, err := packets.ReadPacket(conn)
		if err != nil {
			return err
		}
		switch p := packet.(type) {
		case *packets.ConnectPacket:
			err = packets.NewControlPacket(packets.Connack).Write(conn)
		case *packets.PingreqPacket:
			pings <- struct{}{}
		case *packets.SubscribePacket:
			ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
			ack.MessageID, ack.ReturnCodes = p.MessageID, make([]byte, len(p.Topics))
			if err = ack.Write(conn); err == nil {
				go func() { _ = flood(ctx, conn, messages, pings) }() // the test notices a loss in the output
			}
		case *packets.DisconnectPacket:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func flood(ctx context.Context, conn net.Conn, messages int, pings <-chan struct{}) error {
	picture, err := os.ReadFile("../testdata/jpeg/gray-peacock.jpg")
	if err != nil {
		return err
	}
	image := base64.StdEncoding.EncodeToString(picture)
	w := bufio.NewWriterSize(conn, 64<<10)
	publish := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	var payload []byte
	for n := range messages {
		if n%1000 == 0 {
			select {
			case <-pings:
				if err := packets.NewControlPacket(packets.Pingresp).Write(w); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			default:
			}
		}
		reader := n % 1000
		payload = payload[:0]
		switch {
		case n%picturesEvery == picturesEvery-1:
			publish.TopicName = "4GSolarCam/Snapshot"
			payload = fmt.Appendf(payload, `{"ts":%d000,"values":{"devMac":"5CC563%06X","file":"p%d.jpg","time":%d,"image":"data:image/jpeg;base64,%s"}}`,
				1_776_620_818+n/1000, reader, n, 1_776_620_818+n/1000, image)
		case n%50 == 49:
			publish.TopicName = fmt.Sprintf("springcard/springcore/R%03d/status", reader)
			payload = fmt.Appendf(payload, `{"State":"online,ready","Uptime":"1:%d.%03d"}`, n/1000, reader)
		default:
			publish.TopicName = fmt.Sprintf("springcard/springcore/R%03d/rdr/evt", reader)
			payload = fmt.Appendf(payload, `{"Protocol":"NFC-A","Interface":"13.56","Template":1,"TagId":"04%012X","Uptime":"1:%d.%03d","Move":"Insert"}`, n, n/1000, reader)
		}
		publish.Payload = payload
		if err := publish.Write(w); err != nil {
			return err
		}
	}
	return w.Flush()
}

// drawMemory draws the samples as an SVG image.
func drawMemory(samples []sample, messages int, took time.Duration) []byte {
	const (
		width, height            = 720, 320
		left, right, top, bottom = 64, 16, 36, 44
	)
	most, highest := float64(messages), 0.0
	for _, s := range samples {
		highest = max(highest, mib(s.rss))
	}
	limit := 10.0
	for limit < highest*1.2 {
		limit += 10
	}
	x := func(messages float64) float64 { return left + (width-left-right)*messages/most }
	y := func(mib float64) float64 { return height - bottom - (height-top-bottom)*mib/limit }

	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#333">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="20" font-size="14">Memory of listen --json --save over %.3g million messages in %v (MiB resident)</text>`+"\n",
		left, most/1e6, took.Round(time.Second))
	for i := range 5 {
		value := limit * float64(i) / 4
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%.4g</text>`+"\n", left, y(value), width-right, left-8, y(value)+4, value)
		messages := most * float64(i) / 4
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%.2g M</text>`+"\n", x(messages), height-bottom+20, messages/1e6)
	}
	b.WriteString(`<polyline fill="none" stroke="#06c" stroke-width="1.5" points="`)
	for _, s := range samples {
		fmt.Fprintf(&b, "%.1f,%.1f ", x(float64(s.messages)), y(mib(s.rss)))
	}
	b.WriteString("\"/>\n</svg>\n")
	return b.Bytes()
}
