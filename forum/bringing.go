package forum

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// BroughtKind says what was brought from an archive.
type BroughtKind string

// The kinds.
const (
	BroughtAuthors BroughtKind = "author"
	BroughtPosts   BroughtKind = "post"
)

// BroughtReader knows what was brought from archives of other forum software.
type BroughtReader interface {
	// Brought finds what became of things of a source, by their ids there.
	Brought(ctx context.Context, source string, kind BroughtKind, foreign []string) (map[string]ID, error)
}

// BroughtTx changes that.
type BroughtTx interface {
	// KeepBrought remembers what a thing of a source became; Conflict when it was
	// brought before.
	KeepBrought(ctx context.Context, source string, kind BroughtKind, foreign string, id ID) error
	// AddBroughtAuthor stores a person of this server as whom nobody signs in;
	// Conflict when the name is or was taken.
	AddBroughtAuthor(ctx context.Context, a *Actor, key KeyPair) error
	// ClaimBrought gives such a person an account.
	ClaimBrought(ctx context.Context, a *Account) error
}

// Bringing says where posts come from and where they go.
type Bringing struct {
	Source   string // where they were written, as people read it: a host name, say
	Forum    string // handle of a forum here
	Language string // of the posts; "": that of the forum
}

// BroughtAuthor is who wrote a post in an archive.
type BroughtAuthor struct {
	ForeignID string
	Name      string
	JoinedAt  time.Time // zero: not known
}

// BroughtPost is a post of an archive.
type BroughtPost struct {
	ForeignID   string
	Thread      string   // the foreign id of what opens its thread; its own for a root
	Answers     []string // the foreign ids of what it answers, the nearest first
	URI         string   // by which it may have come here already, by federation; "" for none
	Author      BroughtAuthor
	Title       string // roots only
	Body        string // Markdown
	Note        string // see [Post.ContentNote]
	PublishedAt time.Time
	EditedAt    time.Time
	Locked      bool // roots only
}

// BroughtFate is what became of a post that was to be brought.
type BroughtFate string

// The fates.
const (
	FateAdded      BroughtFate = "added"
	FateBefore     BroughtFate = "brought before"
	FateKnown      BroughtFate = "came here by federation"
	FateNoThread   BroughtFate = "its thread was not brought"
	FateHidden     BroughtFate = "its thread was deleted here"
	FateAuthorGone BroughtFate = "its author was deleted or suspended here"
)

const (
	maxSource       = 100
	broughtPrefix   = "old_" // of names: nobody's who may still come
	maxBroughtNames = 1000   // that are the same but for a number
)

// Bring stores posts of an archive as they were written, with their dates, and
// says what became of each. Threads come before their replies, in this call or an
// earlier one. Nobody is told, here or elsewhere: it is no news. Mentions stay
// text, because who has that name here is somebody else. All of it or nothing is
// stored; what was brought before stays as it is. Administrators may.
func (s *Service) Bring(ctx context.Context, by *Account, b Bringing, posts []BroughtPost) ([]BroughtFate, error) {
	if err := adminOnly(by); err != nil {
		return nil, err
	}
	f, err := s.broughtTo(ctx, &b)
	if err != nil {
		return nil, err
	}
	authors, err := s.broughtAuthors(ctx, b, posts)
	if err != nil {
		return nil, err
	}
	drafts := make([]Post, len(posts))
	for i := range posts {
		drafts[i] = s.broughtPost(b, &posts[i], f.ID)
	}
	fates := make([]BroughtFate, len(posts))
	return fates, s.write(ctx, func(ctx context.Context, tx Tx) error {
		for i := range posts {
			w := bringing{Service: s, tx: tx, Bringing: b, authors: authors}
			post := drafts[i] // another attempt begins anew
			if fates[i], err = w.bring(ctx, &posts[i], &post); err != nil {
				return err
			}
		}
		return nil
	})
}

// broughtTo checks where posts come from, and finds where they go.
func (s *Service) broughtTo(ctx context.Context, b *Bringing) (*Forum, error) {
	b.Source = oneLine(b.Source)
	if b.Source == "" || utf8.RuneCountInString(b.Source) > maxSource {
		return nil, invalid("source", "SourceShape", map[string]any{"Max": maxSource})
	}
	f, err := s.forumToPostIn(ctx, b.Forum)
	if err != nil {
		return nil, err
	}
	if !f.Local() || f.GroupRole != RoleForum {
		return nil, &Error{Code: NotFound, Key: "ForumUnknown", Field: "forum", Args: map[string]any{"Name": b.Forum}}
	}
	if b.Language == "" {
		b.Language = f.Language
	}
	return f, checkLanguage(&b.Language)
}

