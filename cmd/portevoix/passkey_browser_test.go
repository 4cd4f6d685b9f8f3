package main

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum/forumtest"
)

// TestPasskeys has a real browser make a passkey, sign in with it without the
// second step that is on, and fail once it is removed.
func TestPasskeys(t *testing.T) {
	t.Parallel()
	needChromium(t)
	s := startInProcess(t, func(c *config.Config) {
		c.Server.BaseURL = strings.Replace(c.Server.BaseURL, "127.0.0.1", "localhost", 1)
	})
	_, cookie := s.member("lea")
	b := newBrowser(t, s.base, phone, "en")
	command(b, webauthn.Enable, webauthn.EnableParams{})
	command(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	command(b, network.SetCookie, network.SetCookieParams{Name: "session", Value: strings.TrimPrefix(cookie, "session="), URL: s.base, HTTPOnly: new(true)})
	told := func(text string) {
		t.Helper()
		forumtest.Eventually(t, patience, "the form to say "+text, func() bool { return strings.Contains(b.text(), text) })
	}

	b.open("/settings/security")
	b.write("#passkey_name", "My phone")
	b.write("#passkey_password", "wrong password")
	b.do(chromedp.Click(chromedp.CSS("form[data-passkey] button")))
	told("The password is not right.")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#passkey_password").value = ""`))
	b.write("#passkey_password", "correct horse battery")
	b.press("form[data-passkey] button")
	b.sees("The passkey is added.")
	lea, err := s.store.AccountByName(t.Context(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.service.BeginSecondStep(t.Context(), lea); err != nil {
		t.Fatal(err)
	}
	if err := s.service.EndSession(t.Context(), lea, "", ""); err != nil {
		t.Fatal(err)
	}

	b.open("/login?back=/settings/security")
	b.press("form[data-passkey] button")
	b.sees("Two-step sign-in and passkeys", "last used")
	if at := b.address(); at != s.base+"/settings/security" {
		t.Errorf("the passkey leads to %s", at)
	}
	keys, err := s.service.PasskeysOf(t.Context(), lea)
	if err != nil || len(keys) != 1 || keys[0].Name != "My phone" {
		t.Fatalf("passkeys %+v, %v", keys, err)
	}
	b.press("button[name=remove]")
	b.sees("The passkey is removed.")
	command(b, network.ClearBrowserCookies, cdp.Empty{})
	b.open("/login")
	b.press("form[data-passkey] button")
	b.sees("This passkey is not known here.")
}
