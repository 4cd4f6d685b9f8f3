package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

// listKeeper is a server that keeps a list.
type listKeeper struct {
	*httptest.Server
	mu        sync.Mutex
	list      string
	changed   time.Time
	unchanged int
}

func startListKeeper(t *testing.T, list string) *listKeeper {
	t.Helper()
	k := &listKeeper{list: list, changed: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mu.Lock()
		defer k.mu.Unlock()
		if r.Header.Get("Signature") != "" || r.Header.Get("Cookie") != "" {
			t.Error("the list is asked for by name")
		}
		if r.URL.Path != "/list.csv" {
			http.NotFound(w, r)
			return
		}
		if r.Header.Get("If-Modified-Since") == k.changed.Format(http.TimeFormat) {
			k.unchanged++
		}
		http.ServeContent(w, r, "list.csv", k.changed, strings.NewReader(k.list))
	}))
	t.Cleanup(k.Close)
	return k
}

// write changes the list.
func (k *listKeeper) write(list string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list, k.changed = list, k.changed.Add(time.Minute)
}

const blockList = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nbad.example,suspend,false,false,Spam <b>waves</b>,true\nloud.example,silence,true,false,,false\n"

// TestPeerListPages has an administrator follow a list: look, accept, be told, end it;
// and publish what is limited here.
func TestPeerListPages(t *testing.T) {
	t.Parallel()
	v := newVillage(t, func(c *config.Config) { c.Federation.PublishPeers = true })
	keeper := startListKeeper(t, blockList)
	const path = "/moderation/peers/lists"
	v.ada.get("/moderation/peers").is(200).shows(`href="` + path + `"`)
	v.ada.get(path).is(200).shows("No list is followed.")
	form := url.Values{"url": {keeper.URL + "/list.csv"}, "ceiling": {"block"}, "dry_run": {"true"}}
	v.ada.post(path, url.Values{"url": {keeper.URL + "/none"}, "ceiling": {"block"}}).is(422).shows("The list cannot be had")
	v.ada.post(path, url.Values{"url": {"nonsense"}, "ceiling": {"block"}}).is(422).shows("This is no address of a list")
	v.ada.post(path, form).is(200).shows("Nothing was changed", "2 new proposals", "bad.example", "No list is followed.")
	form.Del("dry_run")
	list := v.ada.post(path, form).is(303).header.Get("Location")
	v.ada.get(path).is(200).shows(keeper.URL+"/list.csv", "2 entries", "2 proposals")
	v.ada.post(path, form).is(409).shows("followed already")
	v.ada.get(list).is(200).shows("Spam &lt;b&gt;waves", "loud.example", "limited, no media")
	v.ada.post(list, url.Values{"do": {"nonsense"}}).is(404)
	v.ada.post(list, url.Values{"do": {"accept"}, "host": {"bad.example"}}).leadsTo(list)
	v.ada.post(list, url.Values{"do": {"refuse"}, "host": {"loud.example"}}).leadsTo(list)
	v.ada.get(list).is(200).lacks("loud.example")
	v.ada.get("/moderation/peers/bad.example").is(200).shows("This rule comes from a list:", `href="`+list+`"`)

	// Ours, for others.
	published := v.get("/peers.csv")
	if published.status != 200 || published.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(published.body, "\nb**.example,suspend,") || strings.Contains(published.body, "bad.example") || strings.Contains(published.body, "loud") {
		t.Errorf("the published list: %d %v\n%s", published.status, published.header, published.body)
	}

	// The next day: unchanged, then broken, then mended.
	day := func() {
		t.Helper()
		v.clock.advance(25 * time.Hour)
		if err := v.service.WorkPeerLists(t.Context(), forum.PeerListsJob{}); err != nil {
			t.Fatal(err)
		}
	}
	day()
	if keeper.unchanged != 1 {
		t.Errorf("asked for changes %d times", keeper.unchanged)
	}
	keeper.write("<html>gone</html>\n")
	day()
	v.ada.get(list).is(200).shows("It was not taken over: It could not be read.")
	v.ada.get("/notifications").is(200).shows("A list of servers that is followed here wants to be looked at", `href="`+list)
	v.ada.post(list, url.Values{"do": {"read"}}).is(422).shows("The list cannot be read")
	keeper.write(blockList + "new.example\n")
	v.ada.post(list, url.Values{"do": {"look"}}).is(200).shows("1 new proposal")
	v.ada.post(list, url.Values{"do": {"read"}}).leadsTo(list)
	v.ada.get(list).is(200).shows("new.example").lacks("It was not taken over")
	many := blockList
	for i := range 30 {
		many += "n" + forum.ID(i).String() + ".example\n"
	}
	keeper.write(many)
	v.ada.post(list, url.Values{"do": {"read"}}).is(409).shows("30 entries came and 1 went", "Take it over although")
	v.ada.post(list, url.Values{"do": {"read-anyway"}}).leadsTo(list)
	v.ada.post(list, url.Values{"do": {"end"}, "keep": {"true"}}).leadsTo(path)
	v.ada.get(list).is(404)
	v.ada.get("/moderation/peers?show=limited").is(200).shows("bad.example")
	v.ada.post("/moderation/peers/lift", url.Values{"host": {"bad.example"}}).is(303)

	// A long list is shown in part, and accepted as a whole.
	long := blockList
	for i := range 600 {
		long += "m" + forum.ID(i).String() + ".example\n"
	}
	keeper.write(long)
	list = v.ada.post(path, form).is(303).header.Get("Location")
	v.ada.get(list).is(200).shows("The first 500 of 602", "Accept all 602")
	v.ada.post(list, url.Values{"do": {"accept-all"}}).leadsTo(list)
	v.ada.get(list).is(200).shows("602 rules").lacks("Proposals")
	v.ada.post(list, url.Values{"do": {"end"}}).leadsTo(path)

	// The same for programs.
	admin, member := v.program("ada", forum.ScopeRead, forum.ScopeWrite), v.program("lea", forum.ScopeRead, forum.ScopeWrite)
	keeper.write(blockList)
	in := map[string]any{"url": keeper.URL + "/list.csv", "ceiling": "limit", "dry_run": true}
	for _, c := range [][2]string{{"GET", "/peer-lists"}, {"POST", "/peer-lists"}, {"POST", "/peer-lists/1/read"}, {"GET", "/peer-lists/1/proposals"}, {"POST", "/peer-lists/1/proposals"}, {"DELETE", "/peer-lists/1"}} {
		var body any
		if c[0] == "POST" {
			body = map[string]any{}
		}
		member.do(c[0], c[1], body).is(403)
	}
	if dry := admin.do("POST", "/peer-lists", in).is(200).object; dry["list"] != nil || len(dry["change"].(map[string]any)["proposed"].([]any)) != 2 {
		t.Errorf("a dry run: %v", dry)
	}
	in["dry_run"] = false
	added := admin.do("POST", "/peer-lists", in).is(200).object["list"].(map[string]any)
	sameJSON(t, added, "ceiling", `"limit"`)
	sameJSON(t, added, "proposed", "2")
	at := "/peer-lists/" + text(added, "id")
	admin.do("POST", "/peer-lists", in).is(409)
	if list := admin.do("GET", "/peer-lists", nil).is(200).list; len(list) != 1 || text(list[0], "url") != keeper.URL+"/list.csv" || list[0]["problem"] != nil {
		t.Errorf("the lists are %v", list)
	}
	if proposals := admin.do("GET", at+"/proposals", nil).is(200).list; len(proposals) != 2 || text(proposals[0], "host") != "bad.example" || text(proposals[0], "severity") != "limit" {
		t.Errorf("it proposes %v", proposals)
	}
	if change := admin.do("POST", at+"/proposals", map[string]any{"hosts": []string{"bad.example"}, "accept": true}).is(200).object; len(change["added"].([]any)) != 1 {
		t.Errorf("accepted: %v", change)
	}
	if rules := admin.do("GET", "/peer-rules", nil).is(200).list; len(rules) != 1 || text(rules[0], "list") != text(added, "id") {
		t.Errorf("the rules are %v", rules)
	}
	admin.do("POST", at+"/read", map[string]any{"dry_run": true}).is(200)
	keeper.write(many)
	admin.do("POST", at+"/read", map[string]any{}).is(409)
	admin.do("POST", at+"/read", map[string]any{"confirmed": true}).is(200)
	admin.do("DELETE", at+"?keep=false", nil).is(204)
	admin.do("DELETE", at, nil).is(404)
	if rules := admin.do("GET", "/peer-rules", nil).is(200).list; len(rules) != 0 {
		t.Errorf("the rules are %v", rules)
	}
}

