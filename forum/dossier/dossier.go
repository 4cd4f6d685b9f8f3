// Package dossier writes what is in a dossier as pages to be printed, in the
// language it was asked for.
//
// It knows words and their order; what goes into a dossier, forum decides, and what
// a page looks like, forum/paper.
package dossier

import (
	"io"
	"strings"

	"portevoix/forum"
	"portevoix/forum/locale"
	"portevoix/forum/paper"
)

// Printer implements forum.DossierPrinter. It is safe for concurrent use.
type Printer struct{ Messages *locale.Messages }

var _ forum.DossierPrinter = Printer{}

// PrintDossier implements forum.DossierPrinter.
func (d Printer) PrintDossier(w io.Writer, c *forum.DossierContent) error {
	p := d.Messages.Printer(c.Dossier.Language)
	document := paper.Document{
		Title: p.T("Dossier.Of", "Title", c.Title), Author: c.Host, Language: p.Tag, At: c.At,
		Footer: p.T("Dossier.Footer", "Host", c.Host, "Date", p.Date(c.At)),
		Blocks: []paper.Block{
			paper.Title(p.T("Dossier.Of", "Title", c.Title)),
			paper.Small(p.T("Dossier.Intro", "Host", c.Host, "Date", p.DateTime(c.At))),
			paper.Small(p.T("Dossier.NoAdvice")),
			paper.Heading(p.T("Dossier.Summary")),
		},
	}
	add := func(blocks ...paper.Block) { document.Blocks = append(document.Blocks, blocks...) }
	add(summary(p, c))
	add(texts(p, c)...)
	add(paper.Heading(p.T("Dossier.Timeline")), timeline(p, c))
	if len(c.Cases) > 1 {
		add(paper.Heading(p.T("Figures.States")), states(p, c))
	}
	for i := range c.Cases {
		add(sheet(p, &c.Cases[i])...)
	}
	add(paper.Heading(p.T("Dossier.Files")), paper.Text(p.T("Dossier.FilesText")))
	return paper.Write(w, document)
}

func summary(p *locale.Printer, c *forum.DossierContent) paper.Facts {
	facts := paper.Facts{
		{p.T("Dossier.Address"), c.URL},
		{p.T("Dossier.MadeFor"), c.For.Label()},
		{p.T("Figures.Cases"), p.Number(len(c.Cases))},
	}
	if a := c.Action; a != nil {
		facts = append(facts,
			[2]string{p.T("Dossier.Kind"), p.T("ActionKind." + string(a.Kind))},
			[2]string{p.T("Dossier.Goal"), p.Number(a.Goal)},
			[2]string{p.T("Dossier.Signed"), p.Number(c.Counts.Signed())})
	}
	sums, order := map[string]forum.Amount{}, []string{}
	for i := range c.Cases {
		a := c.Cases[i].Thread.Case.Amount
		if !a.Known() {
			continue
		}
		if _, seen := sums[a.Currency]; !seen {
			order = append(order, a.Currency)
		}
		sums[a.Currency] = forum.Amount{Minor: sums[a.Currency].Minor + a.Minor, Currency: a.Currency}
	}
	for _, currency := range order {
		facts = append(facts, [2]string{p.T("Figures.Amounts"), p.Amount(sums[currency])})
	}
	return facts
}

// people are those who agreed to be named.
func people(p *locale.Printer, c *forum.DossierContent) paper.Table {
	t := paper.Table{Head: []string{p.T("Dossier.Name"), p.T("Dossier.When"), p.T("Case.Label.experienced"), p.T("Case.Label.amount"), p.T("Dossier.Words")}, Widths: []float64{2, 1.4, 1.4, 1, 3}}
	for _, one := range c.Named {
		day := ""
		if one.ExperiencedOn != "" {
			day = p.Date(one.ExperiencedOn.Time())
		}
		t.Rows = append(t.Rows, []string{one.Name, p.Date(one.At), day, p.Amount(one.Amount), one.Words})
	}
	return t
}

