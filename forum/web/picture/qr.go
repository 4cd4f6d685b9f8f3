package picture

import (
	"bytes"
	"fmt"
	"image/color"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// quiet is the empty frame that readers need, in modules (ISO/IEC 18004).
const quiet = 4

// QR writes an address as a QR code: black on white in any theme, because many
// readers see nothing else.
func QR(address string) ([]byte, error) {
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	size := code.Bounds().Dx()
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %[1]d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path d="`, size+2*quiet)
	for y := range size {
		for x := 0; x < size; {
			if !dark(code, x, y) {
				x++
				continue
			}
			length := 1 // of the dark run
			for x+length < size && dark(code, x+length, y) {
				length++
			}
			fmt.Fprintf(&out, "M%d %dh%dv1h-%[3]dz", x+quiet, y+quiet, length)
			x += length
		}
	}
	out.WriteString(`"/></svg>`)
	return out.Bytes(), nil
}

func dark(code barcode.Barcode, x, y int) bool {
	return color.Gray16Model.Convert(code.At(x, y)) == color.Black
}
