// Package setup writes the configuration file: setup.go decides what to ask and
// in which order, and questions.go asks.
package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/doctor"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/simulate"
	"mqtool/commands/internal/site"
)

// Options is what the user has typed about the contents of the file.
type Options struct {
	Connection site.Options
	Yes        bool // ask nothing
	Demo       bool // write a file for simulated devices
}

// Run asks for what the options do not say, tests the connection, and writes
// the file.
func Run(ctx context.Context, env *app.Env, o Options) error {
	draft, err := o.Connection.Draft()
	if err != nil {
		return err
	}
	s := &setup{env: env, draft: draft}
	if o.Demo {
		if o.Connection.Broker != "" && !o.Connection.Variables["broker"] {
			return app.Usagef("--demo and --broker: choose one")
		}
		return s.demo()
	}
	if !o.Yes {
		if !app.IsTerminal(env.Stdin) || !env.StderrTerminal {
			return app.Usagef("there is no terminal to ask on: --yes and --broker BROKER write the file without a question")
		}
		s.questions = newQuestions(env)
	}
	link, err := s.connect(ctx)
	if err != nil {
		return err
	}
	if s.questions != nil && link != nil {
		if err := s.nameDevices(ctx, link); err != nil {
			return err
		}
	}
	if err := s.write(); err != nil {
		return err
	}
	s.env.Notice("next: mqtool status lists the devices that it hears, mqtool listen prints what they publish")
	return nil
}

// A setup makes a configuration file.
type setup struct {
	env       *app.Env
	draft     *site.Draft
	questions *questions // nil if no questions may be asked
}

// demo writes a file for the devices of "mqtool simulate --serve".
func (s *setup) demo() error {
	*s.draft = site.Draft{File: s.draft.File, Name: "demo", URL: simulate.ServedURL}
	for _, d := range []site.Device{
		{Name: "door", Family: site.SpringCore, ID: simulate.DefaultReader},
		{Name: "gate", Family: site.Milesight, ID: simulate.DefaultCamera},
		{Name: "yard", Family: site.Milesight, ID: simulate.OtherCamera},
	} {
		if err := s.draft.AddDevice(d); err != nil {
			return err
		}
	}
	if err := s.write(); err != nil {
		return err
	}
	s.env.Notice("next: mqtool simulate --serve; then, in another terminal, mqtool status, mqtool listen or mqtool look yard")
	return nil
}

// maxTries is how often the user can answer again.
const maxTries = 10

// connect asks how to connect until it works. It returns nil if the file shall
// be written although connecting does not work.
func (s *setup) connect(ctx context.Context) (*site.Connection, error) {
	for try := 1; ; try++ {
		err := s.askConnection(ctx, try > 1)
		if err != nil {
			return nil, err
		}
		link, err := s.draft.Connection()
		if err == nil {
			err = doctor.LogIn(ctx, s.env, link)
		}
		switch {
		case err == nil:
			return link, nil
		case s.questions == nil || ctx.Err() != nil || try == maxTries:
			return nil, err
		}
		s.env.Fail(err)
		answer, err := s.questions.ask(ctx, "That does not work. Press Enter to answer again, or type w to write it all the same", "")
		if err != nil {
			return nil, err
		}
		if answer == "w" {
			if _, err := s.draft.Connection(); err == nil {
				return nil, nil
			}
		}
	}
}

// askConnection asks for what the options do not say, or with again for
// everything.
func (s *setup) askConnection(ctx context.Context, again bool) error {
	d := s.draft
	if s.questions == nil {
		if d.URL == "" {
			return app.Usagef("which broker? --broker BROKER, its host or an address such as mqtts://host:8883")
		}
		return nil
	}
	err := s.askBroker(ctx, again)
	if err != nil {
		return err
	}
	if d.CA == "" && s.isTLS() || again && d.CA != "" {
		if err := s.askCA(ctx); err != nil {
			return err
		}
	}
	if err := s.askKeyPassword(ctx, again); err != nil {
		return err
	}
	if d.Username == "" || again {
		if d.Username, err = s.askOr(ctx, "User there (- for none)", d.Username); err != nil {
			return err
		}
	}
	if d.Username == "" {
		d.Password = site.Secret{}
		return nil
	}
	return s.askPassword(ctx, again, &d.Password, d.Username, "password")
}

