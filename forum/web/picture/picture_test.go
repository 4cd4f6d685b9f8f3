package picture_test

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/color"
	"image/png"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"portevoix/forum/web/picture"
)

func newPainter(t testing.TB) *picture.Painter {
	t.Helper()
	square := image.NewRGBA(image.Rect(0, 0, 8, 8))
	var mark bytes.Buffer
	if err := png.Encode(&mark, square); err != nil {
		t.Fatal(err)
	}
	p, err := picture.NewPainter(mark.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// inked counts the dark pixels of rows from to to.
func inked(t *testing.T, body []byte, from, to int) int {
	t.Helper()
	drawn, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if drawn.Bounds() != image.Rect(0, 0, picture.PreviewWidth, picture.PreviewHeight) {
		t.Fatalf("it measures %v", drawn.Bounds())
	}
	n := 0
	for y := from; y < to; y++ {
		for x := range picture.PreviewWidth {
			if color.GrayModel.Convert(drawn.At(x, y)).(color.Gray).Y < 100 {
				n++
			}
		}
	}
	return n
}

func TestPreview(t *testing.T) {
	p := newPainter(t)
	for _, c := range []struct {
		name, title string
		shown       bool
	}{
		{"short", "Box never came", true},
		{"long", strings.Repeat("They billed the same month twice and nobody answers. ", 20), true},
		{"one endless word", strings.Repeat("Donaudampfschifffahrt", 40), true},
		{"accents", "Où est passée ma box ? « Ça suffit »", true},
		{"other scripts", "Где мой заказ? Πού είναι;", true},
		{"some emoji", "Refund 💸 please 🙏", true},
		{"nothing the font can write", "لم يصل الطلب أبدا", false},
		{"nothing", "", false},
	} {
		body, err := p.Preview(picture.Preview{Site: "Portevoix", Host: "forum.example", Kicker: "Telecoms · Grievance", Title: c.title, Facts: "12 supports"})
		if err != nil {
			t.Fatal(err)
		}
		// Between the kicker and the foot there is nothing but the title; a
		// title that does not fit would run into the line below.
		if got := inked(t, body, 200, 510) > 500; got != c.shown {
			t.Errorf("%s: the title is shown: %v", c.name, got)
		}
		if n := inked(t, body, 510, 540); n != 0 {
			t.Errorf("%s: %d dark pixels between title and foot", c.name, n)
		}
		if inked(t, body, 40, 130) == 0 || inked(t, body, 540, 620) == 0 {
			t.Errorf("%s: the server's name or the numbers are missing", c.name)
		}
	}
}

// A thread's title is what anybody wrote: drawing it must end, and soon.
func FuzzPreview(f *testing.F) {
	p := newPainter(f)
	f.Add("Box never came", "forum.example")
	f.Add("\xff\x00\u202e", strings.Repeat("x", 300))
	f.Fuzz(func(t *testing.T, title, host string) {
		begun := time.Now()
		if _, err := p.Preview(picture.Preview{Site: title, Host: host, Title: title, Kicker: host, Facts: host}); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); len(title) < 1000 && took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

var run = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

// The SVG is read back into modules: the three finders stand in their corners,
// inside the quiet zone, and the code is of the smallest version that fits.
func TestQR(t *testing.T) {
	body, err := picture.QR("https://forum.example/t/634789325847")
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(body)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("it is not XML: %v", err)
		}
	}
	const size = 29 // version 3: 36 bytes at level M
	if !strings.Contains(string(body), `viewBox="0 0 37 37"`) {
		t.Errorf("it has another size: %.120s", body)
	}
	modules := map[image.Point]bool{}
	for _, m := range run.FindAllStringSubmatch(string(body), -1) {
		x, y, length := number(m[1]), number(m[2]), number(m[3])
		for i := range length {
			modules[image.Pt(x+i-4, y-4)] = true
		}
	}
	finder := []string{"#######", "#     #", "# ### #", "# ### #", "# ### #", "#     #", "#######"}
	for _, corner := range []image.Point{{0, 0}, {size - 7, 0}, {0, size - 7}} {
		for y, row := range finder {
			for x, want := range row {
				if modules[corner.Add(image.Pt(x, y))] != (want == '#') {
					t.Errorf("the finder at %v is broken at %d,%d", corner, x, y)
				}
			}
		}
	}
	for p := range modules {
		if !p.In(image.Rect(0, 0, size, size)) {
			t.Errorf("%v lies in the quiet zone", p)
		}
	}
	if n := len(modules); n < size*size/3 || n > size*size*2/3 {
		t.Errorf("%d of %d modules are dark", n, size*size)
	}
	if _, err := picture.QR(strings.Repeat("x", 5000)); err == nil {
		t.Error("5,000 bytes do not fit a QR code")
	}
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
