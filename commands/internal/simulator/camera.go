package simulator

import (
	"fmt"
	"math/rand/v2"
	"time"

	"mqtool/codec"
	"mqtool/codec/jpeg"
)

// A CameraConfig says which kind of camera to simulate.
type CameraConfig struct {
	MAC        string // as in topics
	Generation codec.Generation
	// The topics of newer firmware, if they differ from those of the family.
	SnapshotTopic, AlarmTopic, StatusTopic string

	Asleep    bool          // whether it starts asleep
	WakeAfter time.Duration // from a request until it is awake
	Every     time.Duration // time between two pictures; 0: it takes pictures only after waking
	First     time.Duration // time until the first of these pictures
	Picture   PictureSource
	Faults    bool // whether it makes the mistakes of real cameras
	Seed      uint64
}

// awakeFor is how long a camera stays awake if nobody asks it for anything, and
// awakeShort how long after it woke by itself. No source gives the real times.
const (
	awakeFor   = time.Minute
	awakeShort = 10 * time.Second
)

// alarmEvery says that one in so many pictures comes with an alarm.
const alarmEvery = 4

// A cameraState is what a camera is doing.
type cameraState int

const (
	asleep cameraState = iota
	waking             // or restarting
	awake
	off
)

// A Camera is one of Milesight's 4G cameras.
//
// The documentation says that any payload wakes it, that it then publishes its
// status, what it answers to, and what snapshots look like. The rest is our
// choice: the keys of status and alarm, for which no source was found (in both
// generations they are those of related devices), when it takes pictures (by its
// clock and when it is woken, even if it is awake already), and when it goes to sleep. It stays connected while it sleeps, because no source
// says how a real camera receives the request to wake.
//
// It has many fields because a device has many: topics, settings, and what
// happens next.
type Camera struct {
	identity
	config CameraConfig
	random *rand.Rand

	wake, ask, configure    string // topics
	snapshot, alarm, report string

	state    cameraState
	ready    time.Time // when it will be awake, while it is waking
	sleep    time.Time // when it will sleep, while it is awake
	next     time.Time // time of the next regular picture
	pictures int
	faults   int
}

// NewCamera returns a camera.
func NewCamera(c CameraConfig) *Camera {
	k := &Camera{identity: identity{"milesight", c.MAC}, config: c, random: rand.New(rand.NewPCG(c.Seed, 1))}
	to := func(kind codec.Kind) string { return topicOf(k.family, kind, true, "", c.MAC) }
	from := func(kind codec.Kind, renamed string) string {
		if renamed != "" {
			return renamed
		}
		return topicOf(k.family, kind, false, "", c.MAC)
	}
	k.wake, k.ask, k.configure = to(codec.KindWake), to(codec.KindStatusRequest), to(codec.KindConfig)
	k.snapshot, k.alarm, k.report = from(codec.KindSnapshot, c.SnapshotTopic), from(codec.KindAlarm, c.AlarmTopic), from(codec.KindStatus, c.StatusTopic)
	return k
}

// Name returns the camera's MAC.
func (k *Camera) Name() string { return k.device }

// Topics returns the topics on which it takes requests.
func (k *Camera) Topics() []string { return []string{k.wake, k.ask, k.configure} }

// Will returns nil, because cameras are not known to have a will.
func (k *Camera) Will() *Message { return nil }

// Connect starts the camera. On a later connection it does nothing.
func (k *Camera) Connect(now time.Time, out *Output) {
	if !k.next.IsZero() || k.pictures > 0 || k.state != asleep {
		return
	}
	if k.config.Every > 0 {
		k.next = now.Add(k.config.First)
	}
	if k.config.Asleep {
		k.did(out, now, Slept, "")
		return
	}
	k.wakeUp(now, out, awakeFor)
}

// Disconnect does nothing.
func (k *Camera) Disconnect(time.Time, *Output) {}

// Handle does what a request asks for.
func (k *Camera) Handle(now time.Time, m Message, out *Output) {
	kind := map[string]codec.Kind{k.wake: codec.KindWake, k.ask: codec.KindStatusRequest, k.configure: codec.KindConfig}[m.Topic]
	if reason := k.refusal(kind, m.Payload); reason != "" {
		k.did(out, now, Discarded, string(kind)+": "+reason)
		return
	}
	request := codec.CameraRequest{Request: kind, Body: m.Payload}
	out.Actions = append(out.Actions, Action{Time: now, Family: k.family, Device: k.device, Did: Obeyed, Topic: m.Topic, Value: request})
	if k.state == awake {
		k.sleep = now.Add(awakeFor)
	}
	switch {
	case kind == codec.KindWake && k.state == asleep:
		k.state, k.ready = waking, now.Add(k.config.WakeAfter)
	case kind == codec.KindWake: // no source says what a camera does if it is woken while awake
		k.sendStatus(now, out)
		k.takePicture(now, out, 'B')
	case kind == codec.KindStatusRequest:
		k.sendStatus(now, out)
	case kind == codec.KindConfig && string(m.Payload) == "shutdown":
		// No source says how a real camera comes back; this one does not.
		k.state, k.sleep, k.next = off, time.Time{}, time.Time{}
		k.did(out, now, Stopped, "")
	case kind == codec.KindConfig: // a simulated upgrade installs nothing
		k.state, k.sleep, k.ready = waking, time.Time{}, now.Add(k.config.WakeAfter)
		k.did(out, now, Restarted, "")
	}
}

