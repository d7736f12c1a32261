package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mqtool/codec/jpeg"
)

// A Generation is one of the two ways in which 4G cameras have sent pictures.
type Generation string

// The generations of camera firmware. Which version changed is not known; the
// payload tells.
const (
	GenerationA Generation = "a" // bytes that nobody has documented, then a JPEG
	GenerationB Generation = "b" // JSON with the JPEG in base64
)

// A CameraSnapshot is a picture that a camera sent.
//
//	Form:    <anything> FF D8 FF ... FF D9 <anything>, or
//	         {"ts":<ms>,"values":{"devName":...,"devMac":...,"file":...,"time":<s>,"imageSize":...,"image":"data:image/jpeg;base64,..."}}
//	Source:  Milesight support, MQTT application description (both copies), and
//	         messages that users of the cameras published
//
// What the camera did not say is empty, zero time or not set. Pictures of
// relatives come under other names and without "values"; they are taken too.
type CameraSnapshot struct {
	Generation Generation
	CameraInfo
	Picture Opt[jpeg.Picture]
	Image   []byte // the picture itself; not part of the JSON
	Prefix  []byte // bytes before the picture; generation A, unless they were a JSON object
	Trailer int    // how many bytes follow the picture
	// ImageSizeIs tells what ImageSize counts: "jpeg" bytes, characters of
	// "base64" or of the whole "image string"; "" when it is none of them.
	ImageSizeIs string
	Rest                 // unknown keys of the root
	Values      []Member // unknown keys of "values"
}

// CameraInfo is what camera messages of generation B have in common.
type CameraInfo struct {
	SentAt     time.Time  // ts, ms since 1970: when the message was built
	CapturedAt time.Time  // time, s since 1970, and msec
	MSec       Opt[int64] // named in one source, without a value: presumably the ms of CapturedAt
	DeviceName string
	MAC        string // 12 hex digits in capitals; as it came, if it is no MAC
	Topic      string // some firmware names the topic inside the message
	File       string // made of the camera's local time; opaque and not safe as a file name
	DayNight   string // "day" was seen
	ImageSize  Opt[int64]
}

// Kind is KindSnapshot.
func (CameraSnapshot) Kind() Kind { return KindSnapshot }

func (CameraSnapshot) value() {}

// Reading the object.

// A cameraObject is a camera's JSON message on its way into a value.
type cameraObject struct {
	CameraInfo
	image  string // the picture as spelt, data URI and all
	values []Member
	Rest
}

// rootKeys are the keys beside "values". The values of a relative that has no
// "values" stand there as well, so valueKeys are tried after them.
var rootKeys = newKeySet(
	jsonField[cameraObject]{names("ts"), func(o *cameraObject, v jsonValue) error {
		ms, err := v.integer()
		if err == nil {
			o.SentAt = time.UnixMilli(ms).UTC()
		}
		return err
	}},
	textField("topic", func(o *cameraObject) *string { return &o.Topic }),
)

var valueKeys = newKeySet(
	textField("devName device_name", func(o *cameraObject) *string { return &o.DeviceName }),
	jsonField[cameraObject]{names("devMac mac_address"), func(o *cameraObject, v jsonValue) error {
		s, err := v.text()
		if err != nil {
			return err
		}
		if o.MAC, err = ParseMAC(s); err != nil {
			o.MAC = s
			o.warn("devMac %s is no MAC address", quoteForeign(s))
		}
		return nil
	}},
	textField("file", func(o *cameraObject) *string { return &o.File }),
	jsonField[cameraObject]{names("time"), func(o *cameraObject, v jsonValue) error {
		s, err := v.integer()
		if err == nil {
			o.CapturedAt = time.Unix(s, 0).UTC()
		}
		return err
	}},
	integerField("msec", func(o *cameraObject) *Opt[int64] { return &o.MSec }),
	textField("dayNight", func(o *cameraObject) *string { return &o.DayNight }),
	integerField("imageSize", func(o *cameraObject) *Opt[int64] { return &o.ImageSize }),
	jsonField[cameraObject]{names("image"), func(o *cameraObject, v jsonValue) error {
		s, err := v.text()
		if !v.isString() {
			err = errNotText
		}
		if err == nil {
			o.image = s
		}
		return err
	}},
)

