package forumtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"portevoix/forum"
)

// Clock stands still until it is told to go on.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at noon of a spring day.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)}
}

// Now implements forum.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Mailer keeps what it should send.
type Mailer struct {
	mu      sync.Mutex
	sent    []forum.Mail
	notices []forum.NoticesMail
}

// Send implements forum.Mailer.
func (m *Mailer) Send(_ context.Context, mail forum.Mail) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, mail)
	return nil
}

// SendNotices implements forum.Mailer.
func (m *Mailer) SendNotices(_ context.Context, mail forum.NoticesMail) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notices = append(m.notices, mail)
	return nil
}

// Notices returns the mail about notifications since it was last asked.
func (m *Mailer) Notices() []forum.NoticesMail {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.notices
	m.notices = nil
	return list
}

// Sent returns the mail so far.
func (m *Mailer) Sent() []forum.Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]forum.Mail(nil), m.sent...)
}

// Pusher keeps what it should push. Endpoints that begin with "gone" are gone,
// with "busy" busy, with "later" for an hour; what has no key cannot be used.
type Pusher struct {
	Pushed []forum.Push
	Told   []forum.AppMessage
}

// NewKey implements forum.Pusher.
func (*Pusher) NewKey() (string, error) { return rand.Text(), nil }

// PublicKey implements forum.Pusher.
func (*Pusher) PublicKey(key string) (string, error) { return "public " + key, nil }

// Check implements forum.Pusher.
func (*Pusher) Check(d forum.Device) error {
	if d.Key == "" {
		return &forum.Error{Code: forum.Invalid, Key: "DeviceUnreadable"}
	}
	return nil
}

// Push implements forum.Pusher.
func (p *Pusher) Push(_ context.Context, _ string, push forum.Push) error {
	err := outcome(push.Device.Endpoint)
	if err == nil {
		p.Pushed = append(p.Pushed, push)
	}
	return err
}

// PushApp implements forum.Pusher.
func (p *Pusher) PushApp(_ context.Context, _ string, m forum.AppMessage) error {
	err := outcome(m.To.Endpoint)
	if err == nil {
		p.Told = append(p.Told, m)
	}
	return err
}

func outcome(endpoint string) error {
	switch {
	case strings.HasPrefix(endpoint, "gone"):
		return &forum.Error{Code: forum.Gone}
	case strings.HasPrefix(endpoint, "later"):
		return &forum.PushLater{Wait: time.Hour}
	case strings.HasPrefix(endpoint, "busy"):
		return &forum.Error{Code: forum.Unavailable}
	}
	return nil
}

// Shelf keeps files in memory.
type Shelf struct {
	mu    sync.Mutex
	files map[string][]byte
}

// Put implements forum.Shelf.
func (s *Shelf) Put(_ context.Context, body io.ReadSeeker, extension string) (string, error) {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	whole, err := io.ReadAll(body)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = map[string][]byte{}
	}
	name := shelfName(string(whole), extension)
	s.files[name] = whole
	return name, nil
}

func shelfName(content, extension string) string {
	return fmt.Sprintf("%x%s", sha256.Sum256([]byte(content)), extension)
}

// Open implements forum.Shelf.
func (s *Shelf) Open(_ context.Context, name string) (io.ReadSeekCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, ok := s.files[name]
	if !ok {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return open{bytes.NewReader(body)}, nil
}

type open struct{ io.ReadSeeker }

// Close implements io.Closer.
func (open) Close() error { return nil }

// Remove implements forum.Shelf.
func (s *Shelf) Remove(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, name)
	return nil
}

// Developer takes any text but "broken" for a picture in two sizes.
type Developer struct{}

// Develop implements forum.Developer.
func (Developer) Develop(_ context.Context, file []byte, _ forum.Shape) (forum.Developed, error) {
	if string(file) == "broken" {
		return forum.Developed{}, &forum.Error{Code: forum.Invalid, Key: "PictureUnreadable"}
	}
	size := func(width int) forum.DevelopedSize {
		return forum.DevelopedSize{Body: fmt.Appendf(nil, "%s, %d wide", file, width), MediaType: "image/jpeg", Extension: ".jpg", Width: width, Height: width / 2}
	}
	return forum.Developed{Blurhash: "LKO2", Sizes: []forum.DevelopedSize{size(480), size(1080)}}, nil
}

