package pictures

import (
	"bytes"
	"runtime"

	"mqtool/codec/jpeg"
	"mqtool/commands/internal/app"
)

// Decoding the pixels of a picture takes a hundred times as long as finding it. So with
// --all and --verify the next pictures are found meanwhile, and a picture is put in its
// place when its turn comes: the order of the pictures and of the lines about them is
// that of the input. At most one picture for each processor is in memory.

// queue takes a picture that was found, and finishes those before it whose turn has come.
func (in *input) queue(r *pictureReport) error {
	most := 0 // how many pictures may wait
	if in.options.All != "" && in.options.Verify && !r.isEmpty() {
		most = runtime.GOMAXPROCS(0)
	}
	if err := in.settle(max(most-1, 0)); err != nil {
		return err
	}
	if !r.isEmpty() {
		r.file = in.file.take()
	}
	in.queued = append(in.queued, r)
	if err := in.lookAt(r); err != nil {
		return err
	}
	return in.settle(most)
}

// settle finishes the pictures that were found first, until at most this many wait. After
// an error none is left.
func (in *input) settle(most int) (err error) {
	for len(in.queued) > most {
		r := in.queued[0]
		in.queued = in.queued[1:]
		if r.checked != nil {
			<-r.checked
		}
		if err == nil {
			err = in.finish(r)
		}
		if r.file != nil {
			r.file.Discard()
		}
		if err != nil {
			most = 0
		}
	}
	return err
}

// lookAt reads the bytes of a picture that was written, if its pixels are needed or the
// picture is cut. It begins to find out what is wrong with the pixels, and which part of
// the picture is missing.
func (in *input) lookAt(r *pictureReport) error {
	p := r.snapshot.Picture.Value
	isCut := p.State == jpeg.Truncated
	if !in.options.Verify && !isCut && in.screen == nil || r.file == nil {
		return nil
	}
	var b bytes.Buffer
	if err := r.file.CopyTo(&b); err != nil {
		return err
	}
	r.image = b.Bytes()
	if !in.options.Verify && !isCut || p.Format != "" {
		return nil
	}
	r.checked = make(chan struct{})
	go func() {
		defer close(r.checked)
		defer func() {
			if panicked := recover(); panicked != nil {
				r.fault = app.Fault(panicked, r.image)
			}
		}()
		v := jpeg.Verify(r.image)
		if isCut {
			r.missing = missingPart(v)
		}
		if in.options.Verify {
			r.verified = v.Trouble()
		}
	}()
	return nil
}