// askBroker asks until a broker is named.
func (s *setup) askBroker(ctx context.Context, again bool) error {
	d := s.draft
	for try := 0; d.URL == "" || again && try == 0; try++ {
		if try == maxTries {
			return app.Usagef("no broker was named")
		}
		var err error
		if d.URL, err = s.questions.ask(ctx, "Broker: its host, or an address such as mqtts://host:8883 (with TLS)", d.URL); err != nil {
			return err
		}
	}
	return nil
}

// askCA asks for the file of an authority until that file exists: a check would
// find it missing only after all questions, and a password is typed again then.
func (s *setup) askCA(ctx context.Context) (err error) {
	d, usual := s.draft, s.draft.CA
	for range maxTries {
		d.CA, err = s.askFile(ctx, "File of the authority that signed the broker's certificate (- for those of the system)", usual)
		if err != nil || d.CA == "" || files.KindOf(d.CA) != files.Missing {
			return err
		}
		s.env.Fail(fmt.Errorf("there is no file %s", d.CA))
	}
	return nil
}

// isTLS reports whether the broker's certificate has to be checked.
func (s *setup) isTLS() bool {
	link, err := s.draft.Connection()
	if err != nil {
		return false // the error is reported later
	}
	endpoint, err := link.Config.Endpoint()
	return err == nil && endpoint.TLS && !link.Config.Insecure
}

// askKeyPassword asks for the password of the client's key, if the key is
// encrypted.
func (s *setup) askKeyPassword(ctx context.Context, again bool) error {
	link, err := s.draft.Connection()
	if err != nil {
		return nil // the error is reported later
	}
	key := link.Config.EncryptedKey()
	if key == "" {
		return nil
	}
	return s.askPassword(ctx, again, &s.draft.KeyPassword, "the key "+filepath.Base(key), "key-password")
}

// askPassword asks for the file of a password, and for the password if that
// file does not exist. owner is whose password it is, and usual is the name of a
// new file beside the configuration file.
func (s *setup) askPassword(ctx context.Context, again bool, secret *site.Secret, owner, usual string) error {
	if secret.File == "" || again {
		usual = cmp.Or(secret.File, filepath.Join(filepath.Dir(site.FromHere(s.draft.File)), usual))
		file, err := s.askFile(ctx, "File whose first line is the password of "+owner+" (- for none)", usual)
		if err != nil {
			return err
		}
		*secret = site.Secret{File: file}
	}
	if secret.File == "" || files.KindOf(secret.File) != files.Missing {
		return nil
	}
	s.env.Notice("%s is not there: it is written with the password that you type now", secret.File)
	return secret.Ask(ctx, s.env, owner)
}

// askOr asks for something optional. "-" means none.
func (s *setup) askOr(ctx context.Context, text, usual string) (string, error) {
	answer, err := s.questions.ask(ctx, text, usual)
	if answer == "-" {
		answer = ""
	}
	return answer, err
}

// askFile asks for an optional file.
func (s *setup) askFile(ctx context.Context, text, usual string) (string, error) {
	answer, err := s.askOr(ctx, text, usual)
	if err != nil || answer == "" {
		return "", err
	}
	return site.FromHere(answer), nil
}

const (
	listening  = 35 * time.Second // readers publish every 30 s
	maxDevices = 20               // the most to ask about; the limit is needed because ids come from topics, which anybody may choose
)

// nameDevices listens, and asks for names for the devices that it hears.
func (s *setup) nameDevices(ctx context.Context, link *site.Connection) error {
	devices, err := s.hear(ctx, link)
	if err != nil {
		return err
	}
	if len(devices) == 0 {
		s.env.Notice("no device was heard: cameras are silent while they sleep, readers publish every 30s")
	}
	for _, device := range devices {
		if err := s.nameDevice(ctx, device); err != nil {
			return err
		}
	}
	return nil
}