// Recordings takes a text that begins with "film" or "sound" for one that lasts as
// many seconds as it has bytes, and leaves the word out.
type Recordings struct{}

// Recording implements forum.Recordings.
func (Recordings) Recording(file io.ReaderAt, size int64) (*forum.Recording, error) {
	whole, err := io.ReadAll(io.NewSectionReader(file, 0, size))
	if err != nil {
		return nil, err
	}
	r := &forum.Recording{MediaType: "audio/mpeg", Extension: ".mp3", Duration: time.Duration(size) * time.Second}
	rest, ok := bytes.CutPrefix(whole, []byte("sound"))
	if !ok {
		if rest, ok = bytes.CutPrefix(whole, []byte("film")); !ok {
			return nil, nil
		}
		r.MediaType, r.Extension, r.Width, r.Height = "video/mp4", ".mp4", 640, 360
	}
	r.Body, r.Bytes = bytes.NewReader(rest), len(rest)
	return r, nil
}

// Cards knows what some pages say, and counts who asks.
type Cards struct {
	mu    sync.Mutex
	Pages map[string]forum.Card

	asked, pictures int
}

// Card implements forum.Cards.
func (c *Cards) Card(_ context.Context, url string) (forum.Card, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if card, ok := c.Pages[url]; ok {
		return card, nil
	}
	return forum.Card{}, &forum.Error{Code: forum.NotFound, Key: "NothingThere"}
}

// CardPicture implements forum.Cards: every picture there is shows its address.
func (c *Cards) CardPicture(_ context.Context, url string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pictures++
	return []byte(url), nil
}

// Links knows which pages name whom as their person, and which are out of reach.
type Links struct {
	Pages map[string]string // page to address
	Away  bool
	asked int
}

// LinksBack implements forum.LinkChecker.
func (l *Links) LinksBack(_ context.Context, page string, addresses []string) (bool, error) {
	l.asked++
	if l.Away {
		return false, &forum.Error{Code: forum.Unavailable, Key: "ServerUnreachable"}
	}
	return slices.Contains(addresses, l.Pages[page]), nil
}

// Passwords is a hash that hides nothing and takes no time.
type Passwords struct{}

// Hash implements forum.Passwords.
func (Passwords) Hash(password string) (string, error) { return "plain:" + password, nil }

// Matches implements forum.Passwords.
func (Passwords) Matches(password, hash string) bool { return hash == "plain:"+password }

// Codes are the number of minutes since 1970, at any secret.
type Codes struct{}

// NewSecret implements forum.Codes.
func (Codes) NewSecret() (string, error) { return "SECRET", nil }

// Address implements forum.Codes.
func (Codes) Address(secret, issuer, account string) string {
	return "otp:" + issuer + "/" + account + "/" + secret
}

// Step implements forum.Codes.
func (Codes) Step(_, code string, now time.Time) int64 {
	if n := now.Unix() / 60; code == strconv.FormatInt(n, 10) {
		return n
	}
	return 0
}

// Passkeys are right when the answer is the state; a use names account and
// passkey before it.
type Passkeys struct{}

// BeginNew implements forum.Passkeys.
func (Passkeys) BeginNew(account *forum.Account, known []forum.Passkey) (options, state string, err error) {
	state = account.ID.String() + "/" + strconv.Itoa(len(known))
	return state, state, nil
}

// FinishNew implements forum.Passkeys.
func (Passkeys) FinishNew(_ *forum.Account, state, answer string) (forum.Passkey, error) {
	if answer != state {
		return forum.Passkey{}, errors.New("wrong answer")
	}
	return forum.Passkey{CredentialID: state, Credential: "{}"}, nil
}

// BeginUse implements forum.Passkeys.
func (Passkeys) BeginUse() (options, state string, err error) { return "{}", "{}", nil }

