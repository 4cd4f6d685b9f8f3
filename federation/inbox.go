package federation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// maxInbox bounds an activity, in bytes: what Mastodon takes.
const maxInbox = 1 << 20

// inbox takes an activity in. It answers 2xx only for what was applied, was
// stored to be applied, or is deliberately ignored; 4xx only for what will never
// be right; 503 for everything that may be later, because Lemmy, Mastodon and
// Mbin do not come back after other errors.
func (s *Server) inbox(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	default:
		s.fail(w, r, &forum.Error{Code: forum.Unavailable, Key: "TooBusy"})
		return
	}
	if s.overloaded(ctx) {
		s.fail(w, r, &forum.Error{Code: forum.Unavailable, Key: "TooBusy"})
		return
	}
	body, err := readInbox(w, r)
	if err != nil {
		s.refuse(w, r, nil, err)
		return
	}
	d, err := vocabulary.Parse(body)
	if err != nil {
		s.refuse(w, r, nil, &forum.Error{Code: forum.Invalid, Key: "DocumentInvalid", Err: err})
		return
	}
	if !s.within(w, s.quota.Look(forum.HostOf(d.IRI("actor")))) {
		s.fail(w, r, &forum.Error{Code: forum.Unavailable, Key: "TooBusy"})
		return
	}
	outcome, err := s.take(ctx, r, d, body)
	s.count(d, len(body), err)
	if err != nil {
		s.refuse(w, r, d, err)
		return
	}
	if !outcome.Done {
		s.o.Logger.DebugContext(ctx, "activity ignored", "type", d.Type(), "id", d.ID(), "reason", outcome.Reason)
		w.Header().Set("X-Ignored", outcome.Reason)
	}
	w.WriteHeader(http.StatusAccepted)
}

// within tells a server how much it may still send, and whether that is anything.
// Who exceeds it is asked to come back later with 503 rather than 429, which
// Lemmy takes for a delivery. Only verified activities count: nobody can use up
// another's share.
func (s *Server) within(w http.ResponseWriter, state forum.QuotaState) bool {
	if state.Limit > 0 {
		w.Header().Set("X-RateLimit-Limit", strconv.Itoa(state.Limit))
		w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(state.Remaining))
		w.Header().Set("X-RateLimit-Reset", state.Reset.UTC().Format(time.RFC3339))
	}
	return !state.Exceeded
}

func readInbox(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !strings.HasSuffix(mediaType, "json") {
		return nil, &forum.Error{Code: forum.Invalid, Key: "ContentTypeWrong", Err: err}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxInbox))
	if err != nil {
		return nil, &forum.Error{Code: forum.Invalid, Key: "TooLarge", Err: err}
	}
	return body, nil
}

// refuse answers with an error. 4xx is logged for administrators to find out why
// a server does not get through.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, d vocabulary.Document, err error) {
	switch forum.CodeOf(err) {
	case forum.Internal, forum.Unavailable: // fail logs the former; the latter passes
	case forum.Gone:
		// 410 from an inbox would tell PieFed never to send here again.
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere", Err: err}
	default:
		s.o.Logger.InfoContext(r.Context(), "activity refused", "type", d.Type(), "id", d.ID(), "error", err)
	}
	s.fail(w, r, err)
}

// take verifies an activity and applies it, or stores it for a job when
// something must be fetched first.
func (s *Server) take(ctx context.Context, r *http.Request, d vocabulary.Document, body []byte) (forum.Outcome, error) {
	if err := checkEnvelope(d); err != nil {
		return forum.Outcome{}, err
	}
	actorURI := d.IRI("actor")
	if err := s.checkHost(ctx, actorURI); err != nil {
		return forum.Outcome{}, err
	}
	if seen, err := s.store.Received(ctx, activityKey(d)); err != nil {
		return forum.Outcome{}, err
	} else if seen {
		return forum.Ignored("already received"), nil
	}
	if ignorable, err := s.unknownDeletion(ctx, d); err != nil || ignorable {
		return forum.Ignored("an account unknown here was deleted"), err
	}
	signer, err := s.verify(ctx, r, body, actorURI)
	if err != nil {
		return forum.Outcome{}, err
	}
	by := forum.HostOf(signer.URI)
	if !forum.SameHost(signer.URI, actorURI) && s.quota.Look(by).Exceeded { // who passes on what others wrote has no more of a share
		return forum.Outcome{}, &forum.Error{Code: forum.Unavailable, Key: "TooBusy"}
	}
	s.quota.Use(by)
	s.signOfLife(ctx, signer)
	s.compareFollowers(ctx, r, signer)
	m := &message{s: s, document: d, body: body, signer: signer}
	outcome, err := m.apply(ctx)
	if errors.Is(err, errFetchFirst) {
		job := InboundJob{Signer: signer.ID, Body: body}
		if err := s.store.EnqueueJob(ctx, job); err != nil {
			return forum.Outcome{}, err
		}
		return forum.Done, nil
	}
	return outcome, err
}

// checkEnvelope wants what every activity has.
func checkEnvelope(d vocabulary.Document) error {
	missing := func(what string) error {
		return &forum.Error{Code: forum.Invalid, Key: "DocumentInvalid", Err: errors.New("the activity has no " + what)}
	}
	switch {
	case d.Type() == "":
		return missing("type")
	case d.ID() == "":
		return missing("id")
	case d.IRI("actor") == "":
		return missing("actor")
	case len(d.IRIs("actor")) > 1:
		return &forum.Error{Code: forum.Invalid, Key: "DocumentInvalid", Err: errors.New("the activity has several actors")}
	}
	return nil
}

