package imaging

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"math"

	"portevoix/forum"
)

var _ forum.Redactor = (*Developer)(nil)

// mosaic is how many squares, at most, are left of a blurred box on its longer
// side: too few for anything to be read from them.
const mosaic = 6

// Redact implements forum.Redactor.
func (d *Developer) Redact(ctx context.Context, file []byte, boxes []forum.Box) (forum.DevelopedSize, error) {
	f := formatOf(file)
	if f == nil {
		return forum.DevelopedSize{}, &forum.Error{Code: forum.Invalid, Key: "PictureKind", Field: "file"}
	}
	if err := checkSize(f, file, d.maxPixels); err != nil {
		return forum.DevelopedSize{}, err
	}
	select {
	case d.busy <- struct{}{}:
		defer func() { <-d.busy }()
	case <-ctx.Done():
		return forum.DevelopedSize{}, ctx.Err()
	}
	picture, err := f.decode(file)
	if err != nil {
		return forum.DevelopedSize{}, unreadable(err)
	}
	b := picture.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Bounds(), picture, b.Min, draw.Src)
	for _, box := range boxes {
		cover(out, area(out.Bounds(), box), box.Blur)
	}
	encode, err := encoderFor(out)
	if err != nil {
		return forum.DevelopedSize{}, err
	}
	return encode(out)
}

// area is a box in pixels: every pixel that it touches.
func area(b image.Rectangle, box forum.Box) image.Rectangle {
	x := func(percent float64) float64 { return percent / 100 * float64(b.Dx()) }
	y := func(percent float64) float64 { return percent / 100 * float64(b.Dy()) }
	return image.Rect(int(math.Floor(x(box.Left))), int(math.Floor(y(box.Top))),
		int(math.Ceil(x(box.Left+box.Width))), int(math.Ceil(y(box.Top+box.Height)))).Intersect(b)
}

func cover(out *image.RGBA, r image.Rectangle, blur bool) {
	if !blur {
		draw.Draw(out, r, image.NewUniform(color.Black), image.Point{}, draw.Src)
		return
	}
	side := max(8, (max(r.Dx(), r.Dy())+mosaic-1)/mosaic)
	for y := r.Min.Y; y < r.Max.Y; y += side {
		for x := r.Min.X; x < r.Max.X; x += side {
			square := image.Rect(x, y, x+side, y+side).Intersect(r)
			draw.Draw(out, square, image.NewUniform(mean(out, square)), image.Point{}, draw.Src)
		}
	}
}

// mean is the colour that a part of a picture has on the whole.
func mean(picture *image.RGBA, r image.Rectangle) color.Color {
	var sum [4]int
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			at := picture.PixOffset(x, y)
			for i := range sum {
				sum[i] += int(picture.Pix[at+i])
			}
		}
	}
	n := max(1, r.Dx()*r.Dy())
	return color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), uint8(sum[3] / n)}
}
