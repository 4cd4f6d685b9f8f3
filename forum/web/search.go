package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"portevoix/forum"
)

const (
	findingsPerPage = 20
	findingsBeside  = 4 // forums and people beside posts
)

// searchPage is what was looked for, and what was found.
type searchPage struct {
	forum.SearchRequest
	Found    forum.SearchPage
	Forums   []forum.Finding // beside posts
	People   []forum.Finding
	Choices  []forum.ForumCard // forums to choose from
	Resolved *forum.Finding    // what an address names
	Strange  *strangePage      // a post elsewhere that is not kept here
	Asked    bool              // for an address
	Respelt  string            // another spelling, with which more is found
	Problems []string
}

// search looks for words, or for what an address names.
func (s *Site) search(v *visit) error {
	f := searchPage{SearchRequest: v.readSearch()}
	words := strings.TrimSpace(f.Words)
	status, err := http.StatusOK, error(nil)
	if tag, ok := strings.CutPrefix(words, "#"); ok && tag != "" && !strings.ContainsAny(tag, " /") {
		return v.redirect(tagPath(tag))
	}
	switch {
	case words == "":
	case forum.IsAddress(words):
		f.Asked = true
		if done, redirectErr := s.openOwn(v, words); done {
			return redirectErr
		}
		err = s.lookUp(v, &f, words)
	default:
		err = s.find(v, &f)
	}
	if code := forum.CodeOf(err); code == forum.Internal {
		return err
	} else if err != nil {
		status, f.Problems = statuses[code], v.print.Errors(err)
	}
	if err := s.offerForums(v, &f); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Search.Title"))
	if words != "" {
		p.Title = v.print.T("Search.For", "Words", forum.Excerpt(words, 60))
	}
	if words != "" && !f.Asked && f.Kind.OfPosts() {
		p.Head.Feed = f.feedPage()
	}
	p.Section, p.NoIndex = "search", true
	return v.show(status, p, searchView(p, f))
}

// readSearch reads a search from the address. Kinds that are not known fall back
// to the usual.
func (v *visit) readSearch() forum.SearchRequest {
	filter := v.readFilter()
	r := forum.SearchRequest{
		Words: v.query("q"), Kind: forum.SearchKind(v.query("type")), Forum: strings.TrimSpace(v.query("forum")), Thread: filter.Kind,
		Language: filter.Language, Viewer: v.viewerID(), After: filter.After, Limit: findingsPerPage,
	}
	if !slices.Contains(forum.SearchKinds, r.Kind) {
		r.Kind = forum.SearchPosts
	}
	if v.query("sort") == string(forum.SearchNewest) {
		r.Sort = forum.SearchNewest
	}
	return r
}

// find looks for words, and on the first page of posts also for a few forums and
// people.
func (s *Site) find(v *visit, f *searchPage) error {
	var err error
	if f.Found, err = s.service.Search(v.ctx(), f.SearchRequest); err != nil {
		return err
	}
	if f.Respelt, err = s.service.Respell(v.ctx(), f.SearchRequest, f.Found); err != nil {
		return err
	}
	filters, err := v.filters(forum.InPublic)
	if err != nil {
		return err
	}
	if f.Forum != "" {
		filters = filters.Without(forum.FilterForum) // whoever looks there wants to see it
	}
	f.Found.Findings = filters.Findings(f.Found.Findings, s.o.Renderer.Text)
	if f.Kind != forum.SearchPosts || f.After != "" || f.narrowed() {
		return nil
	}
	for kind, list := range map[forum.SearchKind]*[]forum.Finding{forum.SearchForums: &f.Forums, forum.SearchPeople: &f.People} {
		beside := forum.SearchRequest{Words: f.Words, Kind: kind, Viewer: f.Viewer, Limit: findingsBeside}
		found, err := s.service.Search(v.ctx(), beside)
		if err != nil {
			return err
		}
		*list = found.Findings
	}
	return nil
}

// narrowed says whether only posts of some sort are looked for.
func (f *searchPage) narrowed() bool { return f.Forum != "" || f.Thread != "" || f.Language != "" }

// openOwn leads to a page of this server whose address was entered.
func (s *Site) openOwn(v *visit, words string) (done bool, err error) {
	path := strings.TrimPrefix(words, s.base())
	if path == words || !s.service.Addresses().IsLocal(words) || !localPath(path) {
		return false, nil
	}
	return true, v.redirect(path)
}

