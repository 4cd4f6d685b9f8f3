package vocabulary

import (
	"fmt"
	"html"
	"strings"

	"github.com/go-fed/activity/streams"
	"github.com/go-fed/activity/streams/vocab"

	"portevoix/federation/signature"
	"portevoix/forum"
	"portevoix/forum/words"
)

// postAudience is who a post is addressed to besides the public: its forum, the
// author's followers, the author of its parent, whoever it mentions.
func postAudience(p forum.Publication) []string {
	var cc []string
	if p.Forum != nil {
		cc = append(cc, p.Forum.URI)
	}
	if p.Company != nil {
		cc = append(cc, p.Company.URI)
	}
	cc = append(cc, p.Author.FollowersURI)
	if p.ParentBy != nil {
		cc = append(cc, p.ParentBy.URI)
	}
	for i := range p.Mentions {
		cc = append(cc, p.Mentions[i].URI)
	}
	return cc
}

// Post writes a post as its own address serves it.
func (w Writer) Post(p forum.Publication) ([]byte, error) {
	m, err := w.post(p)
	if err != nil {
		return nil, err
	}
	return encode(m, postContext)
}

// post writes a Note. Threads carry their title as name, and again at the head
// of the content, because Mastodon shows only that; replies have no name, which
// would make them votes there.
func (w Writer) post(p forum.Publication) (object, error) {
	n := streams.NewActivityStreamsNote()
	id := streams.NewJSONLDIdProperty()
	id.SetIRI(iri(p.Post.URI))
	n.SetJSONLDId(id)
	by := streams.NewActivityStreamsAttributedToProperty()
	by.AppendIRI(iri(p.Author.URI))
	n.SetActivityStreamsAttributedTo(by)
	address(n, []string{Public}, postAudience(p))
	content := p.Post.Content
	if p.Post.IsRoot() {
		name := streams.NewActivityStreamsNameProperty()
		name.AppendXMLSchemaString(p.Post.Title)
		n.SetActivityStreamsName(name)
		content = "<p><strong>" + html.EscapeString(p.Post.Title) + "</strong></p>" + content
	} else {
		parent := streams.NewActivityStreamsInReplyToProperty()
		parent.AppendIRI(iri(p.Parent.URI))
		n.SetActivityStreamsInReplyTo(parent)
	}
	content += pollText(p) + w.caseText(p)
	c := streams.NewActivityStreamsContentProperty()
	c.AppendXMLSchemaString(content)
	n.SetActivityStreamsContent(c)
	n.SetActivityStreamsTag(w.mentions(p))
	m, err := write(n)
	if err != nil {
		return nil, err
	}
	w.extend(m, p, content)
	return m, nil
}

// extend adds what go-fed's Note has no property for, or writes in a form that
// others do not read.
func (w Writer) extend(m object, p forum.Publication, content string) {
	uri := p.Post.URI
	m["url"] = p.Post.URL
	// To the millisecond, which go-fed would drop: the order of quick answers
	// must survive the journey.
	m["published"] = moment(p.Post.PublishedAt)
	if !p.Post.EditedAt.IsZero() {
		m["updated"] = moment(p.Post.EditedAt)
	}
	m["mediaType"] = "text/html"
	m["attachment"] = w.pictures(p.Post.Pictures())
	if c := w.cover(p.Post); c != nil {
		m["image"] = c
	}
	if len(p.Post.Tags) > 0 {
		mentions, _ := m["tag"].([]any)
		m["tag"] = append(mentions, w.hashtags(p.Post.Tags)...)
	}
	// Mastodon folds a Note with a summary behind it, and hides its pictures too
	// where it is sensitive. It stands before title and text, not in them.
	m["sensitive"] = p.Post.ContentNote != ""
	if p.Post.ContentNote != "" {
		m["summary"] = p.Post.ContentNote
	}
	if p.Post.IsRoot() { // Lemmy 0.19, Mbin and PieFed read them
		m["commentsEnabled"], m["stickied"] = !p.Thread.Locked(), p.Thread.Featured
	}
	// Lemmy shows the source: what a case has to say stands in it too.
	m["source"] = object{"content": p.Post.Body + w.caseSource(p), "mediaType": "text/markdown"}
	if p.Post.Language != "" {
		m["contentMap"] = object{p.Post.Language: content}
		m["language"] = language(p.Post.Language)
	}
	if p.Thread.ContextURI != "" {
		m["context"] = p.Thread.ContextURI
	}
	w.extendPoll(m, p)
	w.extendCase(m, p)
	w.extendAnswer(m, p)
	w.extendAction(m, p)
	audience(m, p.Forum)
	m["replies"] = uri + "/replies"
	m["likes"] = object{"id": uri + "/likes", "type": "Collection", "totalItems": p.Post.Supports}
	m["shares"] = object{"id": uri + "/shares", "type": "Collection", "totalItems": p.Post.Boosts}
	// Anyone may quote what was written for all to read (FEP-044f).
	m["interactionPolicy"] = object{"canQuote": object{"automaticApproval": []any{Public}}}
}

