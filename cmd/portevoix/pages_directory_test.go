package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestDirectory finds forums by name, language and origin, page by page, and
// follows one from the list.
func TestDirectory(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	for i := range 30 {
		s.forum(fmt.Sprintf("forum%02d", i))
	}
	if err := s.service.UpdateForum(t.Context(), forum.Operator(), "forum07", forum.ForumDetails{Title: "Énergie", Summary: "Gaz", Language: "fr"}); err != nil {
		t.Fatal(err)
	}
	uri := "https://b.example/c/airlines"
	if _, err := s.service.ReceiveActor(t.Context(), &forum.Actor{Kind: forum.Group, Name: "airlines", Host: "b.example", URI: uri, URL: uri, Inbox: uri + "/inbox"}, nil); err != nil {
		t.Fatal(err)
	}
	s.thread(lea, "forum29", "One")
	visitor, member := s.textBrowser(""), s.textBrowser("lea")

	first := visitor.get("/forums").is(http.StatusOK)
	first.shows("forum29", "!forum29@"+s.host(), "Last post", `href="/interact?do=follow`, "after=").lacks("noindex")
	visitor.get("/forums?sort=name").shows("!airlines@b.example", "via b.example", "forum00").lacks("forum29")
	visitor.get("/forums?from=elsewhere").shows("!airlines@b.example", "noindex").lacks("!forum00", "sort=active")
	visitor.get("/forums?from=here&sort=name&q=airlines").shows("No forum matches", `name="from" value="here"`)
	visitor.get("/forums?q=energ&lang=fr").shows("Énergie", `<span lang="fr">Français</span>`).lacks("forum01")
	visitor.get("/forums?after=x").is(http.StatusUnprocessableEntity)
	member.get("/forums?q=energie").shows(`action="/f/forum07/follow"`, `name="back" value="/forums?q=energie"`)

	var names []string
	for at := "/api/portevoix/v1/forums?limit=11&sort=name"; at != ""; {
		answer := s.get(at)
		var list []map[string]any
		if err := json.Unmarshal([]byte(answer.body), &list); err != nil || answer.status != http.StatusOK {
			t.Fatalf("%s: %d %s", at, answer.status, answer.body)
		}
		for _, f := range list {
			names = append(names, f["name"].(string))
		}
		link, _, _ := strings.Cut(strings.TrimPrefix(answer.header.Get("Link"), "<"), ">")
		at = strings.TrimPrefix(link, s.base)
	}
	if len(names) != 31 || !strings.HasPrefix(names[0], "airlines") || names[30] != "forum29" {
		t.Errorf("the API lists %d: %v", len(names), names)
	}
}
