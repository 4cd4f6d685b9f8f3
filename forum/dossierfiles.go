package forum

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// writeDossier writes the archive, with the sum of every file in its last one.
func (s *Service) writeDossier(ctx context.Context, w io.Writer, c *DossierContent) error {
	archive := zip.NewWriter(w)
	var manifest strings.Builder
	add := func(name string, write func(io.Writer) error) error {
		into, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: c.At.UTC()})
		if err != nil {
			return err
		}
		sum := sha256.New()
		if err := write(io.MultiWriter(into, sum)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(&manifest, "%s  %s\n", hex.EncodeToString(sum.Sum(nil)), name)
		return nil
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"dossier.pdf", func(w io.Writer) error { return s.dossiers.PrintDossier(w, c) }},
		{"dossier.json", func(w io.Writer) error { return writeIndented(w, s.dossierDocument(c)) }},
		{"cases.csv", func(w io.Writer) error { return s.dossierTable(w, c) }},
		{"people.csv", func(w io.Writer) error { return dossierPeopleTable(w, c) }},
		{"timeline.csv", func(w io.Writer) error { return dossierTimeline(w, c) }},
		{"documents.csv", func(w io.Writer) error { return dossierDocumentTable(w, c) }},
	} {
		if err := add(f.name, f.write); err != nil {
			return err
		}
	}
	for i := range c.Cases {
		for j := range c.Cases[i].Documents {
			e := &c.Cases[i].Documents[j]
			if err := add(e.DossierName(), func(w io.Writer) error { return s.copyDocument(ctx, w, e) }); err != nil {
				return err
			}
		}
	}
	into, err := archive.CreateHeader(&zip.FileHeader{Name: "SHA256SUMS", Method: zip.Deflate, Modified: c.At.UTC()})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(into, manifest.String()); err != nil {
		return err
	}
	return archive.Close()
}

// DossierName is where a document is in a dossier.
func (e *Evidence) DossierName() string {
	return "documents/" + e.ThreadID.String() + "/" + e.ID.String() + "-" + e.FileName()
}

func (s *Service) copyDocument(ctx context.Context, w io.Writer, e *Evidence) error {
	body, closing, err := s.unseal(ctx, e.File)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, body)
	return closeAfter(closing, err)
}

// dossierJSON is a dossier for programs.
type dossierJSON struct {
	Kind     DossierKind       `json:"kind"`
	Title    string            `json:"title"`
	URL      string            `json:"url"`
	Server   string            `json:"server"`
	MadeAt   time.Time         `json:"made_at"`
	MadeFor  string            `json:"made_for"`
	Action   *dossierAction    `json:"action,omitempty"`
	Joined   TierTally         `json:"co_claims"`
	Named    []dossierPerson   `json:"people"` // who agreed to be named
	Cases    []dossierCaseJSON `json:"cases"`
	Timeline []dossierEvent    `json:"timeline"`
}

type dossierPerson struct {
	Name          string    `json:"name"`
	Tier          Tier      `json:"tier"`
	At            time.Time `json:"at"`
	ExperiencedOn Date      `json:"experienced_on"`
	Amount        string    `json:"amount"`
	Currency      string    `json:"currency"`
	Words         string    `json:"words"`
}

type dossierAction struct {
	Kind     ActionKind       `json:"kind"`
	State    ActionState      `json:"state"`
	Goal     int              `json:"goal"`
	ClosesAt time.Time        `json:"closes_at"`
	Counts   TierTally        `json:"counts"`
	Versions []dossierVersion `json:"versions"`
}

type dossierVersion struct {
	Number int       `json:"number"`
	Title  string    `json:"title"`
	Text   string    `json:"text"` // Markdown, in its canonical form
	SHA256 string    `json:"text_sha256"`
	Change string    `json:"change,omitempty"`
	At     time.Time `json:"at"`
}

type dossierCaseJSON struct {
	URL           string        `json:"url"`
	Title         string        `json:"title,omitempty"`
	Author        string        `json:"author,omitempty"`
	Documents     []dossierFile `json:"documents,omitempty"` // that the author lets dossiers hold
	Text          string        `json:"text,omitempty"`
	TextSHA256    string        `json:"text_sha256,omitempty"`
	Kind          ThreadKind    `json:"kind"`
	Company       string        `json:"company"`
	Product       string        `json:"product"`
	ExperiencedOn Date          `json:"experienced_on"`
	PublishedAt   time.Time     `json:"published_at"`
	Amount        string        `json:"amount"`
	Currency      string        `json:"currency"`
	Wants         []Want        `json:"wants"`
	Place         string        `json:"place"`
	Evidence      EvidenceLevel `json:"evidence"`
	State         CaseState     `json:"state"`
	PromisedOn    Date          `json:"promised_on"`
}

type dossierFile struct {
	File   string       `json:"file"` // in the archive
	Kind   EvidenceKind `json:"kind"`
	Words  string       `json:"words,omitempty"`
	SHA256 string       `json:"sha256"`
}

type dossierEvent struct {
	At    time.Time        `json:"at"`
	Event DossierEventKind `json:"event"`
	Case  string           `json:"case"`
	From  CaseState        `json:"from,omitempty"`
	To    CaseState        `json:"to,omitempty"`
	Mover CaseMover        `json:"by,omitempty"`
	Until Date             `json:"promised_on,omitempty"`
	Note  string           `json:"note,omitempty"`
}

