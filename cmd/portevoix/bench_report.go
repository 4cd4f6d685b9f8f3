package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// table writes the figures for people.
func (r benchReport) table(w io.Writer) error {
	fmt.Fprintf(w, "Portevoix %s, %s, %d cores", r.Version, r.Go, r.Cores)
	if r.Processor != "" {
		fmt.Fprintf(w, " (%s)", r.Processor)
	}
	fmt.Fprint(w, "\n\nWhat the machine can do\n")
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, m := range r.Floors {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", m.Name, figure(m.Value), m.Unit, m.Detail)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, scale := range r.Scales {
		fmt.Fprintf(w, "\nWith %d posts\n", scale.Posts)
		fmt.Fprintln(t, "  \t\t\tp50 ms\tp99 ms\tbytes\tfloor\tof floor\t")
		for _, m := range scale.Measured {
			ratio := ""
			if m.Ratio > 0 {
				ratio = strconv.FormatFloat(m.Ratio*100, 'f', 0, 64) + " %"
			}
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Name, figure(m.Value), m.Unit, figure(m.P50), figure(m.P99), figure(float64(m.Bytes)), figure(m.Floor), ratio, m.Detail)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// figure writes a number with three digits at least, and nothing for zero.
func figure(f float64) string {
	switch {
	case f == 0:
		return ""
	case f < 10:
		return strconv.FormatFloat(f, 'f', 2, 64)
	case f < 100:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}
