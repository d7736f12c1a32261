package gallery

import (
	"cmp"
	"context"
	"html/template"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/files"
)

// A picture is a picture that was saved.
type picture struct {
	path   string // relative to the directory, with slashes
	Camera string // the name of its folder, or the camera's name in the configuration file
	Taken  time.Time
	Source template.URL // the address that the page uses
}

// Time returns the time of day at which the picture was taken, and Moment the day and the
// time.
func (p *picture) Time() string   { return p.Taken.Format("15:04:05") }
func (p *picture) Moment() string { return p.Taken.Format("2006-01-02 15:04:05") }

// scan finds the pictures in a directory and its folders, the oldest first. The directory
// may itself be the folder of a camera. Links are only counted, because they may lead
// anywhere.
func scan(ctx context.Context, root *os.Root, name func(mac string) string) (list []*picture, links int, err error) {
	names := map[string]string{}
	self := filepath.Base(root.Name())
	if absolute, err := filepath.Abs(root.Name()); err == nil {
		self = filepath.Base(absolute)
	}
	err = fs.WalkDir(root.FS(), ".", func(at string, e fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(path.Base(at), ".") && at != "."
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && at == ".":
			return err
		case err != nil, hidden && !e.IsDir():
			return nil // a folder that cannot be read does not hide the others
		case e.IsDir() && (hidden || strings.Count(at, "/") > 0):
			return fs.SkipDir
		case e.Type() == fs.ModeSymlink:
			links++
			return nil
		case !e.Type().IsRegular() || !files.IsPictureName(at):
			return nil
		}
		p := &picture{path: at, Taken: takenAt(at, e)}
		folder := camera(at, self)
		if _, ok := names[folder]; !ok {
			names[folder] = folder
			if mac, err := codec.ParseMAC(folder); err == nil {
				names[folder] = cmp.Or(name(mac), folder)
			}
		}
		p.Camera = names[folder]
		list = append(list, p)
		return nil
	})
	slices.SortStableFunc(list, func(a, b *picture) int {
		return cmp.Or(a.Taken.Compare(b.Taken), cmp.Compare(a.path, b.path))
	})
	return list, links, err
}

// camera returns the folder of a picture, or the MAC at the start of its name, or else the
// directory self.
func camera(at, self string) string {
	if folder := path.Dir(at); folder != "." {
		return folder
	}
	if mac, _, ok := strings.Cut(at, "-"); ok {
		if _, err := codec.ParseMAC(mac); err == nil {
			return mac
		}
	}
	return self
}

// saved matches the time in the name of a picture, as "listen --save" writes it.
var saved = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\d{4}-\d\d-\d\dT\d{6}(\.\d{3})?Z`) })

// takenAt returns the time in the name of a picture, or else when its file was last
// written.
func takenAt(at string, e fs.DirEntry) time.Time {
	if t, err := time.Parse("2006-01-02T150405Z", saved().FindString(path.Base(at))); err == nil {
		return t.Local()
	}
	if info, err := e.Info(); err == nil {
		return info.ModTime()
	}
	return time.Time{}
}

// A day has the pictures that cameras took on it.
type day struct {
	Date   string // 2026-11-28
	Title  string // Saturday, 28 November 2026
	Groups []*group
}

// A group has the pictures that one camera took on a day.
type group struct {
	Camera   string
	Pictures []*picture
}

// byDay groups pictures by day, the last day first, and by camera.
func byDay(pictures []*picture) []*day {
	var days []*day
	for _, p := range pictures {
		date := p.Taken.Format(time.DateOnly)
		if len(days) == 0 || days[len(days)-1].Date != date {
			days = append(days, &day{Date: date, Title: p.Taken.Format("Monday, 2 January 2006")})
		}
		d := days[len(days)-1]
		i := slices.IndexFunc(d.Groups, func(g *group) bool { return g.Camera == p.Camera })
		if i < 0 {
			i = len(d.Groups)
			d.Groups = append(d.Groups, &group{Camera: p.Camera})
		}
		d.Groups[i].Pictures = append(d.Groups[i].Pictures, p)
	}
	for _, d := range days {
		slices.SortFunc(d.Groups, func(a, b *group) int { return strings.Compare(a.Camera, b.Camera) })
	}
	slices.Reverse(days)
	return days
}

func onDay(pictures []*picture, date string) []*picture {
	return slices.DeleteFunc(pictures, func(p *picture) bool { return p.Taken.Format(time.DateOnly) != date })
}

// all yields the pictures of all days.
func all(days []*day) iter.Seq[*picture] {
	return func(yield func(*picture) bool) {
		for _, d := range days {
			for _, g := range d.Groups {
				for _, p := range g.Pictures {
					if !yield(p) {
						return
					}
				}
			}
		}
	}
}

// cameras counts the cameras that took the pictures.
func cameras(pictures []*picture) int { return len(cameraNames(pictures)) }

func cameraNames(pictures []*picture) []string {
	seen := map[string]bool{}
	var names []string
	for _, p := range pictures {
		if !seen[p.Camera] {
			seen[p.Camera] = true
			names = append(names, p.Camera)
		}
	}
	slices.Sort(names)
	return names
}
