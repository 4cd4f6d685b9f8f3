package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/federation/linkeddata"
	"portevoix/federation/signature"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

const relaysPage = "/moderation/peers/relays"

// relay is a server that passes on what it is told, as an actor of its own.
type relay struct {
	*peer
	v *village
}

func newRelay(v *village, software string) *relay {
	r := &relay{peer: newPeer(v.t, software), v: v}
	id := r.id()
	r.publish(map[string]any{
		"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"}, "id": id, "type": "Application", "preferredUsername": "relay",
		"inbox": r.url("/inbox"), "followers": id + "/followers", "publicKey": map[string]any{"id": id + "#main-key", "owner": id, "publicKeyPem": r.publicKey()},
	})
	return r
}

func (r *relay) id() string { return r.url("/actor") }

// says sends an activity, of its own or of others, signed by it.
func (r *relay) says(activity map[string]any) int {
	r.t.Helper()
	status, err := r.postAs(r.id(), r.v.base+"/inbox", activity, forum.DraftCavage)
	if err != nil {
		r.t.Fatal(err)
	}
	return status
}

// own is an activity of its own.
func (r *relay) own(kind string, object any) map[string]any {
	return map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": r.peer.id("own"), "type": kind, "actor": r.id(), "object": object, "to": []any{r.id() + "/followers"}}
}

// added is the relay, after an administrator has added it and it answered.
func (r *relay) added(address, answer string) (follow map[string]any) {
	r.t.Helper()
	r.v.ada.post(relaysPage, url.Values{"do": {"add"}, "url": {address}}).leadsTo(relaysPage)
	r.v.ada.get(relaysPage).is(200).shows(address, "has not answered yet")
	follow = r.await("Follow", 1)[0]
	if follow["actor"] != r.v.base+"/actor" {
		r.t.Errorf("%v follows", follow["actor"])
	}
	if status := r.says(r.own(answer, follow)); status != 202 {
		r.t.Errorf("the %s was answered %d", answer, status)
	}
	return follow
}

