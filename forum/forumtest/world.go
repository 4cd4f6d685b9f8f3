package forumtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// Store is what the suite needs: forum.Store, and a look at what would be
// delivered.
type Store interface {
	forum.Store
	Deliveries(ctx context.Context, host string, family forum.Family, limit int) ([]forum.Delivery, error)
	Settle(ctx context.Context, s forum.Settlement) error
	SavePeerSoftware(ctx context.Context, host, software, version string, when time.Time) error
	PendingJobs(ctx context.Context) (int, error)
	PendingDeliveries(ctx context.Context) (int, error)
	ParticipationsOn(ctx context.Context, kind forum.ParticipationKind, subject, after forum.ID, limit int) ([]forum.Participation, error)
	AddTraffic(ctx context.Context, counted map[string]forum.Traffic) error
	AddRelayCounts(ctx context.Context, counted map[forum.ID]forum.RelayCount) error
}

// World is a small server with a few people on it.
type World struct {
	T        *testing.T
	Store    Store
	Service  *forum.Service
	Clock    *Clock
	Mailer   *Mailer
	Pusher   *Pusher
	Shelf    *Shelf
	Resolver Resolver
	serial   int
}

// NewWorld starts a service on an empty store.
func NewWorld(t *testing.T, store Store) *World {
	t.Helper()
	return NewWorldWith(t, store, forum.Options{})
}

