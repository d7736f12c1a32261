package files

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
)

// Numbers gives files free names: x.jpg, x-2.jpg, x-3.jpg and so on, without a limit. If
// one of these files already has the same bytes, the new file is not kept, so that a
// second run changes nothing.
//
// Numbers remembers the files of a series. Otherwise each new file would have to be
// compared with all earlier ones, which takes hours for a hundred thousand files. The zero
// value is ready to use.
type Numbers struct {
	seed   maphash.Seed
	series map[string]*series
	known  int // names in all series
}

// The memory is bounded. A short series is searched again quickly. After maxKnown names
// all series are forgotten, and are searched again once.
const (
	shortSeries = 8
	maxKnown    = 1 << 20
)

// A series holds what is known about the files whose names were made from one name.
type series struct {
	next  int // all lower numbers are taken
	sizes map[int64]*peers
}

// peers are the files of a series that have the same size.
type peers struct {
	unread []int          // numbers of files whose bytes were not read yet
	read   map[uint64]int // numbers of the others, by a hash of their bytes
}

// Claim gives a file the name, or the first free name that is made from it, in the
// directory where the file was created. name may begin with a folder. Claim never replaces
// another file. The caller must still discard the file.
func (n *Numbers) Claim(p *Pending, name string) (claimed string, existed bool, err error) {
	size, err := p.size()
	if err != nil {
		return "", false, err
	}
	key := path.Join(p.dir.Name(), name)
	s := n.series[key]
	if s == nil {
		s = &series{next: 1, sizes: map[int64]*peers{}}
	}
	defer func(before int) { n.remember(key, s, before) }(s.next)

	own := sync.OnceValues(func() (uint64, error) { return n.sumOf(p) })
	if number, ok := n.find(p, s, name, size, own); ok {
		return numbered(name, number), true, nil
	}
	for ; ; s.next++ {
		claimed = numbered(name, s.next)
		err := p.link(claimed)
		if err == nil {
			s.add(size, s.next)
			s.next++
			return claimed, false, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", false, err
		}
		// A FIFO, a directory or a dangling link has the name, and there is nothing to
		// compare with.
		if info, err := p.dir.Stat(claimed); err == nil && info.Mode().IsRegular() {
			s.add(info.Size(), s.next)
			if info.Size() != size {
				continue
			}
			if number, ok := n.find(p, s, name, size, own); ok {
				s.next++
				return numbered(name, number), true, nil
			}
		}
	}
}

// numbered returns the name with a number in it, unless the number is 1.
func numbered(name string, number int) string {
	if number == 1 {
		return name
	}
	ext := path.Ext(name)
	return fmt.Sprintf("%s-%d%s", name[:len(name)-len(ext)], number, ext)
}

func (s *series) add(size int64, number int) {
	if s.sizes[size] == nil {
		s.sizes[size] = &peers{}
	}
	s.sizes[size].unread = append(s.sizes[size].unread, number)
}

// find looks for a file of the series that has the same bytes. own returns the hash of
// these bytes. Each file is read once.
func (n *Numbers) find(p *Pending, s *series, name string, size int64, own func() (uint64, error)) (number int, ok bool) {
	same := s.sizes[size]
	if same == nil {
		return 0, false
	}
	if same.read == nil {
		same.read = map[uint64]int{}
	}
	for _, number := range same.unread {
		if sum, err := n.sumOfFile(p.dir, numbered(name, number)); err == nil {
			same.read[sum] = number
		}
	}
	same.unread = nil
	sum, err := own()
	if err != nil {
		return 0, false
	}
	// The file may have been removed or replaced since it was read.
	number, ok = same.read[sum]
	return number, ok && p.sameAs(numbered(name, number))
}

// sumOf returns a hash of what was written to a file that has no name yet.
func (n *Numbers) sumOf(p *Pending) (uint64, error) {
	r, err := p.reader()
	if err != nil {
		return 0, err
	}
	return n.sum(r)
}

func (n *Numbers) sumOfFile(dir *os.Root, name string) (uint64, error) {
	f, err := openRegular(dir, name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return n.sum(f)
}

func (n *Numbers) sum(r io.Reader) (uint64, error) {
	if n.seed == (maphash.Seed{}) {
		n.seed = maphash.MakeSeed()
	}
	var h maphash.Hash
	h.SetSeed(n.seed)
	_, err := io.Copy(&h, r)
	return h.Sum64(), err
}

// remember keeps a series unless it is short, and forgets all others when there are too
// many names.
func (n *Numbers) remember(key string, s *series, before int) {
	if s.next <= shortSeries {
		return
	}
	if n.series[key] == nil {
		before = 0
	}
	if n.known += s.next - before; n.known > maxKnown || n.series == nil {
		n.series, n.known = map[string]*series{}, s.next
	}
	n.series[key] = s
}
