package forum

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// FilterKind says what a filter looks at.
type FilterKind string

// The kinds.
const (
	FilterWords  FilterKind = "words"
	FilterPerson FilterKind = "person"
	FilterServer FilterKind = "server"
	FilterForum  FilterKind = "forum"
)

// FilterKinds lists them in the order of the form.
var FilterKinds = []FilterKind{FilterWords, FilterPerson, FilterServer, FilterForum}

// FilterAction is what becomes of a post that a filter finds.
type FilterAction string

// The actions.
const (
	FilterHide FilterAction = "hide" // it is left out
	FilterWarn FilterAction = "warn" // it is folded behind the filter's name
)

// FilterContext is where posts are read, in the words of Mastodon's apps.
type FilterContext string

// The contexts. Lists that one chose to keep, as bookmarks, are in none.
const (
	InHome          FilterContext = "home" // and one's lists
	InNotifications FilterContext = "notifications"
	InPublic        FilterContext = "public" // lists of threads, and searches
	InThread        FilterContext = "thread"
	InAccount       FilterContext = "account"
)

// FilterContexts lists them in their usual order.
var FilterContexts = []FilterContext{InHome, InNotifications, InPublic, InThread, InAccount}

// Filter is something that an account does not want to read. Nobody else learns
// of it. To hide a person is to mute them.
type Filter struct {
	ID        ID
	AccountID ID
	Kind      FilterKind
	Value     string  // words, or a host
	Target    *Byline // the person or forum; nil for the other kinds
	Action    FilterAction
	Contexts  []FilterContext // where it looks; none: everywhere
	Within    bool            // it finds its words within longer ones too
	CreatedAt time.Time
	ExpiresAt time.Time // zero for never
}

// Label names the filter to its owner.
func (f *Filter) Label() string {
	switch {
	case f.Target == nil:
		return f.Value
	case f.Kind == FilterForum:
		return "!" + f.Target.Handle()
	}
	return "@" + f.Target.Handle()
}

// NewFilter is what a person gives for a filter.
type NewFilter struct {
	Kind     FilterKind
	Value    string // words, a handle or a host
	Action   FilterAction
	Lifetime time.Duration   // 0: for good
	Contexts []FilterContext // none: everywhere
	Within   bool            // of words: within longer ones too
}

const (
	maxFilters        = 200
	maxFilterWords    = 100
	minFilterWords    = 2
	maxFilterLifetime = 366 * 24 * time.Hour
)

// AddFilter keeps a filter; one that looks at the same thing is replaced.
func (s *Service) AddFilter(ctx context.Context, by *Account, n NewFilter) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if n.Action != FilterHide && n.Action != FilterWarn {
		return invalid("action", "FilterActionUnknown", nil)
	}
	if n.Lifetime < 0 || n.Lifetime > maxFilterLifetime {
		return invalid("lifetime", "FilterLifetime", nil)
	}
	now := s.clock.Now()
	contexts, err := filterContexts(n.Contexts)
	if err != nil {
		return err
	}
	f := Filter{ID: s.ids.New(now), AccountID: by.ID, Kind: n.Kind, Action: n.Action, Contexts: contexts, Within: n.Within, CreatedAt: now}
	if n.Lifetime > 0 {
		f.ExpiresAt = now.Add(n.Lifetime)
	}
	if err := s.aimFilter(ctx, by, &f, oneLine(n.Value)); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.AddFilter(ctx, f, maxFilters) })
}

// filterContexts puts contexts in their order, each once; none where it is all.
func filterContexts(given []FilterContext) ([]FilterContext, error) {
	for _, c := range given {
		if !slices.Contains(FilterContexts, c) {
			return nil, invalid("context", "FilterContextUnknown", nil)
		}
	}
	var list []FilterContext
	for _, c := range FilterContexts {
		if slices.Contains(given, c) {
			list = append(list, c)
		}
	}
	if len(list) == len(FilterContexts) {
		return nil, nil
	}
	return list, nil
}

