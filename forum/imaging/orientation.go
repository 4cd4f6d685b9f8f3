package imaging

import (
	"bytes"
	"image"

	"github.com/bep/imagemeta"
)

// orientation reads how a camera was held, as Exif numbers it: 1 is upright. A
// file that does not say, or says it wrongly, is upright.
func orientation(f *format, file []byte) int {
	found := 1
	if f.metadata == 0 {
		return found
	}
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(file), ImageFormat: f.metadata, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return tag.Tag == "Orientation" },
		HandleTag: func(tag imagemeta.TagInfo) error {
			if n, ok := tag.Value.(uint16); ok && n >= 1 && n <= 8 {
				found = int(n)
			}
			return imagemeta.ErrStopWalking
		},
		Warnf: func(string, ...any) {},
	})
	return found
}

// upright turns and mirrors a picture so that it needs no orientation any more.
func upright(picture image.Image, orientation int) image.Image {
	if orientation <= 1 {
		return picture
	}
	b := picture.Bounds()
	width, height := b.Dx(), b.Dy()
	if orientation >= 5 { // lying on a side
		width, height = height, width
	}
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range b.Dy() {
		for x := range b.Dx() {
			toX, toY := turned(x, y, b.Dx(), b.Dy(), orientation)
			out.Set(toX, toY, picture.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// turned is where a point of a picture of that width and height comes to lie.
func turned(x, y, width, height, orientation int) (int, int) {
	right, bottom := width-1-x, height-1-y
	switch orientation {
	case 2:
		return right, y
	case 3:
		return right, bottom
	case 4:
		return x, bottom
	case 5:
		return y, x
	case 6:
		return bottom, x
	case 7:
		return bottom, right
	case 8:
		return y, right
	}
	return x, y
}
