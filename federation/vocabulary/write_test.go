package vocabulary_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
	"portevoix/forum/locale"
)

const here = "https://here.example"

var (
	moment = time.Date(2026, 3, 14, 9, 26, 53, 589793238, time.UTC)

	lea      = &forum.Actor{ID: 1, Kind: forum.Person, Name: "lea", URI: here + "/u/lea", URL: here + "/u/lea", FollowersURI: here + "/u/lea/followers", Inbox: here + "/u/lea/inbox", Outbox: here + "/u/lea/outbox", CreatedAt: moment}
	telecoms = &forum.Actor{ID: 2, Kind: forum.Group, Name: "telecoms", DisplayName: "Telecoms", URI: here + "/f/telecoms", URL: here + "/f/telecoms", FollowersURI: here + "/f/telecoms/followers", Inbox: here + "/f/telecoms/inbox", Outbox: here + "/f/telecoms/outbox", CreatedAt: moment}
	ines     = &forum.Actor{ID: 3, Kind: forum.Person, Name: "ines", Host: "x.example", URI: "https://x.example/users/inés", FollowersURI: "https://x.example/users/ines/followers"}
)

func writer(t testing.TB) vocabulary.Writer {
	t.Helper()
	a, err := forum.NewAddresses(here)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := locale.Load(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return vocabulary.NewWriter(a, nil, messages)
}

// published is a thread of ours.
func published() forum.Publication {
	post := forum.Post{ID: 5, ThreadID: 5, ForumID: 2, AuthorID: 1, URI: here + "/t/5", URL: here + "/t/5-box", Title: "Box: <never> came & went", Body: "It *never* came.",
		Content: "<p>It <em>never</em> came.</p>", Language: "fr", PublishedAt: moment, Tags: []string{"Réclamation"}, Supports: 3, Boosts: 1}
	th := &forum.Thread{Post: post, ContextURI: here + "/t/5/context"}
	return forum.Publication{Post: &th.Post, Thread: th, Author: lea, Forum: telecoms}
}

// answered is a reply of ours to a post elsewhere, which mentions its author, its
// own author and the forum.
func answered() forum.Publication {
	p := published()
	p.Parent = &forum.Post{ID: 6, ParentID: 5, URI: "https://x.example/notes/1?a=b%20c"}
	p.ParentBy = ines
	p.Post = &forum.Post{ID: 7, ThreadID: 5, ParentID: 6, ForumID: 2, AuthorID: 1, URI: here + "/p/7", URL: here + "/t/5#p7", Body: "When?", Content: "<p>When?</p>", PublishedAt: moment}
	p.Mentions = []forum.Actor{*ines, *lea, *telecoms}
	return p
}

// equal compares a written document with the wanted one, without contexts. It
// returns the context.
func equal(t *testing.T, got []byte, err error, want string) any {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var written, wanted map[string]any
	if err := json.Unmarshal(got, &written); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatalf("%s: %v", want, err)
	}
	context := written["@context"]
	delete(written, "@context")
	if !reflect.DeepEqual(written, wanted) {
		t.Errorf("wrote %s\nwant %s", got, want)
	}
	if context == nil {
		t.Errorf("%s has no context", got)
	}
	if bytes.HasSuffix(got, []byte("\n")) {
		t.Error("it ends with a line end")
	}
	return context
}