// parseCameraObject reads a camera's JSON object from text, which may have
// something before its first brace and after its last, and may lack the
// closing braces, as the vendor's own sample does.
func parseCameraObject(text []byte) (cameraObject, error) {
	start := bytes.IndexByte(text, '{')
	if start < 0 {
		return cameraObject{}, &SyntaxError{Msg: "not a JSON object"}
	}
	body, mended := wholeObject(text[start:])
	at, image, body := cutImage(body)

	var o cameraObject
	if err := anyObject(string(body), o.setRoot); err != nil {
		if offset, _ := Offset(err); offset > at {
			err = shiftOffset(err, len(image))
		}
		return cameraObject{}, shiftOffset(err, start)
	}
	if o.image == "" {
		o.image = string(image)
	}
	if mended != "" {
		o.warn("the message ends too early: %s added", quoteForeign(mended))
	}
	if o.MSec.Set && !o.CapturedAt.IsZero() && 0 <= o.MSec.Value && o.MSec.Value < 1000 {
		o.CapturedAt = o.CapturedAt.Add(time.Duration(o.MSec.Value) * time.Millisecond)
	}
	return o, nil
}

func (o *cameraObject) setRoot(key string, v jsonValue) error {
	if (equalFoldASCII(key, "values") || equalFoldASCII(key, "data")) && v.raw[0] == '{' {
		return anyObject(v.raw, o.setValue)
	}
	if rootKeys.find(key) != nil {
		rootKeys.read(o, &o.Rest, key, v)
		return nil
	}
	if o.takePicture(key, v) {
		return nil
	}
	valueKeys.read(o, &o.Rest, key, v)
	return nil
}

func (o *cameraObject) setValue(key string, v jsonValue) error {
	if o.takePicture(key, v) {
		return nil
	}
	inner := Rest{}
	valueKeys.read(o, &inner, key, v)
	o.values = append(o.values, inner.Extra...)
	o.Warn = append(o.Warn, inner.Warn...)
	return nil
}

// takePicture takes a picture that stands under an unknown key, as relatives
// of these cameras have it: full_snapshot, snapshot, ... The first one counts.
func (o *cameraObject) takePicture(key string, v jsonValue) bool {
	looksLike := strings.HasPrefix(v.raw, `"/9j/`) || strings.HasPrefix(v.raw, `"data:image/`)
	if !looksLike || valueKeys.find(key) != nil || o.image != "" {
		return false
	}
	o.image, _ = v.text()
	o.warn("the picture was found under %s", quoteForeign(key))
	return true
}

// wholeObject gives the first object of text without what follows it. When
// the text ends inside the object, it also closes what is open, and tells
// with what.
func wholeObject(text []byte) (body []byte, added string) {
	var open []byte // closing brackets that are wanted
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			end := stringEnd(text, i)
			if end < 0 {
				added = `"`
				i = len(text)
				break
			}
			i = end
		case '{', '[':
			open = append(open, c+2) // in ASCII the closing one is two further
		case '}', ']':
			if open = open[:len(open)-1]; len(open) == 0 {
				return text[:i+1], ""
			}
		}
		if len(open) > MaxJSONDepth {
			return text, "" // for anyObject to refuse
		}
	}
	for i := len(open) - 1; i >= 0; i-- {
		added += string(open[i])
	}
	text = bytes.TrimRight(text, "\r\n\t \x00")
	return append(text[:len(text):len(text)], added...), added
}