// mentions tags the forum, so that answers from Mastodon are addressed to it,
// the author of the parent, who is notified by it, and whoever the text names.
func (w Writer) mentions(p forum.Publication) vocab.ActivityStreamsTagProperty {
	property := streams.NewActivityStreamsTagProperty()
	seen := map[string]bool{p.Author.URI: true}
	add := func(a *forum.Actor) {
		if a == nil || seen[a.URI] {
			return
		}
		seen[a.URI] = true
		m := streams.NewActivityStreamsMention()
		href := streams.NewActivityStreamsHrefProperty()
		href.SetIRI(iri(a.URI))
		m.SetActivityStreamsHref(href)
		name := streams.NewActivityStreamsNameProperty()
		name.AppendXMLSchemaString(w.handle(a))
		m.SetActivityStreamsName(name)
		property.AppendActivityStreamsMention(m)
	}
	add(p.Forum)
	add(p.Company)
	add(p.ParentBy)
	for i := range p.Mentions {
		add(&p.Mentions[i])
	}
	return property
}

// hashtags name what a post is about; go-fed knows no Hashtag.
func (w Writer) hashtags(tags []string) []any {
	var list []any
	for _, tag := range tags {
		list = append(list, object{"type": "Hashtag", "name": "#" + tag, "href": w.addresses.Tag(words.Tag(tag))})
	}
	return list
}

// Tombstone writes what is left of something deleted.
func (w Writer) Tombstone(uri string) ([]byte, error) {
	return encode(object{"id": uri, "type": "Tombstone"}, activityContext)
}

// Actor writes an actor as its own address serves it. f is nil for people.
func (w Writer) Actor(a *forum.Actor, f *forum.Forum, key *forum.KeyPair) ([]byte, error) {
	m, err := w.actor(a, f, key)
	if err != nil {
		return nil, err
	}
	return encode(m, actorContext)
}

// goActor is what go-fed's actor types have in common.
type goActor interface {
	vocab.Type
	SetJSONLDId(vocab.JSONLDIdProperty)
	SetActivityStreamsPreferredUsername(vocab.ActivityStreamsPreferredUsernameProperty)
	SetActivityStreamsName(vocab.ActivityStreamsNameProperty)
	SetActivityStreamsInbox(vocab.ActivityStreamsInboxProperty)
	SetActivityStreamsOutbox(vocab.ActivityStreamsOutboxProperty)
	SetActivityStreamsFollowers(vocab.ActivityStreamsFollowersProperty)
	SetActivityStreamsPublished(vocab.ActivityStreamsPublishedProperty)
	SetW3IDSecurityV1PublicKey(vocab.W3IDSecurityV1PublicKeyProperty)
}