// aimFilter fills in what a filter looks at.
func (s *Service) aimFilter(ctx context.Context, by *Account, f *Filter, value string) error {
	if value == "" {
		return invalid("value", "FilterMissing", nil)
	}
	switch f.Kind {
	case FilterWords:
		if n := utf8.RuneCountInString(value); n > maxFilterWords {
			return invalid("value", "TextTooLong", map[string]any{"Max": maxFilterWords})
		} else if n < minFilterWords {
			return invalid("value", "FilterTooShort", map[string]any{"Min": minFilterWords})
		}
		f.Value = strings.ToLower(value)
	case FilterServer:
		host := strings.ToLower(strings.TrimPrefix(value, "@"))
		if _, ok := ParseHandle("x@"+host, s.addresses.Host()); !ok || host == s.addresses.Host() {
			return invalid("value", "ServerUnreadable", nil)
		}
		f.Value = host
	case FilterPerson, FilterForum:
		target, err := s.FindActor(ctx, strings.TrimLeft(value, "@!"))
		if err != nil {
			return err
		}
		if target.ID == by.ID || target.Kind == Application || (target.Kind == Group) != (f.Kind == FilterForum) {
			return invalid("value", "FilterWhom", nil)
		}
		f.Target = &Byline{ID: target.ID, Name: target.Name, Host: target.Host, Kind: target.Kind, GroupRole: target.GroupRole}
	default:
		return invalid("kind", "FilterKindUnknown", nil)
	}
	return nil
}

// RemoveFilter takes one of one's own filters away; it succeeds when there is
// none.
func (s *Service) RemoveFilter(ctx context.Context, by *Account, id ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.RemoveFilter(ctx, by.ID, id) })
}

// Mute hides a person from an account, for good. They do not learn of it.
func (s *Service) Mute(ctx context.Context, by *Account, handle string) error {
	return s.AddFilter(ctx, by, NewFilter{Kind: FilterPerson, Value: handle, Action: FilterHide})
}

// Unmute shows a person again, whatever filter hid them.
func (s *Service) Unmute(ctx context.Context, by *Account, handle string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	target, err := s.FindActor(ctx, handle)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.RemoveFiltersOf(ctx, by.ID, target.ID) })
}

// Filters lists one's own filters that have not expired, newest first; none for
// visitors. Whoever shows posts takes those In where it shows them.
func (s *Service) Filters(ctx context.Context, by *Account) (Filters, error) {
	if by == nil {
		return nil, nil
	}
	return s.store.Filters(ctx, by.ID, s.clock.Now())
}

// Filters are all filters of one account.
type Filters []Filter

// In are those that look at a context: those that look everywhere, and those that
// look there.
func (list Filters) In(context FilterContext) Filters {
	return slices.DeleteFunc(slices.Clone(list), func(f Filter) bool {
		return len(f.Contexts) > 0 && !slices.Contains(f.Contexts, context)
	})
}

// Without leaves out a kind: who opens a forum's page wants to see it.
func (list Filters) Without(kind FilterKind) Filters {
	return slices.DeleteFunc(slices.Clone(list), func(f Filter) bool { return f.Kind == kind })
}

// Filtered is what a reader's filters say of a post; the zero value for nothing.
type Filtered struct {
	Label  string // of the filter that found it
	Hidden bool
}

// judge looks at a post; text is what it says, asked for only where a filter
// reads. Hiding wins over warning.
func (list Filters) judge(author Byline, forum ID, text func() string) Filtered {
	found := Filtered{}
	read := ""
	for i := range list {
		f := &list[i]
		if f.AccountID == author.ID { // one's own
			return Filtered{}
		}
		hit := false
		switch f.Kind {
		case FilterPerson:
			hit = f.Target != nil && f.Target.ID == author.ID
		case FilterForum:
			hit = f.Target != nil && f.Target.ID == forum
		case FilterServer:
			hit = f.Value == author.Host
		case FilterWords:
			if read == "" {
				read = strings.ToLower(text())
			}
			hit = containsWords(read, f.Value) || f.Within && strings.Contains(read, f.Value)
		}
		if hit && (found.Label == "" || f.Action == FilterHide) {
			found = Filtered{Label: f.Label(), Hidden: f.Action == FilterHide}
		}
		if found.Hidden {
			break
		}
	}
	return found
}

