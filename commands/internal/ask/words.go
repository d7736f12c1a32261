package ask

import (
	"mqtool/codec"
	"mqtool/commands/internal/app"
)

// Words returns the words that a camera obeys.
func Words() []string {
	var words []string
	for _, w := range codec.ConfigWords() {
		words = append(words, w.Word)
	}
	return words
}

// HarmfulWords returns the words after which somebody may have to visit the camera.
func HarmfulWords() []string {
	var words []string
	for _, w := range codec.ConfigWords() {
		if w.Harmful {
			words = append(words, w.Word)
		}
	}
	return words
}

// CheckHarm refuses a word after which somebody may have to visit the camera, unless the
// user insists.
func CheckHarm(word string, yes bool) error {
	for _, w := range codec.ConfigWords() {
		if w.Word == word && w.Harmful && !yes {
			return app.Usagef("add --yes to do it: %s (%s) may need a visit to the camera afterwards", word, w.Meaning)
		}
	}
	return nil
}
