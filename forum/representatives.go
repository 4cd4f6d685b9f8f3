package forum

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Representative is somebody who answers for a company: an account here, or one
// elsewhere. What they showed, and when, is said with everything they answer.
type Representative struct {
	ID        ID
	CompanyID ID
	ActorID   ID
	Method    ProofMethod
	Domain    string // of the company's site
	Token     string // to be found there, or in the link that was sent
	Email     string // that the link was mailed to; never shown
	// Holds says that whoever asked holds the account: signed in here, or by a link
	// sent to the account elsewhere.
	Holds        bool
	AskedAt      time.Time
	VerifiedAt   time.Time // zero: not yet, or not any more
	CheckedAt    time.Time // when the proof was last looked for
	FailingSince time.Time // zero: it was there
	RevokedAt    time.Time
	Actor        Byline // of views only
}

// Verified says whether they may answer now.
func (r *Representative) Verified() bool {
	return r != nil && !r.VerifiedAt.IsZero() && r.RevokedAt.IsZero()
}

// ProofMethod is how a representative shows that the company lets them speak.
type ProofMethod string

// The methods.
const (
	ProofDNS   ProofMethod = "dns"   // a TXT record of the site's domain
	ProofFile  ProofMethod = "file"  // a file on the site
	ProofLink  ProofMethod = "link"  // the site links to the profile with rel="me"
	ProofMail  ProofMethod = "mail"  // a link mailed to an address at the domain
	ProofActor ProofMethod = "actor" // the account itself lives on the domain
)

// ProofMethods lists them in the order in which they are offered.
var ProofMethods = []ProofMethod{ProofDNS, ProofFile, ProofLink, ProofMail, ProofActor}

// Prover reads what a domain shows.
type Prover interface {
	// TXT lists the texts of a name in the DNS. No such name is no error.
	TXT(ctx context.Context, name string) ([]string, error)
	// Text reads the beginning of a small file on the web. NotFound means that the
	// server says there is none.
	Text(ctx context.Context, address string) (string, error)
}

// What is looked for, and how often.
const (
	txtPrefix          = "_portevoix."
	txtValue           = "portevoix="
	proofInterval      = 7 * 24 * time.Hour
	proofPatience      = 14 * 24 * time.Hour  // for how long a proof may be missing
	mailProofLifetime  = 365 * 24 * time.Hour // people leave companies
	claimLinkLifetime  = 48 * time.Hour
	proofsAtOnce       = 100
	representativesMax = 10 // of one company that wait or answer
)

// mailProviders give addresses to anybody: one there shows nothing of a company.
var mailProviders = map[string]bool{
	"gmail.com": true, "googlemail.com": true, "outlook.com": true, "outlook.fr": true, "hotmail.com": true, "hotmail.fr": true, "live.com": true, "live.fr": true, "msn.com": true,
	"yahoo.com": true, "yahoo.fr": true, "ymail.com": true, "icloud.com": true, "me.com": true, "mac.com": true, "aol.com": true, "gmx.com": true, "gmx.fr": true, "gmx.net": true, "gmx.de": true,
	"proton.me": true, "protonmail.com": true, "pm.me": true, "tutanota.com": true, "tuta.com": true, "mail.com": true, "zoho.com": true, "yandex.com": true, "yandex.ru": true, "mail.ru": true,
	"orange.fr": true, "wanadoo.fr": true, "free.fr": true, "sfr.fr": true, "neuf.fr": true, "laposte.net": true, "bbox.fr": true, "numericable.fr": true, "web.de": true, "t-online.de": true, "posteo.net": true, "posteo.de": true, "mailo.com": true,
}

// within says whether a host is a domain or under it. Look-alikes are neither:
// only whole labels count.
func within(host, domain string) bool {
	host, domain = strings.ToLower(strings.TrimSuffix(host, ".")), strings.ToLower(domain)
	return domain != "" && (host == domain || strings.HasSuffix(host, "."+domain))
}

// TXTName is where the record stands.
func (r *Representative) TXTName() string { return txtPrefix + r.Domain }

// TXTValue is what the record says.
func (r *Representative) TXTValue() string { return txtValue + r.Token }

// FilePath is where the file stands on the site.
func (r *Representative) FilePath() string { return "/.well-known/portevoix-" + r.Token }

// NewRepresentative is what somebody sends who wants to answer for a company.
type NewRepresentative struct {
	Company string
	Method  ProofMethod
	Email   string // with ProofMail
	Account string // name@host of the account elsewhere; "" for one's own here
}

