package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"mqtool/codec/jpeg"
)

// A Generation is one of the two ways in which 4G cameras have sent pictures.
type Generation string

// The generations of camera firmware. It is not documented which version changed the
// format, so the payload decides.
const (
	GenerationA Generation = "a" // undocumented bytes, then a JPEG
	GenerationB Generation = "b" // JSON with the JPEG in base64
)

// A CameraSnapshot is a picture that a camera sent.
//
//	Form:    <anything> FF D8 FF ... FF D9 <anything>, or
//	         {"ts":<ms>,"values":{"devName":...,"devMac":...,"file":...,"time":<s>,"imageSize":...,"image":"data:image/jpeg;base64,..."}}
//	Source:  Milesight support, MQTT application description (both copies), and
//	         messages that users of the cameras published
//
// A field that the camera did not send is empty, the zero time or not set. Related
// products send pictures under other names and without "values"; those are read too.
type CameraSnapshot struct {
	Generation Generation
	CameraInfo
	Picture Opt[jpeg.Picture]
	Image   []byte // the picture itself; not part of the JSON
	Missing string // why there is no picture, in words
	Prefix  []byte // bytes before the picture; generation A, unless they were a JSON object
	Trailer int    // how many bytes follow the picture
	Damaged int    // how many damaged places the text of the picture has
	// ImageSizeIs tells what ImageSize counts: "jpeg" bytes, characters of "base64" or of
	// the whole "image string"; it is "" if ImageSize matches none of them.
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
	MAC        string // 12 upper-case hex digits; as the camera sent it, if it is not a MAC
	Topic      string // some firmware names the topic inside the message
	File       string // made from the camera's local time; opaque and not safe as a file name
	DayNight   string // "day" has been seen
	ImageSize  Opt[int64]
}

// Kind is KindSnapshot.
func (CameraSnapshot) Kind() Kind { return KindSnapshot }

func (CameraSnapshot) value() {}

// PictureOf returns the picture of a camera's message, its bytes, and what the message
// says about it. The picture is not set if the message has none.
func PictureOf(v Value) (picture Opt[jpeg.Picture], image []byte, info CameraInfo) {
	switch v := v.(type) {
	case CameraSnapshot:
		return v.Picture, v.Image, v.CameraInfo
	case CameraReport: // an alarm may have a picture
		return v.Picture, v.Image, v.CameraInfo
	}
	return picture, nil, info
}

// Reading the object.

// A cameraObject holds what was read from a camera's JSON message.
type cameraObject struct {
	CameraInfo
	image  string // the member for the picture, or what is left of it in the object
	values []Member
	Rest
}

// rootKeys are the keys beside "values". A related product that has no "values" puts its
// values there as well, so valueKeys are tried after rootKeys.
var rootKeys = newKeySet(
	jsonField[cameraObject]{names("ts"), func(o *cameraObject, v jsonValue) error {
		n, err := v.integer()
		switch {
		case err != nil:
		case 1e9 <= n && n < firstMilli: // a relative's platform counts seconds (derived)
			o.SentAt = time.Unix(n, 0).UTC()
		default:
			o.SentAt = time.UnixMilli(n).UTC()
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
			o.warn("devMac %s is not a MAC address", quoteForeign(s))
		}
		return nil
	}},
	textField("file", func(o *cameraObject) *string { return &o.File }),
	jsonField[cameraObject]{names("time"), (*cameraObject).setTime},
	integerField("msec", func(o *cameraObject) *Opt[int64] { return &o.MSec }),
	textField("dayNight", func(o *cameraObject) *string { return &o.DayNight }),
	integerField("imageSize", func(o *cameraObject) *Opt[int64] { return &o.ImageSize }),
	jsonField[cameraObject]{names("image"), func(o *cameraObject, v jsonValue) error {
		o.image = v.raw
		return nil
	}},
)

// parseCameraObject reads a camera's JSON object.
func parseCameraObject(object []byte) (o cameraObject, err error) {
	if err := anyObject(string(object), o.setRoot); err != nil {
		return cameraObject{}, err
	}
	if o.MSec.Set && !o.CapturedAt.IsZero() && o.CapturedAt.Nanosecond() == 0 && 0 <= o.MSec.Value && o.MSec.Value < 1000 {
		o.CapturedAt = o.CapturedAt.Add(time.Duration(o.MSec.Value) * time.Millisecond)
	}
	return o, nil
}

func (o *cameraObject) setRoot(key string, v jsonValue) error {
	if v.raw[0] == '{' {
		switch {
		case equalFoldASCII(key, "values"):
			return walkObject(v.raw, 0, o.setValue)
		case equalFoldASCII(key, "data"): // in place of "values", or around the whole message
			return walkObject(v.raw, 0, o.setData)
		case equalFoldASCII(key, "device_info"), equalFoldASCII(key, "metadata"):
			o.keep(key, v) // the whole object, because only a few of its keys are known
			return walkObject(v.raw, 0, o.setInfo)
		}
	}
	if rootKeys.find(key) != nil {
		rootKeys.read(o, &o.Rest, key, v)
		return nil
	}
	if equalFoldASCII(key, "time") && v.isString() && isStamp(v) {
		o.keep(key, v)
		return nil
	}
	valueKeys.read(o, &o.Rest, key, v)
	return nil
}

// setData reads a member of "data". Some senders use that name in place of "values", and
// some platforms put it around the camera's message.
func (o *cameraObject) setData(key string, v jsonValue) error {
	if v.raw[0] == '{' && equalFoldASCII(key, "values") || rootKeys.find(key) != nil {
		return o.setRoot(key, v)
	}
	return o.setValue(key, v)
}

