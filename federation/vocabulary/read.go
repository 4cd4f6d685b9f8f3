package vocabulary

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"portevoix/federation/signature"
	"portevoix/forum"
)

// Actor reads an actor. The answer is an error when something is missing that
// no actor can do without, or belongs to another server: a document may speak
// for its own server only. The key is nil when it has none.
func Actor(d Document) (*forum.Actor, *forum.KeyPair, error) {
	a := &forum.Actor{URI: d.ID(), Kind: forum.ActorKind(d.Type())}
	switch a.Kind {
	case forum.Person, forum.Group, forum.Application, forum.Bot, forum.Organization:
	default:
		return nil, nil, fmt.Errorf("%q is not the type of an actor", d.Type())
	}
	if a.URI == "" {
		return nil, nil, errors.New("the actor has no id")
	}
	a.Host = forum.HostOf(a.URI)
	a.Name = d.String("preferredUsername")
	if !actorName.MatchString(a.Name) || utf8.RuneCountInString(a.Name) > maxActorName {
		return nil, nil, fmt.Errorf("%q is no name for an actor", clip(a.Name, 100))
	}
	a.Inbox = d.IRI("inbox")
	if a.Inbox == "" {
		return nil, nil, errors.New("the actor has no inbox")
	}
	if endpoints := d.Object("endpoints"); endpoints != nil {
		a.SharedInbox = endpoints.IRI("sharedInbox")
	}
	a.Outbox, a.FollowersURI, a.Featured = d.IRI("outbox"), d.IRI("followers"), d.IRI("featured")
	// An actor could point at the inbox of a server that never asked for it.
	if !forum.SameHost(a.Inbox, a.URI) {
		return nil, nil, fmt.Errorf("the inbox %s is not on the actor's server", a.Inbox)
	}
	for _, uri := range []*string{&a.SharedInbox, &a.Outbox, &a.FollowersURI, &a.Featured} {
		if !forum.SameHost(*uri, a.URI) {
			*uri = ""
		}
	}
	if a.Kind == forum.Group {
		switch role := forum.GroupRole(d.String(extension + "role")); role {
		case forum.RoleCompany, forum.RoleAction:
			a.GroupRole = role
		}
		a.Restricted = d.Bool("postingRestrictedToMods")
		// NodeBB and Lemmy name a collection; PeerTube a person, who is none.
		if a.Moderators = d.IRI("attributedTo"); !forum.SameHost(a.Moderators, a.URI) {
			a.Moderators = ""
		}
	}
	a.URL = webAddress(firstNonEmpty(linkTo(d["url"]), a.URI))
	a.DisplayName = notNull(d.String("name"))
	readCompany(d, a)
	a.Summary, _ = d.Text("summary")
	if icon := d.Object("icon"); icon != nil {
		a.IconURL = linkTo(icon["url"])
	}
	a.Fields = fields(d)
	a.Emojis = emojis(d)
	a.AlsoKnownAs, a.MovedTo = d.IRIs("alsoKnownAs"), d.IRI("movedTo")
	a.Locked = d.Bool("manuallyApprovesFollowers")
	a.Findable = d["discoverable"] != false && d["indexable"] != false // not everybody says so
	a.CreatedAt = d.Time("published")
	return a, actorKeys(d, a), nil
}

// actorKeys reads the keys that an actor publishes: the first in the old form,
// which signs requests, with those of FEP-521a beside it. Of an actor with the
// latter only, the first of them stands in.
func actorKeys(d Document, a *forum.Actor) *forum.KeyPair {
	key := actorKey(d, a)
	var beside []forum.KeyPair
	for _, k := range d.Objects("assertionMethod") {
		id := k.ID()
		if id == "" || len(beside) == maxKeys || k.IRI("controller") != a.URI || !forum.SameHost(id, a.URI) || key != nil && id == key.URI {
			continue
		}
		pem, err := signature.DecodeMultikey(k.String("publicKeyMultibase"))
		if err != nil {
			continue
		}
		beside = append(beside, forum.KeyPair{URI: id, Kind: kindOf(pem), Public: pem})
	}
	if key == nil && len(beside) > 0 {
		key, beside = &beside[0], beside[1:]
	}
	if key != nil {
		key.Beside = beside
	}
	return key
}

