package forum

import (
	"context"
	"unicode/utf8"
)

const MaxReportWords = 5000 // what Mastodon takes in a Flag

// NewReport is what someone here wants moderators to look at.
type NewReport struct {
	PostID  ID // the post; 0 for an actor as a whole
	ActorID ID // who is reported, without a post
	Words   string
	Forward bool // tell the servers of the author and the forum too
}

// Report brings a post to the moderators of its forum, or an actor to the
// administrators. Any account that may write may. A report that is forwarded goes out in the server's name: nobody
// elsewhere learns who reported.
func (s *Service) Report(ctx context.Context, by *Account, n NewReport) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	n.Words = trimText(n.Words)
	switch {
	case n.Words == "":
		return invalid("words", "ReportWordsMissing", nil)
	case utf8.RuneCountInString(n.Words) > MaxReportWords:
		return invalid("words", "TextTooLong", map[string]any{"Max": MaxReportWords})
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if n.PostID == 0 {
			return s.reportActor(ctx, tx, by, n)
		}
		p, err := PublicationOf(ctx, tx, n.PostID)
		if err != nil {
			return err
		}
		if p.Post.Hidden() {
			return &Error{Code: Gone, Key: "PostDeleted"}
		}
		now := s.clock.Now()
		err = s.fileReport(ctx, tx, Report{ID: s.ids.New(now), ReporterID: by.ID, TargetID: p.Author.ID, ForumID: p.Post.ForumID,
			PostIDs: []ID{p.Post.ID}, Words: n.Words, State: ReportOpen, Forwarded: n.Forward, At: now})
		if err != nil || !n.Forward {
			return err
		}
		return s.forwardReport(ctx, tx, p, n.Words)
	})
}

// reportActor brings an actor to the administrators.
func (s *Service) reportActor(ctx context.Context, tx Tx, by *Account, n NewReport) error {
	target, err := tx.Actor(ctx, n.ActorID)
	switch {
	case err != nil:
		return err
	case !target.DeletedAt.IsZero():
		return &Error{Code: Gone, Key: "AccountDeleted"}
	case target.ID == by.ID:
		return &Error{Code: Forbidden, Key: "ReportOneself"}
	}
	now := s.clock.Now()
	if err := s.fileReport(ctx, tx, Report{ID: s.ids.New(now), ReporterID: by.ID, TargetID: target.ID, Words: n.Words, State: ReportOpen, Forwarded: n.Forward && !target.Local(), At: now}); err != nil || !n.Forward || target.Local() {
		return err
	}
	instance, err := tx.InstanceActor(ctx)
	if err != nil {
		return err
	}
	o := s.outbox()
	id := s.ids.New(now)
	o.add(OutgoingActivity{ID: id, Signer: instance.ID, Subject: target.URI, Priority: PriorityModeration, Hidden: true,
		Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.Flag(id, instance, target, nil, n.Words))}}, Audience: []Recipients{{Actor: target.ID}}})
	return o.post(ctx, tx)
}

// forwardReport tells the servers that a post and its forum come from.
func (s *Service) forwardReport(ctx context.Context, tx Tx, p Publication, words string) error {
	var to []Recipients
	for _, a := range []*Actor{p.Author, p.Forum} {
		if !a.Local() {
			to = append(to, Recipients{Actor: a.ID})
		}
	}
	if to == nil {
		return nil
	}
	instance, err := tx.InstanceActor(ctx)
	if err != nil {
		return err
	}
	o := s.outbox()
	id := s.ids.New(s.clock.Now())
	flag := o.keep(s.publisher.Flag(id, instance, p.Author, []string{p.Post.URI}, words))
	report := o.keep(s.publisher.Report(id, instance, p.Forum, p.Post.URI, words))
	o.add(OutgoingActivity{ID: id, Signer: instance.ID, Subject: p.Post.URI, Priority: PriorityModeration, Hidden: true,
		Payloads: []Payload{{For: Microblog | BareObjects, Body: flag}, {For: GroupAware, Body: report}}, Audience: to})
	return o.post(ctx, tx)
}

// fileReport stores a report and tells those who keep order there.
func (s *Service) fileReport(ctx context.Context, tx Tx, r Report) error {
	if err := tx.AddReport(ctx, r); err != nil {
		return err
	}
	if err := s.tellWebhooks(ctx, tx, r.ForumID, WebhookReport, webhookReport(s.addresses, r)); err != nil {
		return err
	}
	keepers, err := s.keepersOf(ctx, tx, r.ForumID)
	if err != nil {
		return err
	}
	var about ID
	if len(r.PostIDs) > 0 {
		about = r.PostIDs[0]
	}
	for _, id := range keepers {
		if id == r.ReporterID {
			continue
		}
		n := Notification{ID: s.ids.New(s.clock.Now()), AccountID: id, Kind: NotifyReport, PostID: about, SubjectID: about, At: r.At}
		if err := s.tell(ctx, tx, n); err != nil {
			return err
		}
	}
	return s.tellModeratorsElsewhere(ctx, tx, r)
}

// tellModeratorsElsewhere passes a report about a forum of ours on to the servers
// of its moderators elsewhere, in the server's name. The server it came from knows
// of it.
func (s *Service) tellModeratorsElsewhere(ctx context.Context, tx Tx, r Report) error {
	if r.ForumID == 0 || len(r.PostIDs) == 0 {
		return nil
	}
	forum, err := tx.Actor(ctx, r.ForumID)
	if err != nil || !forum.Local() {
		return err
	}
	reporter, err := tx.Actor(ctx, r.ReporterID)
	if err != nil {
		return err
	}
	moderators, err := tx.ModeratorsOf(ctx, forum.ID)
	if err != nil {
		return err
	}
	var to []Recipients
	for i := range moderators {
		if m := &moderators[i]; !m.Local() && !SameHost(m.URI, reporter.URI) {
			to = append(to, Recipients{Actor: m.ID})
		}
	}
	if to == nil {
		return nil
	}
	instance, err := tx.InstanceActor(ctx)
	if err != nil {
		return err
	}
	o := s.outbox()
	for _, id := range r.PostIDs {
		post, err := tx.Post(ctx, id)
		if err != nil {
			return err
		}
		activity := s.ids.New(s.clock.Now())
		o.add(OutgoingActivity{ID: activity, Signer: instance.ID, Subject: post.URI, Priority: PriorityModeration, Hidden: true,
			Payloads: []Payload{{For: GroupAware, Body: o.keep(s.publisher.Report(activity, instance, forum, post.URI, r.Words))}}, Audience: to})
	}
	return o.post(ctx, tx)
}
