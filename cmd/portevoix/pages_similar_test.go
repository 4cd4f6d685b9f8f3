package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestSuggestedThreads shows threads like the one that is being written, with and
// without a script, and below a thread what is about the same thing.
func TestSuggestedThreads(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	max := s.account("max")
	s.account("lea")
	s.forum("telecoms")
	one := s.thread(max, "telecoms", "Box broken for <weeks>")
	two := s.thread(max, "telecoms", "The box is broken")
	s.thread(max, "telecoms", "Hidden fees")
	s.settle()
	visitor, lea := s.textBrowser(""), s.textBrowser("lea")

	const heading = "2 threads already look like this one"
	lea.get("/new").shows(`data-similar="/new/similar"`).lacks("already look")
	base, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	part := func(title string) *page { // what the script puts into the page
		t.Helper()
		var cookies []string
		for _, c := range lea.client.Jar.Cookies(base) {
			cookies = append(cookies, c.String())
		}
		answer := s.get("/new/similar?forum=telecoms&title="+url.QueryEscape(title), "Cookie", strings.Join(cookies, "; "))
		return (&page{t: t, what: title, status: answer.status, body: answer.body}).is(http.StatusOK)
	}
	part("broken boxes").shows(heading, "The box is broken", "Box broken for &lt;weeks&gt;", `target="_blank"`).lacks("Hidden fees", "<html")
	part("unicorns").lacks("<")
	visitor.get("/new/similar?title=box").leadsTo("/login?back=" + url.QueryEscape("/new/similar?title=box"))
	lea.post("/new", url.Values{"forum": {"telecoms"}, "kind": {"question"}, "title": {"My box is broken"}, "body": {"Since March."}, "preview": {"true"}}).shows(heading, "Since March.")

	visitor.get("/t/"+one.ID.String()).shows("About the same thing", "The box is broken").lacks("Hidden fees")
	lea.post("/u/max/mute", url.Values{"on": {"true"}})
	lea.get("/t/" + one.ID.String()).lacks("About the same thing")
	part("broken box").lacks("<")

	list := func(path string) string {
		t.Helper()
		var found []map[string]any
		answer := s.get("/api/portevoix/v1" + path)
		if err := json.Unmarshal([]byte(answer.body), &found); err != nil || answer.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, answer.status, answer.body)
		}
		var titles []string
		for _, th := range found {
			if th["body"] == "" {
				t.Errorf("%s: without its text: %v", path, th)
			}
			titles = append(titles, th["title"].(string))
		}
		return strings.Join(titles, " | ")
	}
	if got := list("/threads/" + two.ID.String() + "/related"); got != "Box broken for <weeks>" {
		t.Errorf("related: %s", got)
	}
	if got := list("/threads/similar?limit=1&title=" + url.QueryEscape("box, broken")); got != "The box is broken" {
		t.Errorf("similar: %s", got)
	}
	if got := s.get("/api/portevoix/v1/threads/similar"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("without a title: %d", got.status)
	}
	if got := s.get("/api/portevoix/v1/threads/" + forum.ID(7).String() + "/related"); got.status != http.StatusNotFound {
		t.Errorf("of no thread: %d", got.status)
	}
}

// TestCompletions asks what a word that is begun may become, as the script of a
// form and as a program do.
func TestCompletions(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.account("max")
	s.forum("telecoms")
	if _, err := s.service.StartThread(t.Context(), lea, forum.NewThread{Forum: "telecoms", Title: "t", Body: "#Téléphone"}); err != nil {
		t.Fatal(err)
	}
	b, p := s.textBrowser("lea"), s.program("lea", forum.ScopeRead)
	s.textBrowser("").get("/new/complete?word=@m").is(http.StatusSeeOther)
	p.do(http.MethodGet, "/completions?word=@m", nil).is(http.StatusOK)
	if got := s.get("/api/portevoix/v1/completions?word=@m"); got.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", got.status)
	}
	for word, want := range map[string][2]string{
		"@m":   {`{"status":"One suggestion; the down arrow leads to it.","options":[{"text":"@max"}]}`, `"handle":"max"`},
		"#TEL": {`"options":[{"text":"#Téléphone"}]`, `[{"text":"#Téléphone","actor":null}]`},
		"!te":  {`{"text":"!telecoms"}`, `"handle":"telecoms"`},
		"x":    {`"options":[]`, `[]`},
	} {
		b.get("/new/complete?word=" + url.QueryEscape(word)).is(http.StatusOK).shows(want[0])
		if got := p.do(http.MethodGet, "/completions?word="+url.QueryEscape(word), nil).is(http.StatusOK); !strings.Contains(got.body, want[1]) {
			t.Errorf("%s: %s", word, got.body)
		}
	}
	if _, err := s.service.CreateCompany(t.Context(), lea, forum.NewCompany{Name: "Example Bank", Site: "https://bank.example", Aliases: []string{"EB <b>"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.AddProduct(t.Context(), lea, "about_example_bank", forum.NewProduct{Name: "Gold card", GTIN: "4006381333931"}); err != nil {
		t.Fatal(err)
	}
	s.textBrowser("").get("/new/companies?begun=exa").is(http.StatusSeeOther)
	s.textBrowser("").get("/new/products?company=about_example_bank").is(http.StatusSeeOther)
	b.get("/new/companies?begun=exa").is(http.StatusOK).shows(`[{"value":"about_example_bank","label":"Example Bank · EB \u003cb\u003e · bank.example"}]`)
	b.get("/new/companies?begun=zzz").is(http.StatusOK).shows(`[]`)
	for _, company := range []string{"about_example_bank", "Example+Bank"} {
		b.get("/new/products?company=" + company).is(http.StatusOK).shows(`[{"value":"Gold card","label":"4006381333931"}]`)
	}
	b.get("/new/products?company=nobody").is(http.StatusOK).shows(`[]`)
	for range 300 {
		if b.get("/new/complete?word=x").status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("there is no end of asking")
}