func (s *Service) dossierDocument(c *DossierContent) dossierJSON {
	d := dossierJSON{Kind: c.Dossier.Kind, Title: c.Title, URL: c.URL, Server: c.Host, MadeAt: c.At.UTC(), MadeFor: s.fullHandle(Handle{Name: c.For.Name, Host: c.For.Host}), Cases: []dossierCaseJSON{}, Timeline: []dossierEvent{}}
	if a := c.Action; a != nil {
		d.Action = &dossierAction{Kind: a.Kind, State: a.State, Goal: a.Goal, ClosesAt: a.ClosesAt.UTC(), Counts: c.Counts}
		for _, v := range c.Versions {
			d.Action.Versions = append(d.Action.Versions, dossierVersion{v.Number, v.Title, v.Text, v.SHA256, v.Change, v.At.UTC()})
		}
	}
	d.Joined, d.Named = c.Joined, []dossierPerson{}
	for _, p := range c.Named {
		d.Named = append(d.Named, dossierPerson{p.Name, p.Tier, p.At.UTC(), p.ExperiencedOn, p.Amount.Value(), p.Amount.Currency, p.Words})
	}
	for i := range c.Cases {
		t := c.Cases[i].Thread
		one := dossierCaseJSON{
			URL: t.URI, Author: c.Cases[i].Author, Text: c.Cases[i].Text, Kind: t.Kind, Company: t.Case.Company, Product: t.Case.Product, ExperiencedOn: t.Case.ExperiencedOn, PublishedAt: t.PublishedAt.UTC(),
			Amount: t.Case.Amount.Value(), Currency: t.Case.Amount.Currency, Wants: append([]Want{}, t.Case.Wants...), Place: t.Case.Place, Evidence: t.Case.Evidence, State: t.Case.State, PromisedOn: t.Case.PromisedOn,
		}
		if one.Text != "" {
			sum := sha256.Sum256([]byte(one.Text))
			one.Title, one.TextSHA256 = t.Title, hex.EncodeToString(sum[:])
		}
		for j := range c.Cases[i].Documents {
			e := &c.Cases[i].Documents[j]
			one.Documents = append(one.Documents, dossierFile{e.DossierName(), e.Kind, e.Words, e.SHA256})
		}
		d.Cases = append(d.Cases, one)
	}
	for _, e := range c.Events {
		one := dossierEvent{At: e.At.UTC(), Event: e.Kind, Case: e.URL}
		one.Note = e.Note
		if e.Move != nil {
			one.From, one.To, one.Mover, one.Until, one.Note = e.Move.From, e.Move.To, e.Move.Mover, e.Move.PromisedOn, e.Move.Note
		}
		d.Timeline = append(d.Timeline, one)
	}
	return d
}

func (s *Service) dossierTable(w io.Writer, c *DossierContent) error {
	rows := [][]string{{"url", "title", "author", "kind", "company", "product", "experienced_on", "published_at", "amount", "currency", "wants", "place", "evidence", "state", "promised_on"}}
	for _, one := range s.dossierDocument(c).Cases {
		wants := make([]string, len(one.Wants))
		for i, want := range one.Wants {
			wants[i] = string(want)
		}
		rows = append(rows, []string{one.URL, one.Title, one.Author, string(one.Kind), one.Company, one.Product, string(one.ExperiencedOn), one.PublishedAt.Format(time.RFC3339),
			one.Amount, one.Currency, strings.Join(wants, " "), one.Place, string(one.Evidence), string(one.State), string(one.PromisedOn)})
	}
	return writeSafeRows(w, rows)
}

func dossierPeopleTable(w io.Writer, c *DossierContent) error {
	rows := [][]string{{"name", "tier", "at", "experienced_on", "amount", "currency", "words"}}
	for _, p := range c.Named {
		rows = append(rows, []string{p.Name, string(p.Tier), p.At.UTC().Format(time.RFC3339), string(p.ExperiencedOn), p.Amount.Value(), p.Amount.Currency, p.Words})
	}
	return writeSafeRows(w, rows)
}

func dossierDocumentTable(w io.Writer, c *DossierContent) error {
	rows := [][]string{{"case", "file", "kind", "words", "bytes", "sha256", "added_at"}}
	for i := range c.Cases {
		for j := range c.Cases[i].Documents {
			e := &c.Cases[i].Documents[j]
			rows = append(rows, []string{c.Cases[i].Thread.URI, e.DossierName(), string(e.Kind), e.Words, strconv.Itoa(e.Bytes), e.SHA256, e.AddedAt.UTC().Format(time.RFC3339)})
		}
	}
	return writeSafeRows(w, rows)
}

func dossierTimeline(w io.Writer, c *DossierContent) error {
	rows := [][]string{{"at", "event", "case", "from", "to", "by", "promised_on", "note"}}
	for _, e := range c.Events {
		row := []string{e.At.UTC().Format(time.RFC3339), string(e.Kind), e.URL, "", "", "", "", e.Note}
		if e.Move != nil {
			copy(row[3:], []string{string(e.Move.From), string(e.Move.To), string(e.Move.Mover), string(e.Move.PromisedOn), e.Move.Note})
		}
		rows = append(rows, row)
	}
	return writeSafeRows(w, rows)
}

// writeSafeRows writes rows whose cells no spreadsheet takes for formulas.
func writeSafeRows(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		for i := range row {
			row[i] = SafeCell(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
