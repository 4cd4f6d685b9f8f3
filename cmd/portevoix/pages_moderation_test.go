package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestModeration brings a post to the moderators, who decide.
func TestModeration(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	v.max.post("/p/"+v.reply+"/report", url.Values{"words": {"Rude <b>words</b>"}}).leadsTo("/p/" + v.reply)
	v.max.get("/p/" + v.reply).shows("Thank you. The moderators will look at it.")
	v.mia.get("/notifications").is(200).shows(`href="/moderation"`).lacks("/u/max", ">max") // who reports stays hidden
	p := v.mia.get("/moderation").is(200).shows("Rude &lt;b&gt;words&lt;/b&gt;", "And <strong>again</strong>.", `href="/p/`+v.reply+`/delete"`).lacks("Suspend account")
	path := regexp.MustCompile(`/moderation/reports/\d+`).FindString(p.body)
	v.max.post(path, nil).is(403)
	v.lea.post(path, nil).is(403)
	v.mia.post("/p/"+v.reply+"/delete", url.Values{"reason": {"Rude."}}).leadsTo("/t/" + v.thread)
	v.mia.post(path, url.Values{"do": {"assign"}}).leadsTo("/moderation")
	v.ada.get("/moderation").is(200).shows("@mia looks after it").lacks("I look after it", "Leave it to others")
	v.mia.post(path, url.Values{"do": {"unassign"}}).leadsTo("/moderation")
	v.ada.get("/moderation").is(200).shows("I look after it").lacks("looks after it<")
	v.mia.post(path, nil).leadsTo("/moderation")
	v.mia.get("/moderation").is(200).shows("Nothing to decide").lacks("Rude")
	v.lea.get("/notifications").is(200).shows("Rude.")
	v.lea.get("/p/" + v.reply).is(410)
	v.mia.get("/p/"+v.reply).is(410).shows("Removed because: Rude.", `action="/p/`+v.reply+`/restore"`)
	v.mia.post("/p/"+v.reply+"/restore", nil).leadsTo("/p/" + v.reply)
	v.max.get("/p/" + v.reply).is(200).shows("And <strong>again</strong>.").lacks("/restore")

	v.mia.post("/t/"+v.thread+"/lock", url.Values{"on": {"true"}}).leadsTo("/t/" + v.thread)
	v.max.get("/t/" + v.thread).is(200).shows("Moderators closed this thread").lacks(`name="body"`)
	v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {"x"}}).is(403)
	v.lea.post("/t/"+v.thread+"/edit", url.Values{"title": {"x"}, "body": {"x"}}).is(403)
	v.mia.post("/t/"+v.thread+"/lock", url.Values{"on": {"false"}}).leadsTo("/t/" + v.thread)
	v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {"x"}}).is(303)

	v.max.get("/t/" + v.other).lacks("/feature")
	v.mia.get("/t/" + v.other).shows(`action="/t/` + v.other + `/feature"`)
	v.mia.post("/t/"+v.other+"/feature", url.Values{"on": {"true"}}).leadsTo("/t/" + v.other)
	v.max.get("/t/" + v.other).shows("Pinned")
	list := v.max.get("/f/telecoms?sort=active").is(200).body
	if first, second := strings.Index(list, "Pinned"), strings.Index(list, "/t/"+v.thread); first < 0 || second < first {
		t.Errorf("what is pinned is not first: %d, %d", first, second)
	}
	v.mia.post("/t/"+v.other+"/feature", url.Values{"on": {"false"}}).leadsTo("/t/" + v.other)
	v.max.get("/f/telecoms?sort=active").lacks("Pinned")
	v.mia.post("/t/"+v.other+"/feature", url.Values{"on": {"true"}}).leadsTo("/t/" + v.other)
	v.max.get("/f/telecoms?kind=question").lacks("Pinned")
	v.mia.post("/t/"+v.other+"/feature", url.Values{"on": {"false"}}).leadsTo("/t/" + v.other)

	v.max.get("/f/telecoms/bans").is(403)
	v.mia.get("/p/" + v.reply).shows("/f/telecoms/bans?who=lea")
	v.mia.get("/f/telecoms/bans?who=max").is(200).shows(`value="max"`, "Nobody is banned")
	v.mia.post("/f/telecoms/bans", url.Values{"who": {"max"}, "days": {"3"}}).is(422).shows("Please give a reason", `value="max"`)
	v.mia.post("/f/telecoms/bans", url.Values{"who": {"max"}, "days": {"3"}, "reason": {"Rude <b>words</b>."}}).leadsTo("/f/telecoms/bans")
	v.mia.get("/f/telecoms/bans").is(200).shows("@max", "Rude &lt;b&gt;words&lt;/b&gt;.", "until ")
	v.max.get("/notifications").is(200).shows("You are banned from telecoms", "Rude &lt;b&gt;", `href="/f/telecoms"`)
	v.max.get("/f/telecoms").is(200).shows("banned you from here until")
	v.max.get("/t/" + v.thread).is(200).shows("banned you from here until").lacks(`name="body"`)
	v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {"x"}}).is(403).shows("Reason: Rude")
	v.mia.post("/f/telecoms/bans/lift", url.Values{"who": {"max"}}).leadsTo("/f/telecoms/bans")
	v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {"x"}}).is(303)
	v.ada.get("/moderation/bans").is(200).shows("Nobody is banned")

	v.mia.post("/f/telecoms/settings", url.Values{"title": {"telecoms"}, "restricted": {"true"}}).leadsTo("/f/telecoms")
	v.mia.get("/f/telecoms/settings").shows(`name="restricted" value="true" checked`)
	v.mia.get("/f/telecoms").shows("Only moderators open threads here", "Start a thread")
	v.max.get("/f/telecoms").shows("Only moderators open threads here").lacks("Start a thread")
	v.max.post("/new", url.Values{"forum": {"telecoms"}, "title": {"x"}, "body": {"x"}, "kind": {"question"}}).is(403).shows("You may reply to theirs")
	v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {"x"}}).is(303)
	v.mia.post("/f/telecoms/settings", url.Values{"title": {"telecoms"}}).leadsTo("/f/telecoms")

	v.ada.get("/moderation").is(200).shows("Suspend account")
	v.ada.post("/moderation/suspend", url.Values{"handle": {"max"}, "reason": {"Spam."}}).leadsTo("/moderation")
	v.max.get("/t/" + v.thread).is(200).shows("This account is suspended. Reason: Spam.")
	v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {"x"}}).is(403).shows("Spam.")
	v.max.get("/settings").is(200) // to leave
	v.visitor.get("/u/max").is(200).shows(`class="errors"`).lacks("Spam.")
	v.ada.post("/moderation/suspend", url.Values{"handle": {"max"}, "reason": {""}}).leadsTo("/moderation")
	v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {"x"}}).is(303)

	v.lea.post("/u/max/block", url.Values{"on": {"true"}}).leadsTo("/u/max")
	v.lea.get("/u/max").is(200).shows("Blocked.", `value="false">Unblock`)
	v.max.post("/t/"+v.other+"/reply", url.Values{"body": {"x"}}).is(403).shows("The author has blocked you.")
	v.max.post("/t/"+v.other+"/support", url.Values{"on": {"true"}}).is(403)
	v.max.post("/u/lea/follow", url.Values{"on": {"true"}}).is(403)
}

