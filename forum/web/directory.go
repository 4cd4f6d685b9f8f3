package web

import (
	"net/http"
	"net/url"

	"portevoix/forum"
)

const forumsPerPage = 24

// directoryPage is a page of the forums that are known here.
type directoryPage struct {
	forum.ForumQuery
	forum.ForumPage
}

// directory lists the forums that are known here, of this server and of others.
func (s *Site) directory(v *visit) error {
	d := directoryPage{ForumQuery: forum.ForumQuery{
		Words: v.query("q"), Language: v.readFilter().Language, Origin: forum.ForumOrigin(v.query("from")), Sort: forum.ForumSort(v.query("sort")),
		Viewer: v.viewerID(), After: v.query("after"), Limit: forumsPerPage,
	}.Usual()}
	var err error
	if d.ForumPage, err = s.store.Directory(v.ctx(), d.ForumQuery); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Forums.Title"))
	p.Section, p.Canonical = "forums", s.base()+"/forums"
	p.NoIndex = d.narrowed() || d.After != ""
	return v.show(http.StatusOK, p, directoryView(p, d))
}

func (d directoryPage) narrowed() bool {
	return d.Words != "" || d.Language != "" || d.Origin != forum.AllForums
}

// link is the address of the directory, which leaves no trace of the usual in it.
func (d directoryPage) link(q forum.ForumQuery) string {
	values := url.Values{}
	for key, value := range map[string]string{"q": q.Words, "lang": q.Language, "from": string(q.Origin), "sort": string(q.Sort), "after": q.After} {
		if value != "" && !(key == "sort" && q.Sort == forum.ForumsActive) {
			values.Set(key, value)
		}
	}
	return withQuery("/forums", values)
}

func (d directoryPage) byOrigin(o forum.ForumOrigin) string {
	q := d.ForumQuery
	q.Origin, q.After = o, ""
	return d.link(q)
}

func (d directoryPage) bySort(sort forum.ForumSort) string {
	q := d.ForumQuery
	q.Sort, q.After = sort, ""
	return d.link(q)
}

func (d directoryPage) first() string {
	if d.After == "" {
		return ""
	}
	return d.byOrigin(d.Origin)
}

func (d directoryPage) next() string {
	if d.Next == "" {
		return ""
	}
	q := d.ForumQuery
	q.After = d.Next
	return d.link(q)
}

// originKey names where forums are.
func originKey(o forum.ForumOrigin) string {
	if o == forum.AllForums {
		return "Forums.All"
	}
	return "Forums." + string(o)
}
