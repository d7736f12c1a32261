package site

import (
	"context"
	"fmt"
	"io"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/text"
)

// ReadRegisters reads a configuration. Errors name the place but do not quote the text,
// which may hold a password.
func ReadRegisters(ctx context.Context, stdin io.Reader, name string) (codec.Registers, error) {
	f, err := text.Open(ctx, stdin, name)
	name = text.Name(name)
	if err != nil {
		return codec.Registers{}, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, codec.MaxRegisters+1))
	if err != nil {
		return codec.Registers{}, fmt.Errorf("%s: %w", name, err)
	}
	if !strings.HasPrefix(strings.TrimLeft(string(content), "\uFEFF \t\r\n"), "{") {
		return codec.Registers{}, app.Damagedf("%s: not JSON; that is the only format of the vendor's tool that is public", name)
	}
	r, err := codec.ParseRegisters(string(content))
	if err != nil {
		if at, ok := codec.Offset(err); ok && at <= len(content) {
			before := string(content[:at])
			line := strings.Count(before, "\n") + 1
			column := at - strings.LastIndexByte(before, '\n')
			return r, fmt.Errorf("%s:%d:%d: %w", name, line, column, err)
		}
		return r, fmt.Errorf("%s: %w", name, err)
	}
	if len(r.List) == 0 {
		return r, app.Damagedf(`%s: there is no register in it; expected is {"config":{"C0":"64",...}} or {"02C0":"64",...}`, name)
	}
	return r, nil
}
