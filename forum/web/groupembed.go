package web

import (
	stdhtml "html"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"portevoix/forum"
	"portevoix/forum/locale"
	"portevoix/forum/web/picture"
)

// groupAddress is the address of the page of a forum, a company or an action.
var groupAddress = regexp.MustCompile(`^/(f|c|a)/([a-zA-Z0-9_]+)$`)

// groupCard is a forum or a company in a frame of another site.
type groupCard struct {
	Group *forum.Forum
	Count string // the figure that is largest
	Facts string // what it counts, and how they stand
}

// groupCardOf counts what the card of a group says.
func (s *Site) groupCardOf(v *visit, p *locale.Printer) (groupCard, error) {
	group, f, err := v.figuresNamed()
	if err != nil {
		return groupCard{}, err
	}
	card := groupCard{Group: group, Count: p.Number(f.Cases)}
	facts := []string{p.N("Figures.CasesOnly", f.Cases)}
	for _, state := range f.States {
		if state.State == forum.CaseOpen || state.State == forum.CaseResolved {
			facts = append(facts, p.T("Case.Line", "Label", p.T("State."+string(state.State)), "Value", p.Number(state.Count)))
		}
	}
	card.Facts = strings.Join(facts, " · ")
	return card, nil
}

// groupPreview is the picture that a link to a forum or a company brings along,
// with its count.
func (s *Site) groupPreview(v *visit) error {
	p := s.o.Messages.Printer(s.o.Instance.Languages...)
	card, err := s.groupCardOf(v, p)
	if err != nil {
		return err
	}
	facts := card.Count + " " + card.Facts
	return s.servePreview(v, picture.Preview{Kicker: groupKicker(p, card.Group), Title: card.Group.Label(), Facts: facts})
}

// groupKicker says what a group is.
func groupKicker(p *locale.Printer, group *forum.Forum) string {
	if group.GroupRole == forum.RoleCompany {
		return p.T("Company.Mark")
	}
	return "!" + group.Handle()
}

// groupEmbed is the card of a forum or a company in frames of other sites.
func (s *Site) groupEmbed(v *visit) error {
	v.print = s.o.Messages.Printer(append([]string{v.r.Header.Get("Accept-Language")}, s.o.Instance.Languages...)...)
	card, err := s.groupCardOf(v, v.print)
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Vary", "Accept-Language")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *")
	h.Set("Cache-Control", "public, max-age=300")
	p := v.newPage(card.Group.Label())
	p.NoIndex, p.Canonical = true, s.base()+actorPath(&card.Group.Actor)
	return v.showIn(bare, http.StatusOK, p, groupEmbedView(p, card))
}

// groupOEmbed tells other sites how to show a group whose page has that path;
// false where it is none.
func (s *Site) groupOEmbed(v *visit, path string) (bool, error) {
	match := groupAddress.FindStringSubmatch(path)
	if match == nil {
		return false, nil
	}
	group, err := s.store.Forum(v.ctx(), forum.Handle{Name: match[2]})
	if err != nil {
		return true, err
	}
	if err := group.Active(); err != nil {
		return true, err
	}
	if group.GroupRole != groupRoles[match[1]] {
		return true, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	width, height := within(v.query("maxwidth"), minEmbedWidth, embedWidth), within(v.query("maxheight"), minEmbedHeight, groupEmbedHeight)
	address := s.base() + actorPath(&group.Actor)
	return true, v.serveJSON("application/json", oEmbed{
		Version: "1.0", Type: "rich", Title: group.Label(), AuthorName: s.o.Instance.Name, AuthorURL: s.base() + "/",
		ProviderName: s.o.Instance.Name, ProviderURL: s.base() + "/", CacheAge: int(briefly.Seconds()),
		HTML: frameCode(address+"/embed", group.Label(), width, height), Width: width, Height: height,
		Thumbnail: address + "/preview.png", ThumbWidth: picture.PreviewWidth, ThumbHeight: picture.PreviewHeight,
	}, briefly)
}

// groupEmbedHeight is that of the card of a group, in pixels.
const groupEmbedHeight = 240

// frameCode is the HTML by which another site shows something of ours. The frame
// may run nothing, and opens links in windows of their own.
func frameCode(address, title string, width, height int) string {
	return `<iframe src="` + address + `" title="` + stdhtml.EscapeString(title) + `" width="` + strconv.Itoa(width) +
		`" height="` + strconv.Itoa(height) + `" loading="lazy" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>`
}

// oEmbedAddress is where other sites learn how to show the page at a path.
func (s *Site) oEmbedAddress(path string) string {
	return s.base() + "/api/oembed?url=" + queryEscape(s.base()+path)
}