// maxKeys bounds how many keys of an actor are kept.
const maxKeys = 8

func kindOf(pem string) forum.KeyKind {
	if key, err := signature.ParsePublic(pem); err == nil {
		if _, ok := key.(ed25519.PublicKey); ok {
			return forum.KeyEd25519
		}
	}
	return forum.KeyRSA
}

// The length is no part of the expression: that would take megabytes.
var actorName = regexp.MustCompile(`^[\pL\pN_~][\pL\pN_.~-]*$`)

const maxActorName = 200

// actorKey reads the RSA key that an actor publishes as its own.
func actorKey(d Document, a *forum.Actor) *forum.KeyPair {
	for _, k := range d.Objects("publicKey") {
		id, owner, pem := k.ID(), k.IRI("owner"), k.String("publicKeyPem")
		if id == "" || pem == "" || owner != "" && owner != a.URI || !forum.SameHost(id, a.URI) || len(pem) > 16<<10 {
			continue
		}
		return &forum.KeyPair{URI: id, Public: pem}
	}
	return nil
}

// linkTo reads an url property: a string, a Link, or a list of either, of which
// the HTML page is preferred.
func linkTo(v any) string {
	var found string
	for _, one := range all(v) {
		s := ""
		switch one := one.(type) {
		case string:
			s = webAddress(one)
		case map[string]any:
			s = iriOf(one)
			if mt, _ := one["mediaType"].(string); mt == "text/html" && s != "" {
				return s
			}
		}
		if found == "" {
			found = s
		}
	}
	return found
}