// TestPeersUnpublished holds that our list is nobody's business unless that is wanted,
// and that no list inside the network is read.
func TestPeersUnpublished(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Federation.AllowNetworks = nil })
	if got := s.get("/peers.csv"); got.status != http.StatusNotFound {
		t.Errorf("the list is answered %d", got.status)
	}
	keeper := startListKeeper(t, blockList)
	for _, address := range []string{keeper.URL + "/list.csv", strings.Replace(keeper.URL, "http:", "https:", 1) + "/list.csv"} {
		_, _, err := s.service.SubscribePeerList(t.Context(), forum.Operator(), forum.NewPeerList{URL: address}, true)
		if e := forum.CodeOf(err); e != forum.Invalid {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestPeerListsInBrowser looks at the page of a list with proposals and a problem.
func TestPeerListsInBrowser(t *testing.T) {
	t.Parallel()
	needChromium(t)
	s := startInProcess(t, nil)
	s.account("ada")
	if err := s.service.SetRole(t.Context(), forum.Operator(), "ada", forum.Admin); err != nil {
		t.Fatal(err)
	}
	keeper := startListKeeper(t, blockList)
	l, _, err := s.service.SubscribePeerList(t.Context(), forum.Operator(), forum.NewPeerList{URL: keeper.URL + "/list.csv?of=" + strings.Repeat("everybody", 20)}, false)
	if err != nil {
		t.Fatal(err)
	}
	keeper.write("?\n")
	if _, err := s.service.ReadPeerList(t.Context(), forum.Operator(), l.ID, forum.PeerListReading{}); err == nil {
		t.Error("a broken list is read")
	}
	b := s.window("ada", phone, "fr")
	b.open("/moderation/peers/lists/" + l.ID.String())
	b.sees("Propositions", "bad.example")
	b.accessible("peer-list")
	b.open("/moderation/peers/lists")
	b.accessible("peer-lists")
}

// TestPeerListCommands follows a list from the command line.
func TestPeerListCommands(t *testing.T) {
	t.Parallel()
	keeper := startListKeeper(t, blockList)
	c := newTerminal(t)
	address := regexp.QuoteMeta(keeper.URL + "/list.csv")
	c.steps([]step{
		{line: "peer subscribe " + keeper.URL + "/list.csv --dry-run", out: `proposed +bad.example: limit \(Spam.*\n.*\nNothing was changed. 0 new rules, 0 changed, 0 lifted, 2 proposed`},
		{line: "peer subscribe " + keeper.URL + "/list.csv --ceiling block", out: `The list [0-9]+ is followed`},
		{line: "peer subscribe " + keeper.URL + "/none", code: exitFailed, errs: `cannot be had`},
		{line: "peer lists", out: `(?m)^[0-9]+ +` + address + ` +block +if accepted +2 +0 +2 `},
		{line: "peer lists " + keeper.URL + "/list.csv", out: `(?m)^bad.example: block`},
		{line: "peer decide " + keeper.URL + "/list.csv bad.example", out: `new +bad.example: block`},
		{line: "peer decide " + keeper.URL + "/list.csv --refuse", out: `0 new rules`},
		{line: "peer read " + keeper.URL + "/list.csv", out: `0 new rules, 0 changed, 0 lifted, 0 proposed`},
		{line: "peer unsubscribe nowhere", code: exitFailed, errs: `no list nowhere is followed`},
		{line: "peer unsubscribe " + keeper.URL + "/list.csv", out: `1 rules were lifted`},
	})
}
