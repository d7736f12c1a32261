package broker

import (
	"bytes"
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"strings"

	"mqtool/commands/internal/unmark"
)

// This file reads a client's certificate and its key, which may be encrypted.

// readPair reads the files of a client's certificate and its key. They may have
// been written on Windows.
func readPair(cfg *Config) (tls.Certificate, error) {
	keyFile := cmp.Or(cfg.KeyFile, cfg.CertFile)
	cert, err := unmark.ReadFile(cfg.CertFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := unmark.ReadFile(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	open, err := openKey(keyFile, key, cfg.KeyPassword)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(cert, open)
	if err != nil {
		err = cmp.Or(wrongForm(cfg.CertFile, cert), wrongForm(keyFile, key), err)
	}
	return pair, err
}

// wrongForm names the form of a file that is not PEM and the command that makes
// PEM of it. It returns nil for any other file.
func wrongForm(file string, text []byte) error {
	var whole, first asn1.RawValue
	if rest, err := asn1.Unmarshal(text, &whole); err != nil || len(rest) > 0 || whole.Tag != asn1.TagSequence || !whole.IsCompound {
		return nil
	}
	if _, err := asn1.Unmarshal(whole.Bytes, &first); err != nil {
		return nil
	}
	form, command := "a key in DER form", "openssl pkey -inform der"
	var version int
	_, err := asn1.Unmarshal(whole.Bytes, &version)
	if _, parse := x509.ParseCertificate(text); parse == nil {
		form, command = "a certificate in DER form", "openssl x509 -inform der"
	} else if err == nil && version == 3 { // no key has this version
		form, command = "PKCS #12", "openssl pkcs12"
	}
	return fmt.Errorf("%s is %s, and not PEM: %s -in %[1]s -out NEWFILE makes PEM of it", file, form, command)
}

// openKey returns the text of a key file with its key decrypted, if the key is
// encrypted. Only then it asks for the password.
func openKey(file string, text []byte, password func() (string, error)) ([]byte, error) {
	block := keyBlock(text)
	open := decryption(block)
	if open == nil {
		return text, nil // if this is not a key, what reads it says so
	}
	if password == nil {
		return nil, fmt.Errorf("the key in %s is encrypted: its password comes from key_password_file or key_password_command in [broker.NAME] of the configuration file", file)
	}
	word, err := password()
	if err != nil {
		return nil, err
	}
	der, err := open(block, word)
	switch {
	case errors.Is(err, errWrongPassword):
		return nil, fmt.Errorf("%w of the key in %s", err, file)
	case err != nil:
		return nil, fmt.Errorf("the key in %s is encrypted in a way that mqtool does not read (%w): openssl pkcs8 -topk8 -in %[1]s -out NEWFILE encrypts it in another way", file, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// decryption returns what decrypts a key, or nil if the key is not encrypted.
func decryption(block *pem.Block) func(block *pem.Block, password string) ([]byte, error) {
	switch {
	case block == nil:
		return nil
	case strings.HasPrefix(block.Headers["Proc-Type"], "4,ENCRYPTED"): // the form before PKCS #8, RFC 1421
		return decryptOld
	case block.Type == "ENCRYPTED PRIVATE KEY":
		return decryptPKCS8
	}
	return nil
}

// EncryptedKey returns the file of the client's key if that key is encrypted, or
// else "".
func (cfg *Config) EncryptedKey() string {
	file := cmp.Or(cfg.KeyFile, cfg.CertFile)
	text, err := unmark.ReadFile(file)
	if err != nil || decryption(keyBlock(text)) == nil {
		return ""
	}
	return file
}

// keyBlock returns the first key in a PEM file, which is the one that is used,
// or nil.
func keyBlock(text []byte) *pem.Block {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil || strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return block
		}
	}
}

var errWrongPassword = errors.New("wrong password")

// decryptOld decrypts a key of the form that openssl wrote before version 1.0.
//
// The library calls its function deprecated because this form does not protect
// a key from changes, and because few rounds of MD5 protect a weak password
// badly. Who reads a key file of their own can do no harm with it.
func decryptOld(block *pem.Block, password string) ([]byte, error) {
	der, err := x509.DecryptPEMBlock(block, []byte(password)) //nolint:staticcheck // see above
	switch {
	case errors.Is(err, x509.IncorrectPasswordError), err == nil && !isKey(der):
		return nil, errWrongPassword
	}
	return der, err
}

// Object identifiers of PKCS #5 (RFC 8018) and of its ciphers.
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

// maxRounds is how many rounds of PBKDF2 a key may need. openssl has 2,048 as
// its default, and current advice is 600,000; this many take seconds.
const maxRounds = 10_000_000

// decryptPKCS8 decrypts a key in the form PKCS #8 (RFC 5958), if its password is
// used as in PBES2 with PBKDF2. Keys that openssl writes are of this form.
//
// There is a library for it, github.com/youmark/pkcs8. It reads no SHA-512, has
// an init function for each cipher, and panics at some files that are damaged.
func decryptPKCS8(block *pem.Block, password string) ([]byte, error) {
	var key struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	var scheme struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	var kdf struct {
		Salt   []byte
		Rounds int
		Length int                      `asn1:"optional"`
		PRF    pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	var iv []byte
	if err := unmarshal(block.Bytes, &key); err != nil {
		return nil, err
	}
	if !key.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, fmt.Errorf("algorithm %v is not PBES2", key.Algorithm.Algorithm)
	}
	if err := unmarshal(key.Algorithm.Parameters.FullBytes, &scheme); err != nil {
		return nil, err
	}
	switch oid := scheme.KDF.Algorithm; {
	case oid.Equal(oidScrypt):
		return nil, errors.New("scrypt")
	case !oid.Equal(oidPBKDF2):
		return nil, fmt.Errorf("algorithm %v is not PBKDF2", oid)
	}
	if err := errors.Join(unmarshal(scheme.KDF.Parameters.FullBytes, &kdf), unmarshal(scheme.Cipher.Parameters.FullBytes, &iv)); err != nil {
		return nil, err
	}
	if kdf.Rounds < 1 || kdf.Rounds > maxRounds {
		return nil, fmt.Errorf("%d rounds", kdf.Rounds)
	}
	digest, err := digestOf(kdf.PRF.Algorithm)
	if err != nil {
		return nil, err
	}
	newCipher, length, err := cipherOf(scheme.Cipher.Algorithm)
	if err != nil {
		return nil, err
	}
	secret, err := pbkdf2.Key(digest, password, kdf.Salt, kdf.Rounds, length)
	if err != nil {
		return nil, err
	}
	c, err := newCipher(secret)
	if err != nil {
		return nil, err
	}
	return decryptCBC(c, iv, key.Data)
}

// unmarshal reads a value of ASN.1 behind which nothing follows.
func unmarshal(der []byte, value any) error {
	rest, err := asn1.Unmarshal(der, value)
	if err == nil && len(rest) > 0 {
		err = errors.New("something follows the key")
	}
	return err
}

// digestOf returns the hash function of a pseudo-random function. The default of
// PBKDF2 is SHA-1.
func digestOf(prf asn1.ObjectIdentifier) (func() hash.Hash, error) {
	switch prf.String() {
	case "", "1.2.840.113549.2.7":
		return sha1.New, nil
	case "1.2.840.113549.2.9":
		return sha256.New, nil
	case "1.2.840.113549.2.10":
		return sha512.New384, nil
	case "1.2.840.113549.2.11":
		return sha512.New, nil
	}
	return nil, fmt.Errorf("algorithm %v is not HMAC with SHA-1 or SHA-2", prf)
}

// cipherOf returns a cipher and the length of its key.
func cipherOf(oid asn1.ObjectIdentifier) (func([]byte) (cipher.Block, error), int, error) {
	switch oid.String() {
	case "2.16.840.1.101.3.4.1.2":
		return aes.NewCipher, 16, nil
	case "2.16.840.1.101.3.4.1.22":
		return aes.NewCipher, 24, nil
	case "2.16.840.1.101.3.4.1.42":
		return aes.NewCipher, 32, nil
	case "1.2.840.113549.3.7":
		return des.NewTripleDESCipher, 24, nil
	}
	return nil, 0, fmt.Errorf("algorithm %v is not AES-CBC or 3DES-CBC", oid)
}

// decryptCBC decrypts a key and removes its padding.
func decryptCBC(c cipher.Block, iv, data []byte) ([]byte, error) {
	size := c.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, errors.New("a length that its cipher does not have")
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(c, iv).CryptBlocks(plain, data)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size || !bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(padding)}, padding)) {
		return nil, errWrongPassword
	}
	plain = plain[:len(plain)-padding]
	if !isKey(plain) {
		return nil, errWrongPassword // one wrong password of 256 gives a padding
	}
	return plain, nil
}

// isKey reports whether what a password decrypted is one value of ASN.1, and not
// the noise that a wrong password gives.
func isKey(der []byte) bool {
	var value asn1.RawValue
	return unmarshal(der, &value) == nil && value.Tag == asn1.TagSequence && value.IsCompound
}
