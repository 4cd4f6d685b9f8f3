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

	// The company and its products are offered as well.
	lea.api("POST", "/companies", map[string]any{"name": "Example Bank", "site": "bank.example"})
	lea.api("POST", "/companies/about_example_bank/products", map[string]any{"name": "Gold card"})
	b.open("/new?kind=grievance")
	offered := func(of string) func() bool {
		return func() bool {
			return ask(b, chromedp.Evaluate[int](`document.querySelectorAll("#`+of+` option").length`)) == 1
		}
	}
	b.write("#company", "bank")
	forumtest.Eventually(t, patience, "companies to be offered", offered("companies"))
	b.open("/new?kind=grievance&company=about_example_bank")
	b.write("#product", "Gold")
	forumtest.Eventually(t, patience, "products to be offered", offered("products"))
	b.check()
}
