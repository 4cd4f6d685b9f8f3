package locale

import (
	"html"
	"strings"
	"time"

	"portevoix/forum"
)

// Phrases implements forum.Phrases.
type Phrases struct {
	Messages  *Messages
	Languages []string // of the server, for actions in a language it does not speak
}

var _ forum.Phrases = Phrases{}

func (f Phrases) printer(a *forum.Action) *Printer {
	return f.Messages.Printer(append([]string{a.Language}, f.Languages...)...)
}

// Day writes a date that is given as 2026-05-31.
func (p *Printer) Day(day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, p.messages.zone)
	if err != nil {
		return day
	}
	return p.Date(t)
}

// Tiers lists how many are counted of each kind, those of which there are any.
func (p *Printer) Tiers(t forum.TierTally) string {
	var list []string
	for _, tier := range []struct {
		name string
		n    int
	}{{"email", t.Email}, {"local", t.Local}, {"known", t.Known}, {"new", t.New}, {"paper", t.Paper}} {
		if tier.n > 0 {
			list = append(list, p.N("Tier."+tier.name, tier.n))
		}
	}
	return strings.Join(list, ", ")
}

func paragraph(text string) string { return "<p>" + html.EscapeString(text) + "</p>" }

func linked(text, address string) string {
	address = html.EscapeString(address)
	return "<p>" + html.EscapeString(text) + ` <a href="` + address + `">` + address + "</a></p>"
}

// BallotFacts implements forum.Phrases.
func (f Phrases) BallotFacts(a *forum.Action, closesOn, tag string) string {
	p := f.printer(a)
	facts := p.T("Action.BallotFacts", "Kind", p.T("ActionKind."+string(a.Kind)), "Goal", p.N("Action.Count", a.Goal), "Date", p.Day(closesOn), "Version", a.Version, "Hash", a.SHA256)
	return paragraph(facts) + linked(p.T("Action.BallotHow", "Choice", forum.SignWord(a.Language), "Tag", tag), a.URL)
}

// Milestone implements forum.Phrases.
func (f Phrases) Milestone(a *forum.Action, counts forum.TierTally, m forum.Milestone) (title, body string) {
	p := f.printer(a)
	key := "Action.MilestoneNumber"
	if m.Percent > 0 {
		key = "Action.MilestonePercent"
	}
	body = p.T(key, "Percent", m.Percent, "Title", a.DisplayName, "Signed", p.N("Action.Count", counts.Signed()), "Goal", p.Number(a.Goal))
	return p.N("Action.MilestoneTitle", m.Number), body + "\n\n" + p.T("Action.MilestoneTiers", "Tiers", p.Tiers(counts)) + "\n\n" + a.URL
}

// AskToSign implements forum.Phrases.
func (f Phrases) AskToSign(a *forum.Action, closesOn, change string) string {
	p := f.printer(a)
	text := p.T("Action.AskText", "Title", a.DisplayName, "Date", p.Day(closesOn))
	if change != "" {
		text = p.T("Action.AskAgain", "Title", a.DisplayName, "Date", p.Day(closesOn), "Change", change)
	}
	return linked(text, a.URL) + paragraph(p.T("Action.AskStop"))
}

// DressLetter implements forum.Phrases.
func (f Phrases) DressLetter(l *forum.Letter, a *forum.Action, place string, now time.Time) {
	p := f.printer(a)
	l.Dated = p.Date(now)
	if place != "" {
		l.Dated = p.T("Letter.Dated", "Place", place, "Date", p.Date(now))
	}
	l.Subject = p.T("Letter.Subject", "Subject", a.DisplayName)
	l.Closing = p.T("Letter.Closing")
	l.Footer = p.T("Letter.Footer", "Version", a.Version, "Hash", a.SHA256, "Address", a.URL)
}

// ClaimReceipt implements forum.Phrases.
func (f Phrases) ClaimReceipt(title, url, manage, language string) string {
	p := f.Messages.Printer(append([]string{language}, f.Languages...)...)
	return linked(p.T("Claim.Receipt", "Title", title), url) + linked(p.T("Claim.ReceiptManage"), manage) + paragraph(p.T("Action.AskStop"))
}

// SignReceipt implements forum.Phrases.
func (f Phrases) SignReceipt(a *forum.Action, manage string) string {
	p := f.printer(a)
	return linked(p.T("Action.Receipt", "Title", a.DisplayName, "Version", a.Version, "Hash", a.SHA256), manage) + paragraph(p.T("Action.AskStop"))
}

// Phrase implements forum.Phrases.
func (f Phrases) Phrase(tag, key string, args map[string]any) (text, language string) {
	p := f.Messages.Printer(append([]string{tag}, f.Languages...)...)
	return p.message("Say."+key, nil, args), p.Tag
}
