package site

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
)

// Warnings says what is unsafe about the files of a connection and about the options that
// were typed.
func (c *Connection) Warnings() []string {
	var all []string
	for _, text := range []string{changeable(c.Settings.File), Exposed("password file", c.Password.File), Exposed("password file", c.KeyPassword.File), c.exposedProxy()} {
		if text != "" {
			all = append(all, text)
		}
	}
	return all
}

// exposedProxy warns that others can read the password of the proxy. It returns "" if they
// cannot.
func (c *Connection) exposedProxy() string {
	proxy, err := url.Parse(c.Config.Proxy)
	if err != nil || proxy.User == nil {
		return ""
	}
	if _, has := proxy.User.Password(); !has {
		return ""
	}
	if c.proxyTyped {
		return "everybody on this machine can read the password in --proxy in the process list: write proxy in a configuration file that only you can read"
	}
	return readable("configuration file with the password of the proxy", c.Settings.File)
}

// Exposed warns that others can read or change a file with a secret. It returns "" if they
// cannot.
func Exposed(what, file string) string {
	if text := readable(what, file); text != "" {
		return text
	}
	info := look(file)
	if info == nil {
		return ""
	}
	who := "its group"
	if info.Mode().Perm()&0o002 != 0 {
		who = "everybody on this machine"
	}
	switch {
	case info.Mode().Perm()&0o002 != 0, info.Mode().Perm()&0o020 != 0 && !hasPrivateGroup(info):
		return fmt.Sprintf("%s can change the %s %s (mode %04o): chmod go-w %[3]s", who, what, file, info.Mode().Perm())
	case isForeign(info):
		return fmt.Sprintf("the %s %s belongs to another user, who can change it", what, file)
	}
	return ""
}

// readable warns that everybody can read a file with a secret. It returns "" if they
// cannot.
func readable(what, file string) string {
	info := look(file)
	if info == nil || info.Mode().Perm()&0o004 == 0 {
		return ""
	}
	verb, mend := "read", "o="
	if info.Mode().Perm()&0o002 != 0 {
		verb = "read and change"
	}
	if info.Mode().Perm()&0o020 != 0 && !hasPrivateGroup(info) {
		mend = "g-w,o="
	}
	return fmt.Sprintf("everybody on this machine can %s the %s %s (mode %04o): chmod %s %[3]s", verb, what, file, info.Mode().Perm(), mend)
}

// changeable warns that others can change a configuration file. It returns "" if they
// cannot. They could have the password sent to a broker of their own, or run any program.
func changeable(file string) string {
	info := look(file)
	switch {
	case info == nil:
		return ""
	case info.Mode().Perm()&0o002 != 0, info.Mode().Perm()&0o020 != 0 && !hasPrivateGroup(info):
		return fmt.Sprintf("others on this machine can change the configuration file %s (mode %04o): chmod go-w %[1]s", file, info.Mode().Perm())
	case isForeign(info):
		return fmt.Sprintf("the configuration file %s belongs to another user, who can change it", file)
	}
	return ""
}

// look returns the information about a file whose mode says who may read and change it, or
// nil.
func look(file string) fs.FileInfo {
	if file == "" || runtime.GOOS == "windows" { // on Windows the mode bits mean nothing
		return nil
	}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return info
}
