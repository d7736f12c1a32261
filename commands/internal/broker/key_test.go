package broker

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const keys = "testdata/keys/" // which has a script that made the files

func password() (string, error) { return "sesame", nil }

// TestEncryptedKeys opens one key that openssl encrypted in every way that it
// has, and checks that another password is called wrong.
func TestEncryptedKeys(t *testing.T) {
	want, err := readPair(&Config{CertFile: keys + "cert.pem", KeyFile: keys + "plain.pem"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"aes256", "aes128-sha1", "aes192-sha512", "des3-sha384", "old-aes128", "old-des3", "both"} {
		cfg := Config{CertFile: keys + "cert.pem", KeyFile: keys + name + ".pem", KeyPassword: password}
		if name == "both" {
			cfg.CertFile, cfg.KeyFile = cfg.KeyFile, ""
		}
		pair, err := readPair(&cfg)
		if err != nil || !want.PrivateKey.(interface{ Equal(crypto.PrivateKey) bool }).Equal(pair.PrivateKey) {
			t.Errorf("%s: %v", name, err)
		}
		// Of 1,000 wrong passwords a few leave what looks like padding.
		text, err := os.ReadFile(keys + name + ".pem")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			word := strings.Repeat("hunter2", i+1)[i:]
			got, err := openKey("k.pem", text, func() (string, error) { return word, nil })
			if got != nil || !errors.Is(err, errWrongPassword) || err.Error() != "wrong password of the key in k.pem" {
				t.Fatalf("%s, password %d: %q, %v", name, i, got, err)
			}
			if !strings.HasPrefix(name, "old") && i == 20 {
				break // each takes a millisecond
			}
		}
	}
}

// TestUnreadKeys checks that the error for a file that cannot be read names its
// form and what converts it.
func TestUnreadKeys(t *testing.T) {
	for _, tt := range []struct{ cert, key, want string }{
		{"cert.pem", "scrypt.pem", "(scrypt): openssl pkcs8 -topk8 -in " + keys + "scrypt.pem -out NEWFILE encrypts it"},
		{"cert.pem", "pbes1.pem", "(algorithm 1.2.840.113549.1.12.1.3 is not PBES2): openssl pkcs8 -topk8"},
		{"cert.pem", "aria.pem", "(algorithm 1.2.410.200046.1.1.2 is not AES-CBC or 3DES-CBC): openssl pkcs8"},
		{"cert.pem", "rounds.pem", "(10000001 rounds): openssl pkcs8"},
		{"cert.pem", "plain.der", "plain.der is a key in DER form, and not PEM: openssl pkey -inform der -in " + keys + "plain.der -out NEWFILE"},
		{"cert.pem", "ec.der", "ec.der is a key in DER form"},
		{"cert.pem", "aes256.der", "aes256.der is a key in DER form"},
		{"cert.der", "plain.pem", "cert.der is a certificate in DER form, and not PEM: openssl x509 -inform der"},
		{"cert.der", "aes256.pem", "cert.der is a certificate in DER form"},
		{"client.p12", "", "client.p12 is PKCS #12, and not PEM: openssl pkcs12 -in " + keys + "client.p12 -out NEWFILE"},
		{"cert.pem", "cert.pem", "found a certificate rather than a key"},
	} {
		cfg := Config{CertFile: keys + tt.cert, KeyPassword: password}
		if tt.key != "" {
			cfg.KeyFile = keys + tt.key
		}
		if _, err := readPair(&cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s, %s: got %v, want %s", tt.cert, tt.key, err, tt.want)
		}
	}
	if _, err := tlsConfig(&Config{CAFile: keys + "cert.der"}, "localhost"); err == nil || !strings.Contains(err.Error(), "openssl x509 -inform der") {
		t.Error(err)
	}
}

// TestKeyPassword checks when the password is asked for.
func TestKeyPassword(t *testing.T) {
	asked := 0
	cfg := Config{
		URL: "mqtts://a", Nodes: []string{"mqtts://b", "mqtts://c"}, CertFile: keys + "cert.pem", KeyFile: keys + "aes256.pem",
		KeyPassword: func() (string, error) { asked++; return "sesame", nil },
	}
	if _, err := newConn(cfg); err != nil || asked != 1 {
		t.Errorf("three nodes: asked %d times, %v", asked, err)
	}
	cfg.KeyFile = keys + "plain.pem"
	if _, err := newConn(cfg); err != nil || asked != 1 {
		t.Errorf("plain key: asked %d times, %v", asked, err)
	}
	cfg.KeyFile, cfg.KeyPassword = keys+"old-des3.pem", nil
	if _, err := newConn(cfg); err == nil || !strings.Contains(err.Error(), "key_password_file or key_password_command") {
		t.Errorf("no password: %v", err)
	}
	locked := errors.New("locked")
	cfg.KeyPassword = func() (string, error) { return "", locked }
	if _, err := newConn(cfg); !errors.Is(err, locked) {
		t.Errorf("no password: %v", err)
	}
}

// TestDamagedKeys checks that a damaged file is an error and no panic.
func TestDamagedKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing happens at the same time")
	}
	text, err := os.ReadFile(keys + "aes256.pem")
	if err != nil {
		t.Fatal(err)
	}
	block := keyBlock(text)
	open := func(der []byte) error {
		_, err := openKey("k.pem", pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), password)
		return err
	}
	for i, b := range block.Bytes {
		for _, other := range []byte{b ^ 0x80, b + 1} {
			der := bytes.Clone(block.Bytes)
			der[i] = other
			_ = open(der) // a change of the first block of the data may give a key that only its owner finds wrong
		}
		if open(block.Bytes[:i]) == nil {
			t.Errorf("%d of %d bytes are a key", i, len(block.Bytes))
		}
	}
	if _, err := openKey("k.pem", []byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMII=\n-----END RSA PRIVATE KEY-----\n"), password); err == nil {
		t.Error("a damaged key of the old form is read")
	}
	if _, err := readPair(&Config{CertFile: filepath.Join(t.TempDir(), "absent")}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
