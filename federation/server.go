package federation

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"portevoix/federation/client"
	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
	"portevoix/forum/locale"
)

// Store is what this package reads and keeps for itself.
type Store interface {
	forum.Reader
	ForumByID(ctx context.Context, id forum.ID) (*forum.Forum, error)
	Key(ctx context.Context, uri string) (*forum.KeyPair, error)
	KeyOf(ctx context.Context, actor forum.ID) (*forum.KeyPair, error)
	Threads(ctx context.Context, q forum.ThreadQuery) (forum.ThreadPage, error)
	ThreadURIs(ctx context.Context, thread, after forum.ID, limit int) ([]forum.PostURI, error)
	ReplyURIs(ctx context.Context, parent, after forum.ID, limit int) ([]forum.PostURI, error)
	Pinned(ctx context.Context, actor, viewer forum.ID) ([]forum.PersonPostView, error)
	PostsBy(ctx context.Context, author, before forum.ID, limit int) ([]forum.ID, error)
	Statistics(ctx context.Context, now time.Time) (forum.Statistics, error)

	Activity(ctx context.Context, id forum.ID) ([]byte, error)
	OriginOf(ctx context.Context, id forum.ID, uri string) (forum.Origin, error)
	Peer(ctx context.Context, host string) (*forum.Peer, error)
	PendingJobs(ctx context.Context) (int, error)
	Received(ctx context.Context, key string) (bool, error)
	// FollowerURIs lists the ids of an actor's accepted followers on a server ("":
	// here), in any order.
	FollowerURIs(ctx context.Context, target forum.ID, host string, limit int) ([]string, error)
	RevivePeer(ctx context.Context, host string) error
	SavePeerSignature(ctx context.Context, host string, scheme forum.SignatureScheme) error
	SavePeerSoftware(ctx context.Context, host, software, version string, when time.Time) error
	EnqueueJob(ctx context.Context, job forum.Job) error
	EnqueueJobAt(ctx context.Context, job forum.Job, at time.Time) error
	AddTraffic(ctx context.Context, counted map[string]forum.Traffic) error
	AddRelayCounts(ctx context.Context, counted map[forum.ID]forum.RelayCount) error
}

// Mode says with whom this server federates.
type Mode string

// The modes.
const (
	Open      Mode = "open"
	Allowlist Mode = "allowlist" // only with the hosts the service admits
	Off       Mode = "off"
)

// Options are what a Server is made of.
type Options struct {
	Store     Store
	Client    *client.Client
	Addresses forum.Addresses
	Instance  Instance
	Messages  *locale.Messages // for what posts say of themselves
	Mode      Mode             // default: Open
	// AuthorizedFetch wants signatures of whoever reads posts, activities and
	// collections.
	AuthorizedFetch bool
	// PlainHTTP looks handles up without TLS too: for tests, where the client
	// allows it.
	PlainHTTP bool
	// InboxPerMinute bounds the activities taken from one server; 0: no limit.
	InboxPerMinute int
	Clock          forum.Clock  // default: forum.SystemClock
	Logger         *slog.Logger // default: none
	Version        string
}

// Instance is what the server says of itself to others.
type Instance struct {
	Name             string
	Description      string
	Languages        []string
	OpenRegistration bool
}

// Server is the ActivityPub side of this server. It is safe for concurrent use.
type Server struct {
	o       Options
	store   Store
	client  *client.Client
	writer  vocabulary.Writer
	service *forum.Service // set by Attach
	fetches singleflight.Group
	lookups singleflight.Group

	private    sync.Map // forum.ID of a local actor to *ring
	busy       chan struct{}
	backlog    backlog
	statistics statistics
	traffic    traffic
	hints      hints
	quota      *forum.Quota
	hourly     hourly

	followerSync synchronisation
}

// maxInFlight bounds inbox requests being worked on; beyond it senders are asked
// to come back.
const maxInFlight = 256

// New returns a server. Attach must be called before it takes anything in: the
// service needs the server to find remote actors, and the server needs the
// service to act.
func New(o Options) *Server {
	if o.Clock == nil {
		o.Clock = forum.SystemClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Mode == "" {
		o.Mode = Open
	}
	s := &Server{o: o, store: o.Store, client: o.Client, busy: make(chan struct{}, maxInFlight), quota: forum.NewQuota(o.InboxPerMinute, o.Clock)}
	s.writer = vocabulary.NewWriter(o.Addresses, s.prove, o.Messages, o.Instance.Languages...).SignedBy(s.signDocument)
	s.hourly.clock = o.Clock
	return s
}

// Attach tells the server which service acts on what it receives.
func (s *Server) Attach(service *forum.Service) { s.service = service }

// Writer writes this server's activities; it is the service's forum.Publisher.
func (s *Server) Writer() vocabulary.Writer { return s.writer }

var _ forum.Resolver = (*Server)(nil)

// instanceKey is the key of the server's own actor, with which every fetch is
// signed.
func (s *Server) instanceKey(ctx context.Context) (signature.Key, error) {
	actor, err := s.store.InstanceActor(ctx)
	if err != nil {
		return signature.Key{}, err
	}
	return s.privateKey(ctx, actor.ID)
}

// backlog remembers for a few seconds how many jobs wait, so that asking costs
// the inbox nothing.
type backlog struct {
	checked atomic.Int64 // Unix nanoseconds
	jobs    atomic.Int64
}

const (
	maxBacklog      = 10_000 // waiting jobs beyond which senders are asked to come back
	backlogInterval = 5 * time.Second
)

// overloaded says whether so much waits that nothing more should be taken in.
func (s *Server) overloaded(ctx context.Context) bool {
	now := s.o.Clock.Now().UnixNano()
	last := s.backlog.checked.Load()
	if now-last > int64(backlogInterval) && s.backlog.checked.CompareAndSwap(last, now) {
		if n, err := s.store.PendingJobs(ctx); err == nil {
			s.backlog.jobs.Store(int64(n))
		}
	}
	return s.backlog.jobs.Load() > maxBacklog
}
