package pictures

import (
	"io"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/text"
)

// A progressBar shows how far a long decode got, on a terminal whose lines
// nobody else writes.
type progressBar struct {
	container *mpb.Progress
	bar       *mpb.Bar
}

// worthABar is from which size on an input takes long enough to watch.
const worthABar = 32 << 20

// newProgressBar makes the bar of an input, or one that is not shown.
func newProgressBar(env *app.Env, in *text.Input, json bool) progressBar {
	if in.File == nil || !env.StderrTerminal || env.StdoutTerminal && json {
		return progressBar{}
	}
	info, err := in.File.Stat()
	if err != nil || info.Size() < worthABar {
		return progressBar{}
	}
	p := mpb.New(mpb.WithOutput(env.Stderr), mpb.WithWidth(48))
	bar := p.AddBar(info.Size(), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.CountersKibiByte("% .0f / % .0f")),
		mpb.AppendDecorators(decor.Percentage(), decor.Name("  "), decor.AverageETA(decor.ET_STYLE_GO)))
	return progressBar{p, bar}
}

func (b progressBar) reader(r io.Reader) io.Reader {
	if b.bar == nil {
		return r
	}
	return b.bar.ProxyReader(r)
}

func (b progressBar) done() {
	if b.bar != nil {
		b.bar.Abort(true)
		b.container.Wait()
	}
}