// stringEnd finds the quote that ends the string which starts at text[start].
// Most strings are short, one is a picture; IndexByte is quick on both.
func stringEnd(text []byte, start int) int {
	for i := start + 1; ; {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		slashes := 0
		for text[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
		i++
	}
}

// cutImage cuts the text of the member "image" out of an object, so that the
// rest can be read as JSON without carrying a picture through it. It leaves a
// short image, or one with escapes, where it is.
func cutImage(body []byte) (at int, image, rest []byte) {
	at = cutPoint(body)
	n := bytes.IndexByte(body[at:], '"')
	const worthIt = 1024
	if at == 0 || n < worthIt {
		return 0, nil, body
	}
	image = body[at : at+n]
	for _, c := range image {
		if c < ' ' || c == '\\' || c > 0x7E {
			return 0, nil, body
		}
	}
	return at, image, append(body[:at:at], body[at+n:]...)
}

// cutPoint is where the text of the member "image" starts, or 0. Inside a
// string its quotes would be escaped, so this is a key.
func cutPoint(body []byte) int {
	const key = `"image"`
	i := bytes.Index(body, []byte(key))
	if i < 0 {
		return 0
	}
	i += len(key)
	for _, want := range []byte{':', '"'} {
		for i < len(body) && bytes.IndexByte([]byte(" \t\r\n"), body[i]) >= 0 {
			i++
		}
		if i == len(body) || body[i] != want {
			return 0
		}
		i++
	}
	return i
}

// Snapshots.

// DecodeCameraSnapshot reads a snapshot of either generation. Of the picture
// it needs no more than its start; whatever is wrong beyond is a warning.
func DecodeCameraSnapshot(payload []byte) (CameraSnapshot, error) {
	if bytes.Contains(payload, []byte(jpeg.Start)) {
		return decodeBinarySnapshot(payload)
	}
	s, image, err := decodeSnapshotObject(payload)
	if err != nil {
		return salvageSnapshot(payload, err)
	}
	s.takeImage(image)
	return s, nil
}

// salvageSnapshot looks for a picture in what should be JSON and is not. It
// gives up with the error that was found before.
func salvageSnapshot(payload []byte, damage error) (CameraSnapshot, error) {
	start := bytes.Index(payload, []byte("data:image/"))
	if start < 0 {
		return CameraSnapshot{}, damage
	}
	image, _, _ := bytes.Cut(payload[start:], []byte{'"'})
	s := CameraSnapshot{Generation: GenerationB}
	s.warn("only the picture could be read: %v", damage)
	s.takeImage(string(image))
	if !s.Picture.Set || s.Picture.Value.State == jpeg.Empty {
		return CameraSnapshot{}, damage
	}
	return s, nil
}

// parseSnapshotObject reads the JSON of a snapshot for a caller that has the
// picture already, because it was cut out of the stream. That caller calls
// compareImageSize.
func parseSnapshotObject(text []byte) (CameraSnapshot, error) {
	s, _, err := decodeSnapshotObject(text)
	return s, err
}

func decodeSnapshotObject(text []byte) (CameraSnapshot, string, error) {
	o, err := parseCameraObject(text)
	if err != nil {
		return CameraSnapshot{}, "", err
	}
	return CameraSnapshot{Generation: GenerationB, CameraInfo: o.CameraInfo, Values: o.values, Rest: o.Rest}, o.image, nil
}

func decodeBinarySnapshot(payload []byte) (CameraSnapshot, error) {
	pic, err := jpeg.Find(payload)
	if err != nil {
		return CameraSnapshot{}, &SyntaxError{Msg: err.Error()}
	}
	start, end := pic.Offset, pic.Offset+pic.Size
	prefix := payload[:start]
	s, err := parseSnapshotObject(prefix)
	if err != nil {
		s = CameraSnapshot{Prefix: prefix}
	}
	s.Generation = GenerationA
	s.Trailer = len(payload) - int(end)
	s.setPicture(pic, payload[start:end])
	return s, nil
}

// takeImage decodes the picture that stands in a JSON message.
func (s *CameraSnapshot) takeImage(image string) {
	s.Picture, s.Image = s.decodeImage(image)
	if !s.Picture.Set {
		return
	}
	s.warnAboutPicture(s.Picture.Value)
	text := image[len(image)-len(base64Text(image)):]
	s.compareImageSize(s.Picture.Value.Size, int64(len(text)), int64(len(image)))
}

func (s *CameraSnapshot) setPicture(pic jpeg.Picture, image []byte) {
	s.Picture, s.Image = Some(pic), image
	s.warnAboutPicture(pic)
}

func (r *Rest) warnAboutPicture(pic jpeg.Picture) {
	switch pic.State {
	case jpeg.Empty:
		r.warn("the picture is empty: %d bytes without a frame or a scan", pic.Size)
	case jpeg.Truncated:
		r.warn("the picture is cut: %s", pic.End)
	case jpeg.Complete:
	}
	if pic.Unexpected > 0 {
		r.warn("the picture's data is damaged: marker codes inside of a scan that no encoder writes there: %d", pic.Unexpected)
	}
	if pic.Orphan() {
		r.warn("this may be the thumbnail of a picture whose start is missing: the header of another one stands before it")
	}
	if pic.Stray > 0 {
		r.warn("%d stray bytes between the picture's segments: viewers skip them, but few cameras write any", pic.Stray)
	}
}

// compareImageSize finds out what ImageSize counts. The cameras count bytes of
// the JPEG, as two samples show; a relative counts characters. It is never
// used to cut, and a wrong one is no more than a warning.
func (s *CameraSnapshot) compareImageSize(jpeg, base64Text, imageString int64) {
	if !s.ImageSize.Set {
		return
	}
	switch n := s.ImageSize.Value; n {
	case jpeg:
		s.ImageSizeIs = "jpeg"
	case base64Text:
		s.ImageSizeIs = "base64"
	case imageString:
		s.ImageSizeIs = "image string"
	default:
		s.warn("imageSize is %d, but the picture has %d bytes, its base64 %d and the image string %d characters",
			n, jpeg, base64Text, imageString)
	}
}

// decodeImage decodes a picture in base64, with or without a data URI. What is
// wrong with it is a warning.
func (r *Rest) decodeImage(image string) (Opt[jpeg.Picture], []byte) {
	if image == "" {
		r.warn("no picture in the message")
		return Opt[jpeg.Picture]{}, nil
	}
	text := base64Text(image)
	data, bad := decodeBase64(text)
	if bad >= 0 {
		r.warn("the picture's base64 is damaged at character %d of %d", bad+1, len(text))
	}
	pic, err := jpeg.Find(data)
	if err != nil {
		r.warn("the image is no JPEG: it starts with %s", quoteForeign(text[:min(len(text), 16)]))
		return Opt[jpeg.Picture]{}, nil
	}
	if pic.Offset > 0 {
		r.warn("%d bytes stand before the picture in the image", pic.Offset)
	}
	return Some(pic), data[pic.Offset : pic.Offset+pic.Size]
}

// base64Text is image without its data URI's head.
func base64Text(image string) string {
	const head, mark = "data:", "base64,"
	if len(image) < len(head) || !strings.EqualFold(image[:len(head)], head) {
		return image
	}
	comma := strings.IndexByte(image, ',') + 1
	if comma >= len(mark) && strings.EqualFold(image[comma-len(mark):comma], mark) {
		return image[comma:]
	}
	return image
}

// decodeBase64 decodes standard or URL-safe base64 with or without padding,
// blanks and left-over JSON escapes. bad is where in text it is damaged, or -1;
// what stands before is decoded.
func decodeBase64(text string) (data []byte, bad int) {
	if data, err := base64.StdEncoding.DecodeString(text); err == nil {
		return data, -1
	}
	const ignored = " \t\r\n\\"
	clean := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(ignored, r):
			return -1
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		}
		return r
	}, text)
	clean = strings.TrimRight(clean, "=")
	data, err := base64.RawStdEncoding.DecodeString(clean)
	if err == nil {
		return data, -1
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	good := strings.IndexFunc(clean, func(r rune) bool { return !strings.ContainsRune(alphabet, r) })
	if good < 0 { // one character too many: six bits are no byte
		good = len(clean) - 1
	}
	kept := 0
	for bad = 0; kept < good || strings.IndexByte(ignored, text[bad]) >= 0; bad++ { // up to there all is ASCII
		if strings.IndexByte(ignored, text[bad]) < 0 {
			kept++
		}
	}
	if good%4 == 1 {
		good--
	}
	data, _ = base64.RawStdEncoding.DecodeString(clean[:good])
	return data, bad
}

