package main

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// participationLink finds the newest link in the mail so far by which somebody
// without an account is counted.
func (s *inProcess) participationLink() string {
	s.t.Helper()
	var links []string
	forumtest.Eventually(s.t, patience, "a mail with a link", func() bool {
		links = regexp.MustCompile(`/participation/[0-9]+\.[a-f0-9]+`).FindAllString(s.printed.String(), -1)
		return len(links) > 0
	})
	return links[len(links)-1]
}

// grievance opens a grievance.
func (s *inProcess) grievance(by *forum.Account, name, title string) *forum.Thread {
	s.t.Helper()
	th, err := s.service.StartThread(s.t.Context(), by, forum.NewThread{Forum: name, Kind: forum.Grievance, Title: title, Body: "Charged twice.", Language: "en",
		Case: &forum.NewCase{Company: "Bank", ExperiencedOn: s.service.Now().Add(-48 * time.Hour).Format(time.DateOnly)}})
	if err != nil {
		s.t.Fatal(err)
	}
	return th
}

// TestCountedPages joins a case with an account and without, looks at who is
// counted, takes somebody out, and counts again from the open data.
func TestCountedPages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.account("max")
	s.account("mod")
	s.forum("banks", "mod")
	path := "/t/" + s.grievance(lea, "banks", "Charged twice").ID.String()
	talk := "/t/" + s.thread(lea, "banks", "Talk").ID.String()
	visitor, author, member, mod := s.textBrowser(""), s.textBrowser("lea"), s.textBrowser("max"), s.textBrowser("mod")

	visitor.get(talk).lacks("It happened to me too")
	visitor.get(talk + "/co-claim").is(http.StatusConflict)
	visitor.get(talk + "/counted").is(http.StatusNotFound)
	author.get(path).lacks(`action="` + path + `/co-claim"`)
	author.post(path+"/co-claim", nil).is(http.StatusConflict)
	member.get(path).shows("Nobody else has said so yet.")
	member.post(path+"/co-claim", url.Values{"experienced_on": {"2099-01-01"}}).is(http.StatusUnprocessableEntity)
	member.post(path+"/co-claim", url.Values{"amount": {"12.50"}, "currency": {"EUR"}, "words": {"=1+1"}, "name_shown": {"true"}}).is(http.StatusSeeOther)
	member.get(path).shows("You are counted", "1 person says", "1 account here")
	member.get(path+"/co-claim").shows(`value="12.50"`, "Count me out")

	page := visitor.get(path+"/co-claim").is(http.StatusOK).shows("#affected", "With an e-mail address", "noindex").lacks("checked")
	stamp := regexp.MustCompile(`name="stamp" value="([^"]+)"`).FindStringSubmatch(page.body)[1]
	s.clock.advance(5 * time.Second)
	visitor.post(path+"/co-claim/mail", url.Values{"stamp": {stamp}, "email": {"no address"}}).is(http.StatusUnprocessableEntity)
	visitor.post(path+"/co-claim/mail", url.Values{"stamp": {stamp}, "email": {"Ann.Onyme+1@gmail.com"}}).is(http.StatusOK).shows("Look into your mailbox")
	link := s.participationLink()
	visitor.get(link).is(http.StatusOK).shows("Yes, count me", "Charged twice").lacks("gmail")
	visitor.get(path).shows("1 person says") // a scanner that opens the link counts nobody
	visitor.post(link, url.Values{"step": {"confirm"}}).leadsTo(link)
	visitor.get(link).shows("Withdraw").lacks("gmail")
	visitor.get(path).shows("2 people say", "1 by confirmed e-mail")
	visitor.post(link, url.Values{"List-Unsubscribe": {"One-Click"}}).is(http.StatusNoContent)
	visitor.get(path).shows("1 person says")
	visitor.post(link, url.Values{"step": {"confirm"}}).leadsTo(link)

	counted := visitor.get(path+"/counted").is(http.StatusOK).shows("With a confirmed e-mail address", "With an account on this server", "<svg", "Nobody was taken out", ">max<").lacks("moderate", "gmail", "=1+1")
	if !strings.Contains(counted.body, "counted.csv") {
		t.Error("the data is not linked")
	}
	visitor.get(path + "/counted/moderate").is(http.StatusSeeOther)
	member.get(path + "/counted/moderate").is(http.StatusForbidden)
	mod.get(path+"/counted/moderate").shows("=1+1", "same network").lacks("gmail")
	mod.get(path + "/counted/moderate?tier=email").shows("1 person would be taken out.")
	mod.post(path+"/counted/moderate", url.Values{"tier": {"email"}}).is(http.StatusUnprocessableEntity)
	mod.post(path+"/counted/moderate", url.Values{"reason": {"all"}}).is(http.StatusUnprocessableEntity)
	member.post(path+"/counted/moderate", url.Values{"tier": {"email"}, "reason": {"no"}}).is(http.StatusForbidden)
	mod.post(path+"/counted/moderate", url.Values{"tier": {"email"}, "reason": {"A test"}}).is(http.StatusSeeOther)
	visitor.get(path+"/counted").shows("1 person taken out", "A test", "With a confirmed e-mail address")
	visitor.get(path).shows("1 more was taken out of the count.")
	s.recountFrom(path)
	undo := regexp.MustCompile(path + `/counted/[0-9]+/undo`).FindString(mod.get(path + "/counted/moderate").body)
	mod.post(undo, nil).is(http.StatusSeeOther)
	visitor.get(path).shows("2 people say")
	member.post(path+"/co-claim", url.Values{"on": {"false"}}).is(http.StatusSeeOther)
	visitor.get(path).shows("1 person says")
	s.recountFrom(path)
}

// recountFrom counts again from the open data of a subject, and compares that with
// what is published.
func (s *inProcess) recountFrom(path string) {
	s.t.Helper()
	var open struct {
		Counted int
		Tally   map[string]int
		Lines   []struct {
			Tier, State, Server, ID string
			Number                  int
		}
	}
	if err := json.Unmarshal([]byte(s.get(path+"/counted.json").body), &open); err != nil {
		s.t.Fatal(err)
	}
	again, counted := map[string]int{}, 0
	for _, l := range open.Lines {
		switch l.State {
		case "counted":
			again[l.Tier] += l.Number
			counted += l.Number
		case "invalidated":
			again["invalidated"] += l.Number
		}
	}
	for tier, n := range open.Tally {
		if again[tier] != n {
			s.t.Errorf("%s: published are %d %s, the data says %d", path, n, tier, again[tier])
		}
	}
	if counted != open.Counted {
		s.t.Errorf("%s: published are %d, the data says %d", path, open.Counted, counted)
	}
	rows, err := csv.NewReader(strings.NewReader(s.get(path + "/counted.csv").body)).ReadAll()
	if err != nil || len(rows) != len(open.Lines)+1 {
		s.t.Errorf("%d rows for %d lines: %v", len(rows), len(open.Lines), err)
	}
}