func (w Writer) actor(a *forum.Actor, f *forum.Forum, key *forum.KeyPair) (object, error) {
	var t goActor
	switch a.Kind {
	case forum.Group:
		t = streams.NewActivityStreamsGroup()
	case forum.Application:
		t = streams.NewActivityStreamsApplication()
	case forum.Bot:
		t = streams.NewActivityStreamsService()
	default:
		t = streams.NewActivityStreamsPerson()
	}
	id := streams.NewJSONLDIdProperty()
	id.SetIRI(iri(a.URI))
	t.SetJSONLDId(id)
	username := streams.NewActivityStreamsPreferredUsernameProperty()
	username.SetXMLSchemaString(a.Name)
	t.SetActivityStreamsPreferredUsername(username)
	name := streams.NewActivityStreamsNameProperty()
	name.AppendXMLSchemaString(a.Label())
	t.SetActivityStreamsName(name)
	inbox := streams.NewActivityStreamsInboxProperty()
	inbox.SetIRI(iri(a.Inbox))
	t.SetActivityStreamsInbox(inbox)
	outbox := streams.NewActivityStreamsOutboxProperty()
	outbox.SetIRI(iri(a.Outbox))
	t.SetActivityStreamsOutbox(outbox)
	followers := streams.NewActivityStreamsFollowersProperty()
	followers.SetIRI(iri(a.FollowersURI))
	t.SetActivityStreamsFollowers(followers)
	t.SetActivityStreamsPublished(published(a.CreatedAt))
	if key != nil {
		t.SetW3IDSecurityV1PublicKey(publicKey(a, key))
	}
	m, err := write(t)
	if err != nil {
		return nil, err
	}
	w.extendActor(m, a, f)
	if key != nil {
		if m["assertionMethod"], err = multikeys(a, key.Beside); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// multikeys are an actor's keys beside the main one (FEP-521a).
func multikeys(a *forum.Actor, keys []forum.KeyPair) ([]any, error) {
	list := []any{}
	for _, key := range keys {
		text, err := signature.EncodeMultikey(key.Public)
		if err != nil {
			return nil, fmt.Errorf("write key %s: %w", key.URI, err)
		}
		list = append(list, object{"id": key.URI, "type": "Multikey", "controller": a.URI, "publicKeyMultibase": text})
	}
	return list, nil
}

func publicKey(a *forum.Actor, key *forum.KeyPair) vocab.W3IDSecurityV1PublicKeyProperty {
	k := streams.NewW3IDSecurityV1PublicKey()
	id := streams.NewJSONLDIdProperty()
	id.SetIRI(iri(key.URI))
	k.SetJSONLDId(id)
	owner := streams.NewW3IDSecurityV1OwnerProperty()
	owner.SetIRI(iri(a.URI))
	k.SetW3IDSecurityV1Owner(owner)
	pem := streams.NewW3IDSecurityV1PublicKeyPemProperty()
	pem.Set(key.Public)
	k.SetW3IDSecurityV1PublicKeyPem(pem)
	property := streams.NewW3IDSecurityV1PublicKeyProperty()
	property.AppendW3IDSecurityV1PublicKey(k)
	return property
}

// extendActor adds what go-fed's actors have no property for.
func (w Writer) extendActor(m object, a *forum.Actor, f *forum.Forum) {
	m["url"] = a.URL
	m["summary"] = a.Summary
	m["endpoints"] = object{"sharedInbox": w.addresses.SharedInbox()}
	m["manuallyApprovesFollowers"] = a.Locked
	portraits(m, a)
	m["discoverable"], m["indexable"] = true, true
	m["attachment"] = properties(a.Fields)
	switch a.Kind {
	case forum.Application:
		m["url"] = w.addresses.Base() + "/about"
		return
	case forum.Group:
		// PeerTube wants a group's attributedTo; Lemmy reads its moderators there.
		m["attributedTo"] = a.URI + "/moderators"
		m["moderators"] = a.URI + "/moderators"
		m["postingRestrictedToMods"] = a.Restricted
		m["sensitive"] = false
		if a.GroupRole != forum.RoleForum {
			m[extension+"role"] = string(a.GroupRole)
		}
		if len(a.AlsoKnownAs) > 0 {
			m["alsoKnownAs"] = URIs(a.AlsoKnownAs)
		}
		if a.MovedTo != "" {
			m["movedTo"] = a.MovedTo
		}
		w.extendCompany(m, a, f)
		if f != nil && f.Action != nil && f.Action.Public() && w.messages != nil {
			m["attachment"] = properties(actionFields(w.messages.Printer(f.Action.Language), f.Action))
		}
		if f != nil && f.Language != "" {
			m["language"] = []any{language(f.Language)}
		}
	default:
		m["following"] = a.URI + "/following"
		if len(a.AlsoKnownAs) > 0 {
			m["alsoKnownAs"] = URIs(a.AlsoKnownAs)
		}
		if a.MovedTo != "" {
			m["movedTo"] = a.MovedTo
		}
	}
	m["featured"] = featured(a)
	if strings.TrimSpace(a.SummarySource) != "" {
		m["source"] = object{"content": a.SummarySource, "mediaType": "text/markdown"}
	}
}
