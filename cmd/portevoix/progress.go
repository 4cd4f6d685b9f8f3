package main

import (
	"fmt"
	"io"
	"os"
)

// progress tells how far long work has come: again and again on one line of a
// terminal, and once at the end elsewhere, where every step would fill a log.
type progress struct {
	out      io.Writer
	what     string
	all      int
	terminal bool
}

func newProgress(out io.Writer, what string, all int) *progress {
	return &progress{out: out, what: what, all: all, terminal: isTerminal(out)}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// done says that n of all are done.
func (p *progress) done(n int) {
	switch {
	case p.terminal:
		fmt.Fprintf(p.out, "\r%s: %d of %d", p.what, n, p.all)
		if n == p.all {
			fmt.Fprintln(p.out)
		}
	case n == p.all:
		fmt.Fprintf(p.out, "%s: %d\n", p.what, n)
	}
}
