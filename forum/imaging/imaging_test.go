package imaging

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"portevoix/forum"
)

// photograph is a picture with soft colours, red at its top left.
func photograph(width, height int) *image.NRGBA {
	m, random := image.NewNRGBA(image.Rect(0, 0, width, height)), rand.New(rand.NewPCG(1, 2))
	for y := range height {
		for x := range width {
			noise := uint8(random.IntN(23))
			m.SetNRGBA(x, y, color.NRGBA{R: uint8(60+100*x/width) + noise, G: uint8(60+100*y/height) + noise, B: 90 + noise, A: 255})
			if x < width/4 && y < height/4 {
				m.SetNRGBA(x, y, color.NRGBA{R: 230, G: 20, B: 20, A: 255})
			}
		}
	}
	return m
}

func asJPEG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withExif puts an orientation, and a word nobody should read, behind the first
// bytes of a JPEG.
func withExif(file []byte, orientation uint16, secret string) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x02\x00")
	entry := func(tag, kind uint16, count, value uint32) {
		tiff = binary.LittleEndian.AppendUint16(tiff, tag)
		tiff = binary.LittleEndian.AppendUint16(tiff, kind)
		tiff = binary.LittleEndian.AppendUint32(tiff, count)
		tiff = binary.LittleEndian.AppendUint32(tiff, value)
	}
	entry(0x010f, 2, uint32(len(secret)), 38) // Make
	entry(0x0112, 3, 1, uint32(orientation))
	tiff = append(append(tiff, 0, 0, 0, 0), secret...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, file[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), file[2:]...)
}

