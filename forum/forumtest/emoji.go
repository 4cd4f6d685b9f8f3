package forumtest

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/forum"
)

// RemotePictures are the files of other servers, by their addresses, and counts who
// asks. One that is "" cannot be had.
type RemotePictures struct {
	mu    sync.Mutex
	Files map[string]string
	asked map[string]int
}

// RemotePicture implements forum.RemotePictures.
func (r *RemotePictures) RemotePicture(_ context.Context, url string, most int) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked == nil {
		r.asked = map[string]int{}
	}
	r.asked[url]++
	file := r.Files[url]
	if file == "" || len(file) > most {
		return nil, errors.New("it cannot be had")
	}
	return []byte(file), nil
}

// testEmojis holds which emoji of posts and people elsewhere are kept, and how long
// copies of their pictures are, within which bounds.
func testEmojis(t *testing.T, open func(*testing.T) Store) {
	const at = "https://files.example/"
	pictures := &RemotePictures{Files: map[string]string{at + "cat": "a cat", at + "dog": "a dog", at + "bad": "broken", at + "big": strings.Repeat("x", 300<<10)}}
	// Two copies have room, of some 18 bytes each.
	w := NewWorldWith(t, open(t), forum.Options{RemotePictures: pictures, RemoteCache: 40})
	lea, admin := w.Person("lea"), w.Admin("ada")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "bills")
	ole := w.Remote(forum.Person, "ole", "there.example")
	tags := func(names ...string) []forum.Emoji {
		var list []forum.Emoji
		for _, n := range names {
			list = append(list, forum.Emoji{Shortcode: ":" + n + ":", URL: at + n, MediaType: "image/png"})
		}
		return list
	}
	reply := func(content string, names ...string) *forum.Post {
		t.Helper()
		r := w.RemotePost(ole, content)
		r.ParentID, r.Emojis, r.ContentNote = th.ID, tags(names...), "careful :note:"
		r.Poll = &forum.Poll{Choices: []forum.PollChoice{{Title: "yes :poll:"}, {Title: "no"}}, ClosesAt: w.Clock.Now().Add(time.Hour)}
		o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(ole), r)
		w.Must(err)
		if !o.Done {
			t.Fatalf("the reply is %+v", o)
		}
		p, err := w.Store.PostByURI(w.Ctx(), r.URI)
		w.Must(err)
		return p
	}
	shown := func(list []forum.Emoji) string {
		var names []string
		for _, e := range list {
			names = append(names, e.Shortcode)
		}
		return strings.Join(names, " ")
	}
	post := reply("<p>:cat: :dog: :bad: :big: :a b:</p>", "cat", "cat", "dog", "bad", "big", "note", "poll", "a b", "unused")
	if got := shown(post.Emojis); got != "cat dog bad big note poll" {
		t.Errorf("the reply shows %q", got)
	}
	key := map[string]string{}
	for _, e := range post.Emojis {
		key[e.Shortcode] = e.Picture
	}
	look := func(what string) string {
		t.Helper()
		body, file, err := w.Service.OpenRemotePicture(w.Ctx(), key[what])
		if err != nil {
			w.Refused(err, forum.NotFound, "NothingHere")
			return ""
		}
		defer body.Close()
		text, err := io.ReadAll(body)
		w.Must(err)
		if file.MediaType != "image/jpeg" || file.Bytes != len(text) {
			t.Errorf("%s is %+v", what, file)
		}
		return string(text)
	}
	asked := func(what string, want int) {
		t.Helper()
		if got := pictures.asked[at+what]; got != want {
			t.Errorf("%s was asked for %d times, want %d", what, got, want)
		}
	}
	for range 2 {
		if got := look("cat"); got != "a cat, 480 wide" {
			t.Errorf("the cat is %q", got)
		}
	}
	asked("cat", 1)

	// What cannot be had is left alone for an hour; what nothing shows is not asked for.
	for range 2 {
		for _, what := range []string{"bad", "big", "note"} {
			if got := look(what); got != "" {
				t.Errorf("%s is %q", what, got)
			}
		}
	}
	asked("bad", 1)
	asked("big", 1)
	w.Clock.Advance(61 * time.Minute)
	look("bad")
	asked("bad", 2)
	key["none"] = strings.Repeat("0", 32)
	look("none")

	// Many at once fetch once.
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if body, _, err := w.Service.OpenRemotePicture(w.Ctx(), key["dog"]); err != nil {
				t.Error(err)
			} else {
				_ = body.Close()
			}
		})
	}
	all.Wait()
	asked("dog", 1)

	// The oldest makes way.
	pictures.Files[at+"note"] = "a note"
	w.Clock.Advance(time.Hour)
	look("note")
	kept := func(names ...string) {
		t.Helper()
		for _, what := range []string{"cat", "dog", "note"} {
			p, err := w.Store.RemotePicture(w.Ctx(), key[what])
			w.Must(err)
			want := strings.Contains(strings.Join(names, " "), what)
			if (p.File.Name != "") != want {
				t.Errorf("%s is kept: %v", what, !want)
			}
		}
	}
	kept("dog", "note")

	// After a week they are fetched anew; the hourly work forgets what nobody looks at.
	w.Clock.Advance(forum.RemotePictureLifetime - time.Minute)
	look("dog")
	asked("dog", 2)
	w.Clock.Advance(2 * time.Hour)
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	kept("dog")

	// Of a server whose media are off, or that is blocked, nothing is shown, and
	// nothing is taken any more.
	for _, r := range []forum.PeerRule{{Host: "there.example", MediaOff: true}, {Host: "there.example", Severity: forum.SeverityBlock}, {Host: "files.example", Severity: forum.SeverityBlock}} {
		_, err := w.Service.SetPeerRule(w.Ctx(), admin, r)
		w.Must(err)
		if got := look("dog"); got != "" {
			t.Errorf("under %+v the dog is %q", r, got)
		}
		if r.MediaOff {
			if got := shown(reply("<p>:cat:</p>", "cat").Emojis); got != "" {
				t.Errorf("media are off, and %q is kept", got)
			}
		}
		w.Must(w.Service.LiftPeerRule(w.Ctx(), admin, r.Host))
	}
	if look("dog") == "" {
		t.Error("the dog does not come back")
	}

	// Those of people stand in names, descriptions and lines; an edit brings others.
	ole, err := w.Service.ReceiveActor(w.Ctx(), &forum.Actor{Kind: forum.Person, Name: "ole", Host: "there.example", URI: ole.URI, URL: ole.URL, Inbox: ole.Inbox, DisplayName: "Ole :cat:",
		Summary: "<p>:dog:</p>", Fields: []forum.Field{{Label: "has", Value: "a :note:"}}, Emojis: tags("cat", "dog", "note", "big")}, nil)
	w.Must(err)
	if got := shown(ole.Emojis); got != "cat dog note" {
		t.Errorf("Ole shows %q", got)
	}
	view, err := w.Store.PostView(w.Ctx(), post.ID, 0)
	w.Must(err)
	if got := shown(view.Author.Emojis); got != "cat dog note" {
		t.Errorf("the author of the reply shows %q", got)
	}
	w.Clock.Advance(time.Minute)
	edited := w.RemotePost(ole, "<p>:late:</p>")
	edited.URI, edited.ParentID, edited.UpdatedAt, edited.Emojis = post.URI, th.ID, w.Clock.Now(), tags("late", "cat")
	_, err = w.Service.ReceiveEdit(w.Ctx(), w.Inbound(ole), edited)
	w.Must(err)
	if post, err = w.Store.PostByURI(w.Ctx(), post.URI); err != nil || shown(post.Emojis) != "late" {
		t.Errorf("after the edit the reply shows %q, %v", shown(post.Emojis), err)
	}
	_, err = w.Service.ReceiveDelete(w.Ctx(), w.Inbound(ole), post.URI, "")
	w.Must(err)
	if post, err = w.Store.PostByURI(w.Ctx(), post.URI); err != nil || len(post.Emojis) > 0 {
		t.Errorf("the deleted reply shows %q, %v", shown(post.Emojis), err)
	}
}

