// Package imaging makes pictures of the files that people upload: it decodes
// JPEG, PNG, WebP and GIF within limits, turns them upright, and encodes them
// anew in several sizes, so that neither metadata (places, cameras, names) nor
// anything hidden in a file survives.
//
// It knows nothing of posts, nor of where pictures are kept.
package imaging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	"github.com/bep/imagemeta"
	"github.com/buckket/go-blurhash"
	"golang.org/x/image/webp"

	"portevoix/forum"
)

// Developer implements forum.Developer. It is safe for concurrent use.
type Developer struct {
	maxPixels int
	busy      chan struct{} // one at a time: a large picture takes hundreds of megabytes
}

var _ forum.Developer = (*Developer)(nil)

// New returns a developer of pictures of at most that many pixels.
func New(maxPixels int) *Developer {
	return &Developer{maxPixels: maxPixels, busy: make(chan struct{}, 1)}
}

// The sizes that are made, by their longer side, as far as the picture is that
// large: for a phone, for a page, and the whole.
var sides = []int{480, 1080, 2160}

const (
	jpegQuality = 82
	// blurhashSide is how large a picture is when its blurhash is computed, which
	// shows no detail.
	blurhashSide = 64
)

// format is how a kind of file is read.
type format struct {
	config   func(file []byte) (image.Config, error)
	decode   func(file []byte) (image.Image, error)
	metadata imagemeta.ImageFormat // where the orientation stands; 0: nowhere
}

// formatOf tells the kind of a file by its first bytes; what its name or its
// sender says does not count.
func formatOf(file []byte) *format {
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		return &format{reading(jpeg.DecodeConfig), reading(jpeg.Decode), imagemeta.JPEG}
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		return &format{reading(png.DecodeConfig), reading(png.Decode), imagemeta.PNG}
	case len(file) > 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP":
		return &format{reading(webp.DecodeConfig), reading(webp.Decode), imagemeta.WebP}
	case bytes.HasPrefix(file, []byte("GIF8")):
		return &format{reading(gif.DecodeConfig), reading(gif.Decode), 0}
	}
	return nil
}

// highEfficiency says whether a file is a picture in a container that films have
// too (ISO/IEC 23008-12), as phones make them: AVIF or HEIC. docs/dependencies.md
// says why they are not read.
func highEfficiency(file []byte) bool {
	if len(file) < 12 || string(file[4:8]) != "ftyp" {
		return false
	}
	switch string(file[8:12]) {
	case "avif", "avis", "heic", "heix", "hevc", "hevx", "mif1", "msf1":
		return true
	}
	return false
}

// Develop implements forum.Developer.
func (d *Developer) Develop(ctx context.Context, file []byte, shape forum.Shape) (forum.Developed, error) {
	f := formatOf(file)
	if f == nil {
		key := "PictureKind"
		if highEfficiency(file) {
			key = "PictureHighEfficiency"
		}
		return forum.Developed{}, &forum.Error{Code: forum.Invalid, Key: key, Field: "file"}
	}
	if movingWebP(file) {
		if file = firstOfWebP(file); !shape.Still || file == nil {
			return forum.Developed{}, &forum.Error{Code: forum.Invalid, Key: "PictureMovingWebP", Field: "file"}
		}
	}
	most := d.maxPixels
	if shape.Pixels != 0 {
		most = min(most, shape.Pixels)
	}
	if err := checkSize(f, file, most); err != nil {
		return forum.Developed{}, err
	}
	select {
	case d.busy <- struct{}{}:
		defer func() { <-d.busy }()
	case <-ctx.Done():
		return forum.Developed{}, ctx.Err()
	}
	picture, err := f.decode(file)
	if err != nil {
		return forum.Developed{}, unreadable(err)
	}
	whole := upright(scaled(picture, sides[len(sides)-1]), orientation(f, file))
	whole = cut(whole, shape)
	out := forum.Developed{}
	if out.Blurhash, err = blurhash.Encode(4, 3, scaled(whole, blurhashSide)); err != nil {
		return forum.Developed{}, unreadable(err)
	}
	if out.Sizes, err = sizesOf(whole, shape.Sides); err != nil {
		return forum.Developed{}, err
	}
	if shape.Width != 0 || shape.Still {
		return out, nil
	}
	animation, err := animated(file)
	if err != nil {
		return forum.Developed{}, unreadable(err)
	}
	if animation != nil {
		out.Sizes = append(out.Sizes, *animation)
	}
	return out, nil
}