// NewWorldWith is NewWorld with some options set.
func NewWorldWith(t *testing.T, store Store, o forum.Options) *World {
	t.Helper()
	addresses, err := forum.NewAddresses("https://here.example")
	if err != nil {
		t.Fatal(err)
	}
	w := &World{T: t, Store: store, Mailer: &Mailer{}, Pusher: &Pusher{}, Resolver: Resolver{}}
	var ok bool
	if w.Clock, ok = o.Clock.(*Clock); !ok {
		w.Clock = NewClock()
	}
	if w.Shelf, ok = o.Shelf.(*Shelf); !ok {
		w.Shelf = &Shelf{}
	}
	o.Store, o.Publisher, o.Resolver, o.Renderer = store, Publisher{}, w.Resolver, Renderer{}
	o.Dossiers = DossierPrinter{}
	o.Codes, o.Passkeys, o.Pusher = Codes{}, Passkeys{}, w.Pusher
	o.Passwords, o.Mailer, o.Addresses, o.Clock = Passwords{}, w.Mailer, addresses, w.Clock
	o.Phrases = Phrases{}
	o.Developer, o.Recordings, o.Shelf = Developer{}, Recordings{}, w.Shelf
	o.Sealer, o.Redactor = Sealer{}, Developer{}
	o.NewKeyPair = func(uri string) (forum.KeyPair, error) { // making a real one takes a tenth of a second
		return forum.KeyPair{URI: uri + "#main-key", Public: "public", Private: "private"}, nil
	}
	w.Service = forum.NewService(o)
	if err := w.Service.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// Ctx is the test's context.
func (w *World) Ctx() context.Context { return w.T.Context() }

// Must fails the test on an error.
func (w *World) Must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Refused fails the test unless err has the code and the message key.
func (w *World) Refused(err error, code forum.Code, key string) {
	w.T.Helper()
	if forum.CodeOf(err) != code || err != nil && !strings.Contains(err.Error(), key) {
		w.T.Fatalf("got error %v, want %s %s", err, code, key)
	}
}

// Person opens a confirmed account.
func (w *World) Person(name string) *forum.Account {
	w.T.Helper()
	a, err := w.Service.CreateAccount(w.Ctx(), forum.Operator(), forum.NewAccount{Name: name, Email: name + "@here.example", Password: "correct horse"}, forum.Member)
	w.Must(err)
	return a
}

// Delete erases a person's account at once.
func (w *World) Delete(a *forum.Account) {
	w.T.Helper()
	confirmation := "correct horse"
	if a.PasswordHash == "" {
		confirmation = a.Name
	}
	w.Must(w.Service.LeaveAccount(w.Ctx(), a, forum.Departure{Confirmation: confirmation, Code: w.code(), Name: a.Name}))
}

// Admin opens a confirmed administrator's account.
func (w *World) Admin(name string) *forum.Account {
	w.T.Helper()
	a := w.Person(name)
	w.Must(w.Service.SetRole(w.Ctx(), forum.Operator(), name, forum.Admin))
	a.Role = forum.Admin
	return a
}

// Forum opens a forum.
func (w *World) Forum(name string, moderators ...string) *forum.Forum {
	w.T.Helper()
	f, err := w.Service.CreateForum(w.Ctx(), forum.Operator(), name, forum.ForumDetails{Title: strings.ToUpper(name)}, moderators)
	w.Must(err)
	return f
}

// Thread opens a thread, a second after whatever came before.
func (w *World) Thread(by *forum.Account, forumName, title string) *forum.Thread {
	w.T.Helper()
	w.Clock.Advance(time.Second)
	t, err := w.Service.StartThread(w.Ctx(), by, forum.NewThread{Forum: forumName, Title: title, Body: "text of " + title})
	w.Must(err)
	return t
}

// Reply answers a post, a second after whatever came before.
func (w *World) Reply(by *forum.Account, thread, parent forum.ID, body string) *forum.Post {
	w.T.Helper()
	w.Clock.Advance(time.Second)
	p, err := w.Service.Reply(w.Ctx(), by, forum.NewReply{ThreadID: thread, ParentID: parent, Body: body})
	w.Must(err)
	return p
}

// Remote stores an actor of another server.
func (w *World) Remote(kind forum.ActorKind, name, host string) *forum.Actor {
	w.T.Helper()
	uri := "https://" + host + "/users/" + name
	a, err := w.Service.ReceiveActor(w.Ctx(), &forum.Actor{
		Kind: kind, Name: name, Host: host, URI: uri, URL: uri, Inbox: uri + "/inbox", SharedInbox: "https://" + host + "/inbox", FollowersURI: uri + "/followers", Featured: uri + "/featured",
	}, &forum.KeyPair{URI: uri + "#main-key", Public: "key"})
	w.Must(err)
	w.Resolver[name+"@"+host] = a
	return a
}

// Inbound is a new activity of a remote actor.
func (w *World) Inbound(by *forum.Actor) forum.Inbound {
	w.serial++
	uri := by.URI + "/activities/" + forum.ID(w.serial).String()
	return forum.Inbound{Key: uri, URI: uri, Actor: by, Raw: []byte(`{"id":"` + uri + `"}`)}
}

// RemotePost is a public post by a remote actor, addressed to nobody.
func (w *World) RemotePost(by *forum.Actor, content string) forum.RemotePost {
	w.serial++
	return forum.RemotePost{URI: by.URI + "/posts/" + forum.ID(w.serial).String(), Author: by, Public: true, Content: content, PublishedAt: w.Clock.Now()}
}

// Delivered lists "type object" of what waits for a server of a family.
func (w *World) Delivered(host string, family forum.Family) []string {
	w.T.Helper()
	list, err := w.Store.Deliveries(w.Ctx(), host, family, 100)
	w.Must(err)
	var out []string
	for _, d := range list {
		if d.Body != nil {
			out = append(out, string(d.Body))
		}
	}
	return out
}

// deliverAll pretends that everything reached these servers.
func (w *World) deliverAll(hosts map[string]string) {
	w.T.Helper()
	for host := range hosts {
		list, err := w.Store.Deliveries(w.Ctx(), host, forum.AllFamilies, 1000)
		w.Must(err)
		s := forum.Settlement{Host: host, Reached: true, Now: w.Clock.Now()}
		for _, d := range list {
			s.Done = append(s.Done, d.ID)
		}
		w.Must(w.Store.Settle(w.Ctx(), s))
	}
}
