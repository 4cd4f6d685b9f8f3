package federation

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// Media types of discovery documents.
const (
	jrdType      = "application/jrd+json"
	nodeInfoType = `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/`
)

// jrd is a JSON Resource Descriptor, RFC 7033 section 4.4.
type jrd struct {
	Subject string    `json:"subject,omitempty"`
	Aliases []string  `json:"aliases,omitempty"`
	Links   []jrdLink `json:"links"`
}

type jrdLink struct {
	Rel      string `json:"rel"`
	Type     string `json:"type,omitempty"`
	Href     string `json:"href,omitempty"`
	Template string `json:"template,omitempty"`
}

func (s *Server) serveJSON(w http.ResponseWriter, r *http.Request, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serve(w, r, contentType, http.StatusOK, body)
}

// webFinger finds an actor by acct: handle or by address (RFC 7033). Anyone may
// ask from a page: browsers' clients do (section 5).
func (s *Server) webFinger(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	resource := r.URL.Query().Get("resource")
	if resource == "" || len(resource) > 2048 {
		s.fail(w, r, &forum.Error{Code: forum.Invalid, Key: "ResourceMissing", Field: "resource"})
		return
	}
	a, err := s.resourceActor(r, resource)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !a.DeletedAt.IsZero() {
		s.fail(w, r, &forum.Error{Code: forum.Gone, Key: "AccountDeleted"})
		return
	}
	answer := jrd{
		Subject: "acct:" + a.Name + "@" + s.o.Addresses.Host(),
		Aliases: []string{a.URI},
		Links: []jrdLink{
			{Rel: "self", Type: vocabulary.ContentType, Href: a.URI},
			{Rel: "http://webfinger.net/rel/profile-page", Type: "text/html", Href: a.URL},
		},
	}
	if s.o.Mode != Off && !a.IsForum() {
		answer.Links = append(answer.Links, s.ownIntents()...)
	}
	s.serveJSON(w, r, jrdType, answer)
}

// resourceActor reads the resource of a WebFinger question: acct:name@host,
// name@host, an actor's address, or the server's own (FEP-d556).
func (s *Server) resourceActor(r *http.Request, resource string) (*forum.Actor, error) {
	notFound := &forum.Error{Code: forum.NotFound, Key: "NobodyHere"}
	base := s.o.Addresses.Base()
	switch rest, local := strings.CutPrefix(resource, base); {
	case local && strings.Trim(rest, "/") == "":
		return s.store.InstanceActor(r.Context())
	case local:
		return seen(s.store.ActorByURI(r.Context(), resource))
	case strings.Contains(resource, "://"):
		return nil, notFound
	}
	h, ok := forum.ParseHandle(resource, s.o.Addresses.Host())
	if !ok || h.Host != "" {
		return nil, notFound
	}
	if h.Name == s.o.Addresses.Host() { // acct:host@host names the server
		return s.store.InstanceActor(r.Context())
	}
	return seen(s.store.ActorByHandle(r.Context(), h))
}

// seen hides forums that are for this server only.
func seen(a *forum.Actor, err error) (*forum.Actor, error) {
	if err == nil && a.LocalOnly {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NobodyHere"}
	}
	return a, err
}

// hostMeta tells where WebFinger is (RFC 6415), for servers that ask first.
func (s *Server) hostMeta(w http.ResponseWriter, r *http.Request) {
	template := s.o.Addresses.Base() + "/.well-known/webfinger?resource={uri}"
	if strings.Contains(r.Header.Get("Accept"), "json") {
		s.serveJSON(w, r, jrdType, jrd{Links: []jrdLink{{Rel: "lrdd", Type: jrdType, Template: template}}})
		return
	}
	type link struct {
		Rel      string `xml:"rel,attr"`
		Type     string `xml:"type,attr"`
		Template string `xml:"template,attr"`
	}
	type xrd struct {
		XMLName xml.Name `xml:"http://docs.oasis-open.org/ns/xri/xrd-1.0 XRD"`
		Link    link     `xml:"Link"`
	}
	body, err := xml.Marshal(xrd{Link: link{Rel: "lrdd", Type: jrdType, Template: template}})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serve(w, r, "application/xrd+xml", http.StatusOK, append([]byte(xml.Header), body...))
}

