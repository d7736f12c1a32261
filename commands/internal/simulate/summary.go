package simulate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mqtool/commands/internal/human"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/simulator"
)

const summaryEvery = 5 * time.Second

// A summary counts what many devices do.
type summary struct {
	devices    int
	start      time.Time
	now, total map[string]int // counts by what the devices did
	since      time.Time      // start of the counts in now
}

func newSummary(devices int) *summary {
	start := time.Now()
	return &summary{devices, start, map[string]int{}, map[string]int{}, start}
}

func (s *summary) add(a simulator.Action) {
	word := a.Did
	if a.Did == simulator.Sent {
		word = string(a.Value.Kind())
	}
	s.now[word]++
	s.total[word]++
}

// line reports what was counted since the last line, or with all since the
// start:
//
//	1000 devices: 10000 event, 34 status in 5s, 2007/s
func (s *summary) line(now time.Time, all bool) []byte {
	counts, since := s.now, s.since
	if all {
		counts, since = s.total, s.start
	}
	spent := max(now.Sub(since), time.Millisecond)
	var parts []string
	sum := 0
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[word], word))
		sum += counts[word]
	}
	line := fmt.Sprintf("%s: %s in %s, %.0f/s\n", render.Count(s.devices, "device"), cmp.Or(strings.Join(parts, ", "), "nothing"),
		human.Duration(spent), float64(sum)/spent.Seconds())
	if all {
		line = "in all, " + line
	}
	clear(s.now)
	s.since = now
	return []byte(line)
}
