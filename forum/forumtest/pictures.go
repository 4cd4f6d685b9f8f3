package forumtest

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// Picture uploads one that is described.
func (w *World) Picture(by *forum.Account, file string) *forum.Picture {
	w.T.Helper()
	u := uploading(file)
	u.Alt, u.Focus = "shows "+file, forum.Focus{X: -.5, Y: .7}
	p, err := w.Service.UploadPicture(w.Ctx(), by, u)
	w.Must(err)
	return p
}

// uploading is the upload of a file.
func uploading(file string) forum.PictureUpload {
	return forum.PictureUpload{File: strings.NewReader(file), Size: int64(len(file))}
}

func choose(pictures ...*forum.Picture) []forum.PictureChoice {
	var list []forum.PictureChoice
	for _, p := range pictures {
		list = append(list, forum.PictureChoice{ID: p.ID})
	}
	return list
}

// served wants a picture's files to be shown to everybody, or not.
func (w *World) served(p *forum.Picture, want bool) {
	w.T.Helper()
	for _, f := range p.Files {
		body, file, err := w.Service.OpenPicture(w.Ctx(), f.Name)
		if !want {
			w.Refused(err, forum.NotFound, "NothingHere")
			continue
		}
		w.Must(err)
		text, err := io.ReadAll(body)
		w.Must(err)
		w.Must(body.Close())
		if !strings.HasSuffix(string(text), fmt.Sprintf(", %d wide", f.Width)) || file != f {
			w.T.Errorf("%+v holds %q, said to be %+v", f, text, file)
		}
	}
}

func testPictures(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	ines, ole := w.Person("ines"), w.Person("ole")
	w.Forum("telecoms", "ole")
	bill, letter := w.Picture(ines, "bill"), w.Picture(ines, "letter")
	w.served(bill, true) // for whoever uploaded it: nobody else knows the name

	th, err := w.Service.StartThread(w.Ctx(), ines, forum.NewThread{Forum: "telecoms", Title: "t", Body: "b", Pictures: choose(letter, bill)})
	w.Must(err)
	view, err := w.Store.ThreadView(w.Ctx(), th.ID, 0)
	w.Must(err)
	shown := view.Pictures()
	if len(shown) != 2 || shown[0].PictureID != letter.ID || shown[0].Alt != "shows letter" || shown[0].Focus != (forum.Focus{X: -.5, Y: .7}) ||
		shown[0].Blurhash != "LKO2" || shown[0].Width != 1080 || len(shown[0].Files) != 2 || shown[0].URL != "https://here.example/media/"+letter.Files[1].Name {
		t.Fatalf("the thread shows %+v", shown)
	}
	w.served(bill, true)

	if _, files := w.exported(ines); files["pictures/"+bill.Files[1].Name] != "bill, 1080 wide" || !strings.Contains(files["posts.json"], "pictures/"+letter.Files[1].Name) {
		t.Errorf("exported are %v", files)
	}

	t.Run("Refused", func(t *testing.T) { refusedPictures(NewWorld(t, open(t))) })
	t.Run("Edit", func(t *testing.T) { editedPictures(NewWorld(t, open(t))) })
	t.Run("Hidden", func(t *testing.T) { hiddenPictures(NewWorld(t, open(t))) })

	w.Must(w.Service.Delete(w.Ctx(), ole, th.ID, "advertising"))
	w.served(bill, false)
	w.served(letter, false)
}