// appendInfo appends what is known about the message.
func (c CameraInfo) appendInfo(dst []byte) []byte {
	dst = appendTime(dst, "sent_at", c.SentAt)
	dst = appendTime(dst, "captured_at", c.CapturedAt)
	dst = appendIntMember(dst, "msec", c.MSec)
	dst = appendTextMember(dst, "device_name", c.DeviceName)
	dst = appendTextMember(dst, "mac", c.MAC)
	dst = appendTextMember(dst, "topic", c.Topic)
	dst = appendTextMember(dst, "file", c.File)
	dst = appendTextMember(dst, "day_night", c.DayNight)
	return appendIntMember(dst, "image_size", c.ImageSize)
}

// appendTime appends a member in RFC 3339, unless the time is zero or beyond
// the years that RFC 3339 can write.
func appendTime(dst []byte, key string, t time.Time) []byte {
	if t.IsZero() {
		return dst
	}
	if y := t.Year(); y < 0 || y > 9999 {
		return appendIntMember(dst, key+"_unix", Some(t.Unix()))
	}
	dst = append(appendKey(dst, key), '"')
	return append(t.UTC().AppendFormat(dst, time.RFC3339Nano), '"')
}

// appendCameraExtra appends the unknown keys: those of the root, and those of
// "values" inside one of that name.
func appendCameraExtra(dst []byte, root, values []Member) []byte {
	if len(values) == 0 {
		return appendExtra(dst, root)
	}
	dst = append(appendKey(dst, "extra"), '{')
	dst = appendMembers(dst, root)
	dst = append(appendKey(dst, "values"), '{')
	return append(appendMembers(dst, values), `}}`...)
}