// testEmojisOff holds that nothing is copied unless that is wanted.
func testEmojisOff(t *testing.T, open func(*testing.T) Store) {
	pictures := &RemotePictures{Files: map[string]string{"https://files.example/cat": "a cat"}}
	w := NewWorldWith(t, open(t), forum.Options{RemotePictures: pictures})
	ole, err := w.Service.ReceiveActor(w.Ctx(), &forum.Actor{Kind: forum.Person, Name: "ole", Host: "there.example", URI: "https://there.example/ole", Inbox: "https://there.example/ole/inbox",
		DisplayName: ":cat:", Emojis: []forum.Emoji{{Shortcode: "cat", URL: "https://files.example/cat"}}}, nil)
	w.Must(err)
	_, _, err = w.Service.OpenRemotePicture(w.Ctx(), ole.Emojis[0].Picture)
	w.Refused(err, forum.NotFound, "NothingHere")
	if w.Service.ShowsRemotePictures() || len(pictures.asked) > 0 {
		t.Errorf("pictures were asked for: %v", pictures.asked)
	}
}

// testRemoteIcons holds that people and forums elsewhere come with the key of their
// icon's copy, another one for another icon, and none for none.
func testRemoteIcons(t *testing.T, open func(*testing.T) Store) {
	const face, other = "https://files.example/face", "https://files.example/other"
	pictures := &RemotePictures{Files: map[string]string{face: "a face"}}
	w := NewWorldWith(t, open(t), forum.Options{RemotePictures: pictures, RemoteCache: 1 << 20})
	receive := func(icon string) *forum.Actor {
		t.Helper()
		a, err := w.Service.ReceiveActor(w.Ctx(), &forum.Actor{Kind: forum.Person, Name: "ole", Host: "there.example", URI: "https://there.example/ole", Inbox: "https://there.example/ole/inbox", IconURL: icon}, nil)
		w.Must(err)
		stored, err := w.Store.Actor(w.Ctx(), a.ID)
		w.Must(err)
		if stored.IconSmall != a.IconSmall || stored.IconURL != icon {
			t.Errorf("stored is %q for %q", stored.IconSmall, stored.IconURL)
		}
		return stored
	}
	first := receive(face).IconSmall
	body, file, err := w.Service.OpenRemotePicture(w.Ctx(), first)
	w.Must(err)
	w.Must(body.Close())
	if file.Name == "" || pictures.asked[face] != 1 {
		t.Errorf("the icon is %+v, asked for %d times", file, pictures.asked[face])
	}
	if second := receive(other).IconSmall; second == "" || second == first {
		t.Errorf("another icon has the key %q", second)
	}
	if again := receive(face).IconSmall; again != first {
		t.Errorf("the first icon has another key, %q", again)
	}
	if none := receive("").IconSmall; none != "" {
		t.Errorf("no icon has the key %q", none)
	}
}