// hear lists devices as they are heard, until the user presses Enter.
func (s *setup) hear(parent context.Context, link *site.Connection) (devices []site.Device, err error) {
	ctx, cancel := context.WithTimeout(parent, listening)
	defer cancel()
	conn, err := link.Dial(ctx, s.env)
	if err != nil {
		return nil, err
	}
	defer site.HangUp(conn)
	if err := conn.Subscribe(ctx, (&site.Wanted{}).Filters(link, link.Roles())...); err != nil {
		return nil, err
	}
	s.env.Notice("listening for devices for %s; Enter ends it", human.Duration(listening))
	defer s.questions.onEnter(ctx, cancel)()
	decoder, met := link.Decoder(), map[site.Device]bool{}
	for len(devices) < maxDevices {
		m, err := conn.Receive(ctx)
		if err != nil && parent.Err() == nil && ctx.Err() != nil {
			return devices, nil
		}
		if err != nil {
			return nil, err
		}
		for _, device := range sources(decoder, m) {
			if met[device] || len(devices) == maxDevices {
				continue
			}
			met[device] = true
			devices = append(devices, device)
			if _, err := fmt.Fprintf(s.env.Stdout, "%s\n", render.Safe(device.Kind()+" "+device.ID)); err != nil {
				return nil, err
			}
		}
	}
	s.env.Notice("these are %d devices, no more are asked about", maxDevices)
	return devices, nil
}

// sources returns the devices that sent a message.
func sources(decoder *codec.Decoder, m broker.Message) (devices []site.Device) {
	if len(m.Payload) == 0 {
		return nil // an empty payload deletes a retained message
	}
	for _, item := range site.Decode(decoder, m) {
		if item.Device != "" && !item.ToDevice {
			// Only cameras publish on other topics.
			devices = append(devices, site.Device{Family: cmp.Or(item.Family, site.Milesight), ID: item.Device})
		}
	}
	return devices
}

// nameDevice asks for the name of a device until the name is valid.
func (s *setup) nameDevice(ctx context.Context, device site.Device) error {
	for range maxTries {
		name, err := s.questions.ask(ctx, "Name of the "+device.Kind()+" "+device.ID+" (Enter for none)", "")
		if err != nil || name == "" {
			return err
		}
		device.Name = name
		if err = s.draft.AddDevice(device); err == nil {
			return nil
		}
		s.env.Fail(err)
	}
	return nil
}

// write writes the file, and the files of passwords that are new. Each file
// appears only when it is complete. Existing files are not overwritten.
func (s *setup) write() error {
	d := s.draft
	if _, err := d.Connection(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(d.File), 0o700); err != nil {
		return err
	}
	passwords, err := s.writePasswords()
	if err == nil {
		err = writeNew(d.File, d.Text())
		if errors.Is(err, fs.ErrExist) {
			err = d.IsThere()
		}
	}
	if err != nil {
		for _, file := range passwords {
			err = errors.Join(err, os.Remove(file))
		}
		return err
	}
	_, err = fmt.Fprintf(s.env.Stdout, "%s is written\n", render.Safe(d.File))
	return err
}

// writePasswords writes the passwords that were typed, and returns the files
// that it has written.
func (s *setup) writePasswords() (written []string, err error) {
	for _, secret := range []site.Secret{s.draft.Password, s.draft.KeyPassword} {
		text, typed := secret.Typed()
		if !typed {
			continue
		}
		if err := writeNew(secret.File, text+"\n"); err != nil {
			return written, err
		}
		written = append(written, secret.File)
	}
	return written, nil
}

// writeNew writes a new file that only its user can read. The file is on the disk before its
// name is, and both are when writeNew returns: nobody types all the answers twice.
func writeNew(name, text string) error {
	f, err := files.Create(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := f.MakePrivate(); err != nil {
		return err
	}
	if _, err := io.Copy(f, strings.NewReader(text)); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	existed, err := f.ClaimOnly(filepath.Base(name))
	if existed || errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: %w", name, fs.ErrExist)
	}
	if err != nil {
		return err
	}
	return files.SyncName(name)
}
