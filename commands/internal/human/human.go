// Package human writes values in units that people use.
package human

import (
	"strings"
	"time"
)

// Duration writes a duration with as much precision as people need: 1m30s, 2.5s, 40ms,
// 1.25ms.
func Duration(d time.Duration) string {
	unit := time.Second
	switch {
	case d < 10*time.Millisecond:
		unit = 10 * time.Microsecond
	case d < time.Second:
		unit = time.Millisecond
	case d < time.Minute:
		unit = 100 * time.Millisecond
	}
	s := d.Round(unit).String()
	if d > 0 && d < unit {
		s = unit.String()
	}
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
