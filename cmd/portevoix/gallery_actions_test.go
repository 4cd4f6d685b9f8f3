package main

import (
	"net/http"
	"time"
)

// actions starts a petition with some news and a second text, a letter and a
// draft; it returns their pages.
func (u *person) actions(forum string) (petition, letter, draft string) {
	u.p.t.Helper()
	until := time.Now().AddDate(0, 2, 0).Format(time.DateOnly)
	start := func(a map[string]any) string {
		a["closes_on"], a["forum"] = until, forum
		_, made := u.api(http.MethodPost, "/actions", a)
		return text(made, "handle")
	}
	handle := start(map[string]any{"kind": "petition", "title": "That the operator refunds the double debits of March unasked", "language": "en", "goal": 1000,
		"text": "We were debited twice between 1 and 9 March 2026.\n\nWe ask that **every** sum be given back."})
	u.api(http.MethodPost, "/actions/"+handle+"/publish", nil)
	u.api(http.MethodPost, "/actions/"+handle+"/papers", map[string]any{"number": 412, "place": "Lyon, market", "note": "sheets 1 to 20"})
	u.api(http.MethodPost, "/actions/"+handle+"/updates", map[string]any{"title": "They answered", "body": "They *look into it*."})
	u.api(http.MethodPost, "/actions/"+handle+"/versions", map[string]any{"text": "We were debited twice between 1 and 9 March 2026.\n\nWe ask that **every** sum be given back before 30 April.", "change": "They asked for a date: here it is."})
	letter = start(map[string]any{"kind": "letter", "title": "Give the deposit back", "language": "en", "text": "I ask for my deposit.", "recipient": "Example Ltd\n1 High Street\nLondon"})
	u.api(http.MethodPost, "/actions/"+letter+"/publish", nil)
	draft = start(map[string]any{"kind": "gathering", "title": "In front of the shop", "language": "en", "text": "We meet.", "place": "Place Bellecour, Lyon", "starts_at": time.Now().AddDate(0, 1, 0).Format(time.RFC3339), "draft": true})
	return "/a/" + handle, "/a/" + letter, "/a/" + draft
}