func develop(t *testing.T, file []byte) forum.Developed {
	t.Helper()
	d, err := New(10_000_000).Develop(t.Context(), file, forum.Shape{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func refused(t *testing.T, maxPixels int, file []byte, key string) {
	t.Helper()
	_, err := New(maxPixels).Develop(t.Context(), file, forum.Shape{})
	if forum.CodeOf(err) != forum.Invalid || !strings.Contains(err.Error(), key) {
		t.Errorf("got %v, want %s", err, key)
	}
}

// TestSizes holds which sizes a picture is made in, and that they are small.
func TestSizes(t *testing.T) {
	for _, test := range []struct {
		width, height int
		want          []image.Point
	}{
		{100, 50, []image.Point{{100, 50}}},
		{500, 400, []image.Point{{500, 400}}},
		{900, 600, []image.Point{{480, 320}, {900, 600}}},
		{1500, 3000, []image.Point{{240, 480}, {540, 1080}, {1080, 2160}}},
		{3000, 1, []image.Point{{480, 1}, {1080, 1}, {2160, 1}}},
	} {
		file := asJPEG(t, photograph(test.width, test.height))
		d := develop(t, file)
		var got []image.Point
		for _, size := range d.Sizes {
			c, kind, err := image.DecodeConfig(bytes.NewReader(size.Body))
			if err != nil || c.Width != size.Width || c.Height != size.Height || "image/"+kind != size.MediaType {
				t.Errorf("a size is %s of %d×%d (%v), said to be %s of %d×%d", kind, c.Width, c.Height, err, size.MediaType, size.Width, size.Height)
			}
			got = append(got, image.Pt(size.Width, size.Height))
		}
		if len(got) != len(test.want) {
			t.Errorf("%d×%d is made in %v, want %v", test.width, test.height, got, test.want)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%d×%d is made in %v, want %v", test.width, test.height, got, test.want)
			}
		}
		if len(d.Blurhash) != 28 {
			t.Errorf("blurhash %q", d.Blurhash)
		}
	}
}

// TestKinds holds what is kept as it is drawn, what as it is seen.
func TestKinds(t *testing.T) {
	if got := develop(t, asPNG(t, photograph(300, 200))).Sizes[0].MediaType; got != "image/jpeg" {
		t.Errorf("a photograph in PNG becomes %s", got)
	}
	drawing := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	for i := range drawing.Pix {
		drawing.Pix[i] = 255
	}
	if got := develop(t, asPNG(t, drawing)).Sizes[0].MediaType; got != "image/png" {
		t.Errorf("a drawing becomes %s", got)
	}
	see := photograph(300, 200)
	see.Pix[3] = 10
	if got := develop(t, asPNG(t, see)).Sizes[0].MediaType; got != "image/png" {
		t.Errorf("what is transparent becomes %s", got)
	}
	webp, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	if d := develop(t, webp); d.Sizes[0].Width != 1 || d.Sizes[0].Height != 1 {
		t.Errorf("a WebP becomes %d×%d", d.Sizes[0].Width, d.Sizes[0].Height)
	}
}

// TestOrientation holds that pictures come out upright, and nothing else that
// was written into the file comes out at all.
func TestOrientation(t *testing.T) {
	upright := photograph(80, 60)
	for orientation := uint16(1); orientation <= 8; orientation++ {
		// What a camera would have stored: the scene, turned the other way round.
		stored := image.NewNRGBA(image.Rect(0, 0, 80, 60))
		if orientation >= 5 {
			stored = image.NewNRGBA(image.Rect(0, 0, 60, 80))
		}
		b := stored.Bounds()
		for y := range b.Dy() {
			for x := range b.Dx() {
				sx, sy := turned(x, y, b.Dx(), b.Dy(), int(orientation))
				stored.Set(x, y, upright.At(sx, sy))
			}
		}
		const secret = "48.8584 N 2.2945 E"
		size := develop(t, withExif(asJPEG(t, stored), orientation, secret)).Sizes[0]
		if size.Width != 80 || size.Height != 60 {
			t.Errorf("orientation %d: %d×%d", orientation, size.Width, size.Height)
			continue
		}
		m, _, err := image.Decode(bytes.NewReader(size.Body))
		if err != nil {
			t.Fatal(err)
		}
		if r, g, _, _ := m.At(5, 5).RGBA(); r>>8 < 200 || g>>8 > 60 {
			t.Errorf("orientation %d: the top left is %v", orientation, m.At(5, 5))
		}
		if bytes.Contains(size.Body, []byte(secret)) || bytes.Contains(size.Body, []byte("Exif")) {
			t.Errorf("orientation %d: the metadata came along", orientation)
		}
	}
}

func animation(t *testing.T, frames int, comment string) []byte {
	t.Helper()
	g := &gif.GIF{}
	for i := range frames {
		m := image.NewPaletted(image.Rect(0, 0, 50, 40), color.Palette{color.White, color.Black})
		m.SetColorIndex(i, i, 1)
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 10)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, g); err != nil {
		t.Fatal(err)
	}
	body := out.Bytes()
	if comment != "" {
		body = append(body[:len(body)-1], append(append([]byte{0x21, 0xfe, byte(len(comment))}, comment...), 0, 0x3b)...)
	}
	return body
}

// TestAnimations holds that an animation comes as a still picture and, last, as
// itself.
func TestAnimations(t *testing.T) {
	const comment = "made at home"
	d := develop(t, animation(t, 3, comment))
	last := d.Sizes[len(d.Sizes)-1]
	if len(d.Sizes) != 2 || last.MediaType != "image/gif" || d.Sizes[0].MediaType == "image/gif" {
		t.Fatalf("an animation comes in %d sizes, the last %s", len(d.Sizes), last.MediaType)
	}
	g, err := gif.DecodeAll(bytes.NewReader(last.Body))
	if err != nil || len(g.Image) != 3 || bytes.Contains(last.Body, []byte(comment)) {
		t.Errorf("%d pictures, %v", len(g.Image), err)
	}
	if d := develop(t, animation(t, 1, "")); len(d.Sizes) != 1 || d.Sizes[0].MediaType == "image/gif" {
		t.Errorf("a still GIF comes as %s", d.Sizes[0].MediaType)
	}
}

// TestNotRead holds that people are told what to do with what the decoders do
// not know.
func TestNotRead(t *testing.T) {
	header := []byte("RIFF\xf8\x03\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x0f\x00\x00\x0b\x00\x00ANIM")
	refused(t, 10_000_000, header, "PictureMovingWebP")
	if _, err := New(10_000_000).Develop(t.Context(), header, forum.Shape{Still: true}); err == nil {
		t.Error("of an animation without pictures the first is made")
	}
	refused(t, 10_000_000, []byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00"), "PictureHighEfficiency")
	refused(t, 10_000_000, []byte("\x00\x00\x00\x1cftypheic\x00\x00\x00\x00"), "PictureHighEfficiency")
}

// TestLimits holds that what would be too large is refused before it is made.
func TestLimits(t *testing.T) {
	file := asPNG(t, image.NewNRGBA(image.Rect(0, 0, 100, 100)))
	refused(t, 9_999, file, "PictureTooManyPixels")
	if _, err := New(10_000).Develop(t.Context(), file, forum.Shape{}); err != nil {
		t.Error(err)
	}
	deep := asPNG(t, image.NewNRGBA64(image.Rect(0, 0, 100, 100)))
	refused(t, 10_000, deep, "PictureTooManyPixels")
	refused(t, 50*40*3-1, animation(t, 3, ""), "PictureTooManyPixels")

	// A PNG that claims to be huge: its header is changed, and nothing else.
	bomb := append([]byte{}, file...)
	binary.BigEndian.PutUint32(bomb[16:], 50_000)
	binary.BigEndian.PutUint32(bomb[20:], 50_000)
	_, err := New(10_000_000).Develop(t.Context(), bomb, forum.Shape{})
	if forum.CodeOf(err) != forum.Invalid {
		t.Errorf("a bomb: %v", err)
	}
}

func TestBroken(t *testing.T) {
	for _, file := range [][]byte{asJPEG(t, photograph(60, 40)), asPNG(t, photograph(60, 40)), animation(t, 2, "")} {
		refused(t, 10_000_000, file[:len(file)/2], "PictureUnreadable")
		refused(t, 10_000_000, file[:12], "PictureUnreadable")
	}
	for _, file := range []string{"", "GIF", "<svg xmlns='http://www.w3.org/2000/svg'/>", "%PDF-1.7", "<html><script>alert(1)</script>"} {
		refused(t, 10_000_000, []byte(file), "PictureKind")
	}
}

// TestScaled holds that a picture keeps its colours when it is made smaller.
func TestScaled(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 997, 331))
	for i := 0; i < len(m.Pix); i += 4 {
		copy(m.Pix[i:], []uint8{200, 100, 50, 255})
	}
	for _, side := range []int{1, 7, 480, 996} {
		out := scaled(m, side)
		b := out.Bounds()
		if max(b.Dx(), b.Dy()) != side {
			t.Errorf("made %v, want a side of %d", b, side)
		}
		for y := range b.Dy() {
			for x := range b.Dx() {
				r, g, bl, a := out.At(x, y).RGBA()
				if math.Abs(float64(r>>8)-200) > 1 || math.Abs(float64(g>>8)-100) > 1 || math.Abs(float64(bl>>8)-50) > 1 || a>>8 < 254 {
					t.Fatalf("side %d: %v at %d,%d", side, out.At(x, y), x, y)
				}
			}
		}
	}
}

