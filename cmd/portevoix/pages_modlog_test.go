package main

import (
	"net/url"
	"regexp"
	"testing"

	"portevoix/forum"
)

// TestModlog has moderators decide, and reads the log as those do whom it concerns
// more or less.
func TestModlog(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	const server, own = "/modlog", "/f/telecoms/modlog"
	v.visitor.get(own).is(200).shows("No decisions")
	v.lea.post("/p/"+v.reply+"/reply", url.Values{"body": {"What was that?"}})
	v.mia.post("/p/"+v.reply+"/delete", url.Values{"reason": {"Rude <b>words</b>."}})
	v.mia.post("/f/telecoms/bans", url.Values{"who": {"max"}, "days": {"3"}, "reason": {"Again."}})
	v.mia.post("/t/"+v.thread+"/lock", url.Values{"on": {"true"}})
	v.ada.post("/moderation/suspend", url.Values{"handle": {"lea"}, "reason": {"Advertisements."}})
	v.ada.post("/moderation/peers", url.Values{"host": {"spam.example"}, "severity": {"block"}, "reason": {"Waves of it."}})

	// Everybody reads what was decided, and why; not about whom, nor by whom.
	for _, reader := range []*textBrowser{v.visitor, v.max} {
		reader.get(own).is(200).shows("Rude &lt;b&gt;words&lt;/b&gt;.", `href="/p/`+v.reply+`"`, "Again.", "until ", "An account", "by the moderators", "Thread closed").lacks("<b>words", ">@max<", "@mia", "Advertisements.")
		reader.get(server).is(200).shows("Rude &lt;b&gt;words", "Advertisements.", "by the administrators", "!telecoms").lacks(">@lea<", "@ada", "@mia", "spam.example", "Waves of it.", "Server blocked")
	}
	v.mia.get(own).is(200).shows(">@max<", ">@mia<")
	v.mia.get(server).shows(">@max<", ">@mia<").lacks(">@lea<", ">@ada<", "spam.example")
	v.ada.get(server).is(200).shows(">@max<", ">@mia<", ">@lea<", ">@ada<", "spam.example", "Waves of it.")
	v.visitor.get(server+"?kind=banned").shows("Again.").lacks("Rude &lt;b", "Advertisements.")
	v.visitor.get("/f/telecoms").shows(`href="` + own + `"`)
	v.visitor.get("/about").shows(`href="` + server + `"`)
	v.visitor.get(own+"/feed.atom").is(200).shows("Rude &amp;lt;b", "Again.").lacks("max", "mia")
	v.visitor.get(server+"/feed.json?kind=removed").is(200).shows("Rude").lacks("Again.", "mia")

	// Where something was removed, its place leads to the decision; once that is taken
	// back, each leads to the other.
	v.max.get("/t/" + v.thread).is(200).shows(`href="/modlog?post=` + v.reply + `"`)
	found := regexp.MustCompile(`/modlog/\d+`)
	removal := found.FindString(v.visitor.get("/modlog?post=" + v.reply).is(200).shows("Rude").lacks("Again.").body)
	v.mia.post("/p/"+v.reply+"/restore", nil)
	v.visitor.get(removal).is(200).shows("This was taken back", "Rude").lacks("@mia")
	restoring := found.FindString(v.visitor.get(own).is(200).body)
	v.visitor.get(restoring).is(200).shows(`href="` + removal + `"`)
	v.mia.get(removal).shows(">@mia<")
	blocking := found.FindString(v.ada.get(server + "?kind=peer_blocked").body)
	v.visitor.get(blocking).is(404)
	v.ada.get(blocking).is(200).shows("spam.example")

	// The same by the API, where a token that does not read is nobody's.
	api := "/decisions/" + removal[len(server)+1:]
	if d := v.program("").do("GET", api, nil).is(200).object; d["moderator"] != nil || d["by"] != "moderators" || text(d, "reason") != "Rude <b>words</b>." || text(d, "undone_by") != restoring[len(server)+1:] {
		t.Errorf("a visitor is told %v", d)
	}
	if d := v.program("mia", forum.ScopeRead).do("GET", api, nil).is(200).object; d["moderator"] == nil {
		t.Errorf("who moderates is told %v", d)
	}
	if d := v.program("mia", forum.ScopeWrite).do("GET", api, nil).is(200).object; d["moderator"] != nil {
		t.Errorf("a token that only writes is told %v", d)
	}
	v.program("").do("GET", "/decisions?kind=x", nil).is(422)
	v.program("").do("GET", "/decisions?forum=nothing", nil).is(404)
	v.program("").do("GET", "/decisions"+blocking[len(server):], nil).is(404)
	one := v.program("").do("GET", "/decisions?forum=telecoms&limit=1&kind=banned", nil).is(200)
	if len(one.list) != 1 || one.list[0]["subject"].(map[string]any)["account"] != nil {
		t.Errorf("bans are listed as %v", one.list)
	}
	if list := v.program("").do("GET", "/decisions?limit=2", nil).is(200).list; len(list) != 2 || text(list[0], "kind") != "restored" {
		t.Errorf("the log begins with %v", list)
	}
}
