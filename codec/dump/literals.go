package dump

import (
	"bytes"
	"encoding/hex"
)

// A literalSyntax is how a program text, or a statement of SQL, writes one text as several
// string literals.
//
//	image = ("/9j/4AAQ"              Python, C: one behind the other
//	         "SkZJRgAB")
//	"ffd8ffe0" +                     Java, JavaScript; PHP has a dot, Basic an ampersand
//	"00104a46"
//	HEXTORAW('FFD8FFE0') ||          Oracle
//	HEXTORAW('00104A46')
//	s += "/9j/4AAQ";                 a statement for each
//	s += "SkZJRgAB";
type literalSyntax struct {
	front []byte // what stands before the first literal on its line, and perhaps before each
	width int    // characters of the first one
	list  bool   // commas are between them: then all but the last are of one length
	head  beginning
}

// findLiterals finds where string literals that together form one text of hex or base64
// begin. The first one begins in the first before bytes of text.
func findLiterals(text []byte, before int) (int, *literalSyntax) {
	for i := 0; i < before; i++ {
		k := before
		for _, quote := range [...]byte{'"', '\'', '`'} {
			if n := bytes.IndexByte(text[i:k], quote); n >= 0 {
				k = i + n
			}
		}
		if k == before {
			break
		}
		i = k
		inside, size := literal(text[i:])
		if size == 0 {
			continue
		}
		content := inside[max(0, findDataURI(inside, len(inside))):]
		if len(content) < sureBase64 || !isDigits(content) {
			i += size - 1
			continue
		}
		line := text[bytes.LastIndexByte(text[:i], '\n')+1 : i]
		front := bytes.TrimLeft(line[max(0, len(line)-maxFront):], blanks)
		s := &literalSyntax{front: bytes.Clone(front), width: len(inside)}
		joint, next := s.joint(text[i+size:])
		s.list = bytes.IndexByte(joint, ',') >= 0
		s.head = bytes.Clone(headOf(content))
		if next != nil && s.goesOn(inside, next) {
			return i, s
		}
		i += size - 1
	}
	return -1, nil
}

// literal returns the inside of the string literal that b begins with, and the length of
// the literal with its quotes. The length is 0 if the literal does not end on its line.
func literal(b []byte) (inside []byte, size int) {
	end := bytes.IndexAny(b[1:min(len(b), maxLiteral)], "\n\\"+string(b[:1]))
	if end < 0 || b[1+end] != b[0] {
		return nil, 0
	}
	return b[1 : 1+end], end + 2
}

// isDigits reports whether a text is hex or base64 and nothing else.
func isDigits(b []byte) bool {
	text := bytes.TrimRight(b, "=")
	return len(b) > 0 && base64In(text) == len(text)
}

// headOf decodes the beginning of hex or base64.
func headOf(text []byte) []byte {
	text = text[:min(len(text), 2*keptBeginning)]
	head := make([]byte, len(text))
	if digitsIn(text) == len(text) {
		n, _ := hex.Decode(head, text[:len(text)&^1])
		return head[:n]
	}
	n, _ := decodeQuads(head, text)
	return head[:n]
}

// joint returns what stands between a literal, which ends where b begins, and the next
// one, and the inside of that one. next is nil if no other literal follows.
func (s *literalSyntax) joint(b []byte) (joint, next []byte) {
	b = b[:min(len(b), maxLiteral+lookAround)]
	rest := bytes.TrimLeft(b, blankEnds+"+|,.&_\\)")
	if len(s.front) > 0 {
		rest = bytes.TrimLeft(rest, ";"+blankEnds)
		if more, ok := bytes.CutPrefix(rest, s.front); ok {
			rest = more
		} else if name, ok := bytes.CutSuffix(bytes.TrimRight(s.front, blanks), []byte("=")); ok {
			rest = cutAssignment(rest, bytes.TrimRight(name, blanks))
		}
	}
	joint = b[:len(b)-len(rest)]
	if len(rest) == 0 || bytes.IndexByte([]byte("\"'`"), rest[0]) < 0 || len(joint) == 0 {
		return nil, nil
	}
	inside, size := literal(rest)
	if size == 0 {
		return nil, nil
	}
	return joint, inside
}

// cutAssignment removes the code that appends to a variable: s +=, s .=, s = s +.
func cutAssignment(b, name []byte) []byte {
	name = bytes.TrimSpace(name[bytes.LastIndexByte(name, ' ')+1:]) // without its type
	rest, ok := bytes.CutPrefix(b, name)
	if !ok {
		return b
	}
	rest = bytes.TrimLeft(rest, " +.&=")
	if again, ok := bytes.CutPrefix(rest, name); ok {
		rest = bytes.TrimLeft(again, " +.&")
	}
	return rest
}

// goesOn reports whether the literal next continues the text of inside, the literal before
// it. If inside is shorter than the first literal or ends a picture, next may begin
// another message. Otherwise a picture that begins in next is a thumbnail.
func (s *literalSyntax) goesOn(inside, next []byte) bool {
	if !isDigits(next) || s.list && (len(inside) < s.width || len(next) > s.width) {
		return false
	}
	atEnd := len(inside) < s.width || endsPicture(inside)
	return !atEnd || !s.head.isAgain(headOf(next))
}

// A literalsDecoder joins string literals that together form one text.
type literalsDecoder struct {
	body
	*literalSyntax
	ended bool
}

func (d *literalsDecoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

// step takes the literal ahead, and what joins it to the next one.
func (d *literalsDecoder) step([]byte) (int, bool) {
	if d.ended {
		return 0, false
	}
	b := d.text.Peek(2*maxLiteral + lookAround)
	inside, size := literal(b)
	d.rest = append(d.rest[:0], inside...)
	joint, next := d.joint(b[size:])
	if d.ended = next == nil || !d.goesOn(inside, next); d.ended {
		joint = nil
	}
	d.text.Skip(size + len(joint))
	return 0, true
}
