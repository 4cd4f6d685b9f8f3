package forumtest

import (
	"testing"

	"portevoix/forum"
)

// testActionVideos gives an action a recording kept here, publishes it with its ballot,
// and counts how often that was shared.
func testActionVideos(t *testing.T, open func(*testing.T) Store) {
	none := 0
	w := NewWorldWith(t, open(t), forum.Options{Sponsors: &none})
	lea, max := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	start := func(kind forum.ActionKind, title string) {
		t.Helper()
		_, err := w.Service.StartAction(w.Ctx(), lea, forum.NewAction{Kind: kind, Title: title, Text: "Now.", ClosesOn: "2026-05-31", Forum: "telecoms", Goal: 20}, true)
		w.Must(err)
	}
	start(forum.VideoAction, "Watch")
	start(forum.Petition, "Plain")
	upload := func(by *forum.Account, file, alt string) *forum.Picture {
		t.Helper()
		u := uploading(file)
		u.Poster, u.Alt = []byte("poster"), alt
		p, err := w.Service.UploadPicture(w.Ctx(), by, u)
		w.Must(err)
		return p
	}
	set := func(by *forum.Account, handle string, p *forum.Picture) error {
		return w.Service.SetActionVideo(w.Ctx(), by, handle, forum.PictureChoice{ID: p.ID})
	}
	film := upload(lea, "film of a meter", "A meter that jumps")
	w.Refused(set(max, "watch", film), forum.NotFound, "")
	w.Refused(set(lea, "plain", film), forum.Invalid, "VideoOnlyActions")
	w.Refused(set(lea, "watch", upload(lea, "sound of a call", "A call")), forum.Invalid, "VideoOnly")
	w.Refused(set(lea, "watch", upload(max, "film of max", "A film")), forum.Invalid, "PictureUnknown")
	w.Refused(set(lea, "watch", upload(lea, "film of nothing", "")), forum.Invalid, "")
	w.Refused(w.Service.PublishAction(w.Ctx(), lea, "watch"), forum.Invalid, "VideoMissing")
	w.Must(set(lea, "watch", film))

	// It stays when the text is edited.
	_, err := w.Service.EditAction(w.Ctx(), lea, "watch", forum.NewAction{Kind: forum.VideoAction, Title: "Watch it", Text: "Now!", ClosesOn: "2026-05-31", Forum: "telecoms", Goal: 20})
	w.Must(err)
	w.Must(w.Service.PublishAction(w.Ctx(), lea, "watch"))
	a := w.actionNamed("watch")
	if a.Details.Video == nil || a.Details.Video.Kind() != forum.VideoMedia || a.Details.Video.Alt != "A meter that jumps" {
		t.Fatalf("the action shows %+v", a.Details)
	}
	_, _, err = w.Service.OpenPicture(w.Ctx(), film.Files[2].Name)
	w.Must(err)
	ballot, err := w.Store.Post(w.Ctx(), a.BallotID)
	w.Must(err)
	if len(ballot.Attachments) != 1 || ballot.Attachments[0].URL != a.Details.Video.URL {
		t.Errorf("the ballot carries %+v", ballot.Attachments)
	}
	w.Refused(set(lea, "watch", film), forum.Conflict, "ActionFrozen")

	shares := func(want int) {
		t.Helper()
		v, err := w.Service.ViewAction(w.Ctx(), nil, forum.Handle{Name: "watch"})
		w.Must(err)
		if v.Shares != want {
			t.Errorf("shared %d times, not %d", v.Shares, want)
		}
	}
	shares(0)
	w.Must(w.Service.Boost(w.Ctx(), max, ballot.ID, true))
	_, err = w.Service.AddActionVersion(w.Ctx(), lea, "watch", forum.NewVersion{Text: "Now, please.", Change: "More polite"})
	w.Must(err)
	w.Must(w.Service.Boost(w.Ctx(), lea, w.actionNamed("watch").BallotID, true))
	shares(2)

	// A draft that is dropped takes its recording along.
	start(forum.VideoAction, "Again")
	dropped := upload(lea, "film of a box", "A box")
	w.Must(set(lea, "again", dropped))
	w.Must(w.Service.DropAction(w.Ctx(), lea, "again"))
	_, err = w.Store.Picture(w.Ctx(), dropped.ID)
	w.Refused(err, forum.NotFound, "")
}