// checkSize reads how large a picture will be, before anything of that size is
// made: a file of some kilobytes can hold gigabytes of one colour.
func checkSize(f *format, file []byte, most int) error {
	c, err := f.config(file)
	if err != nil {
		return unreadable(err)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return unreadable(errors.New("it has no size"))
	}
	pixels := int64(c.Width) * int64(c.Height)
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model: // which take twice the memory
		pixels *= 2
	}
	if f.metadata == 0 {
		frames, err := countFrames(file)
		if err != nil {
			return unreadable(err)
		}
		pixels *= int64(frames)
	}
	if pixels > int64(most) {
		return &forum.Error{Code: forum.Invalid, Key: "PictureTooManyPixels", Field: "file", Args: map[string]any{"Max": most / 1_000_000}}
	}
	return nil
}

func unreadable(err error) error {
	return &forum.Error{Code: forum.Invalid, Key: "PictureUnreadable", Field: "file", Err: err}
}

// sizesOf encodes a picture in all sizes, the smallest first.
func sizesOf(whole image.Image, wanted []int) ([]forum.DevelopedSize, error) {
	if wanted == nil {
		wanted = sides
	}
	encode, err := encoderFor(whole)
	if err != nil {
		return nil, err
	}
	longer := max(whole.Bounds().Dx(), whole.Bounds().Dy())
	var list []forum.DevelopedSize
	for _, side := range wanted {
		// A size that is hardly smaller than the next is not worth its bytes.
		if side < longer && side*5/4 > longer {
			continue
		}
		size, err := encode(scaled(whole, side))
		if err != nil {
			return nil, err
		}
		list = append(list, size)
		if side >= longer {
			break
		}
	}
	return list, nil
}

// cut takes the middle of a picture, in the proportion of a shape.
func cut(picture image.Image, shape forum.Shape) image.Image {
	b := picture.Bounds()
	width, height := b.Dx(), b.Dy()
	if shape.Width == 0 {
		return picture
	}
	if width*shape.Height > height*shape.Width {
		width = max(1, height*shape.Width/shape.Height)
	} else {
		height = max(1, width*shape.Height/shape.Width)
	}
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(out, out.Bounds(), picture, b.Min.Add(image.Pt((b.Dx()-width)/2, (b.Dy()-height)/2)), draw.Src)
	return out
}

type encoder func(picture image.Image) (forum.DevelopedSize, error)

// encoderFor chooses JPEG, or PNG for what has transparent parts, and for
// drawings and screenshots, which it keeps sharp and makes smaller.
func encoderFor(picture image.Image) (encoder, error) {
	if o, ok := picture.(interface{ Opaque() bool }); ok && !o.Opaque() {
		return encodePNG, nil
	}
	sample := scaled(picture, sides[0])
	drawing, err := encodePNG(sample)
	if err != nil {
		return nil, err
	}
	photograph, err := encodeJPEG(sample)
	if err != nil {
		return nil, err
	}
	if len(drawing.Body) <= len(photograph.Body) {
		return encodePNG, nil
	}
	return encodeJPEG, nil
}

func encodeJPEG(picture image.Image) (forum.DevelopedSize, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: jpegQuality})
	return encoded(picture, out.Bytes(), "image/jpeg", ".jpg", err)
}

func encodePNG(picture image.Image) (forum.DevelopedSize, error) {
	var out bytes.Buffer
	err := png.Encode(&out, picture)
	return encoded(picture, out.Bytes(), "image/png", ".png", err)
}

func encoded(picture image.Image, body []byte, mediaType, extension string, err error) (forum.DevelopedSize, error) {
	if err != nil {
		return forum.DevelopedSize{}, fmt.Errorf("encode picture: %w", err)
	}
	b := picture.Bounds()
	return forum.DevelopedSize{Body: body, MediaType: mediaType, Extension: extension, Width: b.Dx(), Height: b.Dy()}, nil
}