// setInfo reads a member of the objects in which the NE301 says what it is and when it
// took the picture.
func (o *cameraObject) setInfo(key string, v jsonValue) error {
	switch {
	case equalFoldASCII(key, "mac_address"), equalFoldASCII(key, "device_name"):
		valueKeys.read(o, &Rest{}, key, v)
	case equalFoldASCII(key, "timestamp") && o.CapturedAt.IsZero() && !v.isString():
		valueKeys.read(o, &Rest{}, "time", v)
	}
	return nil
}

// isStamp reports whether a time is written with its zone. A root member with such a time
// was added by a program that logs messages, such as docker or mqtool itself. It is not
// the camera's capture time.
func isStamp(v jsonValue) bool {
	text, err := v.text()
	if err == nil {
		_, err = time.Parse(time.RFC3339Nano, text)
	}
	return err == nil
}

// firstMilli is the smallest number that is read as a time in milliseconds. In seconds it
// would be in the year 5138; in milliseconds it is in 1973.
const firstMilli = 1e11

// setTime reads a capture time: seconds since 1970, or text from other firmware. Text
// without a zone is the camera's local time. The camera does not say where it is, so such
// text is kept unchanged.
func (o *cameraObject) setTime(v jsonValue) error {
	if !v.isString() {
		n, err := v.integer()
		switch {
		case err != nil:
		case n >= firstMilli && n < 1000*firstMilli:
			o.CapturedAt = time.UnixMilli(n).UTC()
		default:
			o.CapturedAt = time.Unix(n, 0).UTC()
		}
		return err
	}
	text, err := v.text()
	if err != nil {
		return err
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		o.CapturedAt = t.UTC()
		return nil
	}
	if _, err := time.Parse(time.DateTime, text); err == nil {
		return errKept
	}
	_, err = v.integer() // for its error, which says what is expected
	return err
}

func (o *cameraObject) setValue(key string, v jsonValue) error {
	inner := Rest{}
	valueKeys.read(o, &inner, key, v)
	o.values = append(o.values, inner.Extra...)
	o.Warn = append(o.Warn, inner.Warn...)
	return nil
}

// Snapshots.

func (s *CameraSnapshot) setPicture(pic jpeg.Picture, image []byte) {
	s.Picture, s.Image = Some(pic), image
	s.warnAboutPicture(pic)
}

func (r *Rest) warnAboutPicture(pic jpeg.Picture) {
	if pic.Format != "" {
		r.warn("the picture is a %s, not a JPEG, and was not converted", pic.Format)
	}
	switch pic.State {
	case jpeg.Empty:
		r.warn("the picture is empty: %d bytes without a frame or a scan", pic.Size)
	case jpeg.Truncated:
		r.warn("the picture is cut: %s", pic.End)
	case jpeg.Complete:
	}
	if pic.Unexpected > 0 {
		r.warn("the picture's data is damaged: marker codes inside a scan that no encoder writes there: %d", pic.Unexpected)
	}
	for _, fault := range pic.Faults {
		r.warn("%s", fault)
	}
	if pic.Added > 0 {
		r.warn("the picture has no Huffman tables (DHT), as frames of MJPEG have none: the standard ones were added")
	}
	if pic.Orphan() {
		r.warn("this may be the thumbnail of a picture whose start is missing: the header of another one stands before it")
	}
	if pic.Stray > 0 {
		r.warn("%d stray bytes between the picture's segments: viewers skip them, but few cameras write any", pic.Stray)
	}
}

// compareImageSize finds out what ImageSize counts. The cameras count bytes of the JPEG,
// as two samples show; a related product counts characters. ImageSize is never used to cut
// the picture, and a wrong one only causes a warning.
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

// appendCameraExtra appends the unknown keys of the root, and in a member "values" those
// of "values".
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

// maxPrefixShown is how many bytes of a prefix are printed. The length of prefixes is not
// documented. A short header fits, and the size is printed beside it.
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
	Image   []byte   // the picture, if the message has one; not part of the JSON
	Values  []Member // keys of "values" other than the common ones
	Rest             // keys of the root other than the common ones
}

// Kind is KindStatus or KindAlarm.
func (r CameraReport) Kind() Kind { return r.Report }

func (CameraReport) value() {}

// A CameraFact is a line of a report's summary: what was looked for, and the key under
// which a value was found. No unit is documented for any of them.
type CameraFact struct {
	Name  string
	Key   string
	Value json.RawMessage
}

// summaryKeys are keys that relatives of the cameras use, or that seem likely.
// None is documented for the cameras themselves; hence a summary always names the key.
var summaryKeys = []struct {
	name string
	keys names
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

// Summary looks for the facts that a user wants first, in "values" and then in the root.
func (r CameraReport) Summary() []CameraFact {
	var facts []CameraFact
	for _, wanted := range summaryKeys {
		for key := range wanted.keys.each() {
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
	Harmful bool   // may need a visit to the camera; sent only when the user insists
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
	return []string{fmt.Sprintf("%s is not a documented word of configuration", quoteForeign(string(r.Body)))}
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
			return "", fmt.Errorf("%s is not a MAC address, which has 12 hex digits, such as 5CC5638AE24C", quoteForeign(s))
		}
	}
	if len(digits) != 12 {
		return "", fmt.Errorf("%s is not a MAC address, which has 12 hex digits, such as 5CC5638AE24C", quoteForeign(s))
	}
	return string(digits), nil
}
