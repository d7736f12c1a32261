package site

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestKnownNames(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("MQTOOL_CONFIG", "")
	t.Setenv("XDG_CONFIG_HOME", folder) // where no file is
	write := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := write("good.toml", `
[broker.site1]
url = "mqtt://127.0.0.1"
password_command = ["touch", "ran"]
[device."front $(door)"]
mac = "5CC5638AE24C"
[device.hall]
id = "DA1275B0"
[device."-x"]
id = "DA1275B1"
[device."two\nlines"]
id = "DA1275B2"
[device."tab\tbed"]
id = "DA1275B3"
[device."turned\u202E"]
id = "DA1275B4"
`)
	want := Known{Brokers: []string{"site1"}, Cameras: []string{"front $(door)"}, Readers: []string{"hall"}}
	if got := KnownNames(good); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	for name, file := range map[string]string{
		"none":      "",
		"missing":   filepath.Join(folder, "missing.toml"),
		"broken":    write("broken.toml", "[device.gate"),
		"directory": folder,
	} {
		if got := KnownNames(file); !reflect.DeepEqual(got, Known{}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	t.Setenv("MQTOOL_CONFIG", good)
	if got := KnownNames(""); !reflect.DeepEqual(got, want) {
		t.Errorf("by the variable: %+v, want %+v", got, want)
	}
	t.Setenv("HOME", folder)
	if got := KnownNames("~/good.toml"); !reflect.DeepEqual(got, want) {
		t.Errorf("in the home directory: %+v, want %+v", got, want)
	}
}
