package forum

import (
	"context"
	"strings"
	"time"
)

// Service is the forum. Its methods check the rules and make every change;
// pages, the API, the command line and other servers all come through here.
// It is safe for concurrent use.
type Service struct {
	store      Store
	publisher  Publisher
	resolver   Resolver
	renderer   Renderer
	passwords  Passwords
	codes      Codes
	passkeys   Passkeys
	identities IdentityProvider
	mailer     Mailer
	pusher     Pusher
	webhooks   WebhookSender
	clock      Clock
	zone       *time.Location
	addresses  Addresses
	limits     Limits
	undo       time.Duration

	companyPrefix string

	pictureLimits  PictureLimits
	developer      Developer
	recordings     Recordings
	shelf          Shelf
	cards          Cards
	remotePictures RemotePictures
	peerLists      PeerListReader
	remoteCache    int64
	fetching       fetching
	links          LinkChecker
	grace          time.Duration

	registration RegistrationMode
	guests       GuestPolicy
	sponsors     int
	signTags     []string
	claimTags    []string
	pressureTags []string
	sentTags     []string
	newcomers    Newcomers
	phrases      Phrases
	letters      LetterPrinter
	sealer       Sealer
	prover       Prover
	redactor     Redactor
	newKeyPair   func(actorURI string) (KeyPair, error)
	federating   bool
	dataLicence  string
	figures      figureCache
	dossiers     DossierPrinter
	allowed      map[string]bool // hosts; nil: all are spoken with
	ids          IDs
}

// Options are what a Service is made of. Fields without a default are required.
type Options struct {
	Store          Store
	Publisher      Publisher
	Resolver       Resolver
	Renderer       Renderer
	Passwords      Passwords
	Codes          Codes
	Passkeys       Passkeys         // nil: this server cannot have any
	Identities     IdentityProvider // nil: none is trusted
	Mailer         Mailer
	Pusher         Pusher        // nil: devices are not told of anything
	Webhooks       WebhookSender // nil: no program is called
	Addresses      Addresses
	Clock          Clock            // default: SystemClock
	Zone           *time.Location   // where the server's mornings are; default: UTC
	Limits         Limits           // default: DefaultLimits
	Undo           time.Duration    // how long posts from pages are held; default: they are not
	Registration   RegistrationMode // default: RegistrationOpen
	Guests         GuestPolicy      // default: GuestsRefused
	Pictures       PictureLimits    // default: DefaultPictureLimits
	Developer      Developer        // of the pictures people upload
	Recordings     Recordings       // nil: none are taken
	Shelf          Shelf            // where that is kept
	Cards          Cards            // default: none are shown
	RemotePictures RemotePictures   // default: none are shown
	PeerLists      PeerListReader   // nil: none are followed
	RemoteCache    int64            // bytes of their copies; 0: none are shown
	Links          LinkChecker      // default: no link is verified
	Grace          time.Duration    // how long a deleted account can be taken back; default: DefaultGrace
	Sponsors       *int             // who stand behind an action before it is published; default: DefaultSponsors
	SentTags       []string         // hashtags by which a signer of a letter says that they sent theirs; default: DefaultSentTags
	PressureTags   []string         // hashtags by which a private answer to one's own case tells of pressure; default: DefaultPressureTags
	ClaimTags      []string         // hashtags by which a reply says "it happened to me too"; default: DefaultClaimTags
	Newcomers      *Newcomers       // who counts as new; default: DefaultNewcomers
	SignTags       []string         // hashtags by which a reply signs; default: DefaultSignTags
	Letters        LetterPrinter    // nil: letters are shown, and not printed
	Prover         Prover           // nil: no domain is asked
	Sealer         Sealer           // of evidence; nil: none is kept
	Redactor       Redactor         // nil: nothing is covered here
	Phrases        Phrases          // what is written in an actor's own name
	Dossiers       DossierPrinter   // nil: none are made
	DataLicence    string           // of open data; "": none is named
	// NewKeyPair makes an actor's key; default: NewKeyPair.
	NewKeyPair func(actorURI string) (KeyPair, error)
	// Isolated servers tell nobody anything.
	Isolated bool
	// AllowedHosts, when not nil, are the only servers spoken with, besides those
	// that administrators allow.
	AllowedHosts []string
	// CompanyPrefix is how the handles of companies' pages begin; default: the first
	// of CompanyPrefixes.
	CompanyPrefix string
}

