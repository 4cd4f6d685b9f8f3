package main

import (
	"testing"

	"github.com/chromedp/chromedp"

	"portevoix/forum/forumtest"
)

// TestSimilarInBrowser types a title and is told of threads that are like it.
func TestSimilarInBrowser(t *testing.T) {
	t.Parallel()
	needChromium(t)
	p := newProcess(t).start()
	lea := p.person("lea")
	p.must("forum", "create", "telecoms", "--title", "Telecoms")
	lea.startThread("telecoms", "The box is broken", "Since March.")
	b := signIn(t, p, "lea", phone, "en")
	b.open("/new")
	status := func() string {
		return ask(b, chromedp.Evaluate[string](`document.querySelector("[data-similar] [role=status]").textContent`))
	}
	b.write("#title", "My broken boxes")
	forumtest.Eventually(t, patience, "similar threads to be told of", func() bool { return status() == "One thread already looks like this one" })
	b.sees("The box is broken")
	b.check()
}
