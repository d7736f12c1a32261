package pictures

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/files"
)

// TestDestination puts the same pictures in all the places where they can go.
func TestDestination(t *testing.T) {
	const picture, another = "\xff\xd8\xff picture", "\xff\xd8\xff another"
	known := files.Description{Info: codec.CameraInfo{MAC: "1CC31660025E"}, Line: 7}
	for _, tt := range []struct {
		name  string
		there map[string]string // before
		o     Options
		a     arguments
		input string
		about files.Description
		want  keptPicture
		err   string
	}{
		{name: "beside INPUT, after it", input: "in/a.txt", want: keptPicture{name: "in/a.jpg"}},
		{name: "after the camera", input: "in/a.txt", about: known, want: keptPicture{name: "in/1CC31660025E-line000007.jpg"}},
		{name: "standard input", input: "-", want: keptPicture{name: "snapshot.jpg"}},
		{name: "there already", there: map[string]string{"in/a.jpg": picture}, input: "in/a.txt", want: keptPicture{name: "in/a.jpg", existed: true}},
		{name: "another one is there", there: map[string]string{"in/a.jpg": another}, input: "in/a.txt", err: "in/a.jpg is there already and is another picture"},
		{
			name: "replaced", there: map[string]string{"in/a.jpg": another}, input: "in/a.txt",
			o: Options{Force: true}, want: keptPicture{name: "in/a.jpg", replaced: true},
		},
		{
			name: "INPUT has the name", there: map[string]string{"in/1CC31660025E-line000007.jpg": "dump"}, about: known, input: "in/1CC31660025E-line000007.jpg",
			a: arguments{inputs: []string{"in/1CC31660025E-line000007.jpg"}}, o: Options{Force: true}, err: "is INPUT: it would be lost",
		},
		{
			name: "another INPUT has the name", there: map[string]string{"in/a.jpg": "dump"}, input: "in/a.txt",
			a: arguments{inputs: []string{"in/a.txt", "in/a.jpg"}, several: true}, o: Options{Force: true}, want: keptPicture{name: "in/a-2.jpg"},
		},
		{
			name: "several", there: map[string]string{"in/a.jpg": another}, input: "in/a.txt",
			a: arguments{several: true}, want: keptPicture{name: "in/a-2.jpg"},
		},
		{name: "a hidden INPUT", input: "in/.txt", want: keptPicture{name: "in/.txt.jpg"}},

		{name: "OUTPUT", input: "in/a.txt", a: arguments{output: "new/deep/out"}, want: keptPicture{name: "new/deep/out"}},
		{
			name: "OUTPUT is a picture", there: map[string]string{"out": another}, input: "in/a.txt",
			a: arguments{output: "out"}, want: keptPicture{name: "out", replaced: true},
		},
		{name: "OUTPUT is empty", there: map[string]string{"out": ""}, input: "in/a.txt", a: arguments{output: "out"}, want: keptPicture{name: "out"}},
		{name: "OUTPUT was made meanwhile", there: map[string]string{"out": "mine"}, input: "in/a.txt", a: arguments{output: "out"}, err: "OUTPUT out is there already"},
		{name: "a directory", there: map[string]string{"dir/": ""}, input: "in/a.txt", a: arguments{output: "dir"}, want: keptPicture{name: "dir/a.jpg"}},
		{name: "a new directory", input: "in/a.txt", a: arguments{output: "dir/"}, want: keptPicture{name: "dir/a.jpg"}},
		{name: "a new directory for several", input: "in/a.txt", a: arguments{output: "dir", several: true}, want: keptPicture{name: "dir/a.jpg"}},
		{name: "standard output", input: "in/a.txt", a: arguments{output: "-"}, want: keptPicture{name: "standard output"}},
		{name: "a file is in the way", there: map[string]string{"dir": "mine"}, input: "in/a.txt", a: arguments{output: "dir/out"}, err: "not a directory"},

		{name: "an album", input: "in/a.txt", about: known, o: Options{All: "album"}, want: keptPicture{name: "album/1CC31660025E/line000007.jpg"}},

		{name: "the prefix", input: "in/a.txt", o: Options{Prefix: "p"}, want: keptPicture{name: "in/a.jpg"}},
		{
			name: "the prefix is there", there: map[string]string{"p": "SC211"}, input: "in/a.txt",
			o: Options{Prefix: "p"}, want: keptPicture{name: "in/a.jpg"},
		},
		{
			name: "the prefix is another one", there: map[string]string{"p": "SC212"}, input: "in/a.txt",
			o: Options{Prefix: "p"}, err: "--header p: the file is there already and holds other bytes",
		},
		{
			name: "the prefix is a directory", there: map[string]string{"p/": ""}, input: "in/a.txt",
			o: Options{Prefix: "p"}, err: "--header p: it is a directory",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			makeFiles(t, map[string]string{"in/": ""})
			makeFiles(t, tt.there)
			var out bytes.Buffer
			d, err := newDestination(app.NewEnv(nil, &out, io.Discard), tt.o, tt.a)
			if err != nil {
				t.Fatal(err)
			}
			got, err := putPicture(d, tt.input, tt.about, picture)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				for name, text := range tt.there {
					if is, err := os.ReadFile(name); !strings.HasSuffix(name, "/") && (err != nil || string(is) != text) {
						t.Errorf("%s holds %q now, %v", name, is, err)
					}
				}
				return
			}
			if err != nil || got != tt.want {
				t.Fatalf("%+v, %v, want %+v", got, err, tt.want)
			}
			text := out.Bytes()
			if got.name != "standard output" {
				text, err = os.ReadFile(got.name)
			}
			if err != nil || string(text) != picture {
				t.Errorf("%s holds %q, %v", got.name, text, err)
			}
		})
	}
}

