package imaging_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"portevoix/forum"
	"portevoix/forum/imaging"
)

// TestRedact leaves nothing of what is covered, and the rest as it was.
func TestRedact(t *testing.T) {
	picture := image.NewRGBA(image.Rect(0, 0, 100, 50))
	for x := range 100 {
		for y := range 50 {
			picture.Set(x, y, color.RGBA{uint8(x * 2), uint8(y * 5), 200, 255})
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	out, err := imaging.New(1_000_000).Redact(t.Context(), file.Bytes(), []forum.Box{{Left: 10, Top: 10, Width: 20, Height: 20}, {Left: 50, Top: 0, Width: 90, Height: 50, Blur: true}})
	if err != nil {
		t.Fatal(err)
	}
	covered, _, err := image.Decode(bytes.NewReader(out.Body))
	if err != nil || out.Width != 100 || out.Height != 50 {
		t.Fatalf("%v, %d × %d", err, out.Width, out.Height)
	}
	near := func(x, y int, want color.RGBA) {
		t.Helper()
		r, g, b, _ := covered.At(x, y).RGBA()
		if diff := func(a uint32, b uint8) int { return max(int(a>>8)-int(b), int(b)-int(a>>8)) }; diff(r, want.R) > 12 || diff(g, want.G) > 12 || diff(b, want.B) > 12 {
			t.Errorf("at %d, %d: %d %d %d, want %v", x, y, r>>8, g>>8, b>>8, want)
		}
	}
	near(20, 10, color.RGBA{0, 0, 0, 255})
	near(5, 40, color.RGBA{10, 200, 200, 255})
	if covered.At(51, 2) != covered.At(55, 6) {
		t.Error("a blurred part still shows more than squares")
	}
}
