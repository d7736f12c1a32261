// Package broker keeps a connection to an MQTT 3.1.1 broker that one can reason
// about: calls take a context and wait, messages are pulled in order, every
// answer of the broker is checked, and nothing is lost silently.
//
// It moves payloads that it does not understand between topics that it does
// not interpret. Read conn.go from its top: it is the whole story; the other
// files are its parts.
package broker

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"mqtool/commands/internal/human"
)

// A Config says which broker to connect to, and how. A field with its zero
// value has its default.
type Config struct {
	// URL is the broker's address as people type it: mqtt://, mqtts://,
	// ws://, wss://, tcp://, ssl:// or tls://, a bare host, host:port or
	// [IPv6]:port. User info in it is refused: it would show in process lists.
	URL string

	// Nodes are further addresses of the same broker, if it is a cluster. They
	// are tried in this order after URL, each as soon as the one before it
	// fails.
	Nodes []string

	TLS        bool        // TLS where the URL does not ask for it; implied by CAFile, CertFile and KeyFile
	CAFile     string      // PEM file of authorities, trusted besides the system's own
	CertFile   string      // PEM file of the client's certificate
	KeyFile    string      // PEM file of its key; CertFile when empty
	ServerName string      // name in the broker's certificate, if it is not the URL's host
	ALPN       []string    // protocols to offer inside TLS
	Insecure   bool        // believe any certificate
	Headers    http.Header // further headers for the request of a WebSocket

	// KeyPassword returns the password of an encrypted key. It is called once,
	// and only if the key is encrypted; nil means no password.
	KeyPassword func() (string, error)

	// Proxy is the URL of a proxy: socks5:// or http://, both with user info if
	// needed. Environment variables such as ALL_PROXY are ignored, so a command
	// behaves the same under cron and in a shell.
	Proxy string

	Username string
	Password func() (string, error) // called once for each connection attempt; nil means no password

	ClientID   string        // default: unique for each process
	Persistent bool          // the broker keeps the session; see [Message.Ack]. Needs a ClientID
	KeepAlive  time.Duration // whole seconds; default 30 s
	Will       *Will

	// QoS is the QoS that Subscribe asks for: 0, 1 or 2. Its zero value means
	// QoS 0, as in MQTT, while the commands' option defaults to 1. A persistent
	// session asks for 1 at least.
	QoS byte

	// MaxPayload is the longest payload that is kept in memory. Only the start
	// of a longer one is kept. 0 means no limit.
	MaxPayload int

	Wait      bool // Dial tries until its context ends, as long as trying makes sense
	Reconnect bool // survive outages of any length, whatever the broker answers meanwhile

	GiveUp time.Duration // the longest outage that Reconnect survives; 0 means no limit

	Clock func() time.Time // sets Message.Received; nil means time.Now. Only tests set it

	// Notify, if set, is called when something happens to the connection. It is
	// called for one event at a time. It must return soon and must not call
	// methods of the Conn.
	Notify func(Event)

	Log *slog.Logger // details for -v; nil logs nothing. It never shows a password

	timing timing // zero except in tests
}

// complete checks a Config and returns it with its defaults filled in.
func (cfg Config) complete() (Config, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.timing = cfg.timing.withDefaults()
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if err := cfg.check(); err != nil {
		return cfg, err
	}
	if cfg.KeepAlive == 0 {
		cfg.KeepAlive = 30 * time.Second
	}
	cfg.KeepAlive = cfg.KeepAlive.Truncate(time.Second)
	if cfg.Persistent && cfg.QoS == 0 {
		cfg.QoS = 1 // a broker keeps messages for a session only with QoS 1 or 2
	}
	return cfg, nil
}

// check reports settings that MQTT does not allow.
func (cfg Config) check() error {
	switch {
	case cfg.QoS > 2:
		return usage("", fmt.Sprintf("QoS %d: it can be 0, 1 or 2", cfg.QoS), "")
	case cfg.KeepAlive < 0, cfg.KeepAlive > 0 && cfg.KeepAlive < time.Second, cfg.KeepAlive > 65535*time.Second:
		return usage("", fmt.Sprintf("keep-alive %v: it can be from 1s to 65535s", cfg.KeepAlive), "")
	case cfg.Persistent && cfg.ClientID == "":
		return usage("", "a persistent session needs a client id of its own", "give it with --client-id")
	case len(cfg.ClientID) > maxTopic || len(cfg.Username) > maxTopic:
		return usage("", "client id or user name are too long for MQTT", "")
	}
	if cfg.Will != nil {
		if err := ValidTopic(cfg.Will.Topic); err != nil {
			return usage("", "will: "+err.Error(), "")
		}
		if cfg.Will.QoS > 2 || len(cfg.Will.Payload) > maxTopic {
			return usage("", "will: its QoS can be 0, 1 or 2, its payload 65535 bytes long", "")
		}
	}
	return nil
}

