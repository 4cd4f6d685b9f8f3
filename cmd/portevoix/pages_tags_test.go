package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestTagPages finds threads by their hashtags, follows one and lets go of it.
func TestTagPages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	max := s.account("max")
	s.account("lea")
	s.forum("banks")
	th, err := s.service.StartThread(t.Context(), max, forum.NewThread{Forum: "banks", Title: "Charged twice", Body: "No refund. #Remboursé <#x>"})
	if err != nil {
		t.Fatal(err)
	}
	s.thread(max, "banks", "Other")
	visitor, lea := s.textBrowser(""), s.textBrowser("lea")

	visitor.get("/t/" + th.ID.String()).shows(`href="` + s.base + `/tags/rembourse" class="mention hashtag"`)
	page := visitor.get("/tags/" + url.PathEscape("REMBOURSÉ")).is(http.StatusOK)
	page.shows("<h1>#Remboursé</h1>", "Charged twice", s.base+"/tags/rembourse", `href="/tags/rembourse/feed.atom"`).lacks("Other", "noindex")
	visitor.get("/tags/unicorns").is(http.StatusOK).shows("noindex")
	visitor.get("/tags/42").is(http.StatusNotFound)
	visitor.get("/?tag=rembourse&kind=question").shows("#rembourse ×").lacks("Charged twice")
	visitor.get("/f/banks?tag=%23rembourse&sort=new").shows("Charged twice", "kind=question&amp;sort=new&amp;tag=rembourse", `<a href="/tags/Rembours%C3%A9" rel="tag">#Remboursé</a>`).lacks("Other")
	visitor.get(searchPath("#Remboursé")).leadsTo("/tags/Rembours%C3%A9")
	if feed := s.get("/tags/rembourse/feed.json"); feed.status != http.StatusOK || strings.Count(feed.body, `"content_html"`) != 1 || !strings.Contains(feed.body, `"Remboursé"`) {
		t.Errorf("the feed: %d %s", feed.status, feed.body)
	}

	visitor.post("/tags/rembourse/follow", url.Values{"on": {"true"}}).leadsTo("/login?back=%2F")
	lea.post("/tags/rembourse/follow", url.Values{"on": {"true"}}).leadsTo("/tags/rembourse")
	lea.get("/home").shows("Charged twice", `<a href="/tags/rembourse">#rembourse</a>`).lacks("Other")
	lea.get("/tags/rembourse").shows(`value="false"`)
	lea.post("/tags/rembourse/follow", url.Values{"on": {"false"}}).leadsTo("/tags/rembourse")
	lea.get("/home").lacks("Charged twice", "/tags/rembourse\"")
	lea.post("/tags/42/follow", url.Values{"on": {"true"}}).is(http.StatusUnprocessableEntity)

	var list []map[string]any
	if err := json.Unmarshal([]byte(s.get("/api/portevoix/v1/threads?tag=rembourse").body), &list); err != nil || len(list) != 1 || list[0]["tags"].([]any)[0] != "Remboursé" {
		t.Errorf("the API: %v %v", list, err)
	}
	if note := s.get("/t/"+th.ID.String(), "Accept", "application/activity+json"); !strings.Contains(note.body, `{"href":"`+s.base+`/tags/rembourse","name":"#Remboursé","type":"Hashtag"}`) {
		t.Errorf("as ActivityStreams: %s", note.body)
	}
	if got := s.get("/api/portevoix/v1/tags/x/follow"); got.status != http.StatusMethodNotAllowed {
		t.Errorf("without a token: %d", got.status)
	}
}
