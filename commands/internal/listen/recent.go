package listen

import (
	"hash/maphash"

	"mqtool/codec"
)

// A tagKey identifies a tag at a reader, and what the tag did. The texts are
// hashed because a device may send long ones; the seed is secret, so nobody can
// force collisions.
type tagKey struct {
	topic  uint64
	device uint64
	tag    uint64
	move   codec.Move
}

// An uptimeKey identifies one event of a reader, because the uptime only grows.
// It includes the tag because two tags may be read in the same millisecond.
type uptimeKey struct {
	tagKey
	uptime codec.Uptime
}

// A recent remembers when each key was last met. It forgets the oldest keys to
// bound its memory. The zero value is empty.
type recent[K comparable] struct {
	seed        maphash.Seed
	now, before map[K]int64
}

// maxRecent is how many keys a recent remembers at least. A broker sends again
// only the messages in flight, some dozens; but with debounce, many readers may
// each see another tag.
const maxRecent = 16 << 10

// hash returns the hash of a text for use in a key.
func (r *recent[K]) hash(s string) uint64 {
	if r.seed == (maphash.Seed{}) {
		r.seed = maphash.MakeSeed()
	}
	return maphash.String(r.seed, s)
}

// swap sets the time of a key and returns the previous one, if it is known.
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
