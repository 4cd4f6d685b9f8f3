package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"portevoix/storage/storagetest"
)

// screen is the size of a window, in CSS pixels.
type screen struct{ width, height int64 }

var (
	phone   = screen{390, 844}
	desktop = screen{1280, 900}
	// tall is a phone on which a page fits: no bar that stays in sight covers what
	// axe-core measures.
	tall = screen{390, 8000}
	// smallest is what WCAG 2.2 asks a page to fit: 1280 px at 400 %.
	smallest = screen{320, 640}
)

// browser is a Chromium of a person, with cookies of its own.
type browser struct {
	t    testing.TB
	base string // of the server it visits
	ctx  context.Context

	mu       sync.Mutex
	troubles []string // what the console said
}

// chromium is the one browser process that all windows of the tests belong to,
// started once.
var chromium = sync.OnceValue(func() *chromiumProcess {
	path, err := findChromium()
	if err != nil {
		return &chromiumProcess{err: err}
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true))
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	whenAllIsDone(func() {
		stop()
		stopAllocator()
	})
	return &chromiumProcess{ctx: ctx, err: chromedp.Do(ctx)}
})

type chromiumProcess struct {
	ctx context.Context
	err error
}

// needChromium skips a test on a machine without one.
func needChromium(t testing.TB) *chromiumProcess {
	t.Helper()
	c := chromium()
	if errors.Is(c.err, exec.ErrNotFound) {
		storagetest.Skip(t, "needs Chromium (Debian package chromium)")
	}
	if c.err != nil {
		t.Fatal(c.err)
	}
	return c
}

// findChromium finds Debian's Chromium, or one under another usual name.
func findChromium() (path string, err error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err = exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", err
}

// newBrowser opens a window of the given size, with cookies of its own, for
// someone who reads the given language.
func newBrowser(t testing.TB, base string, size screen, language string) *browser {
	t.Helper()
	ctx, stop := chromedp.NewContext(needChromium(t).ctx, chromedp.WithNewBrowserContext())
	timed, cancel := context.WithTimeout(ctx, 5*patience)
	b := &browser{t: t, base: base, ctx: timed}
	t.Cleanup(func() {
		cancel()
		stop()
	})
	if err := chromedp.Listen(timed, b.listen); err != nil {
		t.Fatal(err)
	}
	command(b, log.Enable, cdp.Empty{})
	command(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
	b.resize(size)
	return b
}

// command gives the browser a command of its protocol.
func command[P, R any](b *browser, c cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, c, params); err != nil {
		b.t.Fatal(err)
	}
}

// ask runs an action and returns what it finds.
func ask[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	found, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.t.Fatalf("browser at %s: %v", b.address(), err)
	}
	return found
}

// listen keeps what the browser complains of: scripts that fail, and whatever
// the content security policy forbids.
func (b *browser) listen(event any) {
	trouble := ""
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "Failed to load resource") {
			trouble = e.Entry.Text
		}
	case *runtime.EventExceptionThrown:
		trouble = e.ExceptionDetails.Text
	}
	if trouble != "" {
		b.mu.Lock()
		b.troubles = append(b.troubles, trouble)
		b.mu.Unlock()
	}
}

// do runs actions and fails the test when one does not succeed.
func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatalf("browser at %s: %v", b.address(), err)
	}
}

func (b *browser) address() string {
	address, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	return address
}

func (b *browser) resize(size screen) {
	b.t.Helper()
	command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: size.width, Height: size.height, DeviceScaleFactor: 1, Mobile: size.width < 600})
}

// theme asks for light or dark as a device does. Motion is asked to be reduced,
// so that no picture is taken halfway from one to the other.
func (b *browser) theme(name string) {
	b.t.Helper()
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
}

// open visits a page of the server.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
	b.check()
}

// press presses a button or link and waits for the page it leads to.
func (b *browser) press(selector string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)); err != nil {
		b.t.Fatalf("press %s at %s: %v", selector, b.address(), err)
	}
	b.check()
}

// write types into a field, behind what is there.
func (b *browser) write(selector, text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// sees fails the test unless the page shows a text.
func (b *browser) sees(texts ...string) {
	b.t.Helper()
	page := b.text()
	for _, want := range texts {
		if !strings.Contains(page, want) {
			b.t.Fatalf("the page at %s does not say %q:\n%s", b.address(), want, page)
		}
	}
}

// text is what the page shows.
func (b *browser) text() string {
	b.t.Helper()
	return ask(b, chromedp.Evaluate[string](`document.body.innerText`))
}

// check holds what every page must: it fits the window's width, and nothing in
// it was refused by its own policy.
func (b *browser) check() {
	b.t.Helper()
	b.do(chromedp.WaitReady(chromedp.CSS("body")))
	if wide := ask(b, chromedp.Evaluate[[]string](overflowing)); len(wide) > 0 {
		b.t.Errorf("%s is wider than the window: %v", b.address(), wide)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, trouble := range b.troubles {
		b.t.Errorf("the browser complains: %s", trouble)
	}
	b.troubles = nil
}

// overflowing lists what sticks out of the window sideways, outside boxes that
// scroll.
const overflowing = `(() => {
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= width) return [];
	return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > width + 1)
		.slice(0, 5).map(e => e.tagName + "." + e.className + " " + Math.round(e.getBoundingClientRect().right));
})()`

// linkIn finds the newest link of a kind in what a server printed.
func (p *process) linkIn(path string) string {
	p.t.Helper()
	text := p.log.String()
	i := strings.LastIndex(text, "http://"+p.addr+path)
	if i < 0 {
		p.t.Fatalf("the server printed no link to %s", path)
	}
	link, _, _ := strings.Cut(text[i:], "\n")
	return strings.TrimPrefix(strings.TrimSpace(link), "http://"+p.addr)
}

// screenshot stores the whole page as a picture.
func (b *browser) screenshot(file string) {
	b.t.Helper()
	picture := ask(b, chromedp.FullScreenshot(100))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// screenshotName is "front-fr-dark-390.png".
func screenshotName(dir, page, language, theme string, size screen) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%s-%s-%d.png", page, language, theme, size.width))
}