// FinishUse implements forum.Passkeys.
func (Passkeys) FinishUse(_, answer string, find func(forum.ID) (*forum.Account, []forum.Passkey, error)) (forum.Passkey, error) {
	owner, _, _ := strings.Cut(answer, "/")
	id, err := forum.ParseID(owner)
	if err != nil {
		return forum.Passkey{}, err
	}
	_, list, err := find(id)
	for _, p := range list {
		if p.CredentialID == answer {
			p.Credential = `{"used":true}`
			return p, nil
		}
	}
	return forum.Passkey{}, errors.Join(errors.New("unknown passkey"), err)
}

// Identities are what a code is good for, by that code. Nonce and verifier must be
// those that the address named last was made with.
type Identities struct {
	Known  map[string]forum.Identity
	Silent bool // the provider does not answer
	asked  string
}

// Name implements forum.IdentityProvider.
func (i *Identities) Name() string { return "Provider" }

// Address implements forum.IdentityProvider.
func (i *Identities) Address(_ context.Context, state, nonce, verifier string) (string, error) {
	if i.Silent {
		return "", errors.New("the provider is silent")
	}
	i.asked = nonce + "/" + verifier
	return "https://provider.example/?state=" + state, nil
}

// Identify implements forum.IdentityProvider.
func (i *Identities) Identify(_ context.Context, code, nonce, verifier string) (forum.Identity, error) {
	if known, ok := i.Known[code]; ok && i.asked == nonce+"/"+verifier {
		return known, nil
	}
	return forum.Identity{}, errors.New("wrong code")
}

// Resolver knows the actors it was given.
type Resolver map[string]*forum.Actor

// ActorByHandle implements forum.Resolver.
func (r Resolver) ActorByHandle(_ context.Context, h forum.Handle) (*forum.Actor, error) {
	if a, ok := r[h.String()]; ok {
		return a, nil
	}
	return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
}

// InteractionAddress implements forum.Resolver.
func (r Resolver) InteractionAddress(_ context.Context, home forum.Home, i forum.Interaction) (string, error) {
	return "https://" + home.Host + "/" + string(i.Kind) + "?uri=" + i.URI, nil
}

// Resolve implements forum.Resolver: it knows the actors by their ids too.
func (r Resolver) Resolve(_ context.Context, uri string) (forum.Resolved, error) {
	for _, a := range r {
		if a.URI == uri {
			return forum.Resolved{Actor: a}, nil
		}
	}
	return forum.Resolved{}, &forum.Error{Code: forum.NotFound, Key: "NothingThere"}
}

// Renderer marks text instead of rendering it.
type Renderer struct{}

// Markdown implements forum.Renderer.
func (Renderer) Markdown(source string, mentions map[string]forum.Actor) string {
	return "<p>" + source + "</p>"
}

// Sanitise implements forum.Renderer.
// Normal implements forum.Renderer; the letters of the tests have one form.
func (Renderer) Normal(text string) string { return text }

func (Renderer) Sanitise(html string) string { return strings.ReplaceAll(html, "<script>", "") }

// FirstLink implements forum.Renderer: the first word that begins with https.
func (Renderer) FirstLink(html string) string {
	for w := range strings.FieldsSeq(strings.NewReplacer("<p>", "", "</p>", "").Replace(html)) {
		if strings.HasPrefix(w, "https://") {
			return w
		}
	}
	return ""
}

// Text implements forum.Renderer.
func (Renderer) Text(html string) string { return html }

// Mentions implements forum.Renderer: every word that begins with @.
func (Renderer) Mentions(source string) []string {
	var list []string
	for w := range strings.FieldsSeq(source) {
		if handle, ok := strings.CutPrefix(w, "@"); ok {
			list = append(list, handle)
		}
	}
	return list
}

// Tags implements forum.Renderer: every word that begins with #.
func (Renderer) Tags(source string) []string {
	var list []string
	for w := range strings.FieldsSeq(source) {
		if tag, ok := strings.CutPrefix(w, "#"); ok {
			list = append(list, tag)
		}
	}
	return list
}