func refusedPictures(w *World) {
	ines, ole := w.Person("ines"), w.Person("ole")
	w.Forum("telecoms")
	upload := func(by *forum.Account, u forum.PictureUpload) error {
		_, err := w.Service.UploadPicture(w.Ctx(), by, u)
		return err
	}
	start := func(pictures ...forum.PictureChoice) error {
		_, err := w.Service.StartThread(w.Ctx(), ines, forum.NewThread{Forum: "telecoms", Title: "t", Body: "b", Pictures: pictures})
		return err
	}
	w.Refused(upload(nil, uploading("x")), forum.Unauthenticated, "SignInFirst")
	w.Refused(upload(ines, uploading("broken")), forum.Invalid, "PictureUnreadable")
	w.Refused(upload(ines, uploading(strings.Repeat("x", forum.DefaultPictureLimits.Bytes+1))), forum.Invalid, "PictureTooLarge")
	long, outside := uploading("x"), uploading("x")
	long.Alt, outside.Focus = strings.Repeat("x", 1501), forum.Focus{X: 2}
	w.Refused(upload(ines, long), forum.Invalid, "TextTooLong")
	w.Refused(upload(ines, outside), forum.Invalid, "FocusOutside")

	mine, others := w.Picture(ines, "mine"), w.Picture(ole, "others")
	silent, err := w.Service.UploadPicture(w.Ctx(), ines, uploading("silent"))
	w.Must(err)
	w.Refused(start(forum.PictureChoice{ID: silent.ID}), forum.Invalid, "AltMissing")
	w.Refused(start(forum.PictureChoice{ID: others.ID}), forum.Invalid, "PictureUnknown")
	w.Refused(start(forum.PictureChoice{ID: 12}), forum.Invalid, "PictureUnknown")
	w.Refused(start(choose(mine, mine)...), forum.Invalid, "PictureUnknown")
	w.Refused(start(choose(mine, mine, mine, mine, mine)...), forum.Invalid, "TooManyPictures")
	words := "a bill"
	_, err = w.Service.DescribePicture(w.Ctx(), ole, forum.PictureChoice{ID: silent.ID, Alt: &words})
	w.Refused(err, forum.NotFound, "NothingHere")
	_, err = w.Service.DescribePicture(w.Ctx(), ines, forum.PictureChoice{ID: silent.ID, Alt: &words})
	w.Must(err)
	w.Must(start(forum.PictureChoice{ID: silent.ID}))
	w.Refused(start(forum.PictureChoice{ID: silent.ID}), forum.Invalid, "PictureUnknown") // it stands in another post
	_, err = w.Service.DescribePicture(w.Ctx(), ines, forum.PictureChoice{ID: silent.ID, Alt: &words})
	w.Refused(err, forum.NotFound, "NothingHere")
	for i := range 15 { // one waits already
		w.Picture(ines, fmt.Sprint("loose ", i))
	}
	w.Refused(upload(ines, uploading("x")), forum.TooMany, "PicturesUnused")
}

func editedPictures(w *World) {
	t := w.T
	ines, ole := w.Person("ines"), w.Person("ole")
	w.Forum("telecoms")
	th := w.Thread(ole, "telecoms", "t")
	one, two := w.Picture(ines, "one"), w.Picture(ines, "two")
	post, err := w.Service.Reply(w.Ctx(), ines, forum.NewReply{ThreadID: th.ID, Body: "b", Pictures: choose(one)})
	w.Must(err)
	edit := func(pictures ...forum.PictureChoice) *forum.Post {
		t.Helper()
		w.Clock.Advance(time.Minute)
		p, err := w.Service.Edit(w.Ctx(), ines, post.ID, forum.Edit{Body: "b", Pictures: pictures})
		w.Must(err)
		p, err = w.Store.Post(w.Ctx(), p.ID)
		w.Must(err)
		return p
	}
	if p := edit(post.ShownPictures()...); !p.EditedAt.IsZero() {
		t.Error("an edit that changes nothing is one")
	}
	words := "better words"
	p := edit(forum.PictureChoice{ID: one.ID, Alt: &words})
	if p.EditedAt.IsZero() || p.Attachments[0].Alt != words || p.Attachments[0].Focus != one.Focus {
		t.Errorf("after other words: %+v", p)
	}
	p = edit(choose(two, one)...)
	if len(p.Attachments) != 2 || p.Attachments[0].PictureID != two.ID || p.Attachments[1].Alt != words {
		t.Errorf("after one more: %+v", p.Attachments)
	}
	p = edit(choose(two)...)
	if len(p.Attachments) != 1 || p.Attachments[0].PictureID != two.ID {
		t.Errorf("after one less: %+v", p.Attachments)
	}
	w.served(one, false)
	w.served(two, true)
	_, err = w.Service.Edit(w.Ctx(), ines, post.ID, forum.Edit{Body: "b", Pictures: choose(one)})
	w.Refused(err, forum.Invalid, "PictureUnknown")
}