const threadNote = `{"id":"https://here.example/t/5","type":"Note","attributedTo":"https://here.example/u/lea",
	"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://here.example/f/telecoms","https://here.example/u/lea/followers"],
	"audience":"https://here.example/f/telecoms","context":"https://here.example/t/5/context","name":"Box: <never> came & went",
	"content":"<p><strong>Box: &lt;never&gt; came &amp; went</strong></p><p>It <em>never</em> came.</p>",
	"contentMap":{"fr":"<p><strong>Box: &lt;never&gt; came &amp; went</strong></p><p>It <em>never</em> came.</p>"},
	"language":{"identifier":"fr","name":"Français"},"mediaType":"text/html","source":{"content":"It *never* came.","mediaType":"text/markdown"},
	"url":"https://here.example/t/5-box","published":"2026-03-14T09:26:53.589Z","attachment":[],"sensitive":false,"commentsEnabled":true,"stickied":false,
	"tag":[{"type":"Mention","href":"https://here.example/f/telecoms","name":"@telecoms@here.example"},{"type":"Hashtag","href":"https://here.example/tags/reclamation","name":"#Réclamation"}],
	"replies":"https://here.example/t/5/replies","likes":{"id":"https://here.example/t/5/likes","type":"Collection","totalItems":3},
	"shares":{"id":"https://here.example/t/5/shares","type":"Collection","totalItems":1},
	"interactionPolicy":{"canQuote":{"automaticApproval":["https://www.w3.org/ns/activitystreams#Public"]}}}`

const replyNote = `{"id":"https://here.example/p/7","type":"Note","attributedTo":"https://here.example/u/lea","inReplyTo":"https://x.example/notes/1?a=b%20c",
	"to":["https://www.w3.org/ns/activitystreams#Public"],
	"cc":["https://here.example/f/telecoms","https://here.example/u/lea/followers","https://x.example/users/inés","https://here.example/u/lea"],
	"audience":"https://here.example/f/telecoms","context":"https://here.example/t/5/context","content":"<p>When?</p>","mediaType":"text/html",
	"source":{"content":"When?","mediaType":"text/markdown"},"url":"https://here.example/t/5#p7","published":"2026-03-14T09:26:53.589Z","attachment":[],"sensitive":false,
	"tag":[{"type":"Mention","href":"https://here.example/f/telecoms","name":"@telecoms@here.example"},{"type":"Mention","href":"https://x.example/users/inés","name":"@ines@x.example"}],
	"replies":"https://here.example/p/7/replies","likes":{"id":"https://here.example/p/7/likes","type":"Collection","totalItems":0},
	"shares":{"id":"https://here.example/p/7/shares","type":"Collection","totalItems":0},
	"interactionPolicy":{"canQuote":{"automaticApproval":["https://www.w3.org/ns/activitystreams#Public"]}}}`

// TestWritePost is the shape of a Note, to the letter: ids as they are stored,
// the public in to, the forum in cc, audience and tag, lists that stay lists.
func TestWritePost(t *testing.T) {
	w := writer(t)
	got, err := w.Post(published())
	context := equal(t, got, err, threadNote)
	defined, _ := json.Marshal(context)
	for _, term := range []string{"Hashtag", "sensitive", "language", "interactionPolicy", "https://www.w3.org/ns/activitystreams"} {
		if !bytes.Contains(defined, []byte(`"`+term+`"`)) {
			t.Errorf("the context does not define %s: %s", term, defined)
		}
	}
	if bytes.Contains(got, []byte(`\u003c`)) {
		t.Error("angle brackets are escaped")
	}
	got, err = w.Post(answered())
	equal(t, got, err, replyNote)

	edited := published()
	edited.Post.EditedAt = moment.Add(time.Hour)
	edited.Post.Language, edited.Post.ContentNote = "lb", "Spoiler: it never came"
	got, err = w.Post(edited)
	if err != nil {
		t.Fatal(err)
	}
	d := parse(t, string(got))
	if d.String("updated") != "2026-03-14T10:26:53.589Z" || !strings.Contains(string(got), `"contentMap":{"lb":`) || d.Object("language").String("name") != "lb" ||
		d.String("summary") != "Spoiler: it never came" || !strings.Contains(string(got), `"sensitive":true`) || strings.Contains(d.String("content"), "Spoiler") {
		t.Errorf("an edited post in another language, with a content note: %s", got)
	}
}