// TestForeignContent shows what another server sends, however it tries to be
// more than text.
func TestForeignContent(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	p := newPeer(t, "mastodon")
	const evil = `<p onclick="alert(1)" style="position:fixed">Careful <script>alert(2)</script><style>body{display:none}</style><img src="https://evil.example/x.png" onerror="alert(3)">` +
		`<a href="javascript:alert(4)">one</a> <a href="https://ok.example/?a=1&amp;b=2" onmouseover="alert(5)" target="_blank">two</a></p><iframe src="https://evil.example"></iframe>` +
		`<form action="https://evil.example"><input name="password"></form><svg onload="alert(6)"><use href="https://evil.example/x.svg"></use></svg><p id="main" class="btn loud">end</p><math><mtext></p></form><script>alert(7)</script>`
	note := p.note(evil, v.base+"/t/"+v.thread)
	note["summary"] = `</summary><script>alert(8)</script>`
	note["url"] = `javascript:alert(9)`
	note["attachment"] = []any{
		map[string]any{"type": "Document", "mediaType": "image/png", "url": p.url("/x.png"), "name": `"><script>alert(10)</script>`},
		map[string]any{"type": "Document", "mediaType": "image/png", "url": "javascript:alert(11)", "name": "bad"},
	}
	p.accepted(v.base+"/inbox", p.activity("Create", note))
	v.settle()
	reply, err := v.store.PostByURI(t.Context(), note["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/t/" + v.thread, "/p/" + reply.ID.String(), "/u/ines@" + p.host() + "?show=replies", "/p/" + reply.ID.String() + "/history"} {
		page := v.lea.get(path).is(200).shows("Careful", ">two</a>", "end")
		for _, bad := range []string{"<script>", "<iframe", "<img", "javascript:", "alert(1)", "alert(3)", "alert(9)", "alert(11)", "position:fixed", "<math", `name="password"`} {
			if strings.Contains(page.body, bad) {
				t.Errorf("%s shows %q\n%s", path, bad, page.body)
			}
		}
	}
	v.lea.get("/p/" + reply.ID.String() + "/reply").is(200).shows("@ines@" + p.host())
	v.lea.get("/p/"+reply.ID.String()+"/report").is(200).shows(`name="forward"`, p.host())
	v.lea.get("/notifications").is(200)
	v.lea.get("/u/ines@" + p.host()).is(200).shows("Inès")
}
