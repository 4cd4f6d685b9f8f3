package forumtest

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// testOpenData makes an archive, reads it as anybody would, and counts the
// published figures again.
func testOpenData(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	telecoms := w.Forum("telecoms")
	secret := facts()
	secret.Company, secret.Product = "=HYPERLINK(1)", "@x"
	for i := range 12 {
		th := w.Case(lea, "telecoms", fmt.Sprint("case ", i), secret)
		if i%3 == 0 {
			w.Must(w.Service.MoveCase(w.Ctx(), lea, th.ID, forum.CaseResolved, "a note"))
		}
	}
	w.Must(w.Service.Delete(w.Ctx(), lea, w.Case(lea, "telecoms", "gone", secret).ID, ""))
	max := w.Person("max")
	joined := w.Case(lea, "telecoms", "joined", secret)
	for _, by := range []*forum.Account{max, w.Person("ines"), w.Person("noor")} {
		_, err := w.Service.Join(w.Ctx(), by, joined.ID, forum.RoutePage, forum.ParticipationDetails{Words: "a note"})
		w.Must(err)
	}
	w.Must(w.Service.Leave(w.Ctx(), max, joined.ID))
	w.Clock.Advance(time.Hour)
	w.Must(w.Service.WorkData(w.Ctx(), forum.DataJob{}))
	published, err := w.Service.Figures(w.Ctx(), forum.FigureSubject{Role: forum.RoleForum, ID: telecoms.ID})
	w.Must(err)

	list, err := w.Store.Archives(w.Ctx())
	w.Must(err)
	if len(list) != 1 || list[0].Day != forum.DateOf(w.Clock.Now()) {
		t.Fatalf("archives %+v", list)
	}
	body, a, err := w.Service.OpenArchive(w.Ctx(), list[0].Day)
	w.Must(err)
	whole, err := io.ReadAll(body)
	w.Must(err)
	if int64(len(whole)) != a.Bytes || shelfName(string(whole), "") != a.SHA256() {
		t.Errorf("%d bytes with the sum %s, not %+v", len(whole), shelfName(string(whole), ""), a)
	}
	files := unzip(t, whole)
	for name, content := range files {
		for _, word := range []string{"lea", "ines", "noor", "text of", "a note", "Robbed", "Lyon"} {
			if name != "README.txt" && strings.Contains(content, word) {
				t.Errorf("%s says %q", name, word)
			}
		}
	}
	if got := recount(t, files["cases.csv"], "telecoms@here.example", w.Clock.Now()); fmt.Sprint(got.States, got.Months, got.Resolved, got.Amounts, got.Answered, got.Kept, got.Promises) !=
		fmt.Sprint(published.States, published.Months, published.Resolved, published.Amounts, published.Answered, published.Kept, published.Promises) || got.Cases != 13 {
		t.Errorf("counted again: %+v\npublished: %+v", got, published)
	}
	if published.Joined != (forum.TierTally{Local: 2}) || recountClaims(t, files["counts_by_server.csv"], files["cases.csv"]) != published.Joined || recountClaims(t, files["counts_by_hour.csv"], files["cases.csv"]) != published.Joined {
		t.Errorf("joined %+v; counted again of servers: %+v, of hours: %+v", published.Joined, recountClaims(t, files["counts_by_server.csv"], files["cases.csv"]), recountClaims(t, files["counts_by_hour.csv"], files["cases.csv"]))
	}
	rows, err := csv.NewReader(strings.NewReader(files["cases.csv"])).ReadAll()
	w.Must(err)
	if at := slices.Index(rows[0], "product"); rows[1][at] != "'@x" {
		t.Errorf("the product is %q", rows[1][at])
	}
	var objects []map[string]any
	w.Must(json.Unmarshal([]byte(files["cases.json"]), &objects))
	if len(objects) != 13 || objects[0]["product"] != "@x" || objects[0]["amount"] != "1234.50" || objects[0]["server"] != "here.example" {
		t.Errorf("%d objects, first %v", len(objects), objects[0])
	}

	for range 9 { // a week later the first ones are gone
		w.Clock.Advance(24 * time.Hour)
		w.Must(w.Service.WorkData(w.Ctx(), forum.DataJob{}))
		w.Must(w.Service.WorkData(w.Ctx(), forum.DataJob{})) // and again on the same day
	}
	if list, err = w.Store.Archives(w.Ctx()); err != nil || len(list) != 7 || list[0].Day != forum.DateOf(w.Clock.Now()) {
		t.Errorf("a week later: %d archives, %v", len(list), err)
	}
	_, _, err = w.Service.OpenArchive(w.Ctx(), a.Day)
	w.Refused(err, forum.NotFound, "NothingHere")
}

// unzip reads the files of an archive.
func unzip(t *testing.T, whole []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

// recountClaims adds up who joined the cases of a table.
func recountClaims(t *testing.T, counts, cases string) forum.TierTally {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(counts)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []forum.ClaimCount
	for _, row := range rows[1:] {
		var n int
		if _, err := fmt.Sscan(row[4], &n); err != nil {
			t.Fatal(err)
		}
		if row[0] == "co_claim" && strings.Contains(cases, row[1]+",") {
			list = append(list, forum.ClaimCount{Tier: forum.Tier(row[2]), Server: row[3], Number: n})
		}
	}
	tally, _ := forum.SumClaims(list)
	return tally
}

// recount counts the cases of a forum in the table of an archive.
func recount(t *testing.T, table, forumHandle string, now time.Time) forum.Figures {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var cases []forum.FigureCase
	for _, row := range rows[1:] {
		cell := func(column string) string { return row[slices.Index(rows[0], column)] }
		if cell("forum") != forumHandle {
			continue
		}
		id, err := forum.ParseID(cell("id"))
		if err != nil {
			t.Fatal(err)
		}
		c := forum.FigureCase{ID: id, Kind: forum.ThreadKind(cell("kind")), State: forum.CaseState(cell("state")), ExperiencedOn: forum.Date(cell("experienced_on")), Promised: forum.Date(cell("promised_by"))}
		if cell("amount") != "" {
			if c.Amount, err = forum.ParseAmount(cell("amount"), cell("currency")); err != nil {
				t.Fatal(err)
			}
		}
		if since := cell("state_since"); since != "" {
			if c.StateAt, err = time.Parse(time.RFC3339, since); err != nil {
				t.Fatal(err)
			}
		}
		if answered := cell("first_answer_at"); answered != "" {
			if c.AnsweredAt, err = time.Parse(time.RFC3339, answered); err != nil {
				t.Fatal(err)
			}
		}
		cases = append(cases, c)
	}
	return forum.CountFigures(cases, now)
}