// putPicture writes a picture and keeps it.
func putPicture(d *destination, input string, about files.Description, picture string) (keptPicture, error) {
	p, err := d.create(input)
	if err != nil {
		return keptPicture{}, err
	}
	defer p.Discard()
	if _, err := p.Write([]byte(picture)); err != nil {
		return keptPicture{}, err
	}
	return d.keep(p, input, about, []byte("SC211"))
}

// TestDestinationForceTwice checks that a run with --force does not replace its own
// pictures.
func TestDestinationForceTwice(t *testing.T) {
	t.Chdir(t.TempDir())
	makeFiles(t, map[string]string{"dir/a.jpg": "old"})
	a := arguments{inputs: []string{"x/a.txt", "y/a.txt"}, output: "dir", several: true}
	d, err := newDestination(app.NewEnv(nil, io.Discard, io.Discard), Options{Force: true}, a)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []keptPicture{{name: "dir/a.jpg", replaced: true}, {name: "dir/a-2.jpg"}} {
		if got, err := putPicture(d, a.inputs[i], files.Description{}, a.inputs[i]); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
}

// TestDestinationForeignLink checks that OUTPUT is refused before anything is created if
// it is another user's link in a directory like /tmp.
func TestDestinationForeignLink(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make the link of another user")
	}
	t.Chdir(t.TempDir())
	for _, err := range []error{
		os.Mkdir("tmp", 0o777), os.Chmod("tmp", os.ModeSticky|0o777), os.Symlink("../victim", "tmp/a.jpg"), os.Lchown("tmp/a.jpg", 12345, -1),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		o Options
		a arguments
	}{
		{a: arguments{output: "tmp/a.jpg"}},
		{o: Options{Force: true}, a: arguments{output: "tmp/a.jpg"}},
		{o: Options{Prefix: "tmp/a.jpg"}},
		{o: Options{All: "tmp/a.jpg"}},
	} {
		_, err := newDestination(&app.Env{}, c.o, c.a)
		if err == nil || !strings.Contains(err.Error(), "tmp/a.jpg is a link of another user") {
			t.Errorf("%+v %+v: %v", c.o, c.a, err)
		}
	}
}
