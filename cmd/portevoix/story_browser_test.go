package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestStoryInBrowser is the story of TestStory on one server as people meet it: on a
// phone, in French. Those without an account have a browser that runs no scripts.
func TestStoryInBrowser(t *testing.T) {
	t.Parallel()
	needChromium(t)
	s := startInProcess(t, func(c *config.Config) { c.Actions.Sponsors = 1; c.Registration.Guests = "allowed" })
	for _, name := range []string{"lea", "max", "mod", "care"} {
		s.account(name)
	}
	s.forum("telecoms", "mod")
	company, err := s.service.CreateCompany(t.Context(), s.person("max"), forum.NewCompany{Name: "Exemple Télécom", Site: "https://exemple-telecom.example"})
	if err != nil {
		t.Fatal(err)
	}

	// Léa states her case, sees what the world will see, and publishes it.
	lea := s.window("lea", phone, "fr")
	lea.open("/f/telecoms/new?fresh=1")
	lea.do(chromedp.Click(chromedp.CSS("[name=kind][value=grievance]")))
	lea.write("#title", "Prélevée deux fois")
	lea.write("#body", "Deux prélèvements le même jour, et personne ne répond.")
	lea.write("#company", "Exemple Télécom")
	lea.write("#amount", "89")
	lea.fill("#experienced_on", time.Now().AddDate(0, 0, -3).Format(time.DateOnly))
	lea.press("main form button[name=preview]")
	lea.sees("Prélevée deux fois", "Exemple Télécom", "89")
	lea.press("main form .btn.loud")
	lea.sees("Prélevée deux fois", "Exemple Télécom", "89,00", "Ouvert")
	path := lea.path()

	// Ann, who has only a mailbox, says that it happened to her too.
	ann := newBrowser(t, s.base, phone, "fr")
	command(ann, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	ann.open(path)
	ann.press("a[href$='/co-claim']")
	ann.sees("adresse")
	s.clock.advance(time.Minute) // nobody fills a form in no time
	ann.write("#email", "ann@mail.example")
	ann.press("form[action$='/co-claim/mail'] .btn.loud")
	ann.sees("Regardez votre boîte")
	ann.open(s.participationLink())
	ann.press("button[value=confirm]")
	ann.open(path)
	ann.sees("1 personne")

	// Together.
	lea.open(path)
	lea.press("a[href^='/actions/new?case=']")
	lea.sees("Prélevée deux fois")
	lea.do(chromedp.Click(chromedp.CSS("[name=kind][value=petition]")))
	lea.write("#title", "Rendez l’argent")
	lea.write("#text", "Remboursez chaque double prélèvement.")
	lea.fill("#goal", "4")
	lea.fill("#closes_on", time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
	lea.accessible("story-action-form")
	lea.press("main form .btn.loud")
	action := lea.path()
	max := s.window("max", phone, "fr")
	max.open(action)
	max.press("button[name=on][value=true]")
	lea.open(action)
	lea.press(fmt.Sprintf("form[action='%s/publish'] button", action))
	max.open(action)
	max.press("form[action$='/sign'] .btn.loud")
	max.sees("Vous avez signé")
	ann.open(action)
	s.clock.advance(time.Minute)
	ann.write("#sign-email", "ann@mail.example")
	ann.press("form[action$='/mail'] button")
	forumtest.Eventually(t, patience, "the mail to sign", func() bool {
		ann.open(s.participationLink())
		return strings.Contains(ann.text(), "Rendez l’argent")
	})
	ann.press("button[value=confirm]")
	ann.open(action)
	ann.sees("2", "1 par e-mail confirmé", "Prélevée deux fois", "EXEMPLE TÉLÉCOM", "!telecoms")
	lea.open(action)

	// The company answers, and the author says what came of it.
	if _, err := s.service.AskToRepresent(t.Context(), s.person("care"), forum.NewRepresentative{Company: company.Handle(), Method: forum.ProofMail, Email: "care@exemple-telecom.example"}); err != nil {
		t.Fatal(err)
	}
	var link string
	forumtest.Eventually(t, patience, "the mail to the company", func() bool {
		link = claimLinkForm.FindString(s.printed.String())
		return link != ""
	})
	care := s.window("care", phone, "fr")
	care.open(link)
	care.press("main form .btn.loud")
	care.open(path)
	care.press("a[href$='/answer']")
	care.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#choice").value = "accepted/refund"`))
	care.fill("#promise_by", time.Now().AddDate(0, 0, 14).Format(time.DateOnly))
	care.write("#body", "Nous vous remboursons sous quinze jours.")
	care.accessible("story-answer-form")
	care.press("main form .btn.loud")
	care.sees("Nous vous remboursons")
	lea.open(path)
	lea.sees("Nous vous remboursons", "exemple-telecom.example")
	lea.resize(tall)
	lea.accessible("story-answered")
	lea.resize(phone)
	lea.press("button[name=verdict][value=resolved]")
	lea.sees("Résolu")

	// What an association gets.
	thread, _, _ := strings.Cut(path, "-")
	lea.open(thread + "/dossier")
	lea.press("main form .btn.loud")
	forumtest.Eventually(t, patience, "the dossier", func() bool {
		lea.open(thread + "/dossier")
		return ask(lea, chromedp.Evaluate[bool](`document.querySelector("a[href$='.zip']") !== null`))
	})
	lea.accessible("story-dossier")

	// And what only moderators read.
	lea.open(thread)
	lea.press("a[href$='/concerns']")
	lea.write("#words", "On me propose 50 € pour me taire.")
	lea.press("main form .btn.loud")
	lea.sees("La modération l’a reçu.", "On me propose")
	lea.resize(tall)
	lea.accessible("story-concerns")
}

// fill gives a field a value in place of what is there, as a picker does.
func (b *browser) fill(selector, value string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).value = %q`, selector, value)))
}

// path is that of the page that is shown.
func (b *browser) path() string {
	b.t.Helper()
	return ask(b, chromedp.Evaluate[string](`location.pathname`))
}
