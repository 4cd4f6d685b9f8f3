package chart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
)

func plain(v float64) string { return fmt.Sprint(v) }

// TestDrawings holds every chart to well-formed SVG without styles, scripts and
// colours of its own, whatever is in it.
func TestDrawings(t *testing.T) {
	nasty := `<script>alert("x")</script>&'`
	var many []Point
	for i := range 60 {
		many = append(many, Point{Label: fmt.Sprint("2026-", i), Value: float64(i * i), Text: fmt.Sprint(i)})
	}
	for _, points := range [][]Point{nil, {{Label: nasty, Text: nasty, Class: nasty}}, {{"a", 0, "0", ""}, {"b", 0, "0", "a"}}, {{"a", 1, "1", ""}, {"b", .5, "½", "b"}}, many} {
		for kind, svg := range map[string]string{"bars": Bars(nasty, points), "columns": Columns(nasty, points, plain), "lines": Lines(nasty, [][]Point{points, points}, plain)} {
			for d := xml.NewDecoder(strings.NewReader(svg)); ; {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s of %d points: %v\n%s", kind, len(points), err, svg)
				}
				if start, ok := token.(xml.StartElement); ok {
					if !regexp.MustCompile(`^(svg|rect|line|text)$`).MatchString(start.Name.Local) {
						t.Errorf("%s draws a %s", kind, start.Name.Local)
					}
					for _, a := range start.Attr {
						if !regexp.MustCompile(`^(class|role|width|height|aria-label|x|y|x1|y1|x2|y2|text-anchor)$`).MatchString(a.Name.Local) || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
							t.Errorf("%s has %s=%q", kind, a.Name.Local, a.Value)
						}
					}
				}
			}
		}
	}
}

func TestSteps(t *testing.T) {
	for greatest, want := range map[float64]string{0: "[0 1]", 1: "[0 1]", 3: "[0 1 2 3]", 4: "[0 1 2 3 4]", 5: "[0 2 4 6]", 10: "[0 3 6 9 12]", 47: "[0 20 40 60]", 1234: "[0 500 1000 1500]", math.Inf(1): "[0 1]"} {
		if got := fmt.Sprint(Steps(greatest)); got != want {
			t.Errorf("the steps to %v are %s, want %s", greatest, got, want)
		}
	}
}
