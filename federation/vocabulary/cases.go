package vocabulary

import (
	"html"
	"strings"

	"portevoix/forum"
)

// caseMark begins what a post's text repeats of its case. Servers that know cases
// have it in fields, and leave it out.
const caseMark = `<p class="portevoix-case">`

// caseText repeats what a case states at the end of the text: whoever reads it
// elsewhere has to see the dates, and that nobody checked it (code de la
// consommation, D111-17).
func (w Writer) caseText(p forum.Publication) string {
	if !p.Post.IsRoot() || p.Thread.Case == nil || w.messages == nil {
		return ""
	}
	print := w.messages.Printer(p.Post.Language)
	text := ""
	if feeling := p.Thread.Case.Feeling; feeling != "" {
		text = caseMark + html.EscapeString(print.T("Case.Line", "Label", print.T("Case.Label.feeling"), "Value", "")) + strings.ReplaceAll(html.EscapeString(feeling), "\n", "<br>") + "</p>"
	}
	return text + caseMark + html.EscapeString(print.FactLine(print.CaseFacts(p.Thread))) + "</p>"
}

// caseSource is caseText in Markdown.
func (w Writer) caseSource(p forum.Publication) string {
	if !p.Post.IsRoot() || p.Thread.Case == nil || w.messages == nil {
		return ""
	}
	print := w.messages.Printer(p.Post.Language)
	text := ""
	if feeling := p.Thread.Case.Feeling; feeling != "" {
		text = "\n\n" + print.T("Case.Line", "Label", print.T("Case.Label.feeling"), "Value", escapeMarkdown(feeling))
	}
	return text + "\n\n" + escapeMarkdown(print.FactLine(print.CaseFacts(p.Thread)))
}

// escapeMarkdown writes plain text so that Markdown shows it as it is.
func escapeMarkdown(s string) string {
	return markdownMarks.Replace(s)
}

var markdownMarks = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "<", `\<`, "#", `\#`, "!", `\!`)

// extendCase writes a case as fields.
func (w Writer) extendCase(m object, p forum.Publication) {
	c := p.Thread.Case
	if !p.Post.IsRoot() || c == nil {
		return
	}
	facts := object{"kind": string(p.Thread.Kind), "evidence": string(c.Evidence)}
	for key, value := range map[string]string{
		"company": c.CompanyURI, "companyName": c.Company, "product": c.Product, "experiencedOn": string(c.ExperiencedOn), "place": c.Place, "feeling": c.Feeling,
		"state": string(c.State), "promisedOn": string(c.PromisedOn),
	} {
		if value != "" {
			facts[key] = value
		}
	}
	if c.Amount.Known() {
		facts["amount"] = object{"value": c.Amount.Value(), "currency": c.Amount.Currency}
	}
	if len(c.Wants) > 0 {
		wants := []any{}
		for _, want := range c.Wants {
			wants = append(wants, string(want))
		}
		facts["wants"] = wants
	}
	if c.Incomplete {
		facts["incomplete"] = true
	}
	m[extension+"case"] = facts
	m[extension+"tally"] = tally(p.Tally)
	if len(p.Evidence) > 0 {
		held := []any{}
		for _, e := range p.Evidence {
			held = append(held, object{"kind": string(e.Kind), "sha256": e.SHA256})
		}
		m[extension+"evidence"] = held
	}
	// Where a case stands has changed the text.
	if p.Post.EditedAt.Before(c.StateAt) {
		m["updated"] = moment(c.StateAt)
	}
}

// extendAnswer writes what a company answers. Whether its author may is for each
// server to find out.
func (w Writer) extendAnswer(m object, p forum.Publication) {
	if p.Answer == nil || p.Post.IsRoot() || p.Answer.Type == forum.AnswerPlain {
		return
	}
	answer := object{"type": string(p.Answer.Type), "detail": string(p.Answer.Detail)}
	if p.Answer.PromiseBy != "" {
		answer["promiseBy"] = string(p.Answer.PromiseBy)
	}
	m[extension+"answer"] = answer
}

// readAnswer reads what a reply says it answers for a company.
func readAnswer(d Document, p *Post) {
	if a := d.Object(extension + "answer"); a != nil && p.ParentURI != "" {
		p.Answer = &forum.Answer{Type: forum.AnswerType(a.String("type")), Detail: forum.AnswerDetail(a.String("detail")), PromiseBy: forum.Date(a.String("promiseBy"))}
	}
}

// readCase reads the fields of a case, and takes what repeats them off the text.
func readCase(d Document, p *Post) {
	facts := d.Object(extension + "case")
	if facts == nil || p.ParentURI != "" {
		return
	}
	switch kind := forum.ThreadKind(facts.String("kind")); kind {
	case forum.Grievance, forum.Review:
		p.Kind = kind
	default:
		return
	}
	c := &forum.Case{
		Company: facts.String("companyName"), CompanyURI: webAddress(facts.String("company")), Product: facts.String("product"),
		ExperiencedOn: forum.Date(facts.String("experiencedOn")), Place: facts.String("place"), Feeling: facts.String("feeling"),
		Evidence: forum.EvidenceLevel(facts.String("evidence")), State: forum.CaseState(facts.String("state")), PromisedOn: forum.Date(facts.String("promisedOn")),
		Incomplete: facts.Bool("incomplete"),
	}
	if amount := facts.Object("amount"); amount != nil {
		if a, err := forum.ParseAmount(amount.String("value"), amount.String("currency")); err == nil {
			c.Amount = a
		}
	}
	for _, want := range all(facts["wants"]) {
		if want, ok := want.(string); ok {
			c.Wants = append(c.Wants, forum.Want(want))
		}
	}
	p.Case = c
	if t := d.Object(extension + "tally"); t != nil {
		claims := readTally(t)
		p.Claims = &claims
	}
	for _, e := range d.Objects(extension + "evidence") {
		p.Evidence = append(p.Evidence, forum.Evidence{Kind: forum.EvidenceKind(e.String("kind")), SHA256: e.String("sha256")})
	}
	if at := strings.Index(p.Content, caseMark); at >= 0 {
		p.Content, p.Source = p.Content[:at], "" // the source repeats them too
	}
}