// AppendJSON appends the snapshot as mqtool prints it: facts, no picture.
func (s CameraSnapshot) AppendJSON(dst []byte) []byte {
	dst = append(append(append(dst, `{"generation":"`...), s.Generation...), '"')
	dst = s.appendInfo(dst)
	dst = appendTextMember(dst, "image_size_is", s.ImageSizeIs)
	if len(s.Prefix) > 0 {
		dst = strconv.AppendInt(append(dst, `,"prefix":{"size":`...), int64(len(s.Prefix)), 10)
		dst = append(appendBytesMember(append(dst, ','), s.Prefix[:min(len(s.Prefix), maxPrefixShown)]), '}')
	}
	if s.Trailer > 0 {
		dst = strconv.AppendInt(append(dst, `,"trailer_size":`...), int64(s.Trailer), 10)
	}
	if s.Picture.Set {
		dst = s.Picture.Value.AppendJSON(append(dst, `,"picture":`...))
	}
	dst = appendCameraExtra(dst, s.Extra, s.Values)
	return append(dst, '}')
}

// maxPrefixShown is how much of a prefix is printed. Nobody knows how long
// they are; a header is short, and the size is printed beside it.
const maxPrefixShown = 512

// Reports.

// A CameraReport is a status or an alarm. Their keys are not documented, so
// all of them are kept and a few are looked for.
//
//	Source: Milesight support, MQTT application description: "the data is JSON"
type CameraReport struct {
	Report Kind // KindStatus or KindAlarm
	CameraInfo
	Body    []byte // the payload, when it is not JSON
	Picture Opt[jpeg.Picture]
	Image   []byte   // a picture, should one be in the message; not part of the JSON
	Values  []Member // keys of "values" other than the common ones
	Rest             // keys of the root other than the common ones
}

// Kind is KindStatus or KindAlarm.
func (r CameraReport) Kind() Kind { return r.Report }

func (CameraReport) value() {}

// A CameraFact is a line of a report's summary: what was looked for, and the
// key under which something was found. A unit is not documented for any.
type CameraFact struct {
	Name  string
	Key   string
	Value json.RawMessage
}

// summaryKeys are keys that relatives of the cameras use, or that seem likely.
// None is documented for the cameras themselves; hence a summary always names the key.
var summaryKeys = []struct {
	name string
	keys []string
}{
	{"battery", names("battery batteryLevel batteryPercent")}, // 0-100 on a relative
	{"battery voltage", names("batteryVoltage voltage")},      // mV on a relative
	{"signal", names("signal rssi csq")},
	{"serial number", names("devSn sn")},
	{"firmware", names("fwVersion")},
	{"hardware", names("hwVersion")},
	{"local time", names("localtime")},
	{"position", names("gps")},
	{"latitude", names("latitude")},
	{"longitude", names("longitude")},
	{"trigger", names("snapType event_type")},
}

// Summary looks for what one wants to know first, in "values" and then in the root.
func (r CameraReport) Summary() []CameraFact {
	var facts []CameraFact
	for _, wanted := range summaryKeys {
		for _, key := range wanted.keys {
			if m, ok := findMember(key, r.Values, r.Extra); ok {
				facts = append(facts, CameraFact{wanted.name, m.Key, m.Value})
				break
			}
		}
	}
	return facts
}

