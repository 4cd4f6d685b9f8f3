package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"portevoix/forum/forumtest"
)

// TestInteractInBrowser presses a visitor's buttons: the form that leads to
// another server is not held back by the page's own policy, and where that server
// cannot be asked, the address is copied by a button.
func TestInteractInBrowser(t *testing.T) {
	t.Parallel()
	needChromium(t)
	home, path := shown(t)
	away := newProcess(t).start()
	for _, size := range []screen{phone, desktop} {
		b := newBrowser(t, "http://"+home.addr, size, "en")
		b.open(path)
		if headline := ask(b, chromedp.Evaluate[string](`JSON.parse(document.querySelector("script[type='application/ld+json']").textContent).headline`)); headline != "Box </script> never came" {
			t.Errorf("the posting's headline is %q", headline)
		}
		b.do(chromedp.Click(chromedp.CSS(".acts .menu.start summary"), chromedp.NodeVisible))
		b.check() // the open menu fits the window
		b.press(".acts.top a.btn[href*='do=boost']")
		b.sees("Boost “Box </script> never came”")
		b.write("#server", "127.0.0.1:1")
		b.press("form[action='/interact'] .loud")
		b.sees("cannot be reached", "Copy this address")
		b.do(chromedp.Click(chromedp.CSS(".errors ~ .box button[data-copy]"), chromedp.NodeVisible))
		forumtest.Eventually(t, patience, "the button to say that it copied", func() bool {
			return ask(b, chromedp.Evaluate[string](`document.querySelector(".errors ~ .box [role=status]").textContent`)) == "Copied"
		})
		b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#server").value = ""`))
		b.write("#server", away.addr)
		b.press("form[action='/interact'] .loud")
		if at := b.address(); !strings.HasPrefix(at, "http://"+away.addr+"/login?back=") {
			t.Errorf("the form leads to %s", at)
		}
		// And the server is remembered.
		b.open(path)
		b.press(".acts.top a.btn[href*='do=reply']")
		if remembered := ask(b, chromedp.Evaluate[string](`document.querySelector("#server").value`)); remembered != away.addr {
			t.Errorf("the server remembered is %q", remembered)
		}
	}
}
