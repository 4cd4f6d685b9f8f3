package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// window opens a browser's window for somebody with an account.
func (s *inProcess) window(name string, size screen, language string) *browser {
	s.t.Helper()
	token, err := s.service.ResetPassword(s.t.Context(), forum.Operator(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	b := newBrowser(s.t, s.base, size, language)
	b.open("/link/" + token)
	b.press("main form .loud")
	return b
}

// accessible holds the page as it is now against axe-core, in both themes, and
// keeps pictures of it where they are asked for.
func (b *browser) accessible(name string) {
	b.t.Helper()
	axe := axeScript(b.t.(*testing.T))
	for _, theme := range []string{"light", "dark"} {
		b.theme(theme)
		for _, violation := range ask(b, chromedp.Evaluate[[]string](axe+axeRun, chromedp.EvalAwaitPromise)) {
			b.t.Errorf("%s, %s: %s", name, theme, violation)
		}
		if dir := os.Getenv("PORTEVOIX_TEST_SCREENSHOTS"); dir != "" {
			b.screenshot(filepath.Join(dir, name+"-"+theme+".png"))
		}
	}
}

// TestCompletionInBrowser completes a mention and a hashtag, with the keyboard and
// with a pointer, on the smallest screen.
func TestCompletionInBrowser(t *testing.T) {
	t.Parallel()
	needChromium(t)
	s := startInProcess(t, nil)
	lea := s.account("lea")
	marie := s.account("marie")
	s.account("max")
	if err := s.service.UpdateProfile(t.Context(), marie, forum.Profile{DisplayName: "Marie-Antoinette de la Très Longue Rue de la République"}); err != nil {
		t.Fatal(err)
	}
	s.forum("telecoms")
	if _, err := s.service.StartThread(t.Context(), lea, forum.NewThread{Forum: "telecoms", Title: "t", Body: "#Téléphone"}); err != nil {
		t.Fatal(err)
	}
	b := s.window("lea", smallest, "en")
	b.open("/f/telecoms/new")
	options := func() string {
		return ask(b, chromedp.Evaluate[string](`[...document.querySelectorAll("#body-options:not([hidden]) [role=option]")].map((o) => o.dataset.text + (o.ariaSelected === "true" ? "*" : "")).join(" ")`))
	}
	offers := func(want string) {
		t.Helper()
		forumtest.Eventually(t, patience, "suggestions "+want, func() bool { return options() == want })
	}
	text := func(want string) {
		t.Helper()
		if got := ask(b, chromedp.Evaluate[string](`document.querySelector("#body").value`)); got != want {
			t.Errorf("the text is %q, want %q", got, want)
		}
	}
	enter := func() { // as one event, of which the script can keep the sign from being written
		command(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: "keyDown", Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13})
	}
	b.write("#body", "Thanks @ma")
	offers("@marie @max")
	b.check()
	b.accessible("completion")
	if active := ask(b, chromedp.Evaluate[string](`document.querySelector("#body + ul + [role=status]").textContent + (document.activeElement.getAttribute("aria-activedescendant") ?? "")`)); active != "2 suggestions; the down arrow leads to them." {
		t.Errorf("told %q", active)
	}
	b.write("#body", kb.ArrowDown)
	offers("@marie* @max")
	b.write("#body", kb.ArrowUp)
	offers("@marie @max*")
	b.accessible("completion-chosen")
	enter()
	offers("")
	text("Thanks @max ")
	b.write("#body", "and @mari")
	offers("@marie")
	b.write("#body", kb.Escape)
	offers("")
	enter()
	b.write("#body", "#tel")
	offers("#Téléphone")
	b.do(chromedp.Click(chromedp.CSS("#body-options li")))
	offers("")
	enter()
	b.write("#body", "a@mar")
	text("Thanks @max and @mari\n#Téléphone \na@mar")
	offers("")
	b.check()
}

// TestLivePreviewInBrowser sees what it types, turns that off, and finds it off the
// next time.
func TestLivePreviewInBrowser(t *testing.T) {
	t.Parallel()
	needChromium(t)
	s := startInProcess(t, nil)
	s.account("lea")
	s.forum("telecoms")
	for i, size := range []screen{phone, desktop} {
		language := []string{"en", "fr"}[i]
		b := s.window("lea", size, language)
		b.open("/f/telecoms/new?fresh=1") // the other window left a draft
		shown := func() string {
			return ask(b, chromedp.Evaluate[string](`document.querySelector("[data-preview] section:not([hidden])")?.innerText ?? ""`))
		}
		b.write("#title", "The box")
		b.write("#body", "It **never** came.")
		forumtest.Eventually(t, patience, "the preview", func() bool {
			return strings.HasPrefix(shown(), "The box") && strings.Count(shown(), "It never came.") == 2 // here and elsewhere
		})
		b.check()
		b.accessible("live-preview-" + language)
		b.do(chromedp.Click(chromedp.CSS("[data-preview] input")))
		forumtest.Eventually(t, patience, "the preview to go", func() bool { return shown() == "" })
		b.open("/f/telecoms/new?fresh=1")
		if ask(b, chromedp.Evaluate[bool](`document.querySelector("[data-preview] input").checked`)) {
			t.Error("it is shown again")
		}
		b.check()
	}
}
