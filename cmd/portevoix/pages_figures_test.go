package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portevoix/forum"
	"portevoix/forum/web/stats"
)

// TestFiguresPages reads the figures of a forum as a page, as CSV and as JSON, and
// takes the open data along.
func TestFiguresPages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("banks")
	for i := range 11 {
		th, err := s.service.StartThread(t.Context(), lea, forum.NewThread{Forum: "banks", Kind: forum.Grievance, Title: fmt.Sprint("Fee ", i), Body: "Twice.",
			Case: &forum.NewCase{Company: "Banque <b>", ExperiencedOn: "2026-01-02", Amount: fmt.Sprint(10 + i)}})
		if err != nil {
			t.Fatal(err)
		}
		if i < 3 {
			if err := s.service.MoveCase(t.Context(), lea, th.ID, forum.CaseResolved, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	visitor := s.textBrowser("")
	visitor.get("/f/banks").shows(`href="/f/banks/figures"`)
	page := visitor.get("/f/banks/figures").is(http.StatusOK)
	page.shows(`<svg class="chart" role="img"`, "27%", "3 of 11", "165.00", "15.00", `href="/f/banks/stats.csv"`, `href="/about/figures"`).lacks("style=", "<script>")
	visitor.get("/about/figures").shows("What the figures do not mean", "fewer than 10")

	var figures stats.Figures
	got := s.get("/f/banks/stats.json")
	if err := json.Unmarshal([]byte(got.body), &figures); err != nil || figures.Cases != 11 || figures.States["resolved"] != 3 || figures.Resolved.Percent == nil || *figures.Resolved.Percent != 27 || figures.AnswerDays != nil {
		t.Errorf("stats.json: %s %v", got.body, err)
	}
	rows, err := csv.NewReader(strings.NewReader(s.get("/f/banks/stats.csv").body)).ReadAll()
	if err != nil || !strings.Contains(fmt.Sprint(rows), "[state resolved 3]") || !strings.Contains(fmt.Sprint(rows), "[amount_sum EUR 165.00]") {
		t.Errorf("stats.csv: %v %v", rows, err)
	}
	if api := s.get("/api/portevoix/v1/forums/banks/figures"); strings.TrimSpace(api.body) != strings.TrimSpace(got.body) {
		t.Errorf("the API says %s, the page %s", api.body, got.body)
	}
	for _, path := range []string{"/c/banks/stats.json", "/f/lea/stats.csv", "/api/portevoix/v1/companies/banks/figures", "/data/2020-01-01.zip", "/data/x.zip"} {
		if got := s.get(path); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}

	embedded := s.get("/f/banks/embed")
	if embedded.status != http.StatusOK || !strings.Contains(embedded.body, `<p class="huge num">11</p>`) || !strings.Contains(embedded.header.Get("Content-Security-Policy"), "frame-ancestors *") {
		t.Errorf("the card: %d %s", embedded.status, embedded.body)
	}
	if picture := s.get("/f/banks/preview.png"); picture.status != http.StatusOK || picture.header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture: %d", picture.status)
	}
	var card struct{ HTML, Title string }
	if err := json.Unmarshal([]byte(s.get("/api/oembed?url="+url.QueryEscape(s.base+"/f/banks")).body), &card); err != nil || !strings.Contains(card.HTML, s.base+"/f/banks/embed") {
		t.Errorf("oEmbed says %+v %v", card, err)
	}
	if wrong := s.get("/api/oembed?url=" + url.QueryEscape(s.base+"/c/banks")); wrong.status != http.StatusNotFound {
		t.Errorf("oEmbed of what is none: %d", wrong.status)
	}

	if err := s.service.WorkData(t.Context(), forum.DataJob{}); err != nil {
		t.Fatal(err)
	}
	data := visitor.get("/data").is(http.StatusOK).shows("Open data", "CC BY 4.0", "cases").body
	link := regexp.MustCompile(`href="(/data/[^"]+\.zip)"`).FindStringSubmatch(data)
	if link == nil {
		t.Fatal("no archive is listed")
	}
	whole := s.get(link[1])
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(whole.body))); !strings.Contains(data, sum) {
		t.Errorf("the archive has the sum %s, which the page does not tell", sum)
	}
	if _, err := zip.NewReader(bytes.NewReader([]byte(whole.body)), int64(len(whole.body))); err != nil || strings.Contains(whole.body, "lea") {
		t.Errorf("the archive: %v", err)
	}
}