// testRecordings uploads a film with a poster and a sound, and looks at what
// becomes of them.
func testRecordings(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	ines := w.Person("ines")
	w.Forum("telecoms")
	u := uploading("film of a meter")
	u.Poster, u.Alt = []byte("poster"), "A meter that jumps"
	film, err := w.Service.UploadPicture(w.Ctx(), ines, u)
	w.Must(err)
	u = uploading("sound of a call")
	u.Poster, u.Alt = []byte("poster"), strings.Repeat("a", 10_000) // all that is said
	call, err := w.Service.UploadPicture(w.Ctx(), ines, u)
	w.Must(err)
	th, err := w.Service.StartThread(w.Ctx(), ines, forum.NewThread{Forum: "telecoms", Title: "t", Body: "b", Pictures: choose(film, call)})
	w.Must(err)
	view, err := w.Store.ThreadView(w.Ctx(), th.ID, 0)
	w.Must(err)
	shown := view.Pictures()
	if len(shown) != 2 || shown[0].Kind() != forum.VideoMedia || len(shown[0].Stills()) != 2 || shown[0].Whole().Duration != 15*time.Second || shown[0].Width != 640 ||
		shown[0].Blurhash == "" || shown[1].Kind() != forum.AudioMedia || len(shown[1].Stills()) != 0 || shown[1].Blurhash != "" || shown[1].Whole().Bytes != len(" of a call") {
		t.Errorf("the thread shows %+v", shown)
	}
	mine, err := w.Store.PicturesOf(w.Ctx(), ines.ID, 0, 10)
	w.Must(err)
	if len(mine) != 2 || !slices.Equal(mine[0].Files, film.Files) || !slices.Equal(mine[1].Files, call.Files) {
		t.Errorf("stored are %+v, not %+v and %+v", mine, film, call)
	}
	body, file, err := w.Service.OpenPicture(w.Ctx(), film.Files[2].Name)
	w.Must(err)
	if text, err := io.ReadAll(body); err != nil || string(text) != " of a meter" || file != film.Files[2] {
		t.Errorf("%+v holds %q: %v", file, text, err)
	}
	if _, files := w.exported(ines); files["pictures/"+film.Files[2].Name] != " of a meter" || files["pictures/"+call.Files[0].Name] != " of a call" {
		t.Errorf("exported are %v", files)
	}
	for text, want := range map[string]string{
		"film" + strings.Repeat(" ", 600):                                        "RecordingTooLong",
		"sound" + strings.Repeat("x", forum.DefaultPictureLimits.RecordingBytes): "RecordingTooLarge",
	} {
		_, err := w.Service.UploadPicture(w.Ctx(), ines, uploading(text))
		w.Refused(err, forum.Invalid, want)
	}
	u = uploading("film")
	u.Poster = []byte("broken")
	_, err = w.Service.UploadPicture(w.Ctx(), ines, u)
	w.Refused(err, forum.Invalid, "PictureUnreadable")
	w.Must(w.Service.Delete(w.Ctx(), ines, th.ID, ""))
	for _, f := range append(film.Files, call.Files...) {
		_, _, err := w.Service.OpenPicture(w.Ctx(), f.Name)
		w.Refused(err, forum.NotFound, "NothingHere")
	}
}

func hiddenPictures(w *World) {
	t := w.T
	ines, ole := w.Person("ines"), w.Person("ole")
	w.Forum("telecoms")
	th := w.Thread(ole, "telecoms", "t")
	reply := func(by *forum.Account, pictures ...*forum.Picture) *forum.Post {
		p, err := w.Service.Reply(w.Ctx(), by, forum.NewReply{ThreadID: th.ID, Body: "b", Pictures: choose(pictures...)})
		w.Must(err)
		return p
	}
	same, too, gone := w.Picture(ines, "same"), w.Picture(ole, "same"), w.Picture(ines, "gone")
	if !slices.Equal(same.Files, too.Files) {
		t.Errorf("the same file is kept twice: %+v and %+v", same.Files, too.Files)
	}
	post := reply(ines, same, gone)
	reply(ole, too)
	w.Must(w.Service.Delete(w.Ctx(), ines, post.ID, ""))
	w.served(gone, false)
	w.served(too, true) // the other post shows it
	if list, err := w.Store.PicturesOf(w.Ctx(), ines.ID, 0, 10); err != nil || len(list) != 0 {
		t.Errorf("ines still has %+v %v", list, err)
	}
	last := w.Picture(ines, "last")
	reply(ines, last)
	w.Delete(ines)
	w.served(last, false)
	if list, err := w.Store.PicturesOf(w.Ctx(), ole.ID, 0, 10); err != nil || len(list) != 1 || list[0].PostID == 0 || !slices.Equal(list[0].Files, too.Files) {
		t.Errorf("ole has %+v %v", list, err)
	}
}

