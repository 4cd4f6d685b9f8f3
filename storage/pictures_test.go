package storage_test

import (
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage"
	"portevoix/storage/storagetest"
)

// TestSweepPictures holds that uploads that nothing shows go after a day, and
// files that no picture needs at the next occasion.
func TestSweepPictures(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			clock, shelf := forumtest.NewClock(), &forumtest.Shelf{}
			store := storagetest.OpenOptions(t, storage.Options{Driver: driver, Clock: clock, Shelf: shelf})
			w := forumtest.NewWorldWith(t, store, forum.Options{Clock: clock, Shelf: shelf})
			ines, ole := w.Person("ines"), w.Person("ole")
			w.Forum("telecoms")
			th := w.Thread(ole, "telecoms", "t")
			reply := func(by *forum.Account, p *forum.Picture) *forum.Post {
				t.Helper()
				post, err := w.Service.Reply(w.Ctx(), by, forum.NewReply{ThreadID: th.ID, Body: "b", Pictures: []forum.PictureChoice{{ID: p.ID}}})
				w.Must(err)
				return post
			}
			loose, shown, deleted, shared := w.Picture(ines, "loose"), w.Picture(ines, "shown"), w.Picture(ines, "deleted"), w.Picture(ines, "shared")
			reply(ines, shown)
			w.Must(w.Service.Delete(w.Ctx(), ines, reply(ines, deleted).ID, ""))
			again := w.Picture(ole, "shared")
			reply(ole, again)
			w.Must(w.Service.Delete(w.Ctx(), ines, reply(ines, shared).ID, ""))
			kept := func(p *forum.Picture, want bool) {
				t.Helper()
				for _, f := range p.Files {
					body, err := shelf.Open(t.Context(), f.Name)
					if (err == nil) != want {
						t.Errorf("%s: %v, want it kept: %v", f.Name, err, want)
					}
					if err == nil {
						w.Must(body.Close())
					}
				}
			}
			clock.Advance(23 * time.Hour)
			w.Must(store.Sweep(t.Context()))
			kept(loose, true)
			kept(shown, true)
			kept(deleted, false)
			kept(again, true)
			clock.Advance(2 * time.Hour)
			w.Must(store.Sweep(t.Context()))
			kept(loose, false)
			kept(shown, true)
			kept(again, true)
			if _, err := store.Picture(t.Context(), loose.ID); forum.CodeOf(err) != forum.NotFound {
				t.Errorf("the loose picture: %v", err)
			}
			kept(w.Picture(ines, "deleted"), true) // what was swept away may come again
			w.Must(store.Sweep(t.Context()))
			kept(shown, true)
		})
	}
}