// uniqueID makes a client id. Two clients with the same id throw each other off
// the broker.
func uniqueID() string {
	host, _ := os.Hostname() // without it the id is still unique
	host = strings.Map(func(r rune) rune {
		if r == '-' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, host)
	random := make([]byte, 4)
	_, _ = rand.Read(random) // it never fails
	return fmt.Sprintf("mqtool-%s-%d-%s", host[:min(len(host), 20)], os.Getpid(), hex.EncodeToString(random))
}

// A Will is the message that the broker publishes when this client disappears
// without a DISCONNECT.
type Will struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
}

// A Message is a received message.
type Message struct {
	Topic     string
	Payload   []byte // the receiver may keep and change it
	QoS       byte   // of this delivery
	Retained  bool   // the broker kept the message, so it may be old
	Duplicate bool   // the broker says that it may have sent the message before
	Received  time.Time

	// PassedOver is the number of bytes of the payload that were dropped
	// because it is longer than Config.MaxPayload. Payload then holds its
	// start.
	PassedOver int

	id       uint16    // with QoS 1 and 2
	wire     *wire     // where to acknowledge the message, with QoS 1 and 2
	delivery *delivery // with QoS 2
	manual   bool      // whether Ack acknowledges it
	owed     bool      // whether it is acknowledged when it leaves the queue
}

// Ack tells the broker of a persistent session that the message is safe and
// need not be sent again. The broker soon stops sending if messages are not
// acknowledged. Call Ack once for each message. On any other session it does
// nothing. It also does nothing if the connection that brought the message is
// lost; then the broker sends the message again, marked as a duplicate.
func (m Message) Ack() {
	if m.manual {
		m.acknowledge()
	}
}

// acknowledge sends PUBACK or PUBREC.
func (m *Message) acknowledge() {
	if m.delivery != nil {
		m.delivery.acknowledge()
		return
	}
	m.wire.acknowledge(m.QoS, m.id)
}

// Stats counts what a command should not ignore silently.
type Stats struct {
	Received   int64 // messages
	Duplicates int64 // received messages that are marked as duplicates
	Published  int64 // messages that the broker acknowledged, or that were sent with QoS 0

	Unacknowledged int64 // published messages that the broker did not acknowledge
	Dropped        int64 // received messages that nobody took before Close, and that do not come again
	Overrun        int64 // messages of QoS 0 that found no room while an answer behind them had to be read

	Gaps      int           // how often the connection was lost; more than Reconnects if it did not come back
	GapTime   time.Duration // total time without a connection, up to now
	Forgotten int           // gaps after which the broker had lost the persistent session
	Stalls    int           // how often the receiver kept the broker waiting for more than a second

	Reconnects int
	Downgraded []string // filters granted with a lower QoS than asked for
}

// An Event is something that happened to the connection.
type Event struct {
	Kind EventKind
	Err  error         // EventLost, EventRetry: why
	For  time.Duration // EventRestored: length of the gap; EventRetry: time until the next attempt; EventStalled, EventFlowing: time the broker has waited
	Text string        // EventWarning: what is wrong
}

// An EventKind says what happened.
type EventKind int

// The events.
const (
	EventConnected EventKind = iota // the first connection is established
	EventLost                       // the connection is lost
	EventRetry                      // an attempt failed for another reason than the one before
	EventRestored                   // it is back, and subscribed again
	EventStalled                    // the receiver is slow, so the broker has to wait and may drop messages
	EventFlowing                    // the receiver has caught up
	EventWarning                    // anything else
)

// String describes the event in words, for a person.
func (e Event) String() string {
	switch e.Kind {
	case EventConnected:
		return "connected"
	case EventLost:
		return fmt.Sprintf("%v; connecting again", e.Err)
	case EventRetry:
		return fmt.Sprintf("%v; trying again in %s", e.Err, human.Duration(e.For))
	case EventRestored:
		return fmt.Sprintf("connected again after a gap of %s", human.Duration(e.For))
	case EventStalled:
		return fmt.Sprintf("the output has been too slow for %s: the broker has to wait, and may drop messages", human.Duration(e.For))
	case EventFlowing:
		return fmt.Sprintf("the output has caught up; the broker had to wait for %s", human.Duration(e.For))
	}
	return e.Text
}
