package render

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mqtool/codec"
)

// csvHeader names the columns of CSV. They have the names of JSON Lines. The
// column data holds the JSON of everything that has no column of its own. New
// columns are added at the end.
const csvHeader = "time,topic,device,kind,format,interface,protocol,template,rssi,tag_id,move,tag_data,tag_details," +
	"uptime_boot_count,uptime_seconds,date_time,event_counter,checksum,checksum_rule,warnings,data\n"

// AppendCSVHeader appends the header line of CSV.
func AppendCSVHeader(dst []byte) []byte { return append(dst, csvHeader...) }

// AppendCSV appends a message as one record in the columns of the header,
// quoted as in RFC 4180 and encoding/csv.
//
// Text of a device is made safe, so that a record is one line. A spreadsheet
// takes text for a formula if it begins with = + - or @, or with their
// full-width forms, which Japanese and Chinese editions read as these. Such
// text gets an apostrophe in front, which tells spreadsheets that it is text.
// JSON Lines have all text unchanged.
func AppendCSV(dst []byte, env *Envelope) []byte {
	e, isEvent := env.Value.(*codec.ReaderEvent)
	if !isEvent {
		e = new(codec.ReaderEvent)
	}
	if !env.Time.IsZero() {
		dst = env.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
	}
	dst = appendCell(append(dst, ','), env.Topic)
	dst = appendCell(append(dst, ','), env.Device)
	dst = appendCell(append(dst, ','), string(env.Value.Kind()))
	dst = appendCell(append(dst, ','), string(e.Format))
	dst = appendCell(append(dst, ','), e.Interface)
	dst = appendCell(append(dst, ','), e.Protocol)
	dst = appendNumber(append(dst, ','), e.Template)
	dst = appendNumber(append(dst, ','), e.RSSI)
	dst = appendCell(append(dst, ','), e.TagID)
	dst = appendCell(append(dst, ','), e.Move.String())
	dst = appendCell(append(dst, ','), e.TagData)
	dst = append(dst, ',')
	if len(e.TagDetailsJSON) > 0 {
		dst = appendCell(dst, string(e.TagDetailsJSON))
	} else {
		dst = appendCell(dst, e.TagDetails)
	}
	boot, seconds := "", ""
	if e.Uptime.Set {
		boot, seconds, _ = strings.Cut(e.Uptime.Value.String(), ":")
	}
	dst = append(append(dst, ','), boot...)
	dst = append(append(dst, ','), seconds...)
	dst = appendCell(append(dst, ','), e.DateTime)
	dst = appendNumber(append(dst, ','), e.Counter)
	dst = append(dst, ',')
	if e.Checksum.Set {
		const digits = "0123456789ABCDEF"
		dst = append(dst, digits[e.Checksum.Value.Value>>4], digits[e.Checksum.Value.Value&15])
	}
	dst = append(dst, ',')
	if e.Checksum.Set {
		dst = append(dst, e.Checksum.Value.Rule.String()...)
	}
	dst = appendCell(append(dst, ','), strings.Join(env.warnings(), "; "))
	dst = append(dst, ',')
	if !isEvent || len(e.Extra) > 0 {
		dst = appendCell(dst, string(env.Value.AppendJSON(nil)))
	}
	return append(dst, '\n')
}

func appendNumber(dst []byte, n codec.Opt[int64]) []byte {
	if !n.Set {
		return dst
	}
	return strconv.AppendInt(dst, n.Value, 10)
}

// appendCell appends one cell.
func appendCell(dst []byte, s string) []byte {
	if s == "" {
		return dst
	}
	s = Safe(s)
	if first, _ := utf8.DecodeRuneInString(s); strings.ContainsRune("=+-@＝＋－＠", first) {
		s = "'" + s
	}
	// encoding/csv also quotes \. because PostgreSQL takes it for the end of
	// the data.
	if !strings.ContainsAny(s, `",`) && s[0] != ' ' && s != `\.` {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(s, `"`, `""`)...)
	return append(dst, '"')
}
