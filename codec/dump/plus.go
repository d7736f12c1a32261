package dump

import (
	"bytes"
	"strings"
)

// plusSigns tells what a blank in base64 stands for. Decoding a form turns each + into a
// blank.
type plusSigns byte

const (
	unknownPlus plusSigns = iota // no blank was met
	lostPlus                     // it was a +
	keptPlus                     // it is a blank
)

// lostSigns counts what shows that the blanks in a text of base64 were plus signs.
type lostSigns struct {
	letters, blanks int // blanks count as letters
	longest         int // the longest line, and the shortest one except for the last
	shortest        int
	groups          map[int]int // letters between two blanks, and how often
	plus, ended     bool        // there is a plus sign; the base64 ends inside the text
	padding         int         // equals signs after the base64
}

// countSigns counts in text, which begins with a blank, up to the first character that is
// not base64.
func countSigns(text []byte) lostSigns {
	s := lostSigns{shortest: maxRow, groups: map[int]int{}}
	line, lines, group, whole := 0, 0, 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && strings.IndexByte("nr/", text[i+1]) >= 0:
			if i++; text[i] == '/' {
				line, group, s.letters = line+1, group+1, s.letters+1
			}
		case c == '\r':
		case c == '\n':
			if lines++; lines > 2 { // the first one is a part, and the last one is shorter
				s.longest, s.shortest = max(s.longest, whole), min(s.shortest, whole)
			}
			whole, line = line, 0
		case c == ' ':
			s.groups[group]++
			s.blanks++
			s.letters, line, group = s.letters+1, line+1, 0
		case isBase64(c):
			s.plus = s.plus || c == '+' || c == '-' || c == '_'
			s.letters, line, group = s.letters+1, line+1, group+1
		default:
			s.ended, s.padding = true, len(text[i:])-len(bytes.TrimLeft(text[i:], "="))
			return s
		}
	}
	return s
}

// isRegular reports whether there are as many letters between most blanks, as between
// groups.
func (s lostSigns) isRegular() bool {
	for _, n := range s.groups {
		if s.blanks > 3 && 2*n > s.blanks {
			return true
		}
	}
	return false
}

// isPlus reports whether the blank that text, the rest of the message, begins with was a
// plus sign. For that, the message must have no plus signs, and blanks must be as rare and
// as irregular as plus signs are. With the blanks counted, lines must have one length, and
// the characters must be whole bytes.
func (d *base64Decoder) isPlus(text []byte) bool {
	if d.plus == unknownPlus {
		d.plus = keptPlus
		s := countSigns(text)
		all := int(d.msg.ImageText) + s.letters
		picture := d.count == 0 && d.out[1] == 0xFF && d.out[2] == 0xD9 // it ends before the blank
		whole := (all+s.padding)%4 == 0
		if !s.ended && len(text) >= lookahead-lookAround { // more is there than can be seen
			whole = s.blanks >= 8
		}
		if whole && !d.plusSeen && !s.plus && !picture && !s.isRegular() && s.letters > s.blanks && all >= 12*s.blanks && s.longest <= s.shortest {
			d.plus = lostPlus
			d.remark("each + of the base64 had become a blank, which decoding a form does; they were put back")
		}
	}
	return d.plus == lostPlus
}