// texts are who is counted, in numbers, and the texts of an action.
func texts(p *locale.Printer, c *forum.DossierContent) []paper.Block {
	n, title := c.Joined, p.T("Figures.Joined")
	if c.Action != nil {
		n, title = c.Counts, p.T("Dossier.Signatures")
	}
	var bars paper.Bars
	for _, tier := range []struct {
		key   string
		count int
	}{{"email", n.Email}, {"local", n.Local}, {"known", n.Known}, {"new", n.New}, {"paper", n.Paper}, {"invalidated", n.Invalidated}} {
		bars = append(bars, paper.Bar{Label: p.T("Dossier.Tier." + tier.key), Value: float64(tier.count), Text: p.Number(tier.count)})
	}
	blocks := []paper.Block{paper.Heading(title), bars}
	if len(c.Named) > 0 {
		blocks = append(blocks, paper.Text(p.T("Dossier.Named")), people(p, c))
	}
	for _, v := range c.Versions {
		blocks = append(blocks, paper.Heading(p.T("Dossier.Version", "Number", v.Number, "Date", p.Date(v.At))))
		if v.Change != "" {
			blocks = append(blocks, paper.Small(v.Change))
		}
		blocks = append(blocks, paper.Text(v.Title+"\n\n"+v.Text), paper.Small("SHA-256: "+v.SHA256))
	}
	return blocks
}

func timeline(p *locale.Printer, c *forum.DossierContent) paper.Table {
	t := paper.Table{Head: []string{p.T("Dossier.When"), p.T("Dossier.What")}, Widths: []float64{1, 3}}
	for _, e := range c.Events {
		when := p.DateTime(e.At)
		if e.Kind == forum.EventExperienced {
			when = p.Date(e.At)
		}
		t.Rows = append(t.Rows, []string{when, event(p, e, len(c.Cases) > 1)})
	}
	return t
}

// event says what happened; named adds in which case.
func event(p *locale.Printer, e forum.DossierEvent, named bool) string {
	text := p.T("Dossier.Event." + string(e.Kind))
	if e.Move != nil {
		text = p.T("Dossier.Moved."+string(e.Move.Mover), "State", p.CaseState(&forum.Case{State: e.Move.To, PromisedOn: e.Move.PromisedOn}))
		if e.Move.Note != "" {
			text += "\n" + e.Move.Note
		}
	}
	if e.Note != "" {
		text += "\n" + e.Note
	}
	if named {
		text += "\n" + e.URL
	}
	return text
}

func states(p *locale.Printer, c *forum.DossierContent) paper.Bars {
	counts := map[forum.CaseState]int{}
	for i := range c.Cases {
		counts[c.Cases[i].Thread.Case.State]++
	}
	var bars paper.Bars
	for _, state := range forum.CaseStates {
		if n := counts[state]; n > 0 {
			bars = append(bars, paper.Bar{Label: p.T("State." + string(state)), Value: float64(n), Text: p.Number(n)})
		}
	}
	return bars
}

// sheet is one case.
func sheet(p *locale.Printer, c *forum.DossierCase) []paper.Block {
	title := c.Thread.Title
	if c.Text == "" {
		title = p.T("Dossier.Unnamed")
	}
	blocks := []paper.Block{paper.Break{}, paper.Heading(title)}
	facts := paper.Facts{{p.T("Dossier.Address"), c.Thread.URI}, {p.T("Dossier.Forum"), c.Forum.Label()}}
	if c.Author != "" {
		facts = append(facts, [2]string{p.T("Dossier.Author"), c.Author})
	}
	for _, f := range p.CaseFacts(c.Thread) {
		facts = append(facts, [2]string{f.Label, f.Value})
	}
	blocks = append(blocks, facts)
	if len(c.Documents) > 0 {
		var rows paper.Facts
		for i := range c.Documents {
			e := &c.Documents[i]
			rows = append(rows, [2]string{p.T("Evidence.Kind." + string(e.Kind)), strings.TrimSpace(e.Words+" "+e.DossierName()) + "\nSHA-256 " + e.SHA256})
		}
		blocks = append(blocks, paper.Heading(p.T("Dossier.Documents")), rows)
	}
	if c.Text == "" {
		return append(blocks, paper.Small(p.T("Dossier.NotNamed")))
	}
	blocks = append(blocks, paper.Heading(p.T("Dossier.Text")), paper.Text(c.Text))
	if c.Thread.Case.Feeling != "" {
		blocks = append(blocks, paper.Heading(p.T("Case.Label.feeling")), paper.Text(c.Thread.Case.Feeling))
	}
	return blocks
}