// WithoutTitle implements forum.Renderer: the title ends at the first line end.
func (Renderer) WithoutTitle(html, title string, max int, _ []forum.Actor) (string, string) {
	if title != "" {
		return title, html
	}
	title, content, _ := strings.Cut(html, "\n")
	return title, content
}

// Publisher writes short JSON that names what was published.
type Publisher struct{}

func brief(kind string, by *forum.Actor, object string) ([]byte, error) {
	return json.Marshal(map[string]string{"type": kind, "actor": by.URI, "object": object})
}

// Create implements forum.Publisher.
func (Publisher) Create(_ forum.ID, p forum.Publication) ([]byte, error) {
	return brief("Create", p.Author, p.Post.URI)
}

// Update implements forum.Publisher.
func (Publisher) Update(_ forum.ID, p forum.Publication) ([]byte, error) {
	return brief("Update", p.Author, p.Post.URI)
}

// Delete implements forum.Publisher.
func (Publisher) Delete(_ forum.ID, by *forum.Actor, uri string, _ *forum.Actor, _ string) ([]byte, error) {
	return brief("Delete", by, uri)
}

// Like implements forum.Publisher.
func (Publisher) Like(_ forum.ID, by *forum.Actor, post *forum.Post, _ *forum.Actor) ([]byte, error) {
	return brief("Like", by, post.URI)
}

// AnswerQuote implements forum.Publisher.
func (Publisher) AnswerQuote(_ forum.ID, by *forum.Actor, q forum.QuoteRequest) ([]byte, error) {
	if q.Authorization == "" {
		return brief("Reject", by, q.URI)
	}
	return brief("Accept", by, q.Authorization)
}

// PollVote implements forum.Publisher.
func (Publisher) PollVote(_ forum.ID, by *forum.Actor, post *forum.Post, _ *forum.Actor, choice string) ([]byte, error) {
	return brief("Vote "+choice, by, post.URI)
}

// Claim implements forum.Publisher.
func (Publisher) Claim(_ forum.ID, by, _ *forum.Actor, post *forum.Post, _ *forum.Participation, tag string) ([]byte, error) {
	return brief("Claim #"+tag, by, post.URI)
}

// Message implements forum.Publisher.
func (Publisher) Message(_ forum.ID, m forum.Message, from, to *forum.Actor) ([]byte, error) {
	return brief("Message to "+to.Handle()+" "+strings.Join(m.Choices, "/")+": "+m.Content, from, m.URI)
}

// Announce implements forum.Publisher.
func (Publisher) Announce(_ forum.ID, by *forum.Actor, uri string, _, _ *forum.Actor, _ time.Time) ([]byte, error) {
	return brief("Announce", by, uri)
}

// Relay implements forum.Publisher.
func (Publisher) Relay(_ forum.ID, by *forum.Actor, activity []byte, _ time.Time) ([]byte, error) {
	return brief("Relay", by, string(activity))
}

// Sign implements forum.Publisher.
func (Publisher) Sign(by *forum.Actor, activity []byte, _ time.Time) ([]byte, error) {
	return brief("Signed", by, string(activity))
}

// Undo implements forum.Publisher.
func (Publisher) Undo(_ forum.ID, by *forum.Actor, activity []byte) ([]byte, error) {
	return brief("Undo", by, string(activity))
}

// Follow implements forum.Publisher.
func (Publisher) Follow(_ forum.ID, by, target *forum.Actor) ([]byte, error) {
	return brief("Follow", by, target.URI)
}

// Accept implements forum.Publisher.
func (Publisher) Accept(_ forum.ID, by *forum.Actor, f forum.Follow) ([]byte, error) {
	return brief("Accept", by, f.URI)
}

// Reject implements forum.Publisher.
func (Publisher) Reject(_ forum.ID, by *forum.Actor, f forum.Follow) ([]byte, error) {
	return brief("Reject", by, f.URI)
}

// Block implements forum.Publisher.
func (Publisher) Block(_ forum.ID, by, target *forum.Actor) ([]byte, error) {
	return brief("Block", by, target.URI)
}

