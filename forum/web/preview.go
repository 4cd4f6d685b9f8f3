package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"portevoix/forum"
	"portevoix/forum/locale"
	"portevoix/forum/web/picture"
)

// previews keeps the pictures drawn last: when a thread goes round, every server
// it reaches asks for its preview within minutes.
type previews struct {
	painter *picture.Painter
	drawing singleflight.Group
	mu      sync.Mutex
	kept    map[string][]byte // by entity tag
	order   []string          // of kept, oldest first
}

const maxPreviews = 64 // some 80 kB each

// threadPreview is the picture that a link to a thread brings along.
func (s *Site) threadPreview(v *visit) error {
	t, err := v.shownThread()
	if err != nil {
		return err
	}
	p := s.printerFor(t)
	return s.servePreview(v, picture.Preview{
		Kicker: t.Forum.Label() + " · " + p.T("Kind."+string(t.Kind)), Title: t.Title, Facts: threadFacts(p, t),
	})
}

// printerFor speaks a thread's language, or else the server's.
func (s *Site) printerFor(t *forum.ThreadView) *locale.Printer {
	return s.o.Messages.Printer(append([]string{t.Language}, s.o.Instance.Languages...)...)
}

// sitePreview is the picture of pages that are not threads.
func (s *Site) sitePreview(v *visit) error {
	return s.servePreview(v, picture.Preview{Title: v.print.T("Tagline"), Facts: v.print.T("Foot.Independent")})
}

// threadFacts are a thread's numbers, those that are not zero.
func threadFacts(p *locale.Printer, t *forum.ThreadView) string {
	var facts []string
	if t.ShownSupports() > 0 {
		facts = append(facts, p.Number(t.ShownSupports())+" "+p.N("List.Supports", t.ShownSupports()))
	}
	if t.ReplyCount > 0 {
		facts = append(facts, p.N("List.Replies", t.ReplyCount))
	}
	if t.ShownBoosts() > 0 {
		facts = append(facts, p.N("List.Boosts", t.ShownBoosts()))
	}
	return strings.Join(facts, " · ")
}

func (s *Site) servePreview(v *visit, say picture.Preview) error {
	say.Site, say.Host = s.o.Instance.Name, s.service.Addresses().Host()
	key, err := json.Marshal(say)
	if err != nil {
		return err
	}
	tag := tagOf(append(key, s.o.Instance.Version...))
	v.cacheable("image/png", tag, briefly)
	if v.has(tag) {
		v.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body, err := s.previews.draw(tag, say)
	if err != nil {
		return err
	}
	return v.serveTagged("image/png", tag, body, time.Time{}, briefly)
}

func (p *previews) draw(tag string, say picture.Preview) ([]byte, error) {
	p.mu.Lock()
	body := p.kept[tag]
	p.mu.Unlock()
	if body != nil {
		return body, nil
	}
	drawn, err, _ := p.drawing.Do(tag, func() (any, error) { return p.painter.Preview(say) })
	if err != nil {
		return nil, err
	}
	p.keep(tag, drawn.([]byte))
	return drawn.([]byte), nil
}

func (p *previews) keep(tag string, body []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept[tag] != nil {
		return
	}
	p.kept[tag], p.order = body, append(p.order, tag)
	if len(p.order) > maxPreviews {
		delete(p.kept, p.order[0])
		p.order = p.order[1:]
	}
}

// qrCode is the address of a thread as a QR code.
func (s *Site) qrCode(v *visit) error {
	t, err := v.shownThread()
	if err != nil {
		return err
	}
	body, err := picture.QR(s.base() + threadPath(t.ID, ""))
	if err != nil {
		return err
	}
	return v.serve("image/svg+xml", body, time.Time{}, hourly)
}
