//go:build unix

package site

import (
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// isForeign reports whether a file belongs to another user than this one or root.
func isForeign(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && s.Uid != 0 && int(s.Uid) != os.Geteuid()
}

// hasPrivateGroup reports whether the group of a file has its owner as the only member.
// Many systems give each user such a group and the umask 0002, which makes every file
// writable by its group. OpenSSH on Debian has the same rule.
func hasPrivateGroup(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	groups, err := os.ReadFile("/etc/group")
	if err != nil {
		return false
	}
	owner, err := user.LookupId(strconv.Itoa(int(s.Uid)))
	return err == nil && owner.Gid == strconv.Itoa(int(s.Gid)) && isPrivate(string(groups), owner)
}

// isPrivate reports whether, in the text of /etc/group, the primary group of a user has
// the user's name and no other members. A group that is not listed there, such as one of a
// directory service, may have any members.
func isPrivate(groups string, owner *user.User) bool {
	found := false
	for line := range strings.Lines(groups) { // name:password:id:members
		part := strings.Split(strings.TrimSpace(line), ":")
		if len(part) != 4 || part[2] != owner.Gid {
			continue
		}
		if found = part[0] == owner.Username && (part[3] == "" || part[3] == owner.Username); !found {
			return false
		}
	}
	return found
}