func findMember(key string, lists ...[]Member) (Member, bool) {
	for _, list := range lists {
		for _, m := range list {
			if equalFoldASCII(m.Key, key) {
				return m, true
			}
		}
	}
	return Member{}, false
}

// DecodeCameraReport reads a status or an alarm. There is nothing that it
// refuses: a payload that is not JSON is kept as it is.
func DecodeCameraReport(kind Kind, payload []byte) CameraReport {
	o, err := parseCameraObject(payload)
	if err != nil {
		return CameraReport{Report: kind, Body: payload}
	}
	r := CameraReport{Report: kind, CameraInfo: o.CameraInfo, Values: o.values, Rest: o.Rest}
	if o.image != "" {
		r.Picture, r.Image = r.decodeImage(o.image)
		if r.Picture.Set {
			r.warnAboutPicture(r.Picture.Value)
		}
	}
	return r
}

// AppendJSON appends the report as mqtool prints it.
func (r CameraReport) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	if r.Body != nil {
		dst = appendBytesMember(dst, r.Body)
	}
	dst = r.appendInfo(dst)
	if r.Picture.Set {
		dst = r.Picture.Value.AppendJSON(appendKey(dst, "picture"))
	}
	dst = appendCameraExtra(dst, r.Extra, r.Values)
	return append(dst, '}')
}

// Requests.

// A CameraRequest is what a host sends to one camera, whose MAC is in the
// topic: a wake, a status request or a word of configuration.
//
//	Source: Milesight support, MQTT application description (older copy)
type CameraRequest struct {
	Request Kind   // KindWake, KindStatusRequest or KindConfig
	Body    []byte // ",wake", "status", "reboot"; any bytes wake a camera
}

// A ConfigWord is a word that a camera understands on its configuration topic.
type ConfigWord struct {
	Word    string
	Meaning string // in the vendor's words
	Harmful bool   // may need a visit to the camera; never sent without being asked twice
}

var configWords = []ConfigWord{
	{"reboot", "the application is restarted", false},
	{"shutdown", "the application is closed", true},
	{"upgrade", "upgrade over the network", true},
}

// ConfigWords are the documented words.
func ConfigWords() []ConfigWord { return append([]ConfigWord(nil), configWords...) }

// ConfigWord finds the request's word among the documented ones.
func (r CameraRequest) ConfigWord() (ConfigWord, bool) {
	for _, w := range configWords {
		if r.Request == KindConfig && w.Word == string(bytes.TrimSpace(r.Body)) {
			return w, true
		}
	}
	return ConfigWord{}, false
}

// Kind is what the request asks for.
func (r CameraRequest) Kind() Kind { return r.Request }

// Warnings names a word that no camera is known to understand.
func (r CameraRequest) Warnings() []string {
	if _, ok := r.ConfigWord(); ok || r.Request != KindConfig {
		return nil
	}
	return []string{fmt.Sprintf("%s is no documented word of configuration", quoteForeign(string(r.Body)))}
}

func (CameraRequest) value() {}

// AppendJSON appends the request as mqtool prints it.
func (r CameraRequest) AppendJSON(dst []byte) []byte {
	dst = appendBytesMember(append(dst, '{'), r.Body)
	if w, ok := r.ConfigWord(); ok {
		dst = appendTextMember(dst, "meaning", w.Meaning)
	}
	return append(dst, '}')
}

// ParseMAC reads a MAC address in any usual spelling and gives the one that
// topics use: 12 hex digits in capitals. Colons, dashes, points and blanks may stand between the digits.
func ParseMAC(s string) (string, error) {
	digits := make([]byte, 0, 12)
	for i := range len(s) {
		switch c := s[i]; {
		case nibble[c] <= 0x0F && len(digits) < 12:
			digits = append(digits, hexUpper[nibble[c]])
		case c == ':' || c == '-' || c == '.' || c == ' ':
		default:
			return "", fmt.Errorf("%s is no MAC address: want 12 hex digits such as 5CC5638AE24C", quoteForeign(s))
		}
	}
	if len(digits) != 12 {
		return "", fmt.Errorf("%s is no MAC address: want 12 hex digits such as 5CC5638AE24C", quoteForeign(s))
	}
	return string(digits), nil
}
