package main

import (
	"testing"
	"time"

	"portevoix/forum"
)

// actions starts two actions of lea's: one that is published, with a second text,
// and a draft.
func (v *village) actions(t *testing.T) {
	t.Helper()
	lea, err := v.store.AccountByName(t.Context(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	ada, err := v.store.AccountByName(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	n := forum.NewAction{Kind: forum.Petition, Title: "Refund", Text: "Give it back.", Language: "en", ClosesOn: time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}
	draft := n
	draft.Title = "Draft"
	n.Forum = "telecoms"
	_, startErr := v.service.StartAction(t.Context(), lea, n, false)
	_, draftErr := v.service.StartAction(t.Context(), lea, draft, true)
	publishErr := v.service.PublishAction(t.Context(), ada, "refund")
	_, versionErr := v.service.AddActionVersion(t.Context(), lea, "refund", forum.NewVersion{Text: "Give it back at once.", Change: "Sooner."})
	for _, err := range []error{startErr, draftErr, publishErr, versionErr} {
		if err != nil {
			t.Fatal(err)
		}
	}
}