// lookUp finds what an address or a handle names; its server is asked for members.
func (s *Site) lookUp(v *visit, f *searchPage, address string) error {
	if v.viewer != nil && !s.throttle.allowLookup("account "+v.viewer.ID.String()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	found, err := s.service.Lookup(v.ctx(), v.viewer, address)
	switch {
	case err != nil:
		return err
	case found.Actor != nil:
		f.Resolved, err = s.findingOfActor(v, found.Actor)
	case found.Post != nil:
		f.Resolved, err = s.findingOfPost(v, found.Post)
	default:
		f.Strange = &strangePage{URI: address, Resolved: found}
	}
	return err
}

func (s *Site) findingOfActor(v *visit, a *forum.Actor) (*forum.Finding, error) {
	switch {
	case !a.DeletedAt.IsZero():
		return nil, &forum.Error{Code: forum.Gone, Key: "AccountDeleted"}
	case a.Kind == forum.Application:
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	f := &forum.Finding{Person: a, Title: plainFragments(a.Label()), Snippet: plainFragments(forum.Excerpt(s.o.Renderer.Text(a.Summary), 280))}
	if !a.IsForum() {
		return f, nil
	}
	full, err := s.store.Forum(v.ctx(), forum.Handle{Name: a.Name, Host: a.Host})
	if err != nil {
		return nil, err
	}
	f.Person, f.Forum = nil, &forum.ForumCard{Forum: *full}
	if v.viewer != nil {
		relation, err := s.store.Relation(v.ctx(), v.viewer.ID, a.ID)
		if err != nil {
			return nil, err
		}
		f.Forum.Followed = relation.Following
	}
	return f, nil
}

func (s *Site) findingOfPost(v *visit, post *forum.Post) (*forum.Finding, error) {
	f := &forum.Finding{Snippet: plainFragments(forum.Excerpt(s.o.Renderer.Text(post.Content), 280))}
	if post.ContentNote != "" {
		f.Snippet = plainFragments(post.ContentNote)
	}
	title, err := s.titleOf(v, post)
	if err != nil {
		return nil, err
	}
	f.Title = plainFragments(title)
	if post.IsRoot() {
		f.Thread, err = s.store.ThreadView(v.ctx(), post.ID, v.viewerID())
		return f, err
	}
	view, err := s.store.PostView(v.ctx(), post.ID, v.viewerID())
	if err != nil {
		return nil, err
	}
	in, err := s.store.Actor(v.ctx(), post.ForumID)
	if err != nil {
		return nil, err
	}
	f.Reply = &forum.PersonPostView{PostView: *view, ThreadTitle: title, Forum: forum.Byline{Name: in.Name, Host: in.Host, DisplayName: in.DisplayName, Kind: in.Kind, GroupRole: in.GroupRole}}
	return f, nil
}

func plainFragments(text string) []forum.Fragment {
	if text == "" {
		return nil
	}
	return []forum.Fragment{{Text: text}}
}

// forumChoices bounds how many forums one may choose from.
const forumChoices = 100

// offerForums lists the forums to choose from: those here, those the reader
// follows, and the one that is chosen.
func (s *Site) offerForums(v *visit, f *searchPage) error {
	cards, err := s.store.Forums(v.ctx(), v.viewerID())
	if err != nil {
		return err
	}
	chosen := f.Forum == ""
	for _, c := range cards {
		if len(f.Choices) < forumChoices && (c.Local() || c.Followed != "") || c.Handle() == f.Forum {
			f.Choices = append(f.Choices, c)
			chosen = chosen || c.Handle() == f.Forum
		}
	}
	if h, ok := forum.ParseHandle(f.Forum, s.service.Addresses().Host()); !chosen && ok {
		f.Choices = append(f.Choices, forum.ForumCard{Forum: forum.Forum{Actor: forum.Actor{Kind: forum.Group, Name: h.Name, Host: h.Host}}})
	}
	return nil
}

// link is the address of a search.
func (f *searchPage) link(r forum.SearchRequest) string { return withQuery("/search", searchValues(r)) }

func searchValues(r forum.SearchRequest) url.Values {
	q := url.Values{}
	for key, value := range map[string]string{"q": r.Words, "type": string(r.Kind), "forum": r.Forum, "kind": string(r.Thread), "lang": r.Language, "sort": string(r.Sort), "after": r.After} {
		if value != "" {
			q.Set(key, value)
		}
	}
	return q
}

func (f *searchPage) byKind(k forum.SearchKind) string {
	r := f.SearchRequest
	if r.Kind, r.After = k, ""; !k.OfPosts() {
		r.Forum, r.Thread = "", ""
	}
	return f.link(r)
}

func (f *searchPage) bySort(sort forum.SearchSort) string {
	r := f.SearchRequest
	r.Sort, r.After = sort, ""
	return f.link(r)
}

func (f *searchPage) spelt(words string) string {
	r := f.SearchRequest
	r.Words, r.After = words, ""
	return f.link(r)
}

func (f *searchPage) first() string {
	if f.After == "" {
		return ""
	}
	return f.byKind(f.Kind)
}

func (f *searchPage) next() string {
	if f.Found.Next == "" {
		return ""
	}
	r := f.SearchRequest
	r.After = f.Found.Next
	return f.link(r)
}

// feedPage is the page of the search as its feeds name it: the newest first.
func (f *searchPage) feedPage() string {
	r := f.SearchRequest
	r.Sort, r.After = "", ""
	return f.link(r)
}

// searchFeed is the newest of what a search finds.
func (s *Site) searchFeed(v *visit) error {
	r := v.readSearch()
	r.Viewer, r.Sort, r.After, r.Limit = 0, forum.SearchNewest, "", entriesPerFeed
	if !r.Kind.OfPosts() {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	found, err := s.service.Search(v.ctx(), r)
	if err != nil {
		return err
	}
	server, err := s.store.InstanceActor(v.ctx())
	if err != nil {
		return err
	}
	page := searchPage{SearchRequest: r}
	f := s.newFeed(v, page.feedPage(), v.print.T("Search.For", "Words", r.Words)+" · "+s.o.Instance.Name, v.print.T("Tagline"), v.print.Tag)
	for _, one := range found.Findings {
		if one.Thread != nil {
			s.addThreads(f, []forum.ThreadView{*one.Thread})
		} else {
			f.Entries = append(f.Entries, s.replyEntry(v, &one.Reply.PostView, one.Reply.ThreadTitle))
		}
	}
	return v.serveFeed(f, server.CreatedAt)
}

// searchExamples are what the help explains, by message.
var searchExamples = []string{"Words", "Quoted", "Without", "From", "In", "Lang", "Company", "State", "After", "Address"}

func searchKindKey(k forum.SearchKind) string {
	if k == forum.SearchPosts {
		return "Search.posts"
	}
	return "Search." + string(k)
}
