package dump

// plusSigns tell what a blank in base64 is. What decodes a form makes one of each +.
type plusSigns byte

const (
	unknownPlus plusSigns = iota // no blank was met
	lostPlus                     // it was a +
	keptPlus                     // it is a blank
)

// lostSigns counts what shows that the blanks in a text of base64 were plus signs.
type lostSigns struct {
	letters, blanks int // blanks count as letters
	longest         int // line, and the shortest one but for the last
	shortest        int
	groups          map[int]int // letters between two blanks, and how often
	plus, ended     bool        // there is one; it ends before the end of what can be seen
	padding         int         // signs of equality behind it
}

// countSigns counts in the text that goes on with a blank, up to what is not base64.
func countSigns(text []byte) lostSigns {
	s := lostSigns{shortest: maxRow, groups: map[int]int{}}
	line, lines, group, whole := 0, 0, 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && (text[i+1] == 'n' || text[i+1] == 'r' || text[i+1] == '/'):
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
		case base64Values[c] != notBase64:
			s.plus = s.plus || c == '+' || c == '-' || c == '_'
			s.letters, line, group = s.letters+1, line+1, group+1
		default:
			s.ended = true
			for i < len(text) && text[i] == '=' {
				s.padding, i = s.padding+1, i+1
			}
			return s
		}
	}
	return s
}

// isPlus reports whether the blank that text begins with, which goes on with the message,
// was a plus sign: there is none in all of it, and blanks come as rarely and as irregularly
// as they do; with them, lines are of one length, and the letters are whole bytes.
func (d *base64Decoder) isPlus(text []byte) bool {
	if d.plus == unknownPlus {
		d.plus = keptPlus
		s := countSigns(text)
		all := int(d.msg.ImageText) + s.letters
		regular := false
		for _, n := range s.groups {
			regular = regular || s.blanks > 3 && 2*n > s.blanks
		}
		picture := d.count == 0 && d.out[1] == 0xFF && d.out[2] == 0xD9 // it ends before the blank
		whole := (all+s.padding)%4 == 0
		if !s.ended && len(text) >= lookahead-lookAround { // more is there than can be seen
			whole = s.blanks >= 8
		}
		if whole && !d.plusSeen && !s.plus && !picture && !regular && s.letters > s.blanks && all >= 12*s.blanks && s.longest <= s.shortest {
			d.plus = lostPlus
			d.remark("each + of the base64 had become a blank, which decoding a form does; they were put back")
		}
	}
	return d.plus == lostPlus
}
