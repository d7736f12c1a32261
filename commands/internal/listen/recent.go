package listen

import (
	"hash/maphash"

	"mqtool/codec"
)

// A tagKey says which tag was at which reader, and what it did. Texts are
// hashed: nobody outside knows the seed, and a text of a device may be long.
type tagKey struct {
	topic  uint64
	device uint64
	tag    uint64
	move   codec.Move
}

// An uptimeKey tells one event of a reader from all others: the uptime only
// ever grows. Two tags may be read in one millisecond.
type uptimeKey struct {
	tagKey
	uptime codec.Uptime
}

// A recent remembers when keys were met last. It forgets the oldest ones, so
// that its memory is bounded. The zero value is empty.
type recent[K comparable] struct {
	seed        maphash.Seed
	now, before map[K]int64
}

// maxRecent is how many keys a recent remembers at least. A broker sends
// again what it has in flight, some dozens of messages; readers with one tag
// each fill a debounce.
const maxRecent = 16 << 10

// hash stands for a text in a key.
func (r *recent[K]) hash(s string) uint64 {
	if r.seed == (maphash.Seed{}) {
		r.seed = maphash.MakeSeed()
	}
	return maphash.String(r.seed, s)
}

// swap sets the time of a key and returns the one before, if it is known.
func (r *recent[K]) swap(key K, at int64) (before int64, ok bool) {
	if before, ok = r.now[key]; !ok {
		before, ok = r.before[key]
	}
	switch {
	case r.now == nil:
		r.now, r.before = map[K]int64{}, map[K]int64{}
	case len(r.now) >= maxRecent:
		r.now, r.before = r.before, r.now
		clear(r.now)
	}
	r.now[key] = at
	return before, ok
}
