// Bom describes what a program consists of. It writes a bill of materials (CycloneDX JSON) and the licences of all
// modules that are linked into the program.
//
//	go run ./scripts/package/bom PROGRAM VERSION SBOM LICENCES
//
// It reads the modules from the program itself, as "go version -m" does, and the licences from Go's copies of the
// modules' sources. scripts/package/build calls it.
package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: bom PROGRAM VERSION SBOM LICENCES")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, "bom:", err)
		os.Exit(1)
	}
}

func run(program, version, sbom, licences string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	text, err := bill(info, version)
	if err != nil {
		return err
	}
	if err := os.WriteFile(sbom, text, 0o644); err != nil {
		return err
	}
	f, err := os.Create(licences)
	if err != nil {
		return err
	}
	if err := writeLicences(f, linked(info), sources); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// linked returns the modules that a program holds besides its own, in the versions that were built in.
func linked(info *debug.BuildInfo) []debug.Module {
	var list []debug.Module
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		list = append(list, *m)
	}
	return list
}

// A component is a component of CycloneDX 1.5.
type component struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl,omitempty"`
	Hashes  []hash `json:"hashes,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

// bill returns the bill of materials. It contains neither a time nor a serial number, so that two builds are equal.
func bill(info *debug.BuildInfo, version string) ([]byte, error) {
	program := component{Type: "application", Ref: info.Main.Path, Name: info.Main.Path, Version: version}
	library := component{Type: "library", Ref: "std", Name: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}
	library.PURL = "pkg:golang/std@" + library.Version
	components := []component{library}
	for _, m := range linked(info) {
		purl := "pkg:golang/" + m.Path + "@" + m.Version
		c := component{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, PURL: purl}
		// The sum of go.sum is a SHA-256 over the files of the module.
		if sum, ok := strings.CutPrefix(m.Sum, "h1:"); ok {
			raw, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return nil, fmt.Errorf("%s: its sum %q is no base64", m.Path, m.Sum)
			}
			c.Hashes = []hash{{"SHA-256", hex.EncodeToString(raw)}}
		}
		components = append(components, c)
	}
	uses := dependency{Ref: program.Ref}
	for _, c := range components {
		uses.DependsOn = append(uses.DependsOn, c.Ref)
	}
	text, err := json.MarshalIndent(map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
		"metadata":     map[string]any{"component": program},
		"components":   components,
		"dependencies": []dependency{uses},
	}, "", "  ")
	return append(text, '\n'), err
}

// sources returns the directory with the sources of a module, in the version that is linked.
func sources(m debug.Module) (string, error) {
	out, err := exec.Command("go", "mod", "download", "-json", m.Path+"@"+m.Version).Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", m.Path, err)
	}
	var module struct{ Dir string }
	return module.Dir, json.Unmarshal(out, &module)
}

// isLicence matches the names of files with the terms on which a module may be passed on.
var isLicence = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense|notice|edl-v10|epl-v20)([-._].*)?$`)

// writeLicences writes the licences of modules, and that of Go, because every program contains Go's library. A module
// without a licence is an error.
func writeLicences(w io.Writer, modules []debug.Module, sources func(debug.Module) (string, error)) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	if err := appendLicences(w, "The library of Go", strings.TrimSpace(string(root))); err != nil {
		return err
	}
	for _, m := range modules {
		folder, err := sources(m)
		if err != nil {
			return err
		}
		if err := appendLicences(w, m.Path+" "+m.Version, folder); err != nil {
			return err
		}
	}
	return nil
}

func appendLicences(w io.Writer, title, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("%s: %w", title, err)
	}
	names := slices.DeleteFunc(entries, func(e os.DirEntry) bool { return e.IsDir() || !isLicence.MatchString(e.Name()) })
	if len(names) == 0 {
		return fmt.Errorf("%s: no licence in %s", title, folder)
	}
	for _, e := range names {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "==== %s: %s\n\n%s\n\n", title, e.Name(), strings.TrimSpace(string(text))); err != nil {
			return err
		}
	}
	return nil
}
