package imaging

import (
	"image"
	"image/draw"
)

// scaled makes a picture smaller until its longer side is at most that long.
// Each pixel becomes the average of the area it covers, which neither blurs nor
// flickers. Unlike the scalers of golang.org/x/image/draw, which need eight
// times the memory of the result's columns, this holds two lines at a time.
func scaled(picture image.Image, side int) image.Image {
	b := picture.Bounds()
	longer := max(b.Dx(), b.Dy())
	if longer <= side {
		return picture
	}
	width, height := max(1, b.Dx()*side/longer), max(1, b.Dy()*side/longer)
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	line := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
	narrow, sum := make([]float32, 4*width), make([]float32, 4*width)
	scale := float32(b.Dy()) / float32(height) // lines that become one
	to, filled := 0, float32(0)
	for y := range b.Dy() {
		draw.Draw(line, line.Bounds(), picture, image.Pt(b.Min.X, b.Min.Y+y), draw.Src)
		narrowed(narrow, line.Pix, b.Dx(), width)
		for share := float32(1); share > 0 && to < height; {
			part := min(share, scale-filled)
			for i, v := range narrow {
				sum[i] += v * part
			}
			share, filled = share-part, filled+part
			if filled >= scale-1e-3 || y == b.Dy()-1 {
				for i, v := range sum {
					out.Pix[to*out.Stride+i] = uint8(v/filled + .5)
				}
				clear(sum)
				to, filled = to+1, 0
			}
		}
	}
	return out
}

// narrowed averages a line of RGBA pixels into one of fewer.
func narrowed(to []float32, line []uint8, from, width int) {
	clear(to)
	scale := float32(from) / float32(width) // pixels that become one
	for x := range width {
		begin, end := float32(x)*scale, float32(x+1)*scale
		weight := float32(0)
		for at := int(begin); at < from && float32(at) < end; at++ {
			part := min(float32(at+1), end) - max(float32(at), begin)
			weight += part
			for c := range 4 {
				to[4*x+c] += float32(line[4*at+c]) * part
			}
		}
		for c := range 4 {
			to[4*x+c] /= weight
		}
	}
}