func testPortraits(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	ines, ole := w.Person("ines"), w.Person("ole")
	w.Forum("telecoms", "ole")
	fan := w.Remote(forum.Person, "fan", "there.example")
	for _, of := range []string{"telecoms", "ines"} {
		target, err := w.Store.ActorByHandle(w.Ctx(), forum.Handle{Name: of})
		w.Must(err)
		_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(fan), target.URI)
		w.Must(err)
	}
	w.deliverAll(map[string]string{"there.example": ""})

	w.Must(w.Service.SetPortrait(w.Ctx(), ines, "", forum.Icon, []byte("face")))
	w.Must(w.Service.SetPortrait(w.Ctx(), ines, "", forum.Banner, []byte("sea")))
	w.Must(w.Service.SetPortrait(w.Ctx(), ole, "telecoms", forum.Icon, []byte("mast")))
	w.Refused(w.Service.SetPortrait(w.Ctx(), ines, "telecoms", forum.Icon, []byte("x")), forum.Forbidden, "ModeratorsOnly")
	w.Refused(w.Service.SetPortrait(w.Ctx(), nil, "", forum.Icon, []byte("x")), forum.Unauthenticated, "SignInFirst")
	w.Refused(w.Service.SetPortrait(w.Ctx(), ines, "", forum.Icon, []byte("broken")), forum.Invalid, "PictureUnreadable")
	w.Refused(w.Service.SetPortrait(w.Ctx(), ines, "", "hat", []byte("x")), forum.NotFound, "NothingHere")
	if got := w.Delivered("there.example", forum.AllFamilies); len(got) != 3 || !strings.Contains(got[2], `"Update"`) {
		t.Errorf("followers hear %v", got)
	}
	fresh, err := w.Store.Account(w.Ctx(), ines.ID)
	w.Must(err)
	mine, err := w.Store.PicturesOf(w.Ctx(), ines.ID, 0, 10)
	w.Must(err)
	if len(mine) != 2 || fresh.IconURL != "https://here.example/media/"+mine[0].Files[1].Name || fresh.IconSmall != mine[0].Files[0].Name || fresh.BannerURL != "https://here.example/media/"+mine[1].Files[1].Name {
		t.Errorf("%+v has %+v", fresh.Actor, mine)
	}
	w.served(&mine[0], true)
	th := w.Thread(ines, "telecoms", "t")
	view, err := w.Store.ThreadView(w.Ctx(), th.ID, 0)
	w.Must(err)
	if view.Author.IconSmall != mine[0].Files[0].Name || view.Forum.IconSmall == "" {
		t.Errorf("bylines %+v and %+v", view.Author, view.Forum)
	}
	_, err = w.Service.Reply(w.Ctx(), ines, forum.NewReply{ThreadID: th.ID, Body: "b", Pictures: choose(&mine[0])})
	w.Refused(err, forum.Invalid, "PictureUnknown") // a portrait stands in no post

	w.Must(w.Service.UpdateProfile(w.Ctx(), ines, forum.Profile{DisplayName: "Inès"})) // leaves them
	w.Must(w.Service.SetPortrait(w.Ctx(), ines, "", forum.Icon, []byte("other")))
	w.served(&mine[0], false)
	w.Must(w.Service.SetPortrait(w.Ctx(), ines, "", forum.Icon, nil))
	fresh, err = w.Store.Account(w.Ctx(), ines.ID)
	w.Must(err)
	if fresh.IconURL != "" || fresh.IconSmall != "" || fresh.BannerURL == "" || fresh.DisplayName != "Inès" {
		t.Errorf("without an icon: %+v", fresh.Actor)
	}
	w.Delete(ole) // the forum keeps what its moderator gave it
	f, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "telecoms"})
	w.Must(err)
	if kept, err := w.Store.PicturesOf(w.Ctx(), f.ID, 0, 10); err != nil || len(kept) != 1 || f.IconURL == "" {
		t.Errorf("the forum has %+v %v", kept, err)
	}
	w.Delete(ines)
	w.served(&mine[1], false)
	if gone, err := w.Store.Actor(w.Ctx(), ines.ID); err != nil || gone.BannerURL != "" {
		t.Errorf("%+v %v", gone, err)
	}
}
