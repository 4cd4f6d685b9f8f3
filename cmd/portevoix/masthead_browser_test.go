package main

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestMasthead has every entry of the masthead in sight, in the language with the
// longer words: nothing of it scrolls sideways, and no button takes two lines.
func TestMasthead(t *testing.T) {
	t.Parallel()
	needChromium(t)
	s := startInProcess(t, nil)
	s.account("lea")
	for name, b := range map[string]*browser{"visitor": newBrowser(t, s.base, phone, "fr"), "member": s.window("lea", phone, "fr")} {
		b.open("/forums")
		for _, size := range []screen{phone, smallest, desktop} {
			b.resize(size)
			if dir := os.Getenv("PORTEVOIX_TEST_SCREENSHOTS"); dir != "" {
				b.screenshot(screenshotName(dir, "mast-"+name, "fr", "light", size))
			}
			if hidden := ask(b, chromedp.Evaluate[int](`(n => n.scrollWidth - n.clientWidth)(document.querySelector(".mast nav"))`)); hidden > 0 {
				t.Errorf("%s, %v: %d px of the masthead are out of sight", name, size, hidden)
			}
			if high := ask(b, chromedp.Evaluate[int](`Math.max(0, ...[...document.querySelectorAll(".mast .btn")].map(b => b.offsetHeight))`)); high > 48 {
				t.Errorf("%s, %v: a button of the masthead is %d px high", name, size, high)
			}
		}
	}
}
