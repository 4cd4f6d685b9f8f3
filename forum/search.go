package forum

import (
	"context"
	"strings"
	"unicode"
)

// SearchSort orders what was found.
type SearchSort string

// The orders.
const (
	SearchBest   SearchSort = "" // first what has the words in its title or name, each part with the newest first
	SearchNewest SearchSort = "new"
)

// SearchRequest is a search as it is asked for: what was written, and filters
// chosen beside it. Zero values do not restrict; what the words say themselves
// goes before the filter.
type SearchRequest struct {
	Words    string
	Kind     SearchKind
	Forum    string // handle
	Thread   ThreadKind
	Language string
	Sort     SearchSort
	Viewer   ID
	After    string
	Limit    int
}

// SearchQuery is a search whose names are found: what the store answers.
type SearchQuery struct {
	Search
	Kind     SearchKind
	ForumID  ID
	AuthorID ID
	// CompanyID is the page that [Search.Company] names; 0 where that is the name of
	// a company without one.
	CompanyID ID
	GTIN      string // what [Search.Product] is, if it is the number under a bar code
	Thread    ThreadKind
	Sort      SearchSort
	Viewer    ID // whoever the viewer blocks, and whoever blocks the viewer, is left out
	After     string
	Limit     int
}

// Fragment is a piece of a text. Fragments put together are the text.
type Fragment struct {
	Text string
	Hit  bool // it was looked for
}

// Finding is one thing that was found: a thread, a reply, a forum or a person;
// the others are nil.
type Finding struct {
	Thread  *ThreadView
	Reply   *PersonPostView
	Forum   *ForumCard
	Person  *Actor
	Title   []Fragment // the thread's title, or the name
	Snippet []Fragment // the part of the text that was looked for
}

// SearchPage is a page of findings and the cursor of the next one.
type SearchPage struct {
	Findings []Finding
	Next     string
}

// Search finds threads, replies, forums and people. It returns Invalid when
// nothing is looked for, or too much, and NotFound when the author or the forum
// that is named is not known here.
func (s *Service) Search(ctx context.Context, r SearchRequest) (SearchPage, error) {
	q, err := s.readSearch(r)
	if err != nil {
		return SearchPage{}, err
	}
	if q.From != "" {
		h, ok := ParseHandle(q.From, s.addresses.Host())
		if !ok {
			return SearchPage{}, &Error{Code: NotFound, Key: "AccountUnknown", Field: "q", Args: map[string]any{"Name": q.From}}
		}
		author, err := s.store.ActorByHandle(ctx, h)
		if err != nil {
			return SearchPage{}, unknownAccount(err, q.From)
		}
		q.AuthorID = author.ID
	}
	if q.In != "" {
		f, err := s.forumNamed(ctx, q.In)
		if err != nil {
			return SearchPage{}, err
		}
		q.ForumID = f.ID
	}
	if err := s.findSearched(ctx, &q); err != nil {
		return SearchPage{}, err
	}
	return s.store.Search(ctx, q)
}

// findSearched finds the page that a search names, by handle or by name, and the
// bar code. What is none stays a name.
func (s *Service) findSearched(ctx context.Context, q *SearchQuery) error {
	if gtin := q.Product; q.Product != "" && checkGTIN(&gtin) == nil {
		q.GTIN = gtin
	}
	if q.Company == "" {
		return nil
	}
	c, err := s.Company(ctx, q.Company)
	switch {
	case err == nil && c.MergedInto != 0:
		q.CompanyID = c.MergedInto
	case err == nil:
		q.CompanyID = c.ID
	case CodeOf(err) == NotFound:
		var named *Actor
		if named, err = s.store.CompanyNamed(ctx, q.Company); err == nil {
			q.CompanyID = named.ID
		}
	}
	if CodeOf(err) == NotFound {
		return nil
	}
	return err
}

// readSearch reads what was written, with the filters beside it.
func (s *Service) readSearch(r SearchRequest) (SearchQuery, error) {
	search, err := ParseSearch(r.Words)
	switch {
	case err != nil:
		return SearchQuery{}, err
	case search.Empty():
		return SearchQuery{}, invalid("q", "SearchMissing", nil)
	case !r.Kind.known():
		return SearchQuery{}, invalid("type", "SearchKindUnknown", map[string]any{"Kind": string(r.Kind)})
	}
	if r.Thread != "" {
		if err := checkKind(&r.Thread); err != nil {
			return SearchQuery{}, err
		}
	}
	if err := checkLanguage(&r.Language); err != nil {
		return SearchQuery{}, err
	}
	q := SearchQuery{Search: search, Kind: r.Kind, Thread: r.Thread, Sort: r.Sort, Viewer: r.Viewer, After: r.After, Limit: r.Limit}
	if q.Language == "" {
		q.Language = r.Language
	}
	if q.In == "" {
		q.In = r.Forum
	}
	return q, nil
}

// forumNamed finds a forum by its handle; NotFound says which was meant.
func (s *Service) forumNamed(ctx context.Context, handle string) (*Forum, error) {
	unknown := &Error{Code: NotFound, Key: "ForumUnknown", Field: "forum", Args: map[string]any{"Name": handle}}
	h, ok := ParseHandle(handle, s.addresses.Host())
	if !ok {
		return nil, unknown
	}
	f, err := s.store.Forum(ctx, h)
	if CodeOf(err) == NotFound {
		return nil, unknown
	}
	return f, err
}

// IsAddress says whether what somebody looks for is the address of something on
// the fediverse, or a handle with a server, rather than words.
func IsAddress(s string) bool {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxAddress || strings.ContainsFunc(s, unicode.IsSpace) {
		return false
	}
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return true
	}
	h, ok := ParseHandle(s, "")
	return ok && h.Host != "" && strings.ContainsAny(h.Host, ".:") && !strings.ContainsAny(h.Name, `"“«:`)
}

// Lookup is [Service.Resolve] for everybody: whoever may not have other servers
// asked finds what is known here.
func (s *Service) Lookup(ctx context.Context, by *Account, address string) (Resolved, error) {
	if by.MayWrite() == nil {
		return s.Resolve(ctx, by, address)
	}
	address = strings.TrimSpace(address)
	var found Resolved
	var err error
	if strings.Contains(address, "://") {
		found, err = s.known(ctx, address)
	} else if h, ok := ParseHandle(address, s.addresses.Host()); ok {
		found.Actor, err = s.store.ActorByHandle(ctx, h)
	} else {
		err = notFound()
	}
	if CodeOf(err) == NotFound {
		err = &Error{Code: NotFound, Key: "NotKnownHere", Err: err}
	}
	return found, err
}
