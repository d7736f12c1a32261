//go:build unix

package site

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

// sharedGroup is a group that is not the private group of any user.
const sharedGroup = 54321

// write makes a file with a mode, whatever the umask is.
func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// share gives a file to a group that has other members.
func share(t *testing.T, file string) {
	t.Helper()
	if err := os.Chown(file, -1, sharedGroup); err != nil {
		t.Skip("only root can give a file to any group")
	}
}

func TestIsPrivate(t *testing.T) {
	me := &user.User{Username: "me", Gid: "1000"}
	for groups, want := range map[string]bool{
		"root:x:0:\nme:x:1000:\n": true, "me:x:1000:me": true,
		"me:x:1000:me,you\n": false, "me:x:1000:you\n": false, "users:x:1000:\n": false, "me:x:1001:\n": false,
		"": false, "me:x:1000\n": false, "me:x:1000:\nalias:x:1000:you\n": false,
	} {
		if got := isPrivate(groups, me); got != want {
			t.Errorf("%q: %v", groups, got)
		}
	}
}

// TestPrivateGroup checks that a file which its group can write counts as private, if each
// user has a group of its own and the umask is 0002.
func TestPrivateGroup(t *testing.T) {
	for _, mode := range []os.FileMode{0o620, 0o660, 0o664} {
		file := write(t, "x", mode)
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if !hasPrivateGroup(info) {
			t.Skip("the user who tests has no private group")
		}
		if got := changeable(file); got != "" {
			t.Errorf("mode %04o: %s", mode, got)
		}
		if got, can := Exposed("password file", file), mode&0o004 != 0; (got != "") != can || strings.Contains(got, "g-w") {
			t.Errorf("mode %04o: %q", mode, got)
		}
		share(t, file)
		if got := changeable(file); !strings.HasSuffix(got, ": chmod go-w "+file) {
			t.Errorf("mode %04o of a shared group: %q", mode, got)
		}
	}
}

// TestExposed checks that the warning says what the mode allows, and that the command in
// it repairs the mode.
func TestExposed(t *testing.T) {
	for mode, want := range map[os.FileMode]string{
		0o600: "", 0o640: "", 0o400: "", 0o601: "",
		0o644: "everybody on this machine can read the password file FILE (mode 0644): chmod o= FILE",
		0o602: "everybody on this machine can change the password file FILE (mode 0602): chmod go-w FILE",
		0o606: "everybody on this machine can read and change the password file FILE (mode 0606): chmod o= FILE",
		0o660: "its group can change the password file FILE (mode 0660): chmod go-w FILE",
		0o664: "everybody on this machine can read the password file FILE (mode 0664): chmod g-w,o= FILE",
	} {
		file := write(t, "x", mode)
		share(t, file)
		if got := strings.ReplaceAll(Exposed("password file", file), file, "FILE"); got != want {
			t.Errorf("mode %04o: %q, want %q", mode, got, want)
		}
	}
	if got := Exposed("password file", "absent") + Exposed("password file", "") + Exposed("password file", os.DevNull); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestExposedOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	file := write(t, "x", 0o600)
	if err := os.Chown(file, 12345, -1); err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{Exposed("password file", file), changeable(file)} {
		if !strings.HasSuffix(got, file+" belongs to another user, who can change it") {
			t.Errorf("got %q", got)
		}
	}
}

// TestChangeableCommand checks that mqtool runs no program that is named in a
// configuration file which others can write.
func TestChangeableCommand(t *testing.T) {
	for mode, isRun := range map[os.FileMode]bool{0o600: true, 0o644: true, 0o620: false, 0o602: false} {
		file := write(t, "[broker.b]\nurl = \"b\"\nusername = \"a\"\npassword_command = [\"echo\", \"x\"]\ncert = \"c\"\nkey_password_command = [\"echo\", \"x\"]\n", mode)
		share(t, file)
		s, err := loadSettings(file)
		if err != nil {
			t.Fatal(err)
		}
		var o Options
		c, err := o.resolve(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []Secret{c.Password, c.KeyPassword} {
			text, err := secret.Read(t.Context())
			if isRun != (err == nil && text == "x") || !isRun && !strings.Contains(err.Error(), "it was not run, because others on this machine can change the configuration file") {
				t.Errorf("mode %04o: %q, %v", mode, text, err)
			}
		}
		if warnings := c.Warnings(); (len(warnings) == 0) != isRun {
			t.Errorf("mode %04o: %q", mode, warnings)
		}
	}
}

// TestExposedProxy checks that a password of the proxy is found wherever it is written.
func TestExposedProxy(t *testing.T) {
	for _, c := range []struct {
		proxy string
		typed bool
		mode  os.FileMode
		want  string
	}{
		{"socks5://u:hunter2@p", true, 0o600, "everybody on this machine can read the password in --proxy in the process list: write proxy in a configuration file that only you can read"},
		{"socks5://u:hunter2@p", false, 0o644, "everybody on this machine can read the configuration file with the password of the proxy FILE (mode 0644): chmod o= FILE"},
		{"socks5://u:hunter2@p", false, 0o640, ""},
		{"socks5://u@p", true, 0o644, ""},
		{"socks5://p", true, 0o644, ""},
		{"", false, 0o644, ""},
	} {
		proxy, option := c.proxy, ""
		if c.typed {
			proxy, option = "", c.proxy
		}
		file := write(t, "[broker.b]\nurl = \"b\"\nproxy = \""+proxy+"\"\n", c.mode)
		if proxy == "" {
			file = write(t, "[broker.b]\nurl = \"b\"\n", c.mode)
		}
		s, err := loadSettings(file)
		if err != nil {
			t.Fatal(err)
		}
		o := Options{proxy: option}
		link, err := o.resolve(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(strings.Join(link.Warnings(), "; "), file, "FILE"); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