// CheckBringing says whether posts could be brought so, and changes nothing.
func (s *Service) CheckBringing(ctx context.Context, by *Account, b Bringing) error {
	if err := adminOnly(by); err != nil {
		return err
	}
	_, err := s.broughtTo(ctx, &b)
	return err
}

// newcomer is an author that is not here yet, prepared outside of the transaction:
// making a key takes a while.
type newcomer struct {
	actor Actor
	key   KeyPair
}

// broughtAuthors prepares those authors of posts who were not brought before.
func (s *Service) broughtAuthors(ctx context.Context, b Bringing, posts []BroughtPost) (map[string]newcomer, error) {
	var ids []string
	for i := range posts {
		ids = append(ids, posts[i].Author.ForeignID)
	}
	known, err := s.store.Brought(ctx, b.Source, BroughtAuthors, ids)
	if err != nil {
		return nil, err
	}
	list := map[string]newcomer{}
	for i := range posts {
		a := &posts[i].Author
		if _, ok := list[a.ForeignID]; ok || known[a.ForeignID] != 0 {
			continue
		}
		name, err := s.broughtName(ctx, a.Name, list)
		if err != nil {
			return nil, err
		}
		actor := s.localActor(Person, "", name)
		actor.DisplayName, actor.ImportedFrom = clipRunes(oneLine(a.Name), maxDisplayName), b.Source
		if a.JoinedAt.After(time.Unix(0, 0)) && a.JoinedAt.Before(actor.CreatedAt) {
			actor.CreatedAt = a.JoinedAt.Truncate(time.Millisecond)
		}
		key, err := s.newKeyPair(actor.URI)
		if err != nil {
			return nil, err
		}
		list[a.ForeignID] = newcomer{actor, key}
	}
	return list, nil
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// broughtName finds a name for an author that nobody has or had.
func (s *Service) broughtName(ctx context.Context, written string, taken map[string]newcomer) (string, error) {
	base := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(written), "_"), "_")
	if base == "" {
		base = "member"
	}
	base = broughtPrefix + clip(base, MaxNameLength-len(broughtPrefix)-len("_1000"))
	inUse := map[string]bool{}
	for _, n := range taken {
		inUse[n.actor.Name] = true
	}
	for i := 1; i <= maxBroughtNames; i++ {
		name := base
		if i > 1 {
			name += "_" + strconv.Itoa(i)
		}
		if inUse[name] {
			continue
		}
		if _, err := s.store.ActorByHandle(ctx, Handle{Name: name}); CodeOf(err) == NotFound {
			return name, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", &Error{Code: Conflict, Key: "NameTaken", Field: "name", Args: map[string]any{"Name": base}}
}

// broughtPost makes a post of one in an archive, without its place.
func (s *Service) broughtPost(b Bringing, p *BroughtPost, forum ID) Post {
	now := s.clock.Now()
	published := p.PublishedAt.Truncate(time.Millisecond)
	if published.After(now) || published.Unix() <= 0 {
		published = now
	}
	body := clip(trimText(p.Body), maxForeignContent)
	post := Post{
		ID: s.ids.At(p.PublishedAt, now), ForumID: forum, Body: body, Content: s.renderer.Markdown(body, nil), Language: b.Language, ContentNote: clipRunes(oneLine(p.Note), MaxContentNote),
		Tags: s.tagsOf(body), PublishedAt: published, CreateID: s.ids.New(now),
	}
	if p.EditedAt.After(published) && !p.EditedAt.After(now) {
		post.EditedAt = p.EditedAt.Truncate(time.Millisecond)
	}
	if p.Thread == p.ForeignID {
		post.Title = clipRunes(oneLine(p.Title), s.limits.Title)
	}
	return post
}

// bringing is the work of one transaction.
type bringing struct {
	*Service
	Bringing
	tx      Tx
	authors map[string]newcomer
}

// bring stores one post.
func (w *bringing) bring(ctx context.Context, p *BroughtPost, post *Post) (BroughtFate, error) {
	ids, err := w.tx.Brought(ctx, w.Source, BroughtPosts, append([]string{p.ForeignID, p.Thread}, p.Answers...))
	if err != nil {
		return "", err
	}
	if ids[p.ForeignID] != 0 {
		return FateBefore, nil
	}
	if p.URI != "" {
		if _, err := w.tx.PostByURI(ctx, p.URI); err == nil {
			return FateKnown, nil
		} else if CodeOf(err) != NotFound {
			return "", err
		}
	}
	root := p.Thread == p.ForeignID
	if !root && ids[p.Thread] == 0 {
		return FateNoThread, nil
	}
	var thread *Thread
	if !root {
		if thread, err = w.tx.Thread(ctx, ids[p.Thread]); err != nil {
			return "", err
		}
		if thread.Hidden() {
			return FateHidden, nil
		}
	}
	author, err := w.author(ctx, p.Author.ForeignID)
	if err != nil {
		return "", err
	}
	if author.Active() != nil {
		return FateAuthorGone, nil
	}
	post.AuthorID = author.ID
	if root {
		err = w.addThread(ctx, p, post)
	} else {
		err = w.addReply(ctx, thread, post, answered(p, ids))
	}
	if err != nil {
		return "", err
	}
	return FateAdded, w.tx.KeepBrought(ctx, w.Source, BroughtPosts, p.ForeignID, post.ID)
}

// answered is the nearest of what a post answers that is here.
func answered(p *BroughtPost, ids map[string]ID) ID {
	for _, a := range p.Answers {
		if ids[a] != 0 {
			return ids[a]
		}
	}
	return ids[p.Thread]
}

// author finds an author of the archive, or stores them.
func (w *bringing) author(ctx context.Context, foreign string) (*Actor, error) {
	known, err := w.tx.Brought(ctx, w.Source, BroughtAuthors, []string{foreign})
	if err != nil {
		return nil, err
	}
	if id := known[foreign]; id != 0 {
		return w.tx.Actor(ctx, id)
	}
	n := w.authors[foreign]
	if err := w.tx.AddBroughtAuthor(ctx, &n.actor, n.key); err != nil {
		return nil, err
	}
	return &n.actor, w.tx.KeepBrought(ctx, w.Source, BroughtAuthors, foreign, n.actor.ID)
}

func (w *bringing) addThread(ctx context.Context, p *BroughtPost, post *Post) error {
	post.ThreadID = post.ID
	post.URI = w.addresses.Thread(post.ID)
	post.URL = post.URI
	t := &Thread{Post: *post, Kind: Discussion, ActiveAt: post.PublishedAt, Score: hotScore(post.PublishedAt, 0, 0, 0),
		ContextURI: w.addresses.Context(post.ID), AnnounceID: w.ids.New(w.clock.Now())}
	if p.Locked {
		t.LockedAt = post.PublishedAt
	}
	return w.tx.AddThread(ctx, t, nil)
}

// addReply hangs a reply under what it answers, or above that where the tree would
// grow too deep, or where what it answers stands in another thread by now.
func (w *bringing) addReply(ctx context.Context, thread *Thread, post *Post, parentID ID) error {
	parent := &thread.Post
	for id := parentID; id != thread.ID && id != 0; {
		candidate, err := w.tx.Post(ctx, id)
		if err != nil {
			return err
		}
		if candidate.ThreadID == thread.ID && candidate.Depth < w.limits.Depth {
			parent = candidate
			break
		}
		id = candidate.ParentID
	}
	if post.ID <= parent.ID { // the archive tells whole seconds, or had a clock that went wrong
		post.ID = parent.ID + 1 + post.ID&0xffff
	}
	post.ThreadID, post.ParentID, post.ForumID, post.Depth, post.BranchID = thread.ID, parent.ID, thread.ForumID, parent.Depth+1, parent.BranchID
	if parent.IsRoot() {
		post.BranchID = post.ID
	}
	post.URI = w.addresses.Reply(post.ID)
	post.URL = post.URI
	if err := w.tx.AddReply(ctx, post, nil); err != nil {
		return err
	}
	thread.ReplyCount++
	if post.PublishedAt.After(thread.ActiveAt) {
		thread.ActiveAt = post.PublishedAt
	}
	return w.rescore(ctx, w.tx, thread)
}

// ClaimImported gives a person whose posts were brought an account, with an address
// that an administrator has found to be theirs. The mark goes.
func (s *Service) ClaimImported(ctx context.Context, by *Account, name, email string) (*Account, error) {
	if err := adminOnly(by); err != nil {
		return nil, err
	}
	email, err := cleanEmail(email)
	if err != nil {
		return nil, err
	}
	var account *Account
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		actor, err := tx.ActorByHandle(ctx, Handle{Name: name})
		if err != nil {
			return unknownAccount(err, name)
		}
		if actor.ImportedFrom == "" {
			return &Error{Code: Conflict, Key: "NotImported", Args: map[string]any{"Name": name}}
		}
		if err := actor.Active(); err != nil {
			return err
		}
		if err := freeEmail(ctx, tx, email); err != nil {
			return err
		}
		now := s.clock.Now()
		account = &Account{Actor: *actor, Email: email, EmailConfirmed: now, ApprovedAt: now, Role: Member}
		account.ImportedFrom = ""
		return tx.ClaimBrought(ctx, account)
	})
	return account, err
}
