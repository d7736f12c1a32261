package dump

import "bytes"

// isPage reports whether a text that begins with head is the source of a web page, whose
// tags and entities stand between what the page shows.
func isPage(head []byte) bool {
	if text := bytes.TrimLeft(head, blankEnds); len(text) == 0 || text[0] == '{' || text[0] == '[' {
		return false // in strings of JSON they are a part of a message
	}
	if bytes.IndexByte(head, '<') < 0 && bytes.IndexByte(head, '&') < 0 {
		return false
	}
	for _, sign := range [...]string{"&nbsp;", "<br>", "<br/>", "<br />", "<pre", "<td", "<div", "<span", "<code"} {
		if indexFold(head, []byte(sign)) >= 0 {
			return true
		}
	}
	return false
}

// pageEntities are the entities that a page uses for the characters of a dump. Entities
// that stand for bytes of a message are left to the marksDecoder.
var pageEntities = [...]struct{ text, as string }{
	{"&nbsp;", " "},
	{"&#160;", " "},
	{"&#xa0;", " "},
	{"&ensp;", " "},
	{"&emsp;", " "},
	{"&amp;", "&"},
	{"&lt;", "<"},
	{"&gt;", ">"},
	{"&quot;", `"`},
	{"&#39;", "'"},
	{"&#x27;", "'"},
	{"&apos;", "'"},
	{"&shy;", ""},
	{"&zwsp;", ""},
	{"&ZeroWidthSpace;", ""},
}

// pageTags are the tags that stand around a dump on a page, and the text that replaces
// them.
var pageTags = map[string]string{
	"br": "\n", "p": "\n", "div": "\n", "pre": "\n", "li": "\n", "tr": "\n", "table": "\n", "html": "\n", "body": "\n", "td": " ", "th": " ",
	"span": "", "font": "", "code": "", "samp": "", "tt": "", "b": "", "i": "", "em": "", "strong": "", "a": "", "mark": "", "wbr": "", "tbody": "", "ul": "", "ol": "",
}

// maxTag is the longest tag that is taken for one.
const maxTag = 256

// fromPage returns a function that appends to out the text which a page shows of its
// source b, and returns how much of b it read. It leaves an incomplete tag or entity at
// the end of b.
func fromPage() func(out, b []byte, last bool) ([]byte, int) {
	broke := false // a tag began a line, so a line end after it does not begin another
	return func(out, b []byte, last bool) ([]byte, int) {
		for i := 0; i < len(b); i++ {
			c := b[i]
			if c != '<' && c != '&' {
				if broke && c == '\n' {
					broke = false
					continue
				}
				broke = broke && c == '\r'
				out = append(out, c)
				continue
			}
			as, size := pageMark(b[i:min(len(b), i+maxTag)])
			switch {
			case size == 0 && !last && mayGoOn(b[i:]):
				return out, i
			case size == 0:
				out = append(out, c)
				broke = false
				continue
			case as == "\n" && broke: // one tag ends where another begins
			default:
				out = append(out, as...)
				broke = as == "\n" || broke && as == ""
			}
			i += size - 1
		}
		return out, len(b)
	}
}

// mayGoOn reports whether the tag or entity that b begins with may go on after it.
func mayGoOn(b []byte) bool { return len(b) < maxTag && bytes.IndexByte(b, '\n') < 0 }

// pageMark reads the tag or the entity that b begins with, and returns the text that
// replaces it and its length. The length is 0 if there is none.
func pageMark(b []byte) (as string, size int) {
	if b[0] == '&' {
		for _, e := range pageEntities {
			if hasFold(b, e.text) {
				return e.as, len(e.text)
			}
		}
		return "", 0
	}
	end := bytes.IndexByte(b, '>')
	if end < 0 {
		return "", 0
	}
	name := bytes.TrimPrefix(b[1:end], []byte("/"))
	n := 0
	for n < len(name) && isWordByte(name[n]) {
		n++
	}
	as, ok := pageTags[string(bytes.ToLower(name[:n]))]
	if !ok || n < len(name) && name[n] != ' ' && name[n] != '/' {
		return "", 0
	}
	return as, end + 1
}
