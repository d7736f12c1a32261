package codec

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

// TestReaderJSON writes messages of readers and reads them again. The first ones are
// printed in the documentation; the others have every field.
func TestReaderJSON(t *testing.T) {
	event := ReaderEvent{
		Format: FormatJSON, Interface: "13.56", Protocol: "NFC-A", Template: Some[int64](1),
		TagID: "047DAE02C84080", TagData: "00047DAE02C84080", Uptime: Some(uptime699),
	}
	all := ReaderEvent{
		Format: FormatJSON, Device: "DA1275B0", Interface: "bluetooth", Protocol: "BLE", Template: Some[int64](0), RSSI: Some[int64](-60),
		TagID: "0A", Move: MoveInsert | MoveRemove, TagData: "caf\u00e9;\"", TagDetails: "x", Uptime: Some(Uptime{1, time.Millisecond}),
		DateTime: "2021-04-13 10:00:00", Counter: Some[int64](78), Rest: Rest{Extra: []Member{rawMember("New", "1e5")}},
	}
	details := ReaderEvent{Format: FormatJSON, TagID: "0A", Move: MoveRemove, TagDetailsJSON: []byte(`{"a":[1]}`)}
	for _, tt := range []struct {
		name, topic, json string
		wire              []byte
		want              Value
	}{
		{
			"event", "p/x/rdr/evt",
			`{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"699:16.850"}`,
			event.Wire(), &event,
		},
		{
			"all of an event", "p/DA1275B0/rdr/evt",
			`{"Device":"DA1275B0","Sequence":78,"Interface":"bluetooth","Protocol":"BLE","Template":0,"RSSI":-60,"TagId":"0A","Move":"Insert,Remove",` +
				`"TagData":"café;\"","TagDetails":"x","Uptime":"1:0.001","DateTime":"2021-04-13 10:00:00","New":1e5}`,
			all.Wire(), &all,
		},
		{
			"all of an event of 2021", "p/DA1275B0/rdr/evt",
			`{"Device":"DA1275B0","Sequence":78,"Interface":"bluetooth","Protocol":"BLE","Template":0,"Rssi":-60,"TagId":"0A","State":"Insert/Remove",` +
				`"TagData":"café;\"","TagDetails":"x","Uptime":"1:0.001","DateTime":"2021-04-13 10:00:00","New":1e5}`,
			all.Wire2021(), &all,
		},
		{"details as an object", "p/x/rdr/evt", `{"TagId":"0A","Move":"Remove","TagDetails":{"a":[1]}}`, details.Wire(), &details},
		{
			"status", "p/x/status", `{"State":"online,ready","Uptime":"145:1860.081"}`,
			ReaderStatus{State: []string{"online", "ready"}, Uptime: Some(Uptime{145, 1860081 * time.Millisecond})}.Wire(),
			ReaderStatus{State: []string{"online", "ready"}, Uptime: Some(Uptime{145, 1860081 * time.Millisecond})},
		},
		{
			"last will", "p/x/status", `{"State":"offline,dead"}`,
			ReaderStatus{State: []string{"offline", "dead"}}.Wire(),
			ReaderStatus{State: []string{"offline", "dead"}},
		},
		{
			"meta", "p/x/meta",
			`{"VendorName":"SpringCard","ProductName":"SpringPark","SerialNumber":"DA1275B0","Version":"1.23","Firmware":"springCore/e518/springpark",` +
				`"Revision":"1.23-11-g30998598","Hardware":"EAN201234","Open":true,"IpAddress":"192.168.16.212","PhysAddress":"749050007903","Protocol":"RDR/JSON","Interfaces":"13.56"}`,
			testMeta.Wire(), testMeta,
		},
	} {
		if string(tt.wire) != tt.json {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, tt.wire, tt.json)
		}
		if got, err := decodeOne(tt.topic, tt.wire); err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s is read as\n%+v, %v\nwant %+v", tt.name, got, err, tt.want)
		}
	}
}

var testMeta = ReaderMeta{
	Vendor: "SpringCard", Product: "SpringPark", Serial: "DA1275B0", Version: "1.23", Firmware: "springCore/e518/springpark",
	Revision: "1.23-11-g30998598", Hardware: "EAN201234", Open: Some(true), IP: "192.168.16.212", MAC: "749050007903",
	Protocol: "RDR/JSON", Interfaces: []string{"13.56"},
}

// TestCameraPayload writes messages of cameras and reads them again.
func TestCameraPayload(t *testing.T) {
	picture := peacock(t)
	info := trafficInfo
	info.MSec, info.ImageSize = Some[int64](7), Some(int64(len(picture)))
	info.CapturedAt = info.CapturedAt.Add(7 * time.Millisecond)
	extra := Rest{Extra: []Member{rawMember("gps", `{"n":1.50}`)}}
	b := CameraSnapshot{
		Generation: GenerationB, CameraInfo: info, Picture: factsAbout(t, picture), Image: picture, ImageSizeIs: "jpeg",
		Rest: extra, Values: []Member{TextMember("plate", "X 1"), IntMember("battery", 81)},
	}
	a := CameraSnapshot{Generation: GenerationA, Picture: factsAbout(t, append([]byte("SC211\x00\x01"), picture...)), Image: picture, Prefix: []byte("SC211\x00\x01")}
	status := CameraReport{
		Report: KindStatus, CameraInfo: CameraInfo{SentAt: info.SentAt, DeviceName: "Gate", MAC: info.MAC},
		Values: []Member{IntMember("battery", 81)},
	}
	alarm := CameraReport{Report: KindAlarm, CameraInfo: CameraInfo{MAC: info.MAC}, Picture: factsAbout(t, picture), Image: picture}
	for _, tt := range []struct {
		name, topic string
		wire        []byte
		want        Value
	}{
		{"generation A", "4GSolarCam/Snapshot", a.Wire(), a},
		{"generation B", "4GSolarCam/Snapshot", b.Wire(), b},
		{"status", "4GSolarCam/Status", status.Wire(), status},
		{"alarm with a picture", "4GSolarCam/Alarm", alarm.Wire(), alarm},
		{"text", "4GSolarCam/Alarm", CameraReport{Body: []byte("PIR")}.Wire(), CameraReport{Report: KindAlarm, Body: []byte("PIR")}},
	} {
		got, err := decodeOne(tt.topic, tt.wire)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s is read as\n%+v, %v\nwant %+v", tt.name, got, err, tt.want)
		}
	}
	if want := []byte(`{"ts":1776620819627,"values":{"devName":"Gate","devMac":"1CC31660025E","battery":81}}`); !bytes.Equal(status.Wire(), want) {
		t.Errorf("status is written as %s", status.Wire())
	}
}