// TestWriteActivities is the shape of every activity.
func TestWriteActivities(t *testing.T) {
	w := writer(t)
	const decision = `"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://here.example/f/telecoms"],"audience":"https://here.example/f/telecoms"`
	featuring := func() *forum.Actor {
		f := *telecoms
		f.Featured, f.Moderators = f.URI+"/featured", f.URI+"/moderators"
		return &f
	}
	const head = `"id":"https://here.example/activities/9"`
	const public = `"to":["https://www.w3.org/ns/activitystreams#Public"]`
	follow := forum.Follow{Follower: *ines, Target: *telecoms, URI: "https://x.example/follows/1"}
	for _, c := range []struct {
		name  string
		write func() ([]byte, error)
		want  string
	}{
		{"Create", func() ([]byte, error) { return w.Create(9, published()) },
			`{` + head + `,"type":"Create","actor":"https://here.example/u/lea",` + public + `,"cc":["https://here.example/f/telecoms","https://here.example/u/lea/followers"],
			"audience":"https://here.example/f/telecoms","published":"2026-03-14T09:26:53Z","object":` + threadNote + `}`},
		{"Create of a reply", func() ([]byte, error) { return w.Create(9, answered()) },
			`{` + head + `,"type":"Create","actor":"https://here.example/u/lea",` + public + `,
			"cc":["https://here.example/f/telecoms","https://here.example/u/lea/followers","https://x.example/users/inés","https://here.example/u/lea"],
			"audience":"https://here.example/f/telecoms","published":"2026-03-14T09:26:53Z","object":` + replyNote + `}`},
		{"Update", func() ([]byte, error) {
			p := published()
			p.Post.EditedAt = moment.Add(time.Hour)
			return w.Update(9, p)
		},
			`{` + head + `,"type":"Update","actor":"https://here.example/u/lea",` + public + `,"cc":["https://here.example/f/telecoms","https://here.example/u/lea/followers"],
			"audience":"https://here.example/f/telecoms","published":"2026-03-14T10:26:53Z","object":` + strings.TrimSuffix(threadNote, "}") + `,"updated":"2026-03-14T10:26:53.589Z"}}`},
		{"Delete by the author", func() ([]byte, error) { return w.Delete(9, lea, here+"/t/5", telecoms, "") },
			`{` + head + `,"type":"Delete","actor":"https://here.example/u/lea",` + public + `,"cc":["https://here.example/f/telecoms"],
			"audience":"https://here.example/f/telecoms","object":{"id":"https://here.example/t/5","type":"Tombstone"}}`},
		{"Delete by a moderator", func() ([]byte, error) { return w.Delete(9, lea, "https://x.example/notes/1", telecoms, "advert") },
			`{` + head + `,"type":"Delete","actor":"https://here.example/u/lea",` + public + `,"cc":["https://here.example/f/telecoms"],
			"audience":"https://here.example/f/telecoms","summary":"advert","object":"https://x.example/notes/1"}`},
		{"Delete of an account", func() ([]byte, error) { return w.Delete(9, lea, lea.URI, nil, "") },
			`{` + head + `,"type":"Delete","actor":"https://here.example/u/lea",` + public + `,"cc":[],"object":"https://here.example/u/lea"}`},
		{"Like", func() ([]byte, error) { return w.Like(9, lea, published().Post, telecoms) },
			`{` + head + `,"type":"Like","actor":"https://here.example/u/lea","object":"https://here.example/t/5","audience":"https://here.example/f/telecoms"}`},
		{"Announce by a forum", func() ([]byte, error) { return w.Announce(9, telecoms, here+"/t/5", ines, nil, moment) },
			`{` + head + `,"type":"Announce","actor":"https://here.example/f/telecoms","object":"https://here.example/t/5",` + public + `,
			"cc":["https://here.example/f/telecoms/followers","https://x.example/users/inés"],"published":"2026-03-14T09:26:53Z"}`},
		{"Announce of nobody's", func() ([]byte, error) { return w.Announce(9, lea, "https://x.example/notes/1", nil, nil, moment) },
			`{` + head + `,"type":"Announce","actor":"https://here.example/u/lea","object":"https://x.example/notes/1",` + public + `,
			"cc":["https://here.example/u/lea/followers"],"published":"2026-03-14T09:26:53Z"}`},
		{"Follow", func() ([]byte, error) { return w.Follow(9, lea, ines) },
			`{` + head + `,"type":"Follow","actor":"https://here.example/u/lea","object":"https://x.example/users/inés","to":["https://x.example/users/inés"],"cc":[]}`},
		{"Block", func() ([]byte, error) { return w.Block(9, lea, ines) },
			`{` + head + `,"type":"Block","actor":"https://here.example/u/lea","object":"https://x.example/users/inés","to":["https://x.example/users/inés"],"cc":[]}`},
		{"Accept", func() ([]byte, error) { return w.Accept(9, telecoms, follow) },
			`{` + head + `,"type":"Accept","actor":"https://here.example/f/telecoms","to":["https://x.example/users/inés"],"cc":[],
			"object":{"id":"https://x.example/follows/1","type":"Follow","actor":"https://x.example/users/inés","object":"https://here.example/f/telecoms"}}`},
		{"Reject", func() ([]byte, error) { return w.Reject(9, telecoms, follow) },
			`{` + head + `,"type":"Reject","actor":"https://here.example/f/telecoms","to":["https://x.example/users/inés"],"cc":[],
			"object":{"id":"https://x.example/follows/1","type":"Follow","actor":"https://x.example/users/inés","object":"https://here.example/f/telecoms"}}`},
		{"Flag", func() ([]byte, error) {
			return w.Flag(9, lea, ines, []string{"https://x.example/notes/1"}, "an <advert>")
		},
			`{` + head + `,"type":"Flag","actor":"https://here.example/u/lea","to":["https://x.example/users/inés"],"cc":[],"content":"an <advert>",
			"object":["https://x.example/users/inés","https://x.example/notes/1"]}`},
		{"Flag of a person", func() ([]byte, error) { return w.Flag(9, lea, ines, nil, "spam") },
			`{` + head + `,"type":"Flag","actor":"https://here.example/u/lea","to":["https://x.example/users/inés"],"cc":[],"content":"spam","object":["https://x.example/users/inés"]}`},
		{"Block from a forum", func() ([]byte, error) {
			return w.Ban(9, lea, ines, telecoms, forum.Ban{Reason: "spam", Until: moment}, true)
		},
			`{` + head + `,"type":"Block","actor":"https://here.example/u/lea","object":"https://x.example/users/inés","target":"https://here.example/f/telecoms","summary":"spam","removeData":true,
			"endTime":"2026-03-14T09:26:53.589Z","expires":"2026-03-14T09:26:53.589Z",` + decision + `}`},
		{"Block from the server", func() ([]byte, error) {
			return w.Ban(9, lea, ines, &forum.Actor{}, forum.Ban{Reason: "spam"}, false)
		},
			`{` + head + `,"type":"Block","actor":"https://here.example/u/lea","object":"https://x.example/users/inés","target":"https://here.example/actor","summary":"spam","removeData":false,
			` + strings.ReplaceAll(decision, "/f/telecoms", "/actor") + `}`},
		{"Add to a forum's moderators", func() ([]byte, error) { return w.Moderator(9, lea, ines, featuring(), true) },
			`{` + head + `,"type":"Add","actor":"https://here.example/u/lea","object":"https://x.example/users/inés","target":"https://here.example/f/telecoms/moderators",` + decision + `}`},
		{"Lock", func() ([]byte, error) { return w.Lock(9, lea, here+"/t/5", telecoms) },
			`{` + head + `,"type":"Lock","actor":"https://here.example/u/lea","object":"https://here.example/t/5",` + decision + `}`},
		{"Add to a forum's head", func() ([]byte, error) { return w.Feature(9, lea, here+"/t/5", featuring(), true) },
			`{` + head + `,"type":"Add","actor":"https://here.example/u/lea","object":"https://here.example/t/5","target":"https://here.example/f/telecoms/featured",` + decision + `}`},
		{"Remove from a forum's head", func() ([]byte, error) { return w.Feature(9, lea, here+"/t/5", featuring(), false) },
			`{` + head + `,"type":"Remove","actor":"https://here.example/u/lea","object":"https://here.example/t/5","target":"https://here.example/f/telecoms/featured",` + decision + `}`},
		{"Flag to a forum", func() ([]byte, error) { return w.Report(9, lea, telecoms, "https://x.example/notes/1", "spam") },
			`{` + head + `,"type":"Flag","actor":"https://here.example/u/lea","to":["https://here.example/f/telecoms"],"cc":[],"audience":"https://here.example/f/telecoms","content":"spam","summary":"spam",
			"object":"https://x.example/notes/1"}`},
		{"Tombstone", func() ([]byte, error) { return w.Tombstone(here + "/t/5") }, `{"id":"https://here.example/t/5","type":"Tombstone"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.write()
			equal(t, got, err, c.want)
		})
	}
}

// An Undo embeds what it takes back, with its type (Mastodon needs it), and goes
// to whoever heard of that.
func TestWriteUndo(t *testing.T) {
	w := writer(t)
	announce, err := w.Announce(9, telecoms, here+"/t/5", ines, nil, moment)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Undo(10, telecoms, announce)
	equal(t, got, err, `{"id":"https://here.example/activities/10","type":"Undo","actor":"https://here.example/f/telecoms",
		"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://here.example/f/telecoms/followers","https://x.example/users/inés"],
		"object":{"id":"https://here.example/activities/9","type":"Announce","actor":"https://here.example/f/telecoms","object":"https://here.example/t/5",
			"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://here.example/f/telecoms/followers","https://x.example/users/inés"],"published":"2026-03-14T09:26:53Z"}}`)
	like, err := w.Like(9, lea, published().Post, telecoms)
	if err != nil {
		t.Fatal(err)
	}
	got, err = w.Undo(10, lea, like)
	equal(t, got, err, `{"id":"https://here.example/activities/10","type":"Undo","actor":"https://here.example/u/lea","audience":"https://here.example/f/telecoms",
		"object":{"id":"https://here.example/activities/9","type":"Like","actor":"https://here.example/u/lea","object":"https://here.example/t/5","audience":"https://here.example/f/telecoms"}}`)
	if got, err := w.Undo(10, lea, []byte("nothing")); err == nil {
		t.Errorf("undid nothing: %s", got)
	}
}

// Relay keeps the inner activity byte for byte: its order, spaces, escapes and
// whatever else it holds.
func TestRelay(t *testing.T) {
	w := writer(t)
	for _, inner := range []string{
		`{"type":"Create","@context":["https://x.example/ns",{"b":1,"a":2}],"id":"https:\/\/x.example\/1","n":1.0e2,"s":"\u00e9<é>&","a":1,"a":2}`,
		"{\r\n\t\"type\" :  \"Like\"\n}",
		`{}`,
	} {
		got, err := w.Relay(9, telecoms, []byte("\n "+inner+" \n"), moment)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasSuffix(got, []byte(`,"object":`+inner+`}`)) {
			t.Errorf("%s was relayed as %s", inner, got)
		}
		outer := parse(t, string(got))
		if outer.Type() != "Announce" || outer.ID() != here+"/activities/9" || outer.IRI("actor") != telecoms.URI || !outer.IsPublic() ||
			!reflect.DeepEqual(outer["cc"], []any{telecoms.FollowersURI}) || !reflect.DeepEqual(outer["to"], []any{vocabulary.Public}) || outer["published"] == nil || outer["@context"] == nil {
			t.Errorf("the Announce around it: %s", got)
		}
	}
	for _, inner := range []string{``, `{"type":"Create"`, `{}{}`} {
		if got, err := w.Relay(9, telecoms, []byte(inner), moment); err == nil {
			t.Errorf("%q was relayed as %s", inner, got)
		}
	}
}

// TestWriteActor is the shape of actors, and that they are read again as what
// they are.
func TestWriteActor(t *testing.T) {
	w := writer(t)
	key := &forum.KeyPair{URI: here + "/f/telecoms#main-key", Public: "PEM"}
	const group = `{"id":"https://here.example/f/telecoms","type":"Group","preferredUsername":"telecoms","name":"Telecoms","summary":"","url":"https://here.example/f/telecoms",
		"inbox":"https://here.example/f/telecoms/inbox","outbox":"https://here.example/f/telecoms/outbox","followers":"https://here.example/f/telecoms/followers",
		"featured":"https://here.example/f/telecoms/featured","attributedTo":"https://here.example/f/telecoms/moderators","moderators":"https://here.example/f/telecoms/moderators",
		"endpoints":{"sharedInbox":"https://here.example/inbox"},"manuallyApprovesFollowers":false,"discoverable":true,"indexable":true,"postingRestrictedToMods":false,
		"sensitive":false,"language":[{"identifier":"fr","name":"Français"}],"attachment":[],"published":"2026-03-14T09:26:53Z"`
	got, err := w.Actor(telecoms, &forum.Forum{Language: "fr"}, key)
	equal(t, got, err, group+`,"publicKey":{"id":"https://here.example/f/telecoms#main-key","owner":"https://here.example/f/telecoms","publicKeyPem":"PEM"},"assertionMethod":[]}`)
	read, readKey, err := vocabulary.Actor(parse(t, string(got)))
	if err != nil || read.URI != telecoms.URI || read.Kind != forum.Group || read.SharedInbox != here+"/inbox" || readKey == nil || !reflect.DeepEqual(readKey, key) {
		t.Errorf("read again: %+v, %+v, %v", read, readKey, err)
	}

	// A changed profile comes without the key.
	got, err = w.UpdateActor(9, telecoms, &forum.Forum{Language: "fr"})
	equal(t, got, err, `{"id":"https://here.example/activities/9","type":"Update","actor":"https://here.example/f/telecoms","to":["https://www.w3.org/ns/activitystreams#Public"],
		"cc":["https://here.example/f/telecoms/followers"],"object":`+group+`}}`)

	person := *lea
	person.Summary, person.SummarySource, person.Locked = "<p>hello</p>", "hello", true
	got, err = w.Actor(&person, nil, nil)
	equal(t, got, err, `{"id":"https://here.example/u/lea","type":"Person","preferredUsername":"lea","name":"lea","summary":"<p>hello</p>","source":{"content":"hello","mediaType":"text/markdown"},
		"url":"https://here.example/u/lea","inbox":"https://here.example/u/lea/inbox","outbox":"https://here.example/u/lea/outbox","followers":"https://here.example/u/lea/followers",
		"following":"https://here.example/u/lea/following","featured":"https://here.example/u/lea/featured","endpoints":{"sharedInbox":"https://here.example/inbox"},
		"manuallyApprovesFollowers":true,"discoverable":true,"indexable":true,"attachment":[],"published":"2026-03-14T09:26:53Z"}`)

	person.Fields = []forum.Field{{Label: "Site", Value: "https://lea.example/?a=1&b=2", Link: "https://lea.example/?a=1&b=2"}, {Label: "City", Value: "Lyon <3"}}
	got, err = w.Actor(&person, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := parse(t, string(got))["attachment"], []any{
		map[string]any{"type": "PropertyValue", "name": "Site", "value": `<a href="https://lea.example/?a=1&amp;b=2" rel="me nofollow noopener">https://lea.example/?a=1&amp;b=2</a>`},
		map[string]any{"type": "PropertyValue", "name": "City", "value": "Lyon &lt;3"},
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("the fields are written as %v", got)
	}

	instance := &forum.Actor{Kind: forum.Application, Name: forum.InstanceActorName, URI: here + "/actor", Inbox: here + "/actor/inbox", Outbox: here + "/actor/outbox", FollowersURI: here + "/actor/followers", CreatedAt: moment}
	got, err = w.Actor(instance, nil, nil)
	equal(t, got, err, `{"id":"https://here.example/actor","type":"Application","preferredUsername":"instance_actor","name":"instance_actor","summary":"","url":"https://here.example/about",
		"inbox":"https://here.example/actor/inbox","outbox":"https://here.example/actor/outbox","followers":"https://here.example/actor/followers",
		"endpoints":{"sharedInbox":"https://here.example/inbox"},"manuallyApprovesFollowers":false,"discoverable":true,"indexable":true,"attachment":[],"published":"2026-03-14T09:26:53Z"}`)
}

