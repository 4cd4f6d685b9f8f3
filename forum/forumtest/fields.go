package forumtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func testProfileFields(t *testing.T, open func(*testing.T) Store) {
	const page, other = "https://lea.example/about", "https://lea.example/other"
	links := &Links{Pages: map[string]string{page: "https://here.example/u/lea"}}
	w := NewWorldWith(t, open(t), forum.Options{Links: links})
	lea := w.Person("lea")
	save := func(fields ...forum.Field) error {
		return w.Service.UpdateProfile(w.Ctx(), lea, forum.Profile{DisplayName: "Léa", Fields: fields})
	}
	shown := func() []forum.Field {
		t.Helper()
		a, err := w.Store.ActorByHandle(w.Ctx(), forum.Handle{Name: "lea"})
		w.Must(err)
		return a.Fields
	}
	work := func() []forum.Field {
		t.Helper()
		w.Must(w.Service.WorkLinks(w.Ctx(), forum.LinksJob{Actor: lea.ID}))
		return shown()
	}
	w.Must(save(forum.Field{Label: " Site ", Value: page + "\n"}, forum.Field{}, forum.Field{Label: "City", Value: "Lyon <3"}, forum.Field{Label: "More", Value: other}))
	want := []forum.Field{{Label: "Site", Value: page, Link: page}, {Label: "City", Value: "Lyon <3"}, {Label: "More", Value: other, Link: other}}
	if got := shown(); len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Fatalf("the fields are %+v", got)
	}
	got := work()
	if !got[0].VerifiedAt.Equal(w.Clock.Now()) || !got[1].VerifiedAt.IsZero() || !got[2].VerifiedAt.IsZero() {
		t.Fatalf("after asking the pages the fields are %+v", got)
	}
	verified := got[0].VerifiedAt

	// The mark stays with the page, not with the line.
	w.Must(save(forum.Field{Label: "Site", Value: other}, forum.Field{Label: "About", Value: page}))
	if got = shown(); !got[0].VerifiedAt.IsZero() || !got[1].VerifiedAt.Equal(verified) {
		t.Errorf("after the lines changed places the fields are %+v", got)
	}
	links.Away = true
	w.Clock.Advance(20 * 24 * time.Hour)
	if got = work(); !got[1].VerifiedAt.Equal(verified) {
		t.Errorf("a page out of reach has the mark %v", got[1].VerifiedAt)
	}
	w.Clock.Advance(20 * 24 * time.Hour)
	if got = work(); !got[1].VerifiedAt.IsZero() {
		t.Error("a page long out of reach keeps its mark")
	}
	links.Away = false
	if got = work(); got[1].VerifiedAt.IsZero() {
		t.Error("a page within reach again has no mark")
	}
	links.Pages[page] = "https://here.example/u/max"
	if got = work(); !got[1].VerifiedAt.IsZero() {
		t.Error("a page that names somebody else keeps its mark")
	}

	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	w.Must(w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error {
		due, err := tx.TakeDueLinks(ctx, w.Clock.Now(), w.Clock.Now(), 10)
		if len(due) != 0 {
			t.Errorf("a page asked just now is due again: %v", due)
		}
		return err
	}))
	w.Clock.Advance(8 * 24 * time.Hour)
	w.Must(w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error {
		due, err := tx.TakeDueLinks(ctx, w.Clock.Now(), w.Clock.Now().Add(time.Hour), 10)
		if len(due) != 1 || due[0] != lea.ID {
			t.Errorf("after a week %v are due", due)
		}
		return err
	}))

	w.Refused(save(forum.Field{Label: "Site"}), forum.Invalid, "FieldIncomplete")
	w.Refused(save(forum.Field{Value: "x"}), forum.Invalid, "FieldIncomplete")
	w.Refused(save(forum.Field{Label: strings.Repeat("x", 61), Value: "x"}), forum.Invalid, "TextTooLong")
	w.Refused(save(forum.Field{Label: "x", Value: strings.Repeat("x", 256)}), forum.Invalid, "TextTooLong")
	five := make([]forum.Field, 5)
	for i := range five {
		five[i] = forum.Field{Label: "x", Value: "y"}
	}
	w.Refused(save(five...), forum.Invalid, "FieldsTooMany")
	for _, text := range []string{"javascript:alert(1)", "https://user:secret@lea.example/", "https:///nowhere", "see https://lea.example/", "lea.example"} {
		w.Must(save(forum.Field{Label: "x", Value: text}))
		if got = shown(); got[0].Link != "" {
			t.Errorf("%q links to %q", text, got[0].Link)
		}
	}
	asked := links.asked
	if work(); links.asked != asked {
		t.Error("a text was asked whose it is")
	}
	remote, err := w.Service.ReceiveActor(w.Ctx(), &forum.Actor{
		Kind: forum.Person, Name: "ole", Host: "there.example", URI: "https://there.example/u/ole", URL: "https://there.example/u/ole", Inbox: "https://there.example/u/ole/inbox",
		Fields: []forum.Field{{Label: "Blog", Value: "https://ole.example/", VerifiedAt: w.Clock.Now()}, {Label: "", Value: "x"}},
	}, nil)
	w.Must(err)
	if got := remote.Fields; len(got) != 1 || got[0].Label != "Blog" || got[0].Link != "https://ole.example/" || !got[0].VerifiedAt.IsZero() {
		t.Errorf("the fields of somebody elsewhere are %+v", got)
	}
	w.Delete(lea)
	if got := shown(); len(got) != 0 {
		t.Errorf("a deleted account has the fields %+v", got)
	}
}