// NewService returns a service; it starts nothing.
func NewService(o Options) *Service {
	if o.Clock == nil {
		o.Clock = SystemClock{}
	}
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits
	}
	if o.Pictures == (PictureLimits{}) {
		o.Pictures = DefaultPictureLimits
	}
	if o.Registration == "" {
		o.Registration = RegistrationOpen
	}
	if o.CompanyPrefix == "" {
		o.CompanyPrefix = CompanyPrefixes[0]
	}
	if o.Guests == "" {
		o.Guests = GuestsRefused
	}
	if o.Sponsors == nil {
		n := DefaultSponsors
		o.Sponsors = &n
	}
	if o.SentTags == nil {
		o.SentTags = DefaultSentTags
	}
	if o.PressureTags == nil {
		o.PressureTags = DefaultPressureTags
	}
	if o.ClaimTags == nil {
		o.ClaimTags = DefaultClaimTags
	}
	if o.Newcomers == nil {
		o.Newcomers = &DefaultNewcomers
	}
	if o.SignTags == nil {
		o.SignTags = DefaultSignTags
	}
	if o.NewKeyPair == nil {
		o.NewKeyPair = NewKeyPair
	}
	var allowed map[string]bool
	if o.AllowedHosts != nil {
		allowed = map[string]bool{}
		for _, h := range o.AllowedHosts {
			allowed[strings.ToLower(h)] = true
		}
	}
	return &Service{
		dataLicence: o.DataLicence, dossiers: o.Dossiers,

		allowed: allowed,
		store:   o.Store, publisher: o.Publisher, resolver: o.Resolver, renderer: o.Renderer,
		passwords: o.Passwords, codes: o.Codes, passkeys: o.Passkeys, identities: o.Identities, mailer: o.Mailer, pusher: o.Pusher, webhooks: o.Webhooks, clock: o.Clock, zone: o.Zone, addresses: o.Addresses,
		limits: o.Limits, undo: o.Undo, companyPrefix: o.CompanyPrefix, registration: o.Registration, guests: o.Guests, newKeyPair: o.NewKeyPair, federating: !o.Isolated,
		sponsors: *o.Sponsors, signTags: o.SignTags, claimTags: o.ClaimTags, pressureTags: o.PressureTags, sentTags: o.SentTags, newcomers: *o.Newcomers, phrases: o.Phrases, letters: o.Letters, sealer: o.Sealer, prover: o.Prover, redactor: o.Redactor,
		pictureLimits: o.Pictures, developer: o.Developer, recordings: o.Recordings, shelf: o.Shelf, cards: o.Cards, remotePictures: o.RemotePictures, peerLists: o.PeerLists, remoteCache: o.RemoteCache, links: o.Links, grace: o.Grace,
	}
}

// Addresses returns the builder of this server's addresses.
func (s *Service) Addresses() Addresses { return s.addresses }

// Limits returns the sizes in force.
func (s *Service) Limits() Limits { return s.limits }

// Registration returns who may open an account.
func (s *Service) Registration() RegistrationMode { return s.registration }

// Now is the service's time.
func (s *Service) Now() time.Time { return s.clock.Now() }

// write runs one change durably: when it returns nil, the change survives a
// power cut, and whatever it told the store to publish will be delivered.
func (s *Service) write(ctx context.Context, change func(ctx context.Context, tx Tx) error) error {
	return s.store.Write(ctx, change)
}

// Prepare makes what a new database lacks: the server's own actor. Call it once
// before anything else; several processes may.
func (s *Service) Prepare(ctx context.Context) error {
	if _, err := s.keyed(ctx, ""); err != nil { // so that no transaction has to make the secret
		return err
	}
	_, err := s.store.InstanceActor(ctx)
	if err == nil {
		return s.addProofKeys(ctx)
	}
	if CodeOf(err) != NotFound {
		return err
	}
	a := s.localActor(Application, "", InstanceActorName)
	key, err := s.newKeyPair(a.URI)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.AddInstance(ctx, &a, key)
	})
	if CodeOf(err) == Conflict {
		return nil // another process was first
	}
	return err
}