func firstNonEmpty(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// notNull reads "null", which some servers send for a name that is missing.
func notNull(s string) string {
	if s == "null" {
		return ""
	}
	return s
}

// Post is a post as read: what of forum.RemotePost stands in the document
// itself, and the ids of what has to be looked up.
type Post struct {
	forum.RemotePost
	AuthorURI string
	ParentURI string
	Claim     forum.ParticipationDetails // of an answer that says the same happened to its author
	Vote      string                     // what an answer to a poll in the shape of a Note chooses, "" for other posts
}

// IsPost says whether a type is one that can open a thread or answer in one.
func IsPost(t string) bool { return postTypes[t] }

var postTypes = set("Article", "Audio", "Event", "Image", "Note", "Page", "Question", "Video")

// IsActor says whether a type is an actor's.
func IsActor(t string) bool { return actorTypes[t] }

var actorTypes = set("Application", "Group", "Organization", "Person", "Service")

// IsActivity says whether a type is an activity's, one that a group may pass on.
func IsActivity(t string) bool { return activityTypes[t] }

var activityTypes = set("Accept", "Add", "Announce", "Block", "Create", "Delete", "Dislike", "EmojiReact", "Flag", "Follow", "Like",
	"Listen", "Lock", "Move", "Reject", "Remove", "Resolve", "Undo", "Update", "Warn", "ChooseAnswer", "PollVote")

// ReadPost reads a post. It is an error when it has no id or author, or when
// they live on different servers.
func ReadPost(d Document) (*Post, error) {
	p := &Post{}
	p.URI = d.ID()
	p.AuthorURI = author(d)
	switch {
	case !IsPost(d.Type()):
		return nil, fmt.Errorf("%q is not the type of a post", d.Type())
	case p.URI == "":
		return nil, errors.New("the post has no id")
	case p.AuthorURI == "":
		return nil, errors.New("the post has no author")
	case !forum.SameHost(p.URI, p.AuthorURI):
		return nil, errors.New("the post and its author are on different servers")
	}
	p.URL = linkTo(d["url"])
	p.ParentURI = d.IRI("inReplyTo")
	p.Public = d.IsPublic()
	p.ContextURI = d.IRI("context")
	p.Addressed = d.Addresses()
	for _, tag := range d.Objects("tag") {
		if tag.Type() == "Mention" {
			if href := tag.IRI("href"); href != "" {
				p.Addressed = append(p.Addressed, href)
			}
		}
		if name := clip(plain(tag.String("name")), 200); tag.Type() == "Hashtag" && name != "" && len(p.Tags) < maxTags {
			p.Tags = append(p.Tags, name)
		}
	}
	p.Emojis = emojis(d)
	p.PublishedAt, p.UpdatedAt = d.Time("published"), d.Time("updated")
	p.Attachments = attachments(d)
	if allowed, ok := d["commentsEnabled"].(bool); ok {
		p.Replies = &allowed
	}
	p.Tally = forum.Tally{Replies: total(d, "replies"), Supports: total(d, "likes"), Boosts: total(d, "shares")}
	p.Poll = poll(d)
	p.Action = readAction(d)
	p.Quote = quote(d)
	p.Answered = d["replies"] != nil || p.ContextURI != ""
	readText(d, p)
	readCase(d, p)
	readClaim(d, p)
	readAnswer(d, p)
	return p, nil
}

// author is who a post is by: PeerTube names the person and the channel, and
// the person is meant.
func author(d Document) string {
	for _, o := range d.Objects("attributedTo") {
		if o.Type() == string(forum.Person) && o.ID() != "" {
			return o.ID()
		}
	}
	return d.IRI("attributedTo")
}

// readText reads title, content, source, language and content note.
func readText(d Document, p *Post) {
	name, _ := d.Text("name")
	name = notNull(name)
	content, lang := d.Text("content")
	summary, _ := d.Text("summary")
	if mt := d.String("mediaType"); mt == "text/markdown" || mt == "text/plain" {
		content = "<p>" + strings.ReplaceAll(escaper.Replace(content), "\n", "<br>") + "</p>"
	}
	if o := d.Object("language"); o != nil { // Lemmy
		lang = firstNonEmpty(o.String("identifier"), lang)
	}
	if lang == "und" {
		lang = ""
	}
	p.Language = lang
	if source := d.Object("source"); source != nil && strings.HasPrefix(source.String("mediaType"), "text/markdown") {
		p.Source = source.String("content")
	}
	p.Content = content
	if d.Type() == "Note" || d.Type() == "Question" {
		// On these, Mastodon's content warning is the summary.
		p.ContentNote = plain(summary)
	} else if content == "" {
		p.Content = summary
	}
	if p.ParentURI == "" {
		p.Title = name
		return
	}
	// A name without content, in answer to a post, is a vote in its poll
	// (Mastodon); otherwise NodeBB repeats the thread's title there.
	if content == "" && d.Type() == "Note" {
		p.Vote = name
	}
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;")

var tags = regexp.MustCompile(`<[^>]*>`)

// plain drops the tags of a short text that is shown as plain text.
func plain(s string) string { return strings.TrimSpace(tags.ReplaceAllString(s, " ")) }

const (
	maxAttachments = 20
	maxTags        = 40
)

// attachments reads files and links that came along, with their descriptions.
func attachments(d Document) []forum.Attachment {
	var list []forum.Attachment
	for _, o := range d.Objects("attachment") {
		a := forum.Attachment{URL: firstNonEmpty(linkTo(o["url"]), webAddress(o.String("href"))), MediaType: clip(o.String("mediaType"), 100)}
		name, _ := o.Text("name")
		summary, _ := o.Text("summary")
		a.Alt = clip(plain(firstNonEmpty(notNull(name), summary)), 2000)
		switch o.Type() {
		case "PropertyValue", "":
			continue
		case "Image", "Video", "Audio":
			if a.MediaType == "" {
				a.MediaType = strings.ToLower(o.Type()) + "/*"
			}
		}
		if a.URL != "" && len(list) < maxAttachments {
			list = append(list, a)
		}
	}
	return list
}

func clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.ToValidUTF8(s[:max], "")
}