// Flag implements forum.Publisher.
func (Publisher) Flag(_ forum.ID, by, target *forum.Actor, _ []string, _ string) ([]byte, error) {
	return brief("Flag", by, target.URI)
}

// Report implements forum.Publisher.
func (Publisher) Report(_ forum.ID, by, _ *forum.Actor, post, _ string) ([]byte, error) {
	return brief("Flag", by, post)
}

// Move implements forum.Publisher.
func (Publisher) Move(_ forum.ID, by, target *forum.Actor) ([]byte, error) {
	return brief("Move", by, target.URI)
}

// Pin implements forum.Publisher.
func (Publisher) Pin(_ forum.ID, by *forum.Actor, uri string, on bool) ([]byte, error) {
	if on {
		return brief("Add", by, uri)
	}
	return brief("Remove", by, uri)
}

// Feature implements forum.Publisher.
func (p Publisher) Feature(id forum.ID, by *forum.Actor, uri string, _ *forum.Actor, on bool) ([]byte, error) {
	return p.Pin(id, by, uri, on)
}

// Lock implements forum.Publisher.
func (Publisher) Lock(_ forum.ID, by *forum.Actor, uri string, _ *forum.Actor) ([]byte, error) {
	return brief("Lock", by, uri)
}

// Moderator implements forum.Publisher.
func (p Publisher) Moderator(id forum.ID, by, moderator, _ *forum.Actor, on bool) ([]byte, error) {
	return p.Pin(id, by, moderator.URI, on)
}

// Ban implements forum.Publisher.
func (Publisher) Ban(_ forum.ID, by, whom, _ *forum.Actor, _ forum.Ban, _ bool) ([]byte, error) {
	return brief("Block", by, whom.URI)
}

// UpdateActor implements forum.Publisher.
func (Publisher) UpdateActor(_ forum.ID, a *forum.Actor, _ *forum.Forum, _ ...forum.KeyPair) ([]byte, error) {
	return brief("Update", a, a.URI)
}

var (
	_ forum.Clock            = (*Clock)(nil)
	_ forum.Mailer           = (*Mailer)(nil)
	_ forum.Shelf            = (*Shelf)(nil)
	_ forum.Developer        = Developer{}
	_ forum.Recordings       = Recordings{}
	_ forum.Cards            = (*Cards)(nil)
	_ forum.LinkChecker      = (*Links)(nil)
	_ forum.Passwords        = Passwords{}
	_ forum.Codes            = Codes{}
	_ forum.Passkeys         = Passkeys{}
	_ forum.IdentityProvider = (*Identities)(nil)
	_ forum.Resolver         = Resolver(nil)
	_ forum.Renderer         = Renderer{}
	_ forum.Publisher        = Publisher{}
)

// Redact implements forum.Redactor.
func (Developer) Redact(_ context.Context, file []byte, boxes []forum.Box) (forum.DevelopedSize, error) {
	return forum.DevelopedSize{Body: fmt.Appendf(nil, "%s, %d covered", file, len(boxes)), MediaType: "image/png", Extension: ".png", Width: 1080, Height: 540}, nil
}

// Sealer turns every bit over, behind some that differ each time.
type Sealer struct{}

// NewKey implements forum.Sealer.
func (Sealer) NewKey() (string, error) { return "key", nil }

// Seal implements forum.Sealer.
func (Sealer) Seal(_ string, body io.Reader) (io.ReadSeekCloser, error) {
	whole, err := io.ReadAll(body)
	return open{bytes.NewReader(turned(append([]byte(rand.Text()[:saltLength]), whole...)))}, err
}

// Unseal implements forum.Sealer.
func (Sealer) Unseal(_ string, sealed io.ReadSeeker) (io.ReadSeeker, error) {
	whole, err := io.ReadAll(sealed)
	return bytes.NewReader(turned(whole)[saltLength:]), err
}

const saltLength = 8

func turned(whole []byte) []byte {
	out := make([]byte, len(whole))
	for i, b := range whole {
		out[i] = ^b
	}
	return out
}
