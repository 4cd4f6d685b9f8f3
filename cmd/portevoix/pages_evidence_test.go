package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestEvidencePages keeps a document with a case, covers a part of it, and shows it
// to nobody who guesses its address.
func TestEvidencePages(t *testing.T) {
	v := newVillage(t, nil)
	lea, err := v.service.FindActor(t.Context(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	account, err := v.store.Account(t.Context(), lea.ID)
	if err != nil {
		t.Fatal(err)
	}
	th, err := v.service.StartThread(t.Context(), account, forum.NewThread{Forum: "telecoms", Kind: forum.Grievance, Title: "Box", Body: "Never came", Case: &forum.NewCase{Company: "Exemple", ExperiencedOn: "2026-03-02"}})
	if err != nil {
		t.Fatal(err)
	}
	thread := "/t/" + th.ID.String()
	v.lea.get(thread).shows(`href="` + thread + `/evidence"`)
	v.max.get(thread).lacks("/evidence")
	send := func(b *textBrowser, file []byte) *page {
		body, kind := multipartForm(t, url.Values{"kind": {"invoice"}, "words": {"Paid <twice>"}}, map[string][]byte{"file": file})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.base+thread+"/evidence", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		return b.send(r)
	}
	send(v.max, drawing(t, 60, 40)).is(http.StatusNotFound)
	send(v.lea, []byte("nothing")).is(http.StatusUnprocessableEntity)
	send(v.lea, drawing(t, 60, 40)).leadsTo(thread + "/evidence")
	list := v.lea.get(thread+"/evidence").shows("Paid &lt;twice&gt;", "The company cannot open it", "The document is kept")
	file := regexp.MustCompile(`/evidence/[a-z0-9]+`).FindString(strings.ReplaceAll(list.body, thread+"/evidence", ""))
	first := v.lea.get(file).is(http.StatusOK)
	if first.header.Get("Content-Type") != "image/png" || first.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("the file comes as %v", first.header)
	}
	v.max.get(thread).shows("1 document held", "SHA-256").lacks(file)
	wrong := v.max.get("/evidence/guessed")
	for _, b := range []*textBrowser{v.max, v.visitor} {
		for _, path := range []string{file, file + "/about"} {
			if p := b.get(path).is(http.StatusNotFound); b == v.max && p.body != strings.ReplaceAll(wrong.body, "/evidence/guessed", path) {
				t.Errorf("%s differs from a wrong address", path)
			}
		}
	}
	if o := v.get(thread, "Accept", "application/activity+json"); !strings.Contains(o.body, `"portevoix:evidence":[{"kind":"invoice","sha256":"`) || strings.Contains(o.body, file) {
		t.Errorf("as ActivityStreams: %s", o.body)
	}

	v.mia.post(thread+"/evidence/level", url.Values{"level": {"seen"}, "on": {"true"}}).is(http.StatusConflict)
	v.mia.get(file).is(http.StatusOK)
	v.mia.post(thread+"/evidence/level", url.Values{"level": {"seen"}, "on": {"true"}}).leadsTo(thread + "/evidence")
	v.lea.get(file+"/about").shows("@mia", "as moderator")
	v.lea.post(file+"/redact", url.Values{"left-1": {"0"}, "top-1": {"0"}, "width-1": {"x"}, "height-1": {"100"}}).is(http.StatusUnprocessableEntity)
	v.lea.post(file+"/redact", url.Values{"left-1": {"0"}, "top-1": {"0"}, "width-1": {"100"}, "height-1": {"100,0"}, "cover-1": {"black"}}).leadsTo(file + "/about")
	if v.lea.get(file).body == first.body {
		t.Error("nothing was covered")
	}
	v.lea.post(file+"/about", url.Values{"kind": {"contract"}, "company": {"true"}}).leadsTo(file + "/about")
	v.lea.get(thread + "/evidence").shows("Representatives of the company may open it")
	v.lea.post(file+"/delete", nil).leadsTo(thread + "/evidence")
	v.lea.get(file).is(http.StatusNotFound)
}