// state is what is stored of it.
func (r *relay) state() forum.Relay {
	r.t.Helper()
	if err := r.v.federation.StoreTraffic(r.v.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	list, err := r.v.store.Relays(r.v.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, one := range list {
		if one.Host == r.host() {
			return one
		}
	}
	return forum.Relay{}
}

// kinds are the types of what arrived, after everything has, by name: what is about
// different threads comes in no order.
func (r *relay) kinds() string {
	r.t.Helper()
	forumtest.Eventually(r.t, patience, "the deliveries", func() bool {
		n, err := r.v.store.PendingDeliveries(r.v.t.Context())
		return err == nil && n == 0
	})
	var kinds []string
	for _, a := range r.log() {
		kinds = append(kinds, a["type"].(string))
	}
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

// believed wants an activity to be believed of whoever passes it on, because of its
// author's signature.
func (r *relay) believed(activity map[string]any) {
	r.t.Helper()
	s, err := linkeddata.Read(activity)
	if err != nil {
		r.t.Fatalf("%v: %v", activity, err)
	}
	author, _, _ := strings.Cut(s.KeyID, "#")
	_, document := object(r.t, author)
	key, _ := document["publicKey"].(map[string]any)
	public, err := signature.ParsePublic(fmt.Sprint(key["publicKeyPem"]))
	if err != nil {
		r.t.Fatal(err)
	}
	covered, err := s.Verify(activity, public)
	if err != nil || covered["actor"] != activity["actor"] || author != activity["actor"] || key["id"] != s.KeyID {
		r.t.Errorf("signed by %s: %v, %v", s.KeyID, covered, err)
	}
	if activity["proof"] != nil {
		r.t.Error("the proof does not hold with the signature")
	}
}

// known is a post that came from elsewhere, nil where it was not taken.
func (v *village) known(uri string) *forum.Post {
	v.t.Helper()
	v.settle()
	p, err := v.store.PostByURI(v.t.Context(), uri)
	if err != nil {
		return nil
	}
	return p
}

// copied copies a document, so that it can be changed.
func copied(t testing.TB, document map[string]any) (again map[string]any) {
	t.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	return again
}

// TestRelayOut tells relays of both styles of threads, their edits and their ends,
// and of nothing else.
func TestRelayOut(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	mastodon, litepub, refusing := newRelay(v, "activityrelay"), newRelay(v, "aoderelay"), newRelay(v, "activityrelay")
	lea, max := v.accountNamed("lea"), v.accountNamed("max")
	for name, details := range map[string]forum.ForumDetails{"inside": {Title: "Inside", LocalOnly: true}, "secret": {Title: "Secret", Private: true}} {
		if _, err := v.service.CreateForum(t.Context(), forum.Operator(), name, details, []string{"lea"}); err != nil {
			t.Fatal(err)
		}
	}
	v.ada.get("/moderation/peers").shows(`href="` + relaysPage + `"`)
	v.ada.get(relaysPage).is(200).shows("No relay is followed.")
	for address, words := range map[string]string{"nonsense": "no address of a relay", v.base + "/inbox": "no address of a relay", mastodon.url("/none"): "There is no relay at this address", mastodon.url("/nodeinfo/2.0"): "There is no relay at this address"} {
		v.ada.post(relaysPage, url.Values{"do": {"add"}, "url": {address}}).is(422).shows(words)
	}
	v.ada.post(relaysPage, url.Values{"do": {"nonsense"}}).is(404)

	follow := mastodon.added(mastodon.url("/inbox"), "Accept")
	if follow["object"] != public {
		t.Errorf("followed %v", follow["object"])
	}
	if follow := litepub.added(litepub.id(), "Accept"); follow["object"] != litepub.id() {
		t.Errorf("followed %v", follow["object"])
	}
	refusing.added(refusing.url("/inbox"), "Reject")
	v.ada.post(relaysPage, url.Values{"do": {"add"}, "url": {mastodon.url("/inbox")}}).is(409).shows("followed already")
	for _, want := range []struct {
		r     *relay
		style forum.RelayStyle
		state forum.RelayState
	}{{mastodon, forum.RelayMastodon, forum.RelayAccepted}, {litepub, forum.RelayLitePub, forum.RelayAccepted}, {refusing, forum.RelayMastodon, forum.RelayRefused}} {
		if got := want.r.state(); got.Style != want.style || got.State != want.state || got.AnsweredAt.IsZero() || got.ActorID == 0 {
			t.Errorf("%+v", got)
		}
	}
	v.ada.get(relaysPage).shows("as for Mastodon", "as for Pleroma", "accepted", "refused")

	// It follows back, as nobody else may.
	back := litepub.own("Follow", v.base+"/actor")
	if status := litepub.says(back); status != 202 {
		t.Errorf("its follow was answered %d", status)
	}
	if accept := litepub.await("Accept", 1)[0]; accept["actor"] != v.base+"/actor" || idOf(accept["object"]) != back["id"] {
		t.Errorf("answered %v", accept)
	}
	if status := newRelay(v, "aoderelay").says(map[string]any{"id": mastodon.peer.id("x"), "type": "Follow", "actor": litepub.id(), "object": v.base + "/actor"}); status < 400 {
		t.Errorf("a follow in another's name was answered %d", status)
	}
	stranger := newRelay(v, "aoderelay")
	if status := stranger.says(stranger.own("Follow", v.base+"/actor")); status != 404 {
		t.Errorf("a stranger's follow was answered %d", status)
	}

	// What goes out.
	thread := v.inProcess.thread(lea, "telecoms", "Cut off")
	create := mastodon.await("Create", 1)[0]
	mastodon.believed(create)
	if note := create["object"].(map[string]any); note["id"] != thread.URI || create["actor"] != lea.URI || note["name"] != "Cut off" {
		t.Errorf("sent %v", create)
	}
	if status, served := object(t, create["id"].(string)); status != 200 || served["type"] != "Create" {
		t.Errorf("its id serves %d %v", status, served)
	}
	announce := litepub.await("Announce", 1)[0]
	if announce["object"] != thread.URI || announce["actor"] != v.base+"/actor" || announce["published"] == nil || !has(announce["cc"], v.base+"/actor/followers") {
		t.Errorf("sent %v", announce)
	}
	if _, err := v.service.Edit(t.Context(), lea, thread.ID, forum.Edit{Title: "Cut off twice", Body: "Again."}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*relay{mastodon, litepub} {
		update := r.await("Update", 1)[0]
		r.believed(update)
		if note := update["object"].(map[string]any); note["name"] != "Cut off twice" {
			t.Errorf("sent %v", update)
		}
	}
	// And what does not.
	reply, err := v.service.Reply(t.Context(), max, forum.NewReply{ThreadID: thread.ID, Body: "Here too."})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"inside", "secret"} {
		v.inProcess.thread(lea, name, "Among us")
	}
	for _, err := range []error{v.service.Support(t.Context(), max, thread.ID, true), v.service.Boost(t.Context(), max, thread.ID, true), v.service.Delete(t.Context(), max, reply.ID, "")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	removed := v.inProcess.thread(max, "telecoms", "Spam")
	if err := v.service.Delete(t.Context(), lea, thread.ID, ""); err != nil {
		t.Fatal(err)
	}
	if err := v.service.Delete(t.Context(), v.accountNamed("mia"), removed.ID, "Spam"); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*relay{mastodon, litepub} {
		for _, deletion := range r.await("Delete", 2) {
			r.believed(deletion)
			if id := idOf(deletion["object"]); id != thread.URI && id != removed.URI {
				t.Errorf("deleted %v", deletion)
			}
		}
	}
	if got := mastodon.kinds(); got != "Create Create Delete Delete Follow Update" {
		t.Error(got)
	}
	if got := litepub.kinds(); got != "Accept Announce Announce Delete Delete Follow Update" {
		t.Error(got)
	}
	if got := refusing.kinds(); got != "Follow" {
		t.Error(got)
	}
	if got := mastodon.state().Sent; got != 5 {
		t.Errorf("%d counted as sent", got)
	}

	// The end.
	for _, r := range []*relay{mastodon, litepub} {
		v.ada.post(relaysPage, url.Values{"do": {"remove"}, "url": {r.state().URL}}).leadsTo(relaysPage)
		undo := r.await("Undo", 1)[0]
		if undo["actor"] != v.base+"/actor" || idOf(undo["object"]) != r.of("Follow")[0]["id"] {
			t.Errorf("undone %v", undo)
		}
		v.ada.post(relaysPage, url.Values{"do": {"remove"}, "url": {r.url("/inbox")}}).is(404)
	}
	v.inProcess.thread(lea, "telecoms", "Later")
	if got := mastodon.kinds() + ", " + litepub.kinds(); got != "Create Create Delete Delete Follow Undo Update, Accept Announce Announce Delete Delete Follow Undo Update" {
		t.Errorf("after its end: %s", got)
	}
}

// TestRelayIn takes from a relay after Mastodon what belongs here, for its authors'
// word.
func TestRelayIn(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	r, author := newRelay(v, "activityrelay"), newPeer(t, "mastodon")
	r.added(r.url("/inbox"), "Accept")
	root := v.base + "/t/" + v.thread
	// A reply that cannot be fetched from its own server.
	hidden := func(words, parent string) map[string]any {
		note := map[string]any{"id": author.url("/hidden/" + words), "type": "Note", "attributedTo": author.actor(), "inReplyTo": parent, "to": []any{public}, "content": "<p>" + words + "</p>"}
		return author.activity("Create", note)
	}
	signed := func(a map[string]any) map[string]any {
		author.signDocument(a, time.Now())
		return a
	}
	accepted := func(a map[string]any) {
		t.Helper()
		if status := r.says(a); status != 202 {
			t.Errorf("%v was answered %d", a, status)
		}
	}
	uri := author.url("/hidden/signed")
	accepted(signed(hidden("signed", root)))
	if v.known(uri) == nil {
		t.Fatal("what its author has signed is not taken")
	}
	forged := signed(hidden("forged", root))
	forged["object"].(map[string]any)["content"] = "<p>Buy this</p>"
	r.says(forged)
	if v.known(author.url("/hidden/forged")) != nil {
		t.Error("what was tampered with is taken")
	}
	plain := author.note("<p>unsigned</p>", root)
	plainCreate := author.activity("Create", copied(t, plain))
	plainCreate["object"].(map[string]any)["content"] = "<p>Buy this</p>"
	accepted(plainCreate)
	if p := v.known(plain["id"].(string)); p == nil || p.Content != "<p>unsigned</p>" {
		t.Errorf("what can be read from its server is %+v", p)
	}

	// What belongs nowhere here costs nothing, whoever signed it.
	far := newPeer(t, "mastodon")
	for i, note := range []map[string]any{
		{"id": far.url("/hidden/1"), "type": "Note", "attributedTo": far.actor(), "to": []any{public}, "content": "<p>Breakfast</p>"},
		{"id": far.url("/hidden/2"), "type": "Note", "attributedTo": far.actor(), "to": []any{public}, "content": "<p>Yes</p>", "inReplyTo": far.url("/hidden/1")},
		{"id": far.url("/hidden/3"), "type": "Note", "attributedTo": far.actor(), "to": []any{far.actor() + "/followers"}, "content": "<p>Psst</p>", "inReplyTo": root},
	} {
		create := far.activity("Create", note)
		if i != 1 {
			far.signDocument(create, time.Now())
		}
		accepted(create)
		accepted(far.activity("Update", note))
		accepted(far.activity("Delete", note["id"]))
	}
	accepted(far.activity("Like", root))
	accepted(far.activity("Delete", far.actor()))
	v.settle()
	if _, err := v.store.ActorByURI(t.Context(), far.actor()); forum.CodeOf(err) != forum.NotFound {
		t.Errorf("a stranger is stored: %v", err)
	}
	if gone, err := v.store.Tombstoned(t.Context(), far.url("/hidden/1")); err != nil || gone {
		t.Errorf("a stranger's deletion is remembered: %v", err)
	}

	// A thread for a forum here.
	thread := author.activity("Create", map[string]any{"id": author.url("/hidden/thread"), "type": "Note", "attributedTo": author.actor(), "name": "Which box?", "content": "<p>Mine is broken</p>", "to": []any{public}, "cc": []any{v.base + "/f/telecoms"}})
	accepted(signed(thread))
	if p := v.known(author.url("/hidden/thread")); p == nil || p.Title != "Which box?" {
		t.Errorf("a thread for a forum here is %+v", p)
	}

	// Edits and deletions: by the author's word, or after asking.
	edit := func(uri, words string) map[string]any {
		return author.activity("Update", map[string]any{"id": uri, "type": "Note", "attributedTo": author.actor(), "inReplyTo": root, "to": []any{public}, "content": "<p>" + words + "</p>", "updated": time.Now().Add(-time.Second).UTC().Format(time.RFC3339)})
	}
	text := func(uri string) string {
		t.Helper()
		p := v.known(uri)
		if p == nil {
			t.Fatalf("%s is not known", uri)
		}
		return p.Content
	}
	r.says(edit(uri, "Buy this"))
	if got := text(uri); got != "<p>signed</p>" {
		t.Errorf("edited to %s without its author's word", got)
	}
	accepted(signed(edit(uri, "better")))
	if got := text(uri); got != "<p>better</p>" {
		t.Errorf("edited to %s", got)
	}
	changed := copied(t, plain)
	changed["content"], changed["updated"] = "<p>changed</p>", time.Now().UTC().Format(time.RFC3339)
	author.publish(changed)
	accepted(edit(plain["id"].(string), "Buy this"))
	if got := text(plain["id"].(string)); got != "<p>changed</p>" {
		t.Errorf("after asking it is %s", got)
	}
	accepted(author.activity("Delete", plain["id"]))
	if p := v.known(plain["id"].(string)); p == nil || p.Hidden() {
		t.Error("deleted although it is still there")
	}
	author.mu.Lock()
	delete(author.objects, strings.TrimPrefix(plain["id"].(string), author.server.URL))
	author.mu.Unlock()
	accepted(author.activity("Delete", plain["id"]))
	if p := v.known(plain["id"].(string)); p == nil || !p.Hidden() {
		t.Error("not deleted although it is gone")
	}
	accepted(signed(author.activity("Delete", map[string]any{"id": uri, "type": "Tombstone"})))
	if p := v.known(uri); p == nil || !p.Hidden() {
		t.Error("not deleted although its author says so")
	}
	// 2 replies, a thread, 2 edits, 2 deletions.
	if got := r.state(); got.Taken != 7 || got.Received != 20 {
		t.Errorf("counted %+v", got.RelayCount)
	}

	// A server that is blocked gets through no relay, and no blocked relay gets through.
	if _, err := v.service.SetPeerRule(t.Context(), forum.Operator(), forum.PeerRule{Host: author.host(), Severity: forum.SeverityBlock}); err != nil {
		t.Fatal(err)
	}
	if status := r.says(signed(hidden("blocked", root))); status != 403 {
		t.Errorf("a blocked author was answered %d", status)
	}
	if err := v.service.LiftPeerRule(t.Context(), forum.Operator(), author.host()); err != nil {
		t.Fatal(err)
	}
	if _, err := v.service.SetPeerRule(t.Context(), forum.Operator(), forum.PeerRule{Host: r.host(), Severity: forum.SeverityBlock}); err != nil {
		t.Fatal(err)
	}
	if status := r.says(signed(hidden("through", root))); status != 403 {
		t.Errorf("a blocked relay was answered %d", status)
	}
	v.inProcess.thread(v.accountNamed("lea"), "telecoms", "Unheard")
	if got := r.kinds(); got != "Follow" {
		t.Errorf("a blocked relay got %s", got)
	}
	v.ada.post(relaysPage, url.Values{"do": {"add"}, "url": {r.url("/other/inbox")}}).is(403)
}

// TestRelayFlood holds a relay to what any server may send.
func TestRelayFlood(t *testing.T) {
	t.Parallel()
	v := newVillage(t, func(c *config.Config) { c.Limits.InboxPerMinute = 5 })
	r := newRelay(v, "activityrelay")
	r.added(r.url("/inbox"), "Accept")
	last := 0
	for i := range 6 { // each by somebody of another server
		host := fmt.Sprintf("https://far%d.example", i)
		last = r.says(map[string]any{"id": host + "/1", "type": "Create", "actor": host + "/users/ada", "object": map[string]any{"id": host + "/2", "type": "Note", "attributedTo": host + "/users/ada", "to": []any{public}, "content": "Hm"}})
		if i < 3 && last != 202 {
			t.Errorf("number %d was answered %d", i, last)
		}
	}
	if last != 503 {
		t.Errorf("the flood was answered %d", last)
	}
}

// TestRelayCommands follows relays from the command line.
func TestRelayCommands(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	r := newRelay(v, "activityrelay")
	inbox := r.url("/inbox")
	v.terminal().steps([]step{
		{line: "relay list", out: `^ADDRESS +STYLE +STATE +SINCE +RECEIVED +TAKEN +SENT\n$`},
		{line: "relay add nonsense", code: exitFailed, errs: `no address of a relay`},
		{line: "relay add " + r.url("/none"), code: exitFailed, errs: `no relay at this address`},
		{line: "relay add " + inbox, out: `is asked, in the way of mastodon`},
		{line: "relay add " + inbox, code: exitFailed, errs: `followed already`},
		{line: "relay add " + r.id(), code: exitFailed, errs: `followed already`},
		{line: "relay list", out: `(?m)^` + regexp.QuoteMeta(inbox) + ` +mastodon +pending +\S+ \S+ +0 +0 +0$`},
	})
	r.says(r.own("Accept", r.await("Follow", 1)[0]["id"]))
	v.terminal().steps([]step{
		{line: "relay list", out: `(?m) accepted `},
		{line: "relay remove " + inbox, out: `is not followed any more`},
		{line: "relay remove " + inbox, code: exitFailed, errs: `No relay .* is followed`},
		{line: "relay list", out: `SENT\n$`},
	})
	r.await("Undo", 1)
}
