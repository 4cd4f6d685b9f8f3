// Package chart draws bars, columns and lines as SVG that takes its colours from
// the page's stylesheet.
//
// It knows numbers and labels, no forum and no language. Drawings carry neither
// styles nor scripts of their own, so that a strict Content-Security-Policy lets
// them through, and lay things out in percent of their width, so that writing is
// as large on a phone as anywhere else.
package chart

import (
	"html"
	"math"
	"strconv"
	"strings"
)

// Point is one value of a chart.
type Point struct {
	Label string  // what it stands for
	Value float64 // not negative
	Text  string  // the value as people write it
	Class string  // "", or the class that gives it another colour: a, b, c …
}

// A drawing collects SVG.
type drawing struct{ strings.Builder }

// begin opens a drawing of a height in pixels. Its name is what is read out in its
// place; the table beside it says the rest.
func (d *drawing) begin(name string, height int) {
	d.add(`<svg class="chart" role="img" width="100%" height="`, strconv.Itoa(height), `" aria-label="`, html.EscapeString(name), `">`)
}

func (d *drawing) add(parts ...string) {
	for _, p := range parts {
		d.WriteString(p)
	}
}

func (d *drawing) text(class, anchor string, x float64, y int, text string) {
	d.add(`<text class="`, class, `" x="`, percent(x), `" y="`, strconv.Itoa(y), `" text-anchor="`, anchor, `">`, html.EscapeString(text), `</text>`)
}

func (d *drawing) rect(class string, x, width, y, height float64) {
	d.add(`<rect class="`, html.EscapeString(class), `" x="`, percent(x), `" width="`, percent(width), `" y="`, number(y), `" height="`, number(height), `"/>`)
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	d.add(`<line class="`, html.EscapeString(class), `" x1="`, percent(x1), `" y1="`, number(y1), `" x2="`, percent(x2), `" y2="`, number(y2), `"/>`)
}

func (d *drawing) end() string {
	d.WriteString("</svg>")
	return d.String()
}

func number(v float64) string  { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }
func percent(v float64) string { return number(v) + "%" }

// most is the greatest value, at least something that can be divided by.
func most(points []Point) float64 {
	m := 0.0
	for _, p := range points {
		m = max(m, p.Value)
	}
	if m == 0 {
		return 1
	}
	return m
}

const (
	rowHeight = 44
	barHeight = 14
)

// Bars draws one bar a line, below its label and value.
func Bars(name string, points []Point) string {
	var d drawing
	d.begin(name, rowHeight*len(points)+4)
	greatest := most(points)
	for i, p := range points {
		y := rowHeight * i
		d.text("label", "start", 0, y+15, p.Label)
		d.text("value", "end", 100, y+15, p.Text)
		d.rect("track", 0, 100, float64(y+21), barHeight)
		if p.Value > 0 {
			d.rect("mark "+p.Class, 0, max(.6, 100*p.Value/greatest), float64(y+21), barHeight)
		}
	}
	return d.end()
}

const (
	plotTop    = 14  // room for the writing of the highest line
	plotHeight = 160 // of what is drawn, in pixels
	plotWidth  = 88  // in percent; what the lines stand for is written beside it
	belowPlot  = 26
)

// Axis is a horizontal line of a chart, and what it stands for.
type Axis struct {
	Value float64
	Text  string
}

// Columns draws one column beside the other, in the order of time, with as many
// labels as have room on a phone.
func Columns(name string, points []Point, format func(float64) string) string {
	var d drawing
	d.begin(name, plotTop+plotHeight+belowPlot)
	top := d.axes(most(points), format)
	step := float64(plotWidth) / float64(max(1, len(points)))
	for i, p := range points {
		height := plotHeight * p.Value / top
		if p.Value > 0 {
			d.rect("mark "+p.Class, float64(i)*step+step*.12, step*.76, plotTop+plotHeight-height, height)
		}
	}
	d.labels(points, func(i int) float64 { return (float64(i) + .5) * step })
	return d.end()
}

// Lines draws several series over the same places, from left to right.
func Lines(name string, series [][]Point, format func(float64) string) string {
	var d drawing
	d.begin(name, plotTop+plotHeight+belowPlot)
	greatest := 0.0
	for _, points := range series {
		greatest = max(greatest, most(points))
	}
	top := d.axes(max(1, greatest), format)
	var first []Point
	for _, points := range series {
		if first == nil {
			first = points
		}
		at := func(i int) (x, y float64) {
			return plotWidth * float64(i) / float64(max(1, len(points)-1)), plotTop + plotHeight - plotHeight*points[i].Value/top
		}
		for i := 1; i < len(points); i++ {
			x1, y1 := at(i - 1)
			x2, y2 := at(i)
			d.line(strings.TrimSpace("curve "+points[i].Class), x1, y1, x2, y2)
		}
		if len(points) == 1 {
			_, y := at(0)
			d.line(strings.TrimSpace("curve "+points[0].Class), 0, y, plotWidth, y)
		}
	}
	d.labels(first, func(i int) float64 { return plotWidth * float64(i) / float64(max(1, len(first)-1)) })
	return d.end()
}

// axes draws the horizontal lines, and returns what the highest one stands for.
func (d *drawing) axes(greatest float64, format func(float64) string) float64 {
	lines := Steps(greatest)
	top := lines[len(lines)-1]
	for _, v := range lines {
		y := plotTop + plotHeight - plotHeight*v/top
		class := "grid"
		if v == 0 {
			class = "ground"
		}
		d.line(class, 0, y, plotWidth, y)
		d.text("tick", "start", plotWidth+1.5, int(y)+4, format(v))
	}
	return top
}

// labelsShown is how many labels have room beside each other on a phone.
const labelsShown = 4

func (d *drawing) labels(points []Point, x func(i int) float64) {
	n := len(points)
	if n == 0 {
		return
	}
	shown := min(n, labelsShown)
	for k := range shown {
		i := 0
		if shown > 1 {
			i = (n - 1) * k / (shown - 1)
		}
		anchor := "middle"
		switch {
		case n > 1 && k == 0:
			anchor = "start"
			d.text("tick", anchor, 0, plotTop+plotHeight+18, points[i].Label)
			continue
		case n > 1 && k == shown-1:
			anchor = "end"
			d.text("tick", anchor, plotWidth, plotTop+plotHeight+18, points[i].Label)
			continue
		}
		d.text("tick", anchor, x(i), plotTop+plotHeight+18, points[i].Label)
	}
}

// Steps are round numbers from 0 to at least a value, four at most besides 0;
// whole ones where the value is above 3.
func Steps(greatest float64) []float64 {
	if greatest <= 0 || math.IsNaN(greatest) || math.IsInf(greatest, 0) {
		return []float64{0, 1}
	}
	rough := greatest / 4
	size := math.Pow(10, math.Floor(math.Log10(rough)))
	step := 10 * size
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*size >= rough*(1-1e-9) {
			step = m * size
			break
		}
	}
	if greatest >= 1 {
		step = max(1, math.Ceil(step))
	}
	var list []float64
	for i := 0; ; i++ {
		list = append(list, float64(i)*step)
		if list[i] >= greatest {
			return list
		}
	}
}
