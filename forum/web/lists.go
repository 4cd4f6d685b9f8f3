package web

import (
	"net/url"
	"slices"
	"strings"

	"portevoix/forum"
	"portevoix/forum/locale"
)

const (
	threadsPerPage = 25
	maxTag         = 200 // bytes of a hashtag in an address
)

// threadSorts are the orders that lists offer, the usual one first.
var threadSorts = []forum.ThreadSort{forum.SortHot, forum.SortNew, forum.SortActive, forum.SortTop}

// threadListing is a page of threads and where its links lead.
type threadListing struct {
	forum.ThreadPage
	Path string
	threadFilter
	Featured []forum.ThreadView // what stands before the first page
	InForum  bool               // all are in one forum, which need not be repeated
	ForumID  forum.ID           // that forum, which may show threads of others
	Manages  bool               // the reader moderates it
	Compose  string             // where a new thread is begun
}

// threadFilter is what a reader chose of a list: the order, and what to leave
// out. The zero value is the usual.
type threadFilter struct {
	Sort     forum.ThreadSort
	Period   forum.Period // of the order top
	Kind     forum.ThreadKind
	Language string
	Tag      string // a hashtag, where not all of the list has it
	After    string
}

// readFilter reads a filter from the address. What cannot be read falls back to
// the usual.
func (v *visit) readFilter() threadFilter {
	f := threadFilter{Sort: forum.ThreadSort(v.query("sort")), Period: forum.Period(v.query("period")), Kind: forum.ThreadKind(v.query("kind")), After: v.query("after")}
	if tag := strings.TrimPrefix(strings.TrimSpace(v.query("tag")), "#"); len(tag) <= maxTag {
		f.Tag = tag
	}
	if !slices.Contains(threadSorts, f.Sort) {
		f.Sort = forum.SortHot
	}
	switch {
	case f.Sort != forum.SortTop:
		f.Period = ""
	case !slices.Contains(forum.Periods, f.Period):
		f.Period = forum.Week
	}
	if !slices.Contains(forum.ThreadKinds, f.Kind) {
		f.Kind = ""
	}
	if language := v.query("lang"); slices.ContainsFunc(contentLanguages(""), func(l locale.Language) bool { return l.Tag == language }) {
		f.Language = language
	}
	return f
}

// listThreads reads the filter from the address, and the threads from the store.
func (v *visit) listThreads(path string, q forum.ThreadQuery) (threadListing, error) {
	list := threadListing{Path: path, threadFilter: v.readFilter()}
	q.Viewer, q.Sort, q.Kind, q.Language, q.After, q.Limit = v.viewerID(), list.Sort, list.Kind, list.Language, list.After, threadsPerPage
	if list.Sort == forum.SortTop {
		q.Since = list.Period.Since(v.site.service.Now())
	}
	if q.Tag == "" {
		q.Tag = list.Tag
	}
	var err error
	if list.ThreadPage, err = v.site.store.Threads(v.ctx(), q); err != nil {
		return list, err
	}
	filters, err := v.filters(forum.InPublic)
	if q.ForumID != 0 {
		filters = filters.Without(forum.FilterForum) // whoever opens its page wants to see it
	}
	list.Threads = filters.Threads(list.Threads)
	if err == nil && q.ForumID != 0 && list.whole() {
		err = v.putFeaturedFirst(&list, q)
	}
	return list, err
}

// linked says whether a thread stands in another forum than the one listed.
func (l *threadListing) linked(t *forum.ThreadView) bool {
	return l.InForum && l.ForumID != 0 && t.ForumID != l.ForumID
}

// narrowed says whether a list is another than what one comes to first.
func (l threadListing) narrowed() bool {
	return !l.whole() || l.After != "" || l.Sort != forum.SortHot
}

// whole says whether nothing is left out of a list.
func (f threadFilter) whole() bool { return f.Kind == "" && f.Language == "" && f.Tag == "" }

