package main

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestDossierPages asks for the dossier of a case, waits for it, and opens it.
func TestDossierPages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.account("max")
	s.forum("banks")
	th, err := s.service.StartThread(t.Context(), lea, forum.NewThread{Forum: "banks", Kind: forum.Grievance, Title: "Prélevée deux fois", Body: "Deux **fois**.",
		Case: &forum.NewCase{Company: "Banque", ExperiencedOn: "2026-01-02", Amount: "12,50"}})
	if err != nil {
		t.Fatal(err)
	}
	path := "/t/" + th.ID.String() + "/dossier"
	author, stranger := s.textBrowser("lea"), s.textBrowser("max")
	stranger.get("/t/" + th.ID.String()).lacks(path)
	stranger.get(path).is(http.StatusForbidden)
	stranger.post(path, url.Values{}).is(http.StatusForbidden)
	author.get("/t/" + th.ID.String()).shows(`href="` + path + `"`)
	author.get(path).is(http.StatusOK).shows("Make a dossier", `href="/guides"`).lacks("backfill.js")
	author.post(path, url.Values{}).leadsTo(path)
	s.settle()
	link := regexp.MustCompile(`href="(/dossiers/[0-9]+\.zip)"`).FindStringSubmatch(author.get(path).is(http.StatusOK).body)
	if link == nil {
		t.Fatal("no dossier was made")
	}
	author.post(path, url.Values{}).is(http.StatusTooManyRequests)
	stranger.get(link[1]).is(http.StatusNotFound)
	whole := author.get(link[1]).is(http.StatusOK).body
	z, err := zip.NewReader(bytes.NewReader([]byte(whole)), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("dossier.pdf")
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := io.ReadAll(f)
	if err != nil || !strings.HasPrefix(string(pdf), "%PDF-") || len(pdf) < 5000 {
		t.Errorf("a PDF of %d bytes: %v", len(pdf), err)
	}
	author.get(path).shows("Opened by", "@lea,")
}
