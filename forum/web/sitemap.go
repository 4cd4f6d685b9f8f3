package web

import (
	"encoding/xml"
	"strings"
	"sync"
	"time"

	"portevoix/forum"
)

const (
	sitemapPage     = 5000
	maxSitemapPages = 50_000 // of an index (sitemaps.org)
)

// sitemap remembers where its pages end. A page that is full stays as it is, so
// that only what came since has to be looked at.
type sitemap struct {
	mu   sync.Mutex
	at   time.Time
	ends []forum.ID
}

type sitemapURL struct {
	Address string `xml:"loc"`
	Changed string `xml:"lastmod,omitempty"`
}

type sitemapSet struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapIndex struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Maps    []sitemapURL `xml:"sitemap"`
}

// sitemapIndex lists the pages of the sitemap.
func (s *Site) sitemapIndex(v *visit) error {
	ends, err := s.sitemapEnds(v)
	if err != nil {
		return err
	}
	index := sitemapIndex{Maps: []sitemapURL{{Address: s.base() + "/sitemap/forums.xml"}}}
	for _, after := range append([]forum.ID{0}, ends...) {
		index.Maps = append(index.Maps, sitemapURL{Address: s.base() + "/sitemap/threads-" + after.String() + ".xml"})
	}
	return v.serveXML(index)
}

func (s *Site) sitemapEnds(v *visit) ([]forum.ID, error) {
	m := &s.sitemap
	m.mu.Lock()
	defer m.mu.Unlock()
	now := s.service.Now()
	if !m.at.IsZero() && now.Sub(m.at) < hourly {
		return m.ends, nil
	}
	for len(m.ends) < maxSitemapPages {
		last := forum.ID(0)
		if len(m.ends) > 0 {
			last = m.ends[len(m.ends)-1]
		}
		end, err := s.store.SitemapPageEnd(v.ctx(), last, sitemapPage)
		if err != nil {
			return nil, err
		}
		if end == 0 {
			break
		}
		m.ends = append(m.ends, end)
	}
	m.at = now
	return m.ends, nil
}

// sitemapForums lists the pages that are not threads: forums and joint actions too.
func (s *Site) sitemapForums(v *visit) error {
	cards, err := s.store.Forums(v.ctx(), 0)
	if err != nil {
		return err
	}
	set := sitemapSet{}
	for _, path := range []string{"/", "/forums", "/actions", "/about"} {
		set.URLs = append(set.URLs, sitemapURL{Address: s.base() + path})
	}
	for _, c := range cards {
		if c.Local() {
			set.URLs = append(set.URLs, sitemapURL{Address: s.base() + forumPath(c.Name), Changed: machineTime(c.LastActiveAt)})
		}
	}
	actions, err := s.store.Actions(v.ctx(), forum.ActionQuery{Local: true, Limit: sitemapActions, Now: s.service.Now()})
	if err != nil {
		return err
	}
	for i := range actions.Actions {
		a := &actions.Actions[i]
		set.URLs = append(set.URLs, sitemapURL{Address: s.base() + actionPagePath(a.Name), Changed: machineTime(a.LastActiveAt)})
	}
	return v.serveXML(set)
}

// sitemapActions bounds the joint actions that search engines are told of: the
// newest.
const sitemapActions = 1000

// sitemapThreads lists threads by people of this server; those of others are
// found on theirs.
func (s *Site) sitemapThreads(v *visit) error {
	after := forum.ID(0)
	if text := v.variable("after"); text != "0" {
		var err error
		if after, err = forum.ParseID(text); err != nil {
			return err
		}
	}
	threads, err := s.store.SitemapThreads(v.ctx(), after, sitemapPage)
	if err != nil {
		return err
	}
	set := sitemapSet{}
	for _, t := range threads {
		set.URLs = append(set.URLs, sitemapURL{Address: s.base() + threadPath(t.ID, t.Title), Changed: machineTime(t.ChangedAt)})
	}
	return v.serveXML(set)
}

// machineTime is a time for programs, "" for none.
func machineTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return momentTime{t}.Machine()
}

func (v *visit) serveXML(document any) error {
	body, err := xml.Marshal(document)
	if err != nil {
		return err
	}
	return v.serve("application/xml; charset=utf-8", append([]byte(xml.Header), body...), time.Time{}, hourly)
}

// robots says what crawlers are to leave alone, and where the sitemap is.
func (s *Site) robots(v *visit) error {
	rules := strings.TrimSpace(string(s.o.Files.Content("robots.txt")))
	return v.serve("text/plain; charset=utf-8", []byte(rules+"\n\nSitemap: "+s.base()+"/sitemap.xml\n"), time.Time{}, hourly)
}
