package commands_test

import (
	"net"
	"sync"
	"time"
)

// A relay stands between clients and a broker, and can behave like a bad line.
type relay struct {
	broker, address string

	mu       sync.Mutex
	listener net.Listener // nil while the line is down
	conns    map[net.Conn]bool
	refusing bool
	trouble  trouble
}

// A trouble says what is wrong with the way from the broker to the clients. With the
// zero value nothing is wrong.
type trouble struct {
	rate  int  // at most so many bytes per second; 0 means no limit
	piece int  // at most so many bytes at a time; 0 means no limit
	dead  bool // nothing arrives, and nobody hangs up
}

func newRelay(broker string) (*relay, error) {
	r := &relay{broker: broker, address: "127.0.0.1:0", conns: map[net.Conn]bool{}}
	return r, r.mend()
}

// mend accepts clients again, at the same address as before.
func (r *relay) mend() error {
	listener, err := net.Listen("tcp", r.address)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listener, r.address = listener, listener.Addr().String()
	go r.serve(listener)
	return nil
}

// close hangs up and accepts no clients.
func (r *relay) close() {
	r.mu.Lock()
	if r.listener != nil {
		_ = r.listener.Close()
		r.listener = nil
	}
	r.mu.Unlock()
	r.cut()
}

func (r *relay) serve(listener net.Listener) {
	for {
		in, err := listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", r.broker)
		if err != nil || !r.add(listener, in, out) {
			_ = in.Close()
			if out != nil {
				_ = out.Close()
			}
			continue
		}
		go r.pipe(in, out, r.current)
		go r.pipe(out, in, func() trouble { return trouble{} })
	}
}

// add records connections. It returns false if they are not wanted.
func (r *relay) add(listener net.Listener, conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refusing || r.listener != listener {
		return false
	}
	for _, c := range conns {
		r.conns[c] = true
	}
	return true
}

func (r *relay) current() trouble {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.trouble
}

// pipe copies from one connection to the other, with the trouble of the moment.
func (r *relay) pipe(to, from net.Conn, current func() trouble) {
	buf := make([]byte, 16<<10)
	var err, writeErr error
	for err == nil && writeErr == nil {
		var n int
		n, err = from.Read(buf)
		for rest := buf[:n]; len(rest) > 0 && writeErr == nil; {
			t := current()
			if t.dead {
				break // the bytes on their way are lost
			}
			piece := rest
			if t.piece > 0 {
				piece = piece[:min(t.piece, len(piece))]
			}
			if t.rate > 0 {
				const step = 50 * time.Millisecond
				most := max(1, t.rate*int(step)/int(time.Second))
				piece = piece[:min(most, len(piece))]
				<-time.After(step * time.Duration(len(piece)) / time.Duration(most))
			}
			_, writeErr = to.Write(piece)
			rest = rest[len(piece):]
		}
	}
	_ = to.Close()
	_ = from.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, from)
}

func (r *relay) refuse(refuse bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusing = refuse
}

// suffer sets the trouble. Connections of a line that was dead are closed, because the
// bytes that were lost on them cannot come again.
func (r *relay) suffer(t trouble) {
	r.mu.Lock()
	wasDead := r.trouble.dead
	r.trouble = t
	r.mu.Unlock()
	if wasDead {
		r.cut()
	}
}

// cut hangs up. Clients may connect again at once.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		_ = c.Close()
	}
	clear(r.conns)
}