// putFeaturedFirst takes what moderators put at the head of a forum from its
// place in the list, to show it before the first page.
func (v *visit) putFeaturedFirst(list *threadListing, q forum.ThreadQuery) error {
	list.Threads = slices.DeleteFunc(list.Threads, func(t forum.ThreadView) bool { return t.Featured })
	if list.After != "" {
		return nil
	}
	var err error
	list.Featured, err = v.site.store.FeaturedThreads(v.ctx(), q.ForumID, q.Viewer)
	return err
}

// link is the list's address with another filter, which leaves no trace of the
// usual in it.
func (l threadListing) link(f threadFilter) string {
	q := url.Values{}
	for key, value := range map[string]string{"sort": string(f.Sort), "period": string(f.Period), "kind": string(f.Kind), "lang": f.Language, "tag": f.Tag, "after": f.After} {
		if value != "" && !(key == "sort" && f.Sort == forum.SortHot) {
			q.Set(key, value)
		}
	}
	return withQuery(l.Path, q)
}

// The links of a list keep all of the filter but what they change, and begin at
// its first page.

func (l threadListing) bySort(s forum.ThreadSort) string {
	period := forum.Period("")
	if s == forum.SortTop {
		period = forum.Week
	}
	return l.link(threadFilter{Sort: s, Period: period, Kind: l.Kind, Language: l.Language, Tag: l.Tag})
}

func (l threadListing) byPeriod(p forum.Period) string {
	return l.link(threadFilter{Sort: forum.SortTop, Period: p, Kind: l.Kind, Language: l.Language, Tag: l.Tag})
}

func (l threadListing) byKind(k forum.ThreadKind) string {
	return l.link(threadFilter{Sort: l.Sort, Period: l.Period, Kind: k, Language: l.Language, Tag: l.Tag})
}

func (l threadListing) byLanguage(tag string) string {
	return l.link(threadFilter{Sort: l.Sort, Period: l.Period, Kind: l.Kind, Language: tag, Tag: l.Tag})
}

func (l threadListing) withoutTag() string {
	return l.link(threadFilter{Sort: l.Sort, Period: l.Period, Kind: l.Kind, Language: l.Language})
}

func (l threadListing) first() string {
	if l.After == "" {
		return ""
	}
	return l.byKind(l.Kind)
}

func (l threadListing) next() string {
	if l.Next == "" {
		return ""
	}
	f := l.threadFilter
	f.After = l.Next
	return l.link(f)
}

// languageName is a language in itself, its tag where the name is not known.
func languageName(tag string) string {
	for _, l := range contentLanguages(tag) {
		if l.Tag == tag {
			return l.Name
		}
	}
	return tag
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// vote is a support or boost button.
type vote struct {
	Action string
	Kind   forum.InteractionKind
	Icon   string
	Label  string // what pressing does
	Text   string // shown beside the icon, "" for the icon alone
	Class  string
	Back   string
	Count  int
	On     bool
}

func supportVote(p *Page, post *forum.PostView, class, back string) vote {
	v := vote{Action: "support", Kind: forum.InteractSupport, Icon: "heart", Label: p.T("Thread.Support"), Class: class, Back: back, Count: post.ShownSupports(), On: post.Supported}
	if class == "loud" {
		v.Text = p.T("Thread.Support")
	}
	if v.On {
		v.Label, v.Class = p.T("Thread.Unsupport"), strings.Replace(class, "loud", "", 1)
		if v.Text != "" {
			v.Text = p.T("Thread.Supported")
		}
	}
	return v
}

func boostVote(p *Page, post *forum.PostView, class, back string) vote {
	v := vote{Action: "boost", Kind: forum.InteractBoost, Icon: "boost", Label: p.T("Thread.Boost"), Class: class, Back: back, Count: post.ShownBoosts(), On: post.Boosted}
	if v.On {
		v.Label = p.T("Thread.Unboost")
	}
	return v
}
