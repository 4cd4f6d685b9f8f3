package web

import (
	"net/url"
	"strings"

	"portevoix/forum"
)

const threadsPerPage = 25

// threadSorts are the orders that lists offer, the usual one first.
var threadSorts = []forum.ThreadSort{forum.SortHot, forum.SortNew, forum.SortActive}

// threadListing is a page of threads and where its links lead.
type threadListing struct {
	forum.ThreadPage
	Path    string
	Sort    forum.ThreadSort
	Kind    forum.ThreadKind
	After   string
	InForum bool   // all are in one forum, which need not be repeated
	Compose string // where a new thread is begun
}

// listThreads reads order, kind and page from the address, and the threads from
// the store. What cannot be read of the address falls back to the usual.
func (v *visit) listThreads(path string, q forum.ThreadQuery) (threadListing, error) {
	list := threadListing{Path: path, Sort: forum.ThreadSort(v.query("sort")), Kind: forum.ThreadKind(v.query("kind")), After: v.query("after")}
	if list.Sort != forum.SortNew && list.Sort != forum.SortActive {
		list.Sort = forum.SortHot
	}
	known := false
	for _, k := range forum.ThreadKinds {
		known = known || k == list.Kind
	}
	if !known {
		list.Kind = ""
	}
	q.Viewer, q.Sort, q.Kind, q.After, q.Limit = v.viewerID(), list.Sort, list.Kind, list.After, threadsPerPage
	var err error
	list.ThreadPage, err = v.site.store.Threads(v.ctx(), q)
	return list, err
}

// link is the list's address in another order, of another kind, or from another
// place on. The usual leaves no trace in it.
func (l threadListing) link(sort forum.ThreadSort, kind forum.ThreadKind, after string) string {
	q := url.Values{}
	if sort != forum.SortHot {
		q.Set("sort", string(sort))
	}
	if kind != "" {
		q.Set("kind", string(kind))
	}
	if after != "" {
		q.Set("after", after)
	}
	return withQuery(l.Path, q)
}

func (l threadListing) first() string {
	if l.After == "" {
		return ""
	}
	return l.link(l.Sort, l.Kind, "")
}

func (l threadListing) next() string {
	if l.Next == "" {
		return ""
	}
	return l.link(l.Sort, l.Kind, l.Next)
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
	Icon   string
	Label  string // what pressing does
	Text   string // shown beside the icon, "" for the icon alone
	Class  string
	Back   string
	Count  int
	On     bool
}

func supportVote(p *Page, post *forum.PostView, class, back string) vote {
	v := vote{Action: "support", Icon: "heart", Label: p.T("Thread.Support"), Class: class, Back: back, Count: post.Supports, On: post.Supported}
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
	v := vote{Action: "boost", Icon: "boost", Label: p.T("Thread.Boost"), Class: class, Back: back, Count: post.Boosts, On: post.Boosted}
	if v.On {
		v.Label = p.T("Thread.Unboost")
	}
	return v
}