// What is written is read again as it was: between two servers of this kind
// nothing is lost.
func TestRoundTrip(t *testing.T) {
	w := writer(t)
	for _, p := range []forum.Publication{published(), answered()} {
		body, err := w.Post(p)
		if err != nil {
			t.Fatal(err)
		}
		read, err := vocabulary.ReadPost(parse(t, string(body)))
		if err != nil {
			t.Fatal(err)
		}
		if read.URI != p.Post.URI || read.URL != p.Post.URL || read.AuthorURI != lea.URI || read.Title != p.Post.Title || read.Language != p.Post.Language || read.Source != p.Post.Body ||
			!strings.HasSuffix(read.Content, p.Post.Content) || read.ContextURI != p.Thread.ContextURI || !read.Public || read.Vote != "" || !read.PublishedAt.Equal(moment.Truncate(time.Millisecond)) ||
			(p.Parent == nil) != (read.ParentURI == "") {
			t.Errorf("read %+v\nfrom %s", read, body)
		}
	}
}

func TestWriteCollections(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func() ([]byte, error)
		want  string
	}{
		{"a number", vocabulary.Collection{URI: here + "/c", Total: 3}.Write, `{"id":"https://here.example/c","type":"Collection","totalItems":3}`},
		{"an empty one", vocabulary.Collection{URI: here + "/c", Ordered: true, Items: []any{}}.Write, `{"id":"https://here.example/c","type":"OrderedCollection","totalItems":0,"orderedItems":[]}`},
		{"one member", vocabulary.Collection{URI: here + "/c", Ordered: true, Total: 1, AttributedTo: here + "/f/telecoms", Items: vocabulary.URIs([]string{here + "/u/lea"})}.Write,
			`{"id":"https://here.example/c","type":"OrderedCollection","totalItems":1,"attributedTo":"https://here.example/f/telecoms","orderedItems":["https://here.example/u/lea"]}`},
		{"pages", vocabulary.Collection{URI: here + "/c", Total: 9, First: here + "/c?page=1"}.Write, `{"id":"https://here.example/c","type":"Collection","totalItems":9,"first":"https://here.example/c?page=1"}`},
		{"a page", vocabulary.Page{URI: here + "/c?page=1&a=b", PartOf: here + "/c", Next: here + "/c?page=2", Items: vocabulary.URIs([]string{here + "/p/1"})}.Write,
			`{"id":"https://here.example/c?page=1&a=b","type":"CollectionPage","partOf":"https://here.example/c","next":"https://here.example/c?page=2","items":["https://here.example/p/1"]}`},
		{"the last page", vocabulary.Page{URI: here + "/c?page=2", PartOf: here + "/c", Ordered: true}.Write,
			`{"id":"https://here.example/c?page=2","type":"OrderedCollectionPage","partOf":"https://here.example/c","orderedItems":[]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.write()
			equal(t, got, err, c.want)
		})
	}
	inner, err := vocabulary.Embedded([]byte(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Note","n":1234567890123456789}`))
	if err != nil || !reflect.DeepEqual(inner, map[string]any{"type": "Note", "n": json.Number("1234567890123456789")}) {
		t.Errorf("embedded as %v, %v", inner, err)
	}
	if inner, err := vocabulary.Embedded([]byte(`[]`)); err == nil {
		t.Errorf("a list was embedded as %v", inner)
	}
}
