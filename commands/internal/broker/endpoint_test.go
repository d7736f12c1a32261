package broker

import "testing"

func TestEndpoint(t *testing.T) {
	for _, tt := range []struct {
		config Config
		want   Endpoint
	}{
		{Config{URL: "b.example"}, Endpoint{Host: "b.example", Port: 1883}},
		{Config{URL: "b.example", CAFile: "x"}, Endpoint{Host: "b.example", Port: 8883, TLS: true}},
		{Config{URL: "mqtts://[fe80::1]:1884"}, Endpoint{Host: "fe80::1", Port: 1884, TLS: true}},
		{Config{URL: "ws://b.example/x"}, Endpoint{Host: "b.example", Port: 80, WebSocket: true}},
	} {
		got, err := tt.config.Endpoint()
		if err != nil || got != tt.want {
			t.Errorf("%+v: %+v, %v", tt.config.URL, got, err)
		}
	}
	if got, err := (Config{URL: "mqtt://b:0"}).Endpoint(); err == nil || got != (Endpoint{}) {
		t.Errorf("port 0: %+v, %v", got, err)
	}
}
