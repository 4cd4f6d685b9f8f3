package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestCompanyPages makes the page of a company without a script, tells of it, and
// merges it into another.
func TestCompanyPages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	s.account("lea")
	s.account("boss")
	if err := s.service.SetRole(t.Context(), forum.Operator(), "boss", forum.Admin); err != nil {
		t.Fatal(err)
	}
	s.forum("banks")
	lea, boss, visitor := s.textBrowser("lea"), s.textBrowser("boss"), s.textBrowser("")
	form := url.Values{"name": {"Banque <Exemple>"}, "site": {"banque.example"}, "aliases": {"BEx\nBanquex"}, "scheme": {"siren"}, "number": {"732829320"}}
	lea.post("/companies/new", form).is(422).shows("Tick that this is no person")
	form.Set("no_person", "true")
	path := lea.post("/companies/new", form).is(http.StatusSeeOther).header.Get("Location")
	if path != "/c/about_banque_exemple" {
		t.Errorf("made at %s", path)
	}
	visitor.get(path).is(200).shows("Banque &lt;Exemple&gt; (unofficial page)", "Unofficial page", "The company has no part in it.", "banque.example", "732829320", "Banquex", "@about_banque_exemple@"+s.host())
	visitor.get("/companies?q=banque").is(200).shows("Banque &lt;Exemple&gt;")
	visitor.get("/forums").lacks("Banque")
	lea.post("/companies/new", url.Values{"name": {"bex"}, "no_person": {"true"}}).is(http.StatusConflict).shows("Is it one of these?", path)
	lea.post("/companies/new", url.Values{"name": {"Mme Martin"}, "no_person": {"true"}}).is(422).shows("There are no pages about people")
	lea.post(path+"/products", url.Values{"name": {"Gold card"}}).is(http.StatusSeeOther)

	lea.get("/new?company=about_banque_exemple&kind=grievance").keeps(url.Values{"company": {"about_banque_exemple"}}, "company")
	to := lea.post("/new", url.Values{"forum": {"banks"}, "kind": {"grievance"}, "title": {"Card <lost>"}, "body": {"Gone."}, "experienced_on": {"2026-03-02"}, "company": {"about_banque_exemple"}, "product": {"gold card"}}).is(http.StatusSeeOther).header.Get("Location")
	visitor.get(to).shows(`href="`+path+`"`, "Gold card")
	visitor.get(path).shows("Card &lt;lost&gt;", "state=open", "1 case")
	visitor.get(path + "?state=resolved").lacks("Card &lt;lost&gt;")
	visitor.get(path + "/feed.atom").is(200).shows("Card &lt;lost&gt;")
	status, actor := object(t, s.base+path)
	if company, _ := actor["portevoix:company"].(map[string]any); status != 200 || actor["type"] != "Group" || actor["name"] != "Banque <Exemple> (unofficial page)" || company["name"] != "Banque <Exemple>" {
		t.Errorf("%d %v", status, actor)
	}
	_, outbox := object(t, s.base+path+"/outbox?page=1")
	if items, _ := outbox["orderedItems"].([]any); len(items) != 1 {
		t.Errorf("the outbox is %v", outbox)
	}

	// What the API says of it.
	api, anyone := s.program("lea", forum.ScopeRead, forum.ScopeWrite), s.program("")
	made := api.do("POST", "/companies", map[string]any{"name": "Other Bank", "site": "https://other.example", "registry": map[string]any{"scheme": "other", "number": "X 1"}}).is(201).object
	hasFields(t, made, "handle uri url name site aliases registry products cases counts merged_into unofficial following created_at")
	api.do("POST", "/companies", map[string]any{"name": "Jean Dupont"}).is(422)
	api.do("POST", "/companies", map[string]any{"name": "Other bank"}).is(409)
	anyone.do("POST", "/companies", map[string]any{"name": "X"}).is(401)
	shown := anyone.do("GET", "/companies/about_banque_exemple", nil).is(200).object
	sameJSON(t, shown, "cases", `{"open":1}`)
	anyone.do("GET", "/companies/about_nothing", nil).is(404)
	if list := anyone.do("GET", "/companies?q=other", nil).is(200).list; len(list) != 1 || list[0]["handle"] != "about_other_bank" {
		t.Errorf("listed are %v", list)
	}

	// Merged, its old address leads on.
	lea.get(path + "/settings").is(http.StatusForbidden)
	boss.get(path + "/settings").is(200).shows("Merge into another page")
	boss.post(path+"/merge", url.Values{"into": {"about_other_bank"}}).is(http.StatusSeeOther)
	if moved := s.get(path); moved.status != http.StatusMovedPermanently || moved.header.Get("Location") != "/c/about_other_bank" {
		t.Errorf("the old page answers %d and leads to %s", moved.status, moved.header.Get("Location"))
	}
	visitor.get("/c/about_other_bank").shows("Card &lt;lost&gt;", "BEx")
	if _, actor := object(t, s.base+path); !strings.HasSuffix(text(actor, "movedTo"), "/c/about_other_bank") {
		t.Errorf("the old actor is %v", actor)
	}
	lea.post("/c/about_other_bank/merge", url.Values{"into": {"about_banque_exemple"}}).is(http.StatusForbidden)
}
