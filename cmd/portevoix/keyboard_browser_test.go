package main

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focused says what has the focus: nothing, something out of sight, something
// without a mark around it, or what it is.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return "nothing";
	const r = e.getBoundingClientRect(), s = getComputedStyle(e);
	if (!r.width || !r.height || r.bottom <= 0 || r.top >= innerHeight) return "out of sight: " + e.outerHTML.slice(0, 120);
	if (s.outlineStyle === "none" && s.boxShadow === "none") return "without a mark: " + e.outerHTML.slice(0, 120);
	return "";
})()`

// TestKeyboard goes through pages with Tab alone: the first stop skips to the
// content, each stop is in sight and marked, and everything that can be pressed
// is a stop.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	needChromium(t)
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("banks")
	path := "/t/" + s.grievance(lea, "banks", "Charged twice").ID.String()
	for _, c := range []struct{ who, path string }{{"", "/"}, {"", path}, {"", "/register"}, {"lea", path}, {"lea", "/f/banks/new"}} {
		b := newBrowser(t, s.base, desktop, "en")
		if c.who != "" {
			b = s.window(c.who, desktop, "en")
		}
		b.open(c.path)
		b.do(chromedp.KeyEvent(kb.Tab))
		if first := ask(b, chromedp.Evaluate[string](`document.activeElement.getAttribute("href") ?? ""`)); first != "#main" {
			t.Errorf("%s as %q: the first stop leads to %q, not to the content", c.path, c.who, first)
		}
		ask(b, chromedp.Evaluate[int](`(window.stops = new Set([document.activeElement])).size`))
		for range 300 {
			b.do(chromedp.KeyEvent(kb.Tab))
			trouble := ask(b, chromedp.Evaluate[string](focused))
			if trouble == "nothing" { // round the end of the page
				break
			}
			if trouble != "" {
				t.Errorf("%s as %q: a stop is %s", c.path, c.who, trouble)
			}
			// A date has a stop for each of its parts.
			if ask(b, chromedp.Evaluate[bool](`(() => {
				const e = document.activeElement, round = stops.has(e) && e !== window.previous;
				stops.add(window.previous = e);
				return round;
			})()`)) {
				break
			}
		}
		for _, missed := range ask(b, chromedp.Evaluate[[]string](`[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
			.filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0 && !stops.has(e) && !(e.type === "radio" && [...stops].some(s => s.name === e.name)))
			.map(e => e.outerHTML.slice(0, 120))`)) {
			t.Errorf("%s as %q: Tab does not reach %s", c.path, c.who, missed)
		}
	}
}
