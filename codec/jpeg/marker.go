package jpeg

import (
	"bytes"
	"fmt"
	"slices"
)

// Start is what every picture begins with: SOI, and the first byte of the next marker.
const Start = "\xFF\xD8\xFF"

// Marker codes, the byte after FF (ITU-T T.81, table B.1).
const (
	mTEM  = 0x01
	mSOF0 = 0xC0
	mDHT  = 0xC4
	mJPG  = 0xC8
	mDAC  = 0xCC
	mRST0 = 0xD0
	mRST7 = 0xD7
	mSOI  = 0xD8
	mEOI  = 0xD9
	mSOS  = 0xDA
	mDQT  = 0xDB
	mDNL  = 0xDC
	mDRI  = 0xDD
	mAPP0 = 0xE0
	mAPP2 = 0xE2
	mAPPF = 0xEF
	mCOM  = 0xFE
)

var codings = map[byte]string{
	0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive", 0xC3: "lossless",
	0xC5: "hierarchical", 0xC6: "hierarchical progressive", 0xC7: "hierarchical lossless",
	0xC9: "arithmetic", 0xCA: "arithmetic progressive", 0xCB: "arithmetic lossless",
	0xCD: "arithmetic hierarchical", 0xCE: "arithmetic hierarchical progressive", 0xCF: "arithmetic hierarchical lossless",
	0xF7: "JPEG-LS",
}

func isSOF(code byte) bool {
	return code >= mSOF0 && code <= 0xCF && code != mDHT && code != mJPG && code != mDAC
}

func isAPP(code byte) bool { return code >= mAPP0 && code <= mAPPF }

// MayFollowSOI reports whether a marker code can be a picture's first. Together with FF D8
// FF, this makes false starts in random bytes rare: only one in hundreds of thousands of
// messages has one.
func MayFollowSOI(code byte) bool {
	return isSOF(code) || isAPP(code) || code == mDHT || code == mDAC || code == mDQT || code == mDRI ||
		code == mCOM || code == 0xFF || code == mEOI
}

// mayFollowScan reports whether a marker ends the entropy-coded data of a scan.
// Progressive and multi-scan files have tables between their scans.
func mayFollowScan(code byte) bool {
	return isSOF(code) || isAPP(code) || code == mDHT || code == mDAC || code >= mSOI && code <= mDRI || code == mCOM
}

// mayHoldPicture reports whether a segment can hold a picture, such as a thumbnail, or any
// text: those of applications and comments can.
func mayHoldPicture(code byte) bool { return isAPP(code) || code == mCOM }

// applications are the names with which encoders begin their own segments.
var applications = []string{
	"JFIF\x00", "JFXX\x00", "Exif\x00", "http:", "MPF\x00", "ICC_PROFILE\x00", "FPXR\x00", "Adobe", "Photoshop ", "Ducky",
}

// isUsual reports whether a picture's first segment is one that encoders write, so that a
// cut picture is recognized although its scan is missing.
func isUsual(code byte, length int, head []byte) bool {
	switch {
	case isAPP(code):
		return slices.ContainsFunc(applications, func(id string) bool { return bytes.HasPrefix(head, []byte(id)) })
	case code == mDQT: // tables of 1+64 or 1+128 bytes
		return length >= 67 && len(head) > 0 && head[0]&^0x13 == 0 && ((length-2)%65 == 0 || (length-2)%129 == 0)
	case code == mDHT:
		return length >= 19 && len(head) > 0 && head[0]&^0x13 == 0
	case isSOF(code):
		return len(head) >= 6 && length == 8+3*int(head[5])
	case code == mDRI:
		return length == 4
	}
	return false
}

// markerName returns the name that the standard uses.
func markerName(code byte) string {
	names := map[byte]string{mDHT: "DHT", mDAC: "DAC", mSOS: "SOS", mDQT: "DQT", mDNL: "DNL", mDRI: "DRI", mCOM: "COM"}
	switch {
	case names[code] != "":
		return names[code]
	case isSOF(code):
		return fmt.Sprintf("SOF%d", code-mSOF0)
	case isAPP(code):
		return fmt.Sprintf("APP%d", code-mAPP0)
	}
	return fmt.Sprintf("FF %02X", code)
}
