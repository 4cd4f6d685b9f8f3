package forum

import (
	"context"
	"io"
	"time"
)

// exportedParticipation is what an account is, or was, counted on.
type exportedParticipation struct {
	Kind          ParticipationKind `json:"kind"`
	URI           string            `json:"uri"`               // of the case or the action
	Version       int               `json:"version,omitempty"` // of the text that was signed
	Tier          Tier              `json:"tier"`
	Name          string            `json:"name,omitempty"`
	ExperiencedOn Date              `json:"experienced_on,omitempty"`
	Amount        string            `json:"amount,omitempty"`
	Currency      string            `json:"currency,omitempty"`
	Words         string            `json:"words,omitempty"`
	NameShown     bool              `json:"name_shown"`
	Updates       bool              `json:"updates"`
	Dossier       bool              `json:"dossier"`
	Contact       bool              `json:"contact"`
	At            time.Time         `json:"at"`
	WithdrawnAt   *time.Time        `json:"withdrawn_at"`
	Invalidated   bool              `json:"invalidated"`
}

func (e export) participations(ctx context.Context, w io.Writer) error {
	list := []exportedParticipation{} // one for each thing that one was counted on
	for after := ID(0); ; {
		page, err := e.s.store.ParticipationsBy(ctx, e.by.ID, after, exportPage)
		if err != nil {
			return err
		}
		for i := range page {
			p := &page[i]
			after = p.ID
			out := exportedParticipation{p.Kind, "", p.Version, p.Tier, p.Name, p.ExperiencedOn, p.Amount.Value(), p.Amount.Currency, p.Words,
				p.Consents.NameShown, p.Consents.Updates, p.Consents.Dossier, p.Consents.Contact, p.At, timeOrNil(p.WithdrawnAt), p.InvalidationID != 0}
			if out.URI, err = e.subject(ctx, p.Kind, p.SubjectID); err != nil {
				return err
			}
			list = append(list, out)
		}
		if len(page) < exportPage {
			return writeIndented(w, list)
		}
	}
}

// subject is the address of what people are counted on; "" where that is gone.
func (e export) subject(ctx context.Context, kind ParticipationKind, id ID) (string, error) {
	var uri string
	var err error
	if kind == Signature {
		var a *Actor
		if a, err = e.s.store.Actor(ctx, id); err == nil {
			uri = a.URI
		}
	} else {
		var p *Post
		if p, err = e.s.store.Post(ctx, id); err == nil {
			uri = p.URI
		}
	}
	if CodeOf(err) == NotFound {
		err = nil
	}
	return uri, err
}

// exportedConcern is what an account told moderators alone, or reported beforehand.
type exportedConcern struct {
	Kind          ConcernKind   `json:"kind"`
	URI           string        `json:"uri,omitempty"`     // of the case
	Company       string        `json:"company,omitempty"` // that a threat was reported for
	Handle        string        `json:"handle,omitempty"`  // of who threatened
	ExperiencedOn Date          `json:"experienced_on,omitempty"`
	Reason        ConcernReason `json:"reason,omitempty"`
	Words         string        `json:"words"`
	State         ConcernState  `json:"state,omitempty"`
	Decision      string        `json:"decision,omitempty"`
	At            time.Time     `json:"at"`
}

func (e export) concerns(ctx context.Context, w io.Writer) error {
	list := []exportedConcern{}
	concerns, err := e.s.store.ConcernsBy(ctx, e.by.ID)
	if err != nil {
		return err
	}
	for _, c := range concerns {
		uri, err := e.subject(ctx, CoClaim, c.ThreadID)
		if err != nil {
			return err
		}
		list = append(list, exportedConcern{Kind: c.Kind, URI: uri, Reason: c.Reason, Words: c.Words, State: c.State, Decision: c.Decision, At: c.At})
	}
	threats, err := e.s.store.ThreatsBy(ctx, e.by.ID)
	if err != nil {
		return err
	}
	for _, t := range threats {
		company, err := e.subject(ctx, Signature, t.CompanyID)
		if err != nil {
			return err
		}
		list = append(list, exportedConcern{Kind: ConcernThreat, Company: company, Handle: t.Handle, ExperiencedOn: t.ExperiencedOn, Words: t.Words, At: t.At})
	}
	return writeIndented(w, list)
}

// exportedMessage is a message to the account from another server.
type exportedMessage struct {
	From    string    `json:"from"`
	Content string    `json:"content"` // HTML
	Answer  string    `json:"answer,omitempty"`
	At      time.Time `json:"at"`
}

func (e export) messages(ctx context.Context, w io.Writer) error {
	list := []exportedMessage{}
	for before := ID(0); ; {
		page, err := e.s.store.MessagesTo(ctx, e.by.ID, before, exportPage)
		if err != nil {
			return err
		}
		for i := range page {
			before = page[i].ID
			list = append(list, exportedMessage{page[i].From.Handle(), page[i].Content, page[i].Answer, page[i].SentAt})
		}
		if len(page) < exportPage {
			return writeIndented(w, list)
		}
	}
}

// exportedReport is what an account reported to moderators.
type exportedReport struct {
	Reported string      `json:"reported"` // handle
	Words    string      `json:"words"`
	State    ReportState `json:"state"`
	At       time.Time   `json:"at"`
}

func (e export) reports(ctx context.Context, w io.Writer) error {
	list := []exportedReport{}
	found, err := e.s.store.ReportsBy(ctx, e.by.ID)
	if err != nil {
		return err
	}
	for _, r := range found {
		target, err := e.s.store.Actor(ctx, r.TargetID)
		handle := ""
		switch {
		case err == nil:
			handle = e.handle(target)
		case CodeOf(err) != NotFound: // a forum for members, which the account has left
			return err
		}
		list = append(list, exportedReport{handle, r.Words, r.State, r.At})
	}
	return writeIndented(w, list)
}
