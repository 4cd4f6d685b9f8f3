package main

import (
	"net/http"
	"net/url"
	"testing"

	"portevoix/forum/forumtest"
)

// TestCompaniesAcrossServers follows the page of a company from another server,
// where a case about it then shows the same facts, and where it stands.
func TestCompaniesAcrossServers(t *testing.T) {
	t.Parallel()
	home, away := newProcess(t).start(), newProcess(t).start()
	lea, max := home.person("lea"), away.person("max")
	home.must("forum", "create", "telecoms", "--title", "Telecoms")
	if status, made := lea.api(http.MethodPost, "/companies", map[string]any{"name": "Exemple Télécom", "site": "telecom.example"}); status != http.StatusCreated {
		t.Fatalf("company: %d %v", status, made)
	}
	page := "about_exemple_telecom@" + home.addr
	if status, answer := max.api(http.MethodPost, "/forums/"+page+"/follow", nil); status != http.StatusOK {
		t.Fatalf("follow: %d %v", status, answer)
	}
	forumtest.Eventually(t, patience, "the Accept", func() bool {
		_, f := max.api(http.MethodGet, "/companies/"+page, nil)
		return f["following"] == "accepted" && f["name"] == "Exemple Télécom"
	})
	status, th := lea.api(http.MethodPost, "/threads", map[string]any{"forum": "telecoms", "kind": "grievance", "title": "Box never came", "body": "Ordered, paid, waited.", "language": "en",
		"case": map[string]any{"company": "about_exemple_telecom", "product": "Box", "experienced_on": "2026-03-02", "amount": map[string]any{"value": "89", "currency": "EUR"}, "wants": []string{"refund"}}})
	if status != http.StatusCreated {
		t.Fatalf("case: %d %v", status, th)
	}
	copied := func() map[string]any { return byURI(max.list("/threads?sort=new"), th) }
	forumtest.Eventually(t, patience, "the case on the other server", func() bool { return copied() != nil })
	facts, _ := copied()["case"].(map[string]any)
	if copied()["kind"] != "grievance" || facts["company"] != page || facts["company_name"] != "Exemple Télécom" || facts["experienced_on"] != "2026-03-02" || facts["product"] != "Box" || copied()["state"] != "open" {
		t.Errorf("the copy states %v of %v", facts, copied())
	}
	lea.submit("/t/"+text(th, "id")+"/state", url.Values{"state": {"resolved"}})
	forumtest.Eventually(t, patience, "where it stands", func() bool { return copied()["state"] == "resolved" })
	if c := copied(); c["edited_at"] != nil || c["content"] != th["content"] {
		t.Errorf("the text has changed too: %v", c)
	}
	forumtest.Eventually(t, patience, "what the page counts", func() bool {
		_, c := max.api(http.MethodGet, "/companies/"+page, nil)
		cases, _ := c["cases"].(map[string]any)
		return cases["resolved"] == float64(1)
	})
}
