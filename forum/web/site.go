package web

import (
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"portevoix/forum"
	"portevoix/forum/locale"
	"portevoix/forum/web/guides"
	"portevoix/forum/web/picture"
	"portevoix/static"
)

// Store is what pages read.
type Store interface {
	forum.Reader
	forum.PageReader
}

// Instance is what the server says of itself to people.
type Instance struct {
	Name        string
	Description string // Markdown
	Contact     string
	Legal       string // Markdown; the legal notice
	DataLicence string // of the open data
	Languages   []string
	Version     string
}

// Options are what a Site is made of.
type Options struct {
	Service   *forum.Service
	Store     Store
	Renderer  forum.Renderer
	Messages  *locale.Messages
	Files     *static.Files
	Instance  Instance
	Federated bool // whether forums can be followed from elsewhere
	// Guides are what people can do next; nil: none.
	Guides *guides.Guides
	// ShowLimits tells everybody which servers are limited, and why.
	PublishPeers bool // the rules that restrict are a list for others to follow
	ShowLimits   bool
	Rates        Rates
	Streams      Streams
	// TrustedProxies may say which address a request really came from.
	TrustedProxies []netip.Prefix
	Logger         *slog.Logger // default: none
}

// Site serves the pages. It is safe for concurrent use.
type Site struct {
	o        Options
	service  *forum.Service
	store    Store
	throttle *throttle
	streams  *streams
	foreign  *http.CrossOriginProtection
	secure   bool // cookies only over TLS
	about    string
	legal    string
	numbers  numbers
	leads    leads
	sitemap  sitemap
	previews previews
}

// New returns a site.
func New(o Options) (*Site, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Site{
		o: o, service: o.Service, store: o.Store, throttle: newThrottle(o.Rates), streams: newStreams(o.Streams),
		foreign: http.NewCrossOriginProtection(),
		about:   o.Renderer.Markdown(o.Instance.Description, nil),
		legal:   o.Renderer.Markdown(o.Instance.Legal, nil),
	}
	painter, err := picture.NewPainter(o.Files.Content("icon-192.png"))
	if err != nil {
		return nil, err
	}
	s.previews = previews{painter: painter, kept: map[string][]byte{}}
	base := o.Service.Addresses().Base()
	s.secure = base[:8] == "https://"
	// Mail programs on the web send this form from their own pages (RFC 8058). Its
	// address proves what it may do, and no cookie does.
	s.foreign.AddInsecureBypassPattern("POST /unsubscribe/{token}")
	return s, s.foreign.AddTrustedOrigin(base)
}

// numbers keeps the statistics for a while: counting runs over whole tables.
type numbers struct {
	mu    sync.Mutex
	at    time.Time
	value forum.Statistics
}

const numbersInterval = 5 * time.Minute

func (s *Site) statistics(v *visit) (forum.Statistics, error) {
	s.numbers.mu.Lock()
	defer s.numbers.mu.Unlock()
	now := s.service.Now()
	if !s.numbers.at.IsZero() && now.Sub(s.numbers.at) < numbersInterval {
		return s.numbers.value, nil
	}
	value, err := s.store.Statistics(v.ctx(), now)
	if err == nil {
		s.numbers.value, s.numbers.at = value, now
	}
	return value, err
}
