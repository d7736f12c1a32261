// Command stdjson is a peer in "make bench". It reads reader events as JSON from stdin and writes them as JSON Lines in
// mqtool's form to stdout, with encoding/json and structs, as a Go programmer would write it without much thought.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// An event is an event of a reader: the keys of 2024, then those keys of 2021 that have other names.
type event struct {
	Device     string
	Interface  string
	Protocol   string
	Template   *int64
	RSSI       *int64
	TagID      string `json:"TagId"`
	Move       string
	TagData    string
	TagDetails string
	Uptime     string

	State    string
	DateTime string
	Sequence *int64
}

// A line is what mqtool prints.
type line struct {
	Family string `json:"family"`
	Kind   string `json:"kind"`
	Data   data   `json:"data"`
}

type data struct {
	Format     string   `json:"format"`
	Device     string   `json:"device,omitempty"`
	Interface  string   `json:"interface,omitempty"`
	Protocol   string   `json:"protocol,omitempty"`
	Template   *int64   `json:"template,omitempty"`
	RSSI       *int64   `json:"rssi,omitempty"`
	TagID      string   `json:"tag_id,omitempty"`
	Move       string   `json:"move,omitempty"`
	TagData    string   `json:"tag_data,omitempty"`
	TagDetails string   `json:"tag_details,omitempty"`
	Boots      *int64   `json:"uptime_boot_count,omitempty"`
	Seconds    *float64 `json:"uptime_seconds,omitempty"`
	DateTime   string   `json:"date_time,omitempty"`
	Counter    *int64   `json:"event_counter,omitempty"`
}

func main() {
	if err := convert(os.Stdout, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "stdjson:", err)
		os.Exit(1)
	}
}

func convert(w io.Writer, r io.Reader) error {
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return err
		}
		l := line{Family: "springcore", Kind: "event", Data: data{
			Format: "json", Device: e.Device, Interface: e.Interface, Protocol: e.Protocol, Template: e.Template,
			RSSI: e.RSSI, TagID: e.TagID, TagData: e.TagData, TagDetails: e.TagDetails, DateTime: e.DateTime, Counter: e.Sequence,
		}}
		l.Data.Move = strings.ReplaceAll(strings.ToLower(e.Move+e.State), "/", ",")
		if boots, seconds, ok := strings.Cut(e.Uptime, ":"); ok {
			b, err := strconv.ParseInt(boots, 10, 64)
			if err != nil {
				return err
			}
			s, err := strconv.ParseFloat(seconds, 64)
			if err != nil {
				return err
			}
			l.Data.Boots, l.Data.Seconds = &b, &s
		}
		if err := encoder.Encode(l); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return out.Flush()
}
