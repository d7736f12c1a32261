package site

import (
	"fmt"
	"net/http"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
)

// This file gives the tables of the configuration file their meaning.

func (p *settingsParser) broker(t settingsTable) brokerSettings {
	var b brokerSettings
	var headers []string
	var will willSettings
	before := p.refused
	p.fill(t, map[string]any{
		"url": &b.urls, "give_up": &b.giveUp, "tls": &b.tls, "ca": &b.ca, "cert": &b.cert, "key": &b.key,
		"server_name": &b.serverName, "alpn": &b.alpn, "insecure": &b.insecure, "proxy": &b.proxy,
		"client_id": &b.clientID, "keepalive": &b.keepAlive,
		"username": &b.username, "password_file": &b.passwordFile, "password_command": &b.passwordCommand,
		"key_password_file": &b.keyPasswordFile, "key_password_command": &b.keyPasswordCommand,
		"ws_headers": &headers, "will_topic": &will.topic, "will_payload": &will.payload, "will_qos": &will.qos, "will_retain": &will.retain,
		"prefix": &b.prefix, "snapshot_topic": &b.snapshotTopic, "alarm_topic": &b.alarmTopic, "status_topic": &b.statusTopic,
	})
	if _, ok := t.values["url"]; !ok && p.refused == before { // if a value was refused, the key may be misspelt
		p.refuse(t.at, t.path, "url is missing: the address of the broker")
	}
	if value, ok := t.values["keepalive"]; ok && b.keepAlive > 0 {
		if err := validKeepAlive(b.keepAlive); err != nil {
			p.refuse(value, t.path+".keepalive", err.Error())
		}
	}
	b.headers = p.headers(t, headers)
	b.will = p.will(t, will)
	for _, key := range []string{"", "key_"} {
		_, inFile := t.values[key+"password_file"]
		if command, ok := t.values[key+"password_command"]; ok && inFile {
			p.refuse(command, t.path+"."+key+"password_command", "there is "+key+"password_file, too: choose one")
		}
	}
	for _, key := range []string{"key_password_file", "key_password_command"} {
		if value, ok := t.values[key]; ok && b.key == "" && b.cert == "" {
			p.refuse(value, t.path+"."+key, "it is for an encrypted key: there is neither key nor cert")
		}
	}
	var err error
	if b.prefix.Value, err = parsePrefix(b.prefix.Value); err != nil {
		p.refuse(t.values["prefix"], t.path+".prefix", err.Error())
	}
	for key, topic := range map[string]string{"snapshot_topic": b.snapshotTopic, "alarm_topic": b.alarmTopic, "status_topic": b.statusTopic} {
		if topic == "" {
			continue
		}
		if err := broker.ValidFilter(topic); err != nil {
			p.refuse(t.values[key], t.path+"."+key, err.Error())
		}
	}
	return b
}

// headers returns the headers of the request for a WebSocket, or nil.
func (p *settingsParser) headers(t settingsTable, lines []string) http.Header {
	var headers http.Header
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsAny(name, " \t") || strings.ContainsAny(line, "\r\n") {
			p.refuse(t.values["ws_headers"], t.path+".ws_headers", `it must be lines such as "Authorization: Bearer TOKEN"`)
			return nil
		}
		if headers == nil {
			headers = http.Header{}
		}
		headers.Add(name, strings.TrimSpace(value))
	}
	return headers
}

// willSettings are the keys of a last will.
type willSettings struct {
	topic   string
	payload codec.Opt[string]
	qos     int64
	retain  codec.Opt[bool]
}

// will returns the last will of a broker's table, or nil.
func (p *settingsParser) will(t settingsTable, w willSettings) *broker.Will {
	if w.topic == "" {
		for _, key := range []string{"will_payload", "will_qos", "will_retain"} {
			if value, ok := t.values[key]; ok {
				p.refuse(value, t.path+"."+key, "a last will needs will_topic")
			}
		}
		return nil
	}
	if err := broker.ValidTopic(w.topic); err != nil {
		p.refuse(t.values["will_topic"], t.path+".will_topic", err.Error())
	}
	return &broker.Will{Topic: w.topic, Payload: []byte(w.payload.Value), QoS: byte(w.qos), Retain: w.retain.Value}
}

func (p *settingsParser) tag(t settingsTable) tagSettings {
	s := tagSettings{Tag: Tag{Person: t.name}}
	var id string
	var doors []string
	var from, until dayText
	before := p.refused
	p.fill(t, map[string]any{"id": &id, "doors": &doors, "from": &from, "until": &until})
	if p.refused > before {
		return s
	}
	if id == "" {
		p.refuse(t.at, t.path, "id is missing: the id of the tag")
		return s
	}
	var err error
	if s.id, s.Tag, err = newTag(id, t.name, doors, string(from), string(until)); err != nil {
		p.refuse(t.at, t.path, err.Error())
	}
	return s
}

func (p *settingsParser) device(t settingsTable) deviceSettings {
	p.deviceTables = append(p.deviceTables, t)
	var d deviceSettings
	var mac, id string
	p.fill(t, map[string]any{"family": &d.family, "mac": &mac, "id": &id, "broker": &d.broker, "expect": &d.expect})
	has := func(key string) bool { _, ok := t.values[key]; return ok }
	switch {
	case has("mac") && has("id"):
		p.refuse(t.values["id"], t.path+".id", "there is mac, too: a camera has a mac, a reader has an id")
		return d
	case !has("mac") && !has("id"):
		p.refuse(t.at, t.path, "it needs the mac of a camera, or the id of a reader")
		return d
	}
	// The families know how their ids are spelled. This file decides which key belongs to
	// which family.
	key, text, family := "mac", mac, Milesight
	if has("id") {
		key, text, family = "id", id, SpringCore
	}
	if d.family == "" {
		d.family = family
	}
	if d.family != family {
		p.refuse(t.values["family"], t.path+".family", fmt.Sprintf("with %s it can be %q", key, family))
	}
	if text == "" {
		return d // the error was recorded above
	}
	var err error
	if d.id, err = Family(d.family).ParseDevice(text); err != nil {
		p.refuse(t.values[key], t.path+"."+key, err.Error())
	}
	return d
}