// containsWords says whether a text has a phrase that no letter or digit goes on
// from, on either side. Both are in small letters.
func containsWords(text, phrase string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], phrase)
		if i < 0 {
			return false
		}
		begin, end := at+i, at+i+len(phrase)
		before, _ := utf8.DecodeLastRuneInString(text[:begin])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !wordRune(before) && !wordRune(after) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[begin:])
		at = begin + size
	}
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Threads leaves the hidden ones out of a list and marks those to warn of. A
// list has titles and content notes only.
func (list Filters) Threads(threads []ThreadView) []ThreadView {
	if len(list) == 0 {
		return threads
	}
	for i := range threads {
		t := &threads[i]
		t.Filtered = list.judge(t.Author, t.ForumID, func() string { return t.Title + "\n" + t.ContentNote })
	}
	return slices.DeleteFunc(threads, func(t ThreadView) bool { return t.Filtered.Hidden })
}

// Clear leaves out of a list also what the filters warn of: where threads are only
// suggested, there is none to fold.
func (list Filters) Clear(threads []ThreadView) []ThreadView {
	return slices.DeleteFunc(list.Threads(threads), func(t ThreadView) bool { return t.Filtered.Label != "" })
}

// Post marks a post; text makes plain text of its content.
func (list Filters) Post(p *PostView, text func(html string) string) {
	p.Filtered = list.judge(p.Author, p.ForumID, func() string { return p.Title + "\n" + p.ContentNote + "\n" + text(p.Content) })
}

// Posts leaves the hidden ones out of a list and marks those to warn of. What is
// deleted stays where it is.
func (list Filters) Posts(posts []PostView, text func(html string) string) []PostView {
	if len(list) == 0 {
		return posts
	}
	for i := range posts {
		if !posts[i].Post.Hidden() {
			list.Post(&posts[i], text)
		}
	}
	return slices.DeleteFunc(posts, func(p PostView) bool { return p.Filtered.Hidden })
}

// Findings leaves the hidden posts out of what was found and marks those to warn
// of. Forums and people are found all the same: who looks for one knows whom.
func (list Filters) Findings(found []Finding, text func(html string) string) []Finding {
	if len(list) == 0 {
		return found
	}
	return slices.DeleteFunc(found, func(f Finding) bool {
		switch {
		case f.Thread != nil:
			root := f.Thread.Root()
			list.Post(&root, text)
			f.Thread.Filtered = root.Filtered
			return root.Filtered.Hidden
		case f.Reply != nil:
			list.Post(&f.Reply.PostView, text)
			return f.Reply.Filtered.Hidden
		}
		return false
	})
}

// Branches marks replies, and leaves the hidden ones out unless something that
// is shown hangs under them.
func (list Filters) Branches(branches []*Branch, text func(html string) string) []*Branch {
	if len(list) == 0 {
		return branches
	}
	return slices.DeleteFunc(branches, func(b *Branch) bool {
		b.Replies = list.Branches(b.Replies, text)
		if !b.Post.Hidden() {
			list.Post(&b.PostView, text)
		}
		return b.Filtered.Hidden && len(b.Replies) == 0 && b.More == 0
	})
}

// Notices leaves out the hidden notifications and marks those to warn of. What
// moderators have to say is never filtered.
func (list Filters) Notices(groups []NotificationGroup, text func(html string) string) []NotificationGroup {
	if len(list) == 0 {
		return groups
	}
	return slices.DeleteFunc(groups, func(g NotificationGroup) bool {
		return g.Kind.Topic() != TopicModeration && list.notice(&g, text)
	})
}

// notice marks a group, and says whether the newest of it are hidden.
func (list Filters) notice(g *NotificationGroup, text func(html string) string) bool {
	hidden := true
	for i := range g.Newest {
		n := &g.Newest[i]
		if n.Actor == nil {
			return false
		}
		n.Filtered = list.judge(*n.Actor, 0, func() string { return n.ThreadTitle + "\n" + text(n.Excerpt) })
		hidden = hidden && n.Filtered.Hidden
	}
	return hidden
}
