package main

import (
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"portevoix/forum"
)

// TestSecondStepPages sets two-step sign-in up on the pages, signs in with a code
// of the app and with a recovery code, and switches it off.
func TestSecondStepPages(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	v.lea.post("/settings/password", url.Values{"password": {"correct horse battery"}}).leadsTo("/settings#password")
	v.lea.get("/settings").shows(`href="/settings/security"`)
	v.lea.get("/settings/security").is(200).shows("Any authenticator app will do").lacks("<svg xmlns")
	v.lea.post("/settings/security/confirm", url.Values{"code": {"1"}, "current_password": {"correct horse battery"}}).is(409).shows("set up your app first")
	v.lea.post("/settings/security/begin", nil).leadsTo("/settings/security#second-step")
	page := v.lea.get("/settings/security").is(200).shows("<svg xmlns", `role="img"`)
	found := regexp.MustCompile(`[A-Z2-7]{32}`).FindString(page.body)
	if found == "" {
		t.Fatalf("no key to enter by hand in\n%s", page.body)
	}
	v.max.get("/settings/security").lacks(found)
	code := func() url.Values {
		t.Helper()
		code, err := totp.GenerateCode(found, v.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return url.Values{"code": {code[:3] + " " + code[3:]}, "current_password": {"correct horse battery"}, "back": {"/about"}}
	}
	form := code()
	form.Set("current_password", "wrong")
	v.lea.post("/settings/security/confirm", form).is(422).shows("The password is not right.", "<svg xmlns")
	form = code()
	kept := v.lea.post("/settings/security/confirm", form).is(200).shows("Your recovery codes")
	recovery := regexp.MustCompile(`[a-z2-7]{4}(-[a-z2-7]{4}){3}`).FindAllString(kept.body, -1)
	if len(recovery) != 10 {
		t.Fatalf("recovery codes %q", recovery)
	}
	v.warning("lea@mail.example", "two-step sign-in was switched on")
	v.lea.get("/settings/security").shows("You have 10 recovery codes left.").lacks(found, recovery[0])

	phone := v.textBrowser("")
	phone.get("/login/second").is(401)
	login := url.Values{"name": {"lea"}, "password": {"correct horse battery"}, "back": {"/settings"}}
	phone.post("/login", login).leadsTo("/login/second?back=%2Fsettings")
	phone.get("/settings").leadsTo("/login?back=%2Fsettings")
	if back := phone.get("/login/second?back=%2Fsettings").is(200).shows(`autocomplete="one-time-code"`).field("back"); back != "/settings" {
		t.Errorf("the form leads back to %q", back)
	}
	phone.post("/login/second", form).is(422).shows("was used already") // it switched the step on
	v.clock.advance(30 * time.Second)
	form = code()
	phone.post("/login/second", form).leadsTo("/about")
	phone.get("/settings").is(200)
	phone.post("/logout", nil).leadsTo("/")
	phone.post("/login", login).leadsTo("/login/second?back=%2Fsettings")
	phone.post("/login/second", form).is(422).shows("was used already")
	phone.post("/login/second", url.Values{"code": {recovery[0]}}).leadsTo("/")
	phone.get("/settings/security").shows("You have 9 recovery codes left.")

	// A mailed link asks too, and a session that waits for its step is none.
	token, err := v.service.ResetPassword(t.Context(), forum.Operator(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	other := v.textBrowser("")
	other.post("/link/"+token, nil).leadsTo("/login/second?back=%2F")
	other.get("/settings").leadsTo("/login?back=%2Fsettings")
	for range 5 {
		other.post("/login/second", url.Values{"code": {"000 000"}}).is(422)
	}
	other.post("/login/second", url.Values{"code": {recovery[1]}}).is(429)
	v.clock.advance(20 * time.Minute)
	other.post("/login/second", url.Values{"code": {recovery[1]}}).is(401).shows("took too long")
	if token, err = v.service.ResetPassword(t.Context(), forum.Operator(), "lea"); err != nil {
		t.Fatal(err)
	}
	other.post("/link/"+token, nil).leadsTo("/login/second?back=%2F")
	other.post("/login/second", url.Values{"code": {recovery[1]}}).leadsTo("/")

	// Without a password a code confirms.
	other.post("/settings/security/off", nil).is(422)
	other.post("/settings/security/codes", url.Values{"code": {recovery[2]}}).is(200).shows("Your recovery codes").lacks(recovery[3])
	v.warning("lea@mail.example", "new recovery codes were made")
	other.post("/settings/security/off", url.Values{"code": {recovery[3]}}).is(422)
	v.clock.advance(time.Minute)
	other.post("/settings/security/off", code()).leadsTo("/settings/security#second-step")
	v.warning("lea@mail.example", "two-step sign-in was switched off")
	other.get("/settings/security").shows("Two-step sign-in is off.", "Any authenticator app will do")
}