// TestShapes holds that the middle is cut out, and made still.
func TestShapes(t *testing.T) {
	for _, test := range []struct {
		file  []byte
		shape forum.Shape
		want  []image.Point
	}{
		{asJPEG(t, photograph(900, 600)), forum.Shape{Width: 1, Height: 1, Sides: []int{128, 400}}, []image.Point{{128, 128}, {400, 400}}},
		{asJPEG(t, photograph(30, 60)), forum.Shape{Width: 1, Height: 1, Sides: []int{128, 400}}, []image.Point{{30, 30}}},
		{asJPEG(t, photograph(900, 900)), forum.Shape{Width: 3, Height: 1, Sides: []int{1500}}, []image.Point{{900, 300}}},
		{animation(t, 3, ""), forum.Shape{Width: 1, Height: 1, Sides: []int{128}}, []image.Point{{40, 40}}},
	} {
		d, err := New(10_000_000).Develop(t.Context(), test.file, test.shape)
		if err != nil {
			t.Fatal(err)
		}
		var got []image.Point
		for _, size := range d.Sizes {
			got = append(got, image.Pt(size.Width, size.Height))
		}
		if !slices.Equal(got, test.want) || d.Sizes[0].MediaType == "image/gif" {
			t.Errorf("cut to %v, want %v", got, test.want)
		}
	}
}

// FuzzDevelop holds that no file makes the server fall over.
func FuzzDevelop(f *testing.F) {
	var out bytes.Buffer
	_ = jpeg.Encode(&out, photograph(20, 10), nil)
	f.Add(withExif(out.Bytes(), 6, "x"))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	d := New(100_000)
	f.Fuzz(func(t *testing.T, file []byte) {
		if developed, err := d.Develop(t.Context(), file, forum.Shape{}); err == nil && len(developed.Sizes) == 0 {
			t.Error("a picture in no size")
		} else if err != nil && forum.CodeOf(err) != forum.Invalid {
			t.Error(err)
		}
	})
}

// TestStill holds that of an animation the first picture alone is made, where that
// is wanted, and that it may have fewer pixels than usual.
func TestStill(t *testing.T) {
	still := forum.Shape{Sides: []int{96}, Still: true, Pixels: 10_000}
	frame, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	chunk := func(name string, data []byte) []byte {
		out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data)))
		if out = append(out, data...); len(data)%2 == 1 {
			out = append(out, 0)
		}
		return out
	}
	body := append([]byte("WEBP"), chunk("VP8X", []byte{2, 0, 0, 0, 0, 0, 0, 0, 0, 0})...)
	body = append(body, chunk("ANIM", make([]byte, 6))...)
	for range 2 {
		body = append(body, chunk("ANMF", append(make([]byte, 16), frame[12:]...))...)
	}
	for name, file := range map[string][]byte{"WebP": chunk("RIFF", body), "GIF": animation(t, 3, "")} {
		d, err := New(10_000_000).Develop(t.Context(), file, still)
		if err != nil || len(d.Sizes) != 1 || d.Sizes[0].MediaType == "image/gif" {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	if _, err := New(10_000_000).Develop(t.Context(), asPNG(t, photograph(120, 120)), still); err == nil {
		t.Error("a picture of more pixels is made")
	}
}

// FuzzFirstOfWebP takes animations apart, however broken.
func FuzzFirstOfWebP(f *testing.F) {
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x0f\x00\x00\x0b\x00\x00ANMF\x18\x00\x00\x000123456789abcdefVP8L\x01\x00\x00\x00\x2f\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if movingWebP(file) {
			if first := firstOfWebP(file); first != nil && (movingWebP(first) || len(first) > len(file)+32) {
				t.Errorf("%q becomes %q", file, first)
			}
		}
	})
}