func (s *Server) nodeInfoLinks(w http.ResponseWriter, r *http.Request) {
	base := s.o.Addresses.Base()
	s.serveJSON(w, r, "application/json", jrd{Links: []jrdLink{
		{Rel: "http://nodeinfo.diaspora.software/ns/schema/2.1", Href: base + "/nodeinfo/2.1"},
		{Rel: "http://nodeinfo.diaspora.software/ns/schema/2.0", Href: base + "/nodeinfo/2.0"},
		{Rel: "https://www.w3.org/ns/activitystreams#Application", Href: base + "/actor"}, // FEP-2677
	}})
}

// softwareID is the name by which peers know our dialect; see forum.FamilyOf.
const softwareID = "portevoix"

type nodeInfo struct {
	Version           string           `json:"version"`
	Software          nodeInfoSoftware `json:"software"`
	Protocols         []string         `json:"protocols"`
	Services          nodeInfoServices `json:"services"`
	OpenRegistrations bool             `json:"openRegistrations"`
	Usage             nodeInfoUsage    `json:"usage"`
	Metadata          map[string]any   `json:"metadata"`
}

type nodeInfoSoftware struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type nodeInfoServices struct {
	Inbound  []string `json:"inbound"`
	Outbound []string `json:"outbound"`
}

type nodeInfoUsage struct {
	Users struct {
		Total          int `json:"total"`
		ActiveMonth    int `json:"activeMonth"`
		ActiveHalfyear int `json:"activeHalfyear"`
	} `json:"users"`
	LocalPosts    int `json:"localPosts"`
	LocalComments int `json:"localComments"`
}

// nodeInfo tells software and size (NodeInfo 2.0 and 2.1).
func (s *Server) nodeInfo(w http.ResponseWriter, r *http.Request) {
	numbers, err := s.statistics.get(r, s.store, s.o.Clock)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	version := mux.Vars(r)["version"]
	info := nodeInfo{
		Version:           version,
		Software:          nodeInfoSoftware{Name: softwareID, Version: s.o.Version},
		Protocols:         []string{"activitypub"},
		Services:          nodeInfoServices{Inbound: []string{}, Outbound: []string{}},
		OpenRegistrations: s.o.Instance.OpenRegistration,
		Metadata: map[string]any{
			"nodeName": s.o.Instance.Name, "nodeDescription": s.o.Instance.Description, "languages": s.o.Instance.Languages,
		},
	}
	if s.o.Mode == Off {
		info.Protocols = []string{}
	}
	info.Usage.Users.Total, info.Usage.Users.ActiveMonth, info.Usage.Users.ActiveHalfyear = numbers.Accounts, numbers.ActiveMonth, numbers.ActiveHalfYear
	info.Usage.LocalPosts, info.Usage.LocalComments = numbers.Threads, numbers.Replies
	s.serveJSON(w, r, nodeInfoType+version+`#"`, info)
}

// statistics keeps the numbers for a while: counting runs over whole tables, and
// crawlers ask often.
type statistics struct {
	mu    sync.Mutex
	at    time.Time
	value forum.Statistics
}

const statisticsInterval = 10 * time.Minute

func (c *statistics) get(r *http.Request, store Store, clock forum.Clock) (forum.Statistics, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := clock.Now()
	if !c.at.IsZero() && now.Sub(c.at) < statisticsInterval {
		return c.value, nil
	}
	value, err := store.Statistics(r.Context(), now)
	if err != nil {
		return forum.Statistics{}, err
	}
	c.value, c.at = value, now
	return value, nil
}