// checkHost refuses servers that this one does not federate with, and those who
// claim to be it.
func (s *Server) checkHost(ctx context.Context, actorURI string) error {
	if s.o.Addresses.IsLocal(actorURI) {
		return &forum.Error{Code: forum.Forbidden, Key: "ActorIsOurs"}
	}
	return s.service.Admits(ctx, forum.HostOf(actorURI))
}

// activityKey is what makes an activity the same one; see forum.Inbound. The
// time of an edit is written anew: as it came it might be of any length.
func activityKey(d vocabulary.Document) string {
	key := d.ID()
	if d.Type() == "Update" {
		if at := d.Object("object").Time("updated"); !at.IsZero() {
			key += " " + at.Format(time.RFC3339Nano)
		}
		if state := vocabulary.PollState(d.Object("object")); state != "" {
			key += " " + state
		}
	}
	return key
}

// unknownDeletion recognises the news that an account is gone which was never
// known here. Mastodon tells every server it ever met; the key that would
// verify it is gone too.
func (s *Server) unknownDeletion(ctx context.Context, d vocabulary.Document) (bool, error) {
	if d.Type() != "Delete" || d.IRI("object") != d.IRI("actor") {
		return false, nil
	}
	_, err := s.store.ActorByURI(ctx, d.IRI("actor"))
	if forum.CodeOf(err) == forum.NotFound {
		return true, nil
	}
	return false, err
}

// verify returns the actor that signed the request. A key that does not match
// is read anew once. It returns Unauthenticated for what will never verify, and
// Unavailable when the key cannot be had now.
func (s *Server) verify(ctx context.Context, r *http.Request, body []byte, actorURI string) (*forum.Actor, error) {
	refused := func(err error) error {
		return &forum.Error{Code: forum.Unauthenticated, Key: "SignatureInvalid", Err: err}
	}
	sig, err := signature.Read(r)
	if err != nil {
		return nil, refused(err)
	}
	if !forum.SameHost(sig.KeyID, actorURI) { // whoever forwards must be admitted too
		if err := s.checkHost(ctx, sig.KeyID); err != nil {
			return nil, err
		}
	}
	key, owner, err := s.keyOwner(ctx, sig.KeyID)
	if err != nil {
		if code := forum.CodeOf(err); code == forum.Unavailable || code == forum.Internal {
			return nil, err
		}
		return nil, refused(err)
	}
	base, now := s.o.Addresses.Base(), s.o.Clock.Now()
	if err = sig.Verify(base, r, body, key, now); err == nil {
		return owner, owner.Active()
	}
	fresh, owner, fetchErr := s.freshKey(ctx, sig.KeyID)
	if fetchErr != nil && forum.CodeOf(fetchErr) == forum.Unavailable {
		return nil, fetchErr
	}
	if fresh == nil {
		return nil, refused(err)
	}
	if err := sig.Verify(base, r, body, fresh, now); err != nil {
		return nil, refused(err)
	}
	return owner, owner.Active()
}

// signOfLife ends the waiting for a server that was failing: it is there.
func (s *Server) signOfLife(ctx context.Context, a *forum.Actor) {
	host := forum.HostOf(a.Inbox)
	peer, err := s.store.Peer(ctx, host)
	if err != nil || peer.FailingSince.IsZero() && peer.DeadAt.IsZero() {
		return
	}
	if err := s.store.RevivePeer(ctx, host); err != nil {
		s.o.Logger.WarnContext(ctx, "reviving a peer failed", "host", host, "error", err)
	}
}

// InboundJob is an activity that was verified and answered, and waits for
// something to be fetched, or for a forum elsewhere to pass on what it is about.
type InboundJob struct {
	Signer forum.ID `json:"signer"`
	Body   []byte   `json:"body"`
	Waits  int      `json:"waits,omitempty"` // how often it waited for the forum
}

// earlyWaits is after how long an activity about a post is tried again whose forum
// has not passed that on. The forum's server may be away.
var earlyWaits = []time.Duration{5 * time.Second, time.Minute, 15 * time.Minute, 2 * time.Hour}

// maxEarly is how many jobs may be pending for one more to wait.
const maxEarly = 500

// Kind names the job in the queue.
func (InboundJob) Kind() string { return "inbound" }

// WorkInbound does an InboundJob.
func (s *Server) WorkInbound(ctx context.Context, job InboundJob) error {
	d, err := vocabulary.Parse(job.Body)
	if err != nil {
		return &forum.Error{Code: forum.Invalid, Key: "DocumentInvalid", Err: err}
	}
	signer, err := s.store.Actor(ctx, job.Signer)
	if err != nil {
		return err
	}
	m := &message{s: s, document: d, body: job.Body, signer: signer, budget: newBudget()}
	outcome, err := m.apply(ctx)
	if err != nil {
		return fmt.Errorf("%s %s: %w", d.Type(), d.ID(), err)
	}
	if outcome.Later && m.early && job.Waits < len(earlyWaits) {
		pending, err := s.store.PendingJobs(ctx)
		if err != nil {
			return err
		}
		if pending < maxEarly {
			wait := earlyWaits[job.Waits]
			job.Waits++
			return s.store.EnqueueJobAt(ctx, job, s.o.Clock.Now().Add(wait))
		}
	}
	if !outcome.Done {
		s.o.Logger.DebugContext(ctx, "activity ignored", "type", d.Type(), "id", d.ID(), "reason", outcome.Reason)
	}
	return nil
}
