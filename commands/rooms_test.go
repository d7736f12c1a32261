package commands

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"
)

// list is the file that lists the commands. Only this file may refer to the others.
const list = "commands.go"

// TestCommandsAreApart checks that no command file refers to another one. What two
// commands need is in a package below, so that a reader needs only one command file.
func TestCommandsAreApart(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	places := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(places, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	// The contents of the imported packages do not matter here, so they are not loaded.
	config := types.Config{Importer: noImports{}, Error: func(error) {}}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	p, _ := config.Check("mqtool/commands", places, files, info)
	found := 0
	for use, object := range info.Uses {
		if object.Parent() != p.Scope() {
			continue
		}
		found++
		here, there := places.Position(use.Pos()), places.Position(object.Pos())
		if here.Filename != there.Filename && here.Filename != list {
			t.Errorf("%s: %s stands in %s", here, use.Name, there.Filename)
		}
	}
	if found < len(files) {
		t.Errorf("only %d uses were found in %d files", found, len(files))
	}
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }
