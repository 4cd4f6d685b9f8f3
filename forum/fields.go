package forum

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// Field is a line that people add to their profile: a label, and a text or the
// address of a page.
type Field struct {
	Label string
	Value string // plain text
	Link  string `json:",omitempty"` // where the value leads; "" for a text
	// VerifiedAt is when the page was last seen to name the profile as its
	// person's own; zero where it does not, and for people elsewhere, whose
	// pages are not asked.
	VerifiedAt time.Time `json:",omitzero"`
}

// Limits of profile fields.
const (
	MaxFields       = 4
	MaxFieldLabel   = 60  // characters
	MaxFieldValue   = 255 // characters
	maxForeignField = 8   // fields of a remote actor that are shown
)

// LinkChecker asks pages whether they belong to a person.
type LinkChecker interface {
	// LinksBack says whether the page links to one of the addresses as its
	// person's own (rel="me"). The error is Unavailable when the page cannot be
	// asked now, and NotFound or Invalid when it is no page or may not be asked.
	LinksBack(ctx context.Context, page string, addresses []string) (bool, error)
}

// How often pages are asked, and for how long the mark of one stays that cannot
// be asked any more.
const (
	linksInterval = 7 * 24 * time.Hour
	linkPatience  = 30 * 24 * time.Hour
)

// LinksJob asks the pages on a profile whether they belong to its person.
type LinksJob struct {
	Actor ID `json:"actor"`
}

// Kind names the job in the queue.
func (LinksJob) Kind() string { return "profile_links" }

// cleanFields checks what was typed in. Fields without label and value are
// dropped; a link that stood there before keeps its mark.
func cleanFields(typed, former []Field) ([]Field, error) {
	var fields []Field
	for _, f := range typed {
		f = Field{Label: oneLine(f.Label), Value: oneLine(f.Value)}
		switch {
		case f.Label == "" && f.Value == "":
			continue
		case f.Label == "" || f.Value == "":
			return nil, invalid("field_label", "FieldIncomplete", nil)
		case utf8.RuneCountInString(f.Label) > MaxFieldLabel:
			return nil, invalid("field_label", "TextTooLong", map[string]any{"Max": MaxFieldLabel})
		case utf8.RuneCountInString(f.Value) > MaxFieldValue:
			return nil, invalid("field_value", "TextTooLong", map[string]any{"Max": MaxFieldValue})
		case len(fields) == MaxFields:
			return nil, invalid("field_label", "FieldsTooMany", map[string]any{"Max": MaxFields})
		}
		f.Link = pageAddress(f.Value)
		for _, was := range former {
			if f.Link != "" && was.Link == f.Link {
				f.VerifiedAt = was.VerifiedAt
			}
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// pageAddress is the text itself where it is the address of a page; "" where it
// is anything else.
func pageAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(s, " \"<>") {
		return ""
	}
	return s
}

// foreignFields reads the fields of a remote actor, whose values are HTML.
func (s *Service) foreignFields(received []Field) []Field {
	var fields []Field
	for _, f := range received[:min(len(received), maxForeignField)] {
		html := s.renderer.Sanitise(clip(f.Value, maxForeignContent))
		f = Field{
			Label: clipRunes(oneLine(s.renderer.Text(f.Label)), MaxFieldLabel),
			Value: clipRunes(oneLine(s.renderer.Text(html)), MaxFieldValue),
			Link:  s.renderer.FirstLink(html),
		}
		if len(f.Link) > maxCardURL {
			f.Link = ""
		}
		if f.Label != "" && f.Value != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// checkLinks asks the pages that a profile now links to, as a job.
func (s *Service) checkLinks(ctx context.Context, tx Tx, actor ID, fields []Field) error {
	if !s.federating || s.links == nil {
		return tx.SetFields(ctx, actor, fields, zeroTime)
	}
	for _, f := range fields {
		if f.Link == "" {
			continue
		}
		if err := tx.SetFields(ctx, actor, fields, s.clock.Now().Add(linksInterval)); err != nil {
			return err
		}
		return tx.Enqueue(ctx, LinksJob{Actor: actor})
	}
	return tx.SetFields(ctx, actor, fields, zeroTime)
}

// WorkLinks does a LinksJob. A page that says no loses its mark at once; one
// that cannot be asked keeps it for a while.
func (s *Service) WorkLinks(ctx context.Context, job LinksJob) error {
	actor, err := s.store.Actor(ctx, job.Actor)
	if err != nil || actor.Active() != nil || s.links == nil {
		return err
	}
	now := s.clock.Now()
	marks := map[string]time.Time{}
	for _, f := range actor.Fields {
		if f.Link == "" {
			continue
		}
		yes, err := s.links.LinksBack(ctx, f.Link, []string{actor.URL, actor.URI})
		switch {
		case err == nil && yes:
			marks[f.Link] = now
		case CodeOf(err) == Unavailable && now.Sub(f.VerifiedAt) < linkPatience:
			marks[f.Link] = f.VerifiedAt
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		fresh, err := tx.Actor(ctx, job.Actor)
		if err != nil {
			return err
		}
		for i, f := range fresh.Fields {
			fresh.Fields[i].VerifiedAt = marks[f.Link]
		}
		return tx.SetFields(ctx, job.Actor, fresh.Fields, now.Add(linksInterval))
	})
}

// linksPerRound bounds the profiles whose links are asked for at a time.
const linksPerRound = 200

// askLinks asks for the jobs of the profiles that are due.
func (s *Service) askLinks(ctx context.Context) error {
	now := s.clock.Now()
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		due, err := tx.TakeDueLinks(ctx, now, now.Add(linksInterval), linksPerRound)
		for _, id := range due {
			err = errors.Join(err, tx.Enqueue(ctx, LinksJob{Actor: id}))
		}
		return err
	})
}