// refusal returns why the camera ignores a request, or "".
func (k *Camera) refusal(kind codec.Kind, payload []byte) string {
	switch {
	case k.state == off:
		return "the application is closed"
	case k.state == waking:
		return "not awake yet"
	case len(payload) == 0:
		return "it is empty" // no source says whether an empty payload wakes a camera
	case kind == codec.KindWake:
		return ""
	case k.state == asleep:
		return "asleep"
	case kind == codec.KindStatusRequest:
		return "" // the vendor's own test sends any payload
	}
	for _, w := range codec.ConfigWords() {
		if w.Word == string(payload) {
			return ""
		}
	}
	return fmt.Sprintf("%.40q is not one of its words", payload)
}

// Next returns when Tick is due.
func (k *Camera) Next() time.Time {
	switch k.state {
	case waking:
		return k.ready
	case awake:
		return earliest(k.next, k.sleep)
	}
	return k.next
}

// Tick does what is due.
func (k *Camera) Tick(now time.Time, out *Output) {
	due := func(t time.Time) bool { return !t.IsZero() && !t.After(now) }
	if k.state == waking && due(k.ready) {
		k.ready = time.Time{}
		k.wakeUp(now, out, awakeFor)
		k.takePicture(now, out, 'B')
	}
	if due(k.next) && k.state != waking {
		if k.next = k.next.Add(k.config.Every); k.next.Before(now) {
			k.next = now.Add(k.config.Every)
		}
		if k.state == asleep {
			k.wakeUp(now, out, awakeShort)
		}
		k.takePicture(now, out, 'T')
	}
	if k.state == awake && due(k.sleep) {
		k.state, k.sleep = asleep, time.Time{}
		k.did(out, now, Slept, "")
	}
}

// wakeUp wakes the camera and publishes its status, as the vendor documents.
func (k *Camera) wakeUp(now time.Time, out *Output, stay time.Duration) {
	k.state, k.sleep = awake, now.Add(stay)
	k.did(out, now, Woke, "")
	k.sendStatus(now, out)
}

// info returns the fields at the start of every message of the camera.
func (k *Camera) info(now time.Time) codec.CameraInfo {
	name := "4G Traffic Sensing Camera"
	if k.config.Generation == codec.GenerationA {
		name = "SC211"
	}
	return codec.CameraInfo{SentAt: now, DeviceName: name, MAC: k.device}
}

func (k *Camera) sendStatus(now time.Time, out *Output) {
	r := codec.CameraReport{Report: codec.KindStatus, CameraInfo: k.info(now), Values: []codec.Member{
		codec.IntMember("battery", 100-int64(k.pictures%60)), codec.IntMember("signal", -65), codec.TextMember("fwVersion", "simulated"),
	}}
	k.publish(now, out, k.report, r.Wire(), r, "")
}

// takePicture sends a picture. Its name ends with trigger, a letter that a
// related device uses: T for the clock, B for a button.
func (k *Camera) takePicture(now time.Time, out *Output, trigger byte) {
	n := k.pictures
	k.pictures++
	picture, err := k.config.Picture(k.device, n, now)
	if err != nil {
		k.did(out, now, Failed, err.Error())
		return
	}
	if n%alarmEvery == alarmEvery-1 {
		trigger = 'P'
		r := codec.CameraReport{Report: codec.KindAlarm, CameraInfo: k.info(now), Values: []codec.Member{codec.TextMember("snapType", "PIR")}}
		r.CapturedAt = now.Truncate(time.Second)
		k.publish(now, out, k.alarm, r.Wire(), r, "")
	}
	if k.config.Faults {
		k.nextFault()(k, now, out, picture, trigger)
		return
	}
	s := k.picture(now, picture, trigger)
	k.publish(now, out, k.snapshot, s.Wire(), s, "")
}

// picture returns the message for a picture.
func (k *Camera) picture(now time.Time, picture []byte, trigger byte) codec.CameraSnapshot {
	s := codec.CameraSnapshot{Generation: k.config.Generation, Image: picture}
	if facts, err := jpeg.Find(picture); err == nil {
		s.Picture = codec.Some(facts)
	}
	if s.Generation == codec.GenerationA {
		s.Prefix = k.junk()
		return s
	}
	s.CameraInfo = k.info(now)
	s.Topic = k.snapshot
	s.File = fmt.Sprintf("%s%04d%c.jpg", now.Format("20060102150405"), k.pictures%10000, trigger)
	s.CapturedAt = now.Truncate(time.Millisecond)
	s.MSec = codec.Some(int64(now.Nanosecond() / int(time.Millisecond)))
	s.DayNight = "day"
	if hour := now.Hour(); hour < 6 || hour >= 18 {
		s.DayNight = "night"
	}
	s.ImageSize = codec.Some(int64(len(picture)))
	return s
}

// junk returns the bytes before a picture of generation A. It is only known
// that there are some; here their number is sometimes odd.
func (k *Camera) junk() []byte {
	b := []byte("SC211")
	for range 3 + k.random.IntN(40) {
		b = append(b, byte(k.random.IntN(0xFF))) // never FF, because a picture begins with FF
	}
	return b
}

func (k *Camera) publish(now time.Time, out *Output, topic string, payload []byte, v codec.Value, note string) {
	// No source gives QoS and retained. QoS 1 loses nothing.
	k.send(out, now, Message{topic, payload, 1, false}, v, note)
}