// AskToRepresent begins to verify somebody. by is nil for accounts elsewhere, which
// are sent a link; what they show is looked for once it was opened.
func (s *Service) AskToRepresent(ctx context.Context, by *Account, n NewRepresentative) (*Representative, error) {
	c, err := s.Company(ctx, n.Company)
	if err != nil {
		return nil, err
	}
	if !c.Local() {
		return nil, &Error{Code: Forbidden, Key: "CompanyElsewhere"}
	}
	r := &Representative{CompanyID: c.ID, Method: n.Method, Domain: SiteHost(c.Site), Token: strings.ToLower(rand.Text()), AskedAt: s.clock.Now()}
	who, err := s.claimant(ctx, by, n)
	if err != nil {
		return nil, err
	}
	r.ID, r.ActorID, r.Holds = s.ids.New(r.AskedAt), who.ID, who.Local()
	if err := r.check(who, n); err != nil {
		return nil, err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		known, err := tx.Representatives(ctx, c.ID)
		if err != nil {
			return err
		}
		if len(known) >= representativesMax && !slices.ContainsFunc(known, func(k Representative) bool { return k.ActorID == r.ActorID }) {
			return &Error{Code: TooMany, Key: "RepresentativesTooMany"}
		}
		if err := tx.SaveRepresentative(ctx, r); err != nil {
			return err
		}
		if r.Method == ProofMail {
			return s.enqueueMail(ctx, tx, MailJob{Account: who.ID, Template: MailRepresent, Email: r.Email, Company: c.ID})
		}
		if !who.Local() {
			link := s.addresses.Base() + "/represent/" + r.Token
			sent, err := s.writeTo(ctx, tx, &c.Actor, who, Message{Purpose: purposeClaim, Subject: r.ID,
				Content: `<p>Portevoix: <a href="` + link + `">` + link + `</a></p>`})
			if err == nil && !sent {
				err = &Error{Code: Unavailable, Key: "RepresentNotSent"}
			}
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

const purposeClaim Purpose = "claim"

// claimant is whose account is to be verified.
func (s *Service) claimant(ctx context.Context, by *Account, n NewRepresentative) (*Actor, error) {
	if n.Account == "" {
		if err := by.MayWrite(); err != nil {
			return nil, err
		}
		return &by.Actor, nil
	}
	h, ok := ParseHandle(n.Account, s.addresses.Host())
	if !ok || h.Host == "" {
		return nil, invalid("account", "RepresentativeAccount", nil)
	}
	who, err := s.resolver.ActorByHandle(ctx, h)
	if err == nil && (who.Kind == Group || who.Active() != nil) {
		err = notFound()
	}
	return who, unknownAccount(err, n.Account)
}

func (r *Representative) check(who *Actor, n NewRepresentative) error {
	if !slices.Contains(ProofMethods, r.Method) {
		return invalid("method", "ProofUnknown", nil)
	}
	if r.Domain == "" {
		return invalid("company", "CompanyWithoutSite", nil)
	}
	if r.Method == ProofActor && (who.Local() || !within(hostName(who.Host), r.Domain)) {
		return invalid("account", "ProofOtherDomain", map[string]any{"Domain": r.Domain})
	}
	if r.Method != ProofMail {
		return nil
	}
	email, err := cleanEmail(n.Email)
	if err != nil {
		return err
	}
	host := strings.ToLower(email[strings.LastIndexByte(email, '@')+1:])
	switch {
	case !who.Local():
		return invalid("method", "ProofMailHere", nil)
	case mailProviders[host] || mailProviders[r.Domain]:
		return invalid("email", "ProofPublicMail", map[string]any{"Domain": host})
	case !within(host, r.Domain):
		return invalid("email", "ProofOtherDomain", map[string]any{"Domain": r.Domain})
	}
	r.Email = email
	return nil
}

// hostName is a host without its port.
func hostName(host string) string {
	u, err := url.Parse("https://" + host)
	if err != nil {
		return host
	}
	return u.Hostname()
}

// ClaimOfLink finds who a link was sent for; NotFound once it is too old.
func (s *Service) ClaimOfLink(ctx context.Context, token string) (*Representative, error) {
	r, err := s.store.RepresentativeByToken(ctx, token)
	if CodeOf(err) == NotFound || err == nil && (s.clock.Now().Sub(r.AskedAt) > claimLinkLifetime || r.Holds && r.Method != ProofMail || !r.RevokedAt.IsZero()) {
		return nil, &Error{Code: NotFound, Key: "LinkUsed", Err: err}
	}
	return r, err
}

// UseClaimLink takes a link as a sign that whoever opens it reads the mailbox, or
// holds the account elsewhere, and looks for what else is to be shown.
func (s *Service) UseClaimLink(ctx context.Context, token string) (*Representative, error) {
	r, err := s.ClaimOfLink(ctx, token)
	if err != nil {
		return nil, err
	}
	r.Holds = true
	return s.proved(ctx, r, r.Method == ProofMail || r.Method == ProofActor)
}

// CheckRepresentative looks for the proof of by's, now.
func (s *Service) CheckRepresentative(ctx context.Context, by *Account, company string) (*Representative, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	c, err := s.Company(ctx, company)
	if err != nil {
		return nil, err
	}
	r, err := s.store.RepresentativeOf(ctx, c.ID, by.ID)
	if err != nil {
		return nil, err
	}
	return s.proved(ctx, r, false)
}

// proved notes whether the proof is there; known says that it is.
func (s *Service) proved(ctx context.Context, r *Representative, known bool) (*Representative, error) {
	found := known
	var err error
	if !known {
		found, err = s.findProof(ctx, r)
	}
	if err != nil && CodeOf(err) != Unavailable {
		return nil, err
	}
	if !found && r.VerifiedAt.IsZero() && !r.Holds {
		return nil, &Error{Code: Conflict, Key: "ProofMissing"}
	}
	now := s.clock.Now()
	writeErr := s.write(ctx, func(ctx context.Context, tx Tx) error {
		fresh, err := tx.RepresentativeOf(ctx, r.CompanyID, r.ActorID)
		if err != nil {
			return err
		}
		if fresh.Token != r.Token || !fresh.RevokedAt.IsZero() {
			return &Error{Code: Conflict, Key: "ProofMissing"}
		}
		fresh.Holds, fresh.CheckedAt = fresh.Holds || r.Holds, now
		was := fresh.Verified()
		switch {
		case found && fresh.Holds:
			if fresh.VerifiedAt.IsZero() {
				fresh.VerifiedAt = now
			}
			fresh.FailingSince = zeroTime
		case fresh.FailingSince.IsZero():
			fresh.FailingSince = now
		case now.Sub(fresh.FailingSince) > proofPatience:
			fresh.VerifiedAt = zeroTime
		}
		*r = *fresh
		if err := tx.SaveRepresentative(ctx, fresh); err != nil || fresh.Verified() == was {
			return err
		}
		return s.tellRepresentative(ctx, tx, fresh)
	})
	if writeErr != nil {
		return nil, writeErr
	}
	if err != nil {
		return r, err
	}
	if !found {
		return r, &Error{Code: Conflict, Key: "ProofMissing"}
	}
	return r, nil
}

// findProof looks for what a method asks for.
func (s *Service) findProof(ctx context.Context, r *Representative) (bool, error) {
	c, err := s.store.CompanyByID(ctx, r.CompanyID)
	if err != nil {
		return false, err
	}
	if SiteHost(c.Site) != r.Domain { // the page names another site by now
		return false, nil
	}
	actor, err := s.store.Actor(ctx, r.ActorID)
	if err != nil || actor.Active() != nil {
		return false, err
	}
	switch r.Method {
	case ProofActor:
		return within(hostName(actor.Host), r.Domain), nil
	case ProofMail:
		return !r.VerifiedAt.IsZero() && s.clock.Now().Sub(r.VerifiedAt) < mailProofLifetime, nil
	}
	if s.prover == nil || s.links == nil {
		return false, &Error{Code: Unavailable, Key: "ProofMissing"}
	}
	switch r.Method {
	case ProofDNS:
		texts, err := s.prover.TXT(ctx, r.TXTName())
		return slices.Contains(texts, r.TXTValue()), err
	case ProofFile:
		text, err := s.prover.Text(ctx, strings.TrimSuffix(c.Site, "/")+r.FilePath())
		if CodeOf(err) == NotFound {
			return false, nil
		}
		return strings.TrimSpace(text) == r.Token, err
	default:
		yes, err := s.links.LinksBack(ctx, c.Site, []string{actor.URL, actor.URI})
		if CodeOf(err) == NotFound {
			return false, nil
		}
		return yes, err
	}
}

// RevokeRepresentative ends that somebody answers for a company. They may, other
// verified representatives of it, and administrators.
func (s *Service) RevokeRepresentative(ctx context.Context, by *Account, company string, actor ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	c, err := s.Company(ctx, company)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		r, err := tx.RepresentativeOf(ctx, c.ID, actor)
		if err != nil {
			return err
		}
		if !by.IsAdmin() && by.ID != actor {
			mine, err := tx.RepresentativeOf(ctx, c.ID, by.ID)
			if err != nil && CodeOf(err) != NotFound {
				return err
			}
			if !mine.Verified() {
				return &Error{Code: Forbidden, Key: "RepresentativesOnly"}
			}
		}
		was := r.Verified()
		r.RevokedAt = s.clock.Now()
		if err := tx.SaveRepresentative(ctx, r); err != nil || !was {
			return err
		}
		return s.tellRepresentative(ctx, tx, r)
	})
}

// checkProofs looks again for proofs that were found a while ago.
func (s *Service) checkProofs(ctx context.Context) error {
	due, err := s.store.ProofsDue(ctx, s.clock.Now().Add(-proofInterval), proofsAtOnce)
	for i := range due {
		if _, checked := s.proved(ctx, &due[i], false); checked != nil && CodeOf(checked) != Conflict && CodeOf(checked) != Unavailable && CodeOf(checked) != NotFound {
			err = errors.Join(err, checked)
		}
	}
	return err
}

// represents says whether this server knows that somebody speaks for the company
// that a case is about. What the servers of pages elsewhere tell is not enough: see
// [Service.representing].
func (s *Service) represents(ctx context.Context, r Reader, actor ID, t *Thread) (bool, error) {
	if t.Case == nil || t.Case.CompanyID == 0 {
		return false, nil
	}
	found, err := r.RepresentativeOf(ctx, t.Case.CompanyID, actor)
	if CodeOf(err) == NotFound {
		return false, nil
	}
	return err == nil && found.Verified(), err
}

// representing is as what somebody answers for the company of a case; nil for not.
// The server of the company's page is believed in that.
func (s *Service) representing(ctx context.Context, r Reader, actor ID, t *Thread) (*Representative, error) {
	if t.Case == nil || t.Case.CompanyID == 0 {
		return nil, nil
	}
	found, err := r.RepresentativeOf(ctx, t.Case.CompanyID, actor)
	if CodeOf(err) == NotFound {
		found, err = r.RepresentativeTold(ctx, t.Case.CompanyID, actor)
	}
	if CodeOf(err) == NotFound || err == nil && !found.Verified() {
		return nil, nil
	}
	return found, err
}

// MayAnswer says whether somebody may answer a case for its company; by may be nil.
func (s *Service) MayAnswer(ctx context.Context, by *Account, t *Thread) (bool, error) {
	if by == nil {
		return false, nil
	}
	found, err := s.representing(ctx, s.store, by.ID, t)
	return found != nil, err
}

// whoSpeaksFresh is for how long a page elsewhere is believed as it was read, when
// somebody whom it does not name answers for its company.
const whoSpeaksFresh = time.Minute

// askWhoSpeaks reads the page of a company elsewhere again, where a reply says that
// it answers for the company and its author is not known to. Where that fails, the
// reply is one like any other.
func (s *Service) askWhoSpeaks(ctx context.Context, r RemotePost) {
	if r.Answer == nil || r.ParentID == 0 || r.Author == nil || s.resolver == nil {
		return
	}
	parent, err := s.store.Post(ctx, r.ParentID)
	if err != nil {
		return
	}
	t, err := s.store.Thread(ctx, parent.ThreadID)
	if err != nil || t.Case == nil || t.Case.CompanyID == 0 {
		return
	}
	page, err := s.store.Actor(ctx, t.Case.CompanyID)
	if err != nil || page.Local() || s.clock.Now().Sub(page.FetchedAt) < whoSpeaksFresh {
		return
	}
	if known, err := s.representing(ctx, s.store, r.Author.ID, t); err == nil && known == nil {
		_, _ = s.resolver.Resolve(ctx, page.URI)
	}
}

// tellRepresentative tells the followers of a company's page, and somebody's own
// server, whether they speak for it.
func (s *Service) tellRepresentative(ctx context.Context, tx Tx, r *Representative) error {
	c, err := tx.CompanyByID(ctx, r.CompanyID)
	if err != nil || !c.Local() || c.LocalOnly {
		return err
	}
	return s.tellCompany(ctx, tx, c, r.ActorID)
}
