package main

import (
	"context"
	"fmt"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

// demoAction is a joint action of demo.toml.
type demoAction struct {
	Kind, By, Language, Title, Text, Forum, Company, Recipient string

	Ago      config.Duration
	Goal     int
	Closes   int // days from now
	Sponsors []string
	Signed   int      // of the crowd, its author among them
	Cases    []string // titles of threads
	Updates  []struct {
		Ago         config.Duration
		Title, Body string
	}
}

// demoAnswer is what a company answers.
type demoAnswer struct {
	Type, Detail, Body string

	Ago     config.Duration
	Promise int    // days from now until when it is promised; 0: nothing is
	Verdict string // of the author, at once
}

// addDesk lets an account answer for a company. It shows that by a mailed link,
// which nobody is sent: it was used before.
func (d *demo) addDesk(ctx context.Context, c demoCompany, company *forum.Company) error {
	desk, err := d.addPerson(ctx, c.Desk, "fr", forum.Profile{DisplayName: c.DeskLabel})
	if err != nil {
		return err
	}
	r, err := d.service.AskToRepresent(ctx, desk, forum.NewRepresentative{Company: company.Handle(), Method: forum.ProofMail, Email: "service@" + c.Site})
	if err != nil {
		return err
	}
	_, err = d.service.UseClaimLink(ctx, r.Token)
	return err
}

// answer answers a case for its company.
func (d *demo) answer(ctx context.Context, i int, a demoAnswer) error {
	t := d.content.Threads[i]
	var desk string
	for _, c := range d.content.Companies {
		if c.Name == t.Company {
			desk = c.Desk
		}
	}
	n := forum.NewAnswer{ThreadID: d.threads[i].ID, Type: forum.AnswerType(a.Type), Detail: forum.AnswerDetail(a.Detail), Body: a.Body, Language: t.Language}
	if a.Promise > 0 {
		n.PromiseBy = string(forum.DateOf(d.now.AddDate(0, 0, a.Promise)))
	}
	post, err := d.service.AnswerCase(ctx, d.people[desk], n)
	if err == nil && a.Verdict != "" {
		err = d.service.GiveVerdict(ctx, d.people[t.By], post.ID, forum.Verdict(a.Verdict))
	}
	if err != nil {
		return fmt.Errorf("answer to %q: %w", t.Title, err)
	}
	return nil
}

// actionEvents are an action, who signs it, and what it tells.
func (d *demo) actionEvents(i int) []event {
	a := d.content.Actions[i]
	var handle string
	events := []event{{a.Ago.Duration, func(ctx context.Context) error {
		var err error
		handle, err = d.startAction(ctx, a)
		return err
	}}}
	for n := range a.Signed {
		events = append(events, event{a.Ago.Duration * time.Duration(90*(a.Signed-n)) / time.Duration(100*a.Signed), func(ctx context.Context) error {
			return d.service.Sign(ctx, d.crowd[(n+i)%len(d.crowd)], forum.Handle{Name: handle}, forum.RoutePage, forum.Consents{NameShown: n%3 != 0, Updates: true}, forum.Trace{})
		}})
	}
	for _, u := range a.Updates {
		events = append(events, event{u.Ago.Duration, func(ctx context.Context) error {
			_, err := d.service.PostUpdate(ctx, d.people[a.By], handle, u.Title, u.Body)
			return err
		}})
	}
	return events
}

// startAction writes an action, has it sponsored, and publishes it as a moderator of
// its forum: the server may want more sponsors than there are.
func (d *demo) startAction(ctx context.Context, a demoAction) (string, error) {
	by := d.people[a.By]
	started, err := d.service.StartAction(ctx, by, forum.NewAction{Kind: forum.ActionKind(a.Kind), Title: a.Title, Text: a.Text, Language: a.Language, Goal: a.Goal, Forum: a.Forum, Company: d.companies[a.Company],
		ClosesOn: string(forum.DateOf(d.now.AddDate(0, 0, a.Closes))), Details: forum.ActionDetails{Recipient: a.Recipient}}, false)
	if err != nil {
		return "", fmt.Errorf("action %q: %w", a.Title, err)
	}
	for _, name := range a.Sponsors {
		if err := d.service.SponsorAction(ctx, d.people[name], started.Name, true); err != nil {
			return "", fmt.Errorf("sponsor of %q: %w", a.Title, err)
		}
	}
	for i, t := range d.content.Threads {
		for _, title := range a.Cases {
			if title == t.Title {
				if err := d.service.AttachCase(ctx, by, started.Name, d.threads[i].ID, true); err != nil {
					return "", fmt.Errorf("case of %q: %w", a.Title, err)
				}
			}
		}
	}
	for _, f := range d.content.Forums {
		if f.Name == a.Forum {
			by = d.people[f.Moderators[0]]
		}
	}
	if err := d.service.PublishAction(ctx, by, started.Name); err != nil {
		return "", fmt.Errorf("publish %q: %w", a.Title, err)
	}
	return started.Name, nil
}
