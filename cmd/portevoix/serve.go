package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/gorilla/mux"
	"github.com/klauspost/compress/gzhttp"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/sync/errgroup"

	"portevoix/cmd/portevoix/kept"
	"portevoix/federation/delivery"
	"portevoix/forum"
	"portevoix/forum/web"
	"portevoix/forum/web/api"
	"portevoix/forum/web/guides"
	"portevoix/static"
	"portevoix/storage"
)

type serveCommand struct{}

// Run serves until ctx ends, then stops gracefully.
func (serveCommand) Run(ctx context.Context, c *console) error {
	a, err := c.openApp(ctx)
	if err != nil {
		return err
	}
	s, err := newServer(ctx, a)
	if err != nil {
		return errors.Join(err, s.stop())
	}
	// Who stops the server while it is still greeting stops it as at any other time.
	if err := s.welcome(ctx, c.out); err != nil && ctx.Err() == nil {
		return errors.Join(err, s.stop())
	}
	// What starting took is given back to the system, which else would take minutes.
	defer time.AfterFunc(settledAfter, debug.FreeOSMemory).Stop()
	select {
	case <-ctx.Done():
		fmt.Fprintln(c.out, "Stopping: finishing what was begun …")
	case err = <-s.failed:
	}
	return errors.Join(err, s.stop())
}

const (
	stopRequests = 20 * time.Second // for requests under way at the end
	stopWork     = 20 * time.Second // for jobs and deliveries under way
	settledAfter = time.Second      // nothing of the start is under way any more
)

// server is an app with its doors open.
type server struct {
	*app
	http         *http.Server
	deliverer    *delivery.Deliverer
	admin        *http.Server // nil without server.admin_listen
	adminAddress net.Addr
	counting     context.CancelFunc // ends storing what the inbox counts
	counted      sync.WaitGroup
	lock         *flock.Flock // of the data directory, SQLite only
	failed       chan error
	address      net.Addr
}

// newServer opens the doors: jobs and deliveries first, requests last. The server
// is returned with the error too, to be stopped as far as it was started.
func newServer(ctx context.Context, a *app) (*server, error) {
	s := &server{app: a, failed: make(chan error, 1)}
	if err := s.lockData(); err != nil {
		return s, err
	}
	var handler http.Handler
	var building errgroup.Group // while jobs begin: both take a while
	building.Go(func() (err error) {
		handler, err = a.handler()
		return err
	})
	begun := s.begin(ctx)
	if err := errors.Join(building.Wait(), begun); err != nil {
		return s, err
	}
	s.count()
	if err := s.listenAdmin(); err != nil {
		return s, err
	}
	return s, s.listen(watched(handler))
}

// begin starts what works without being asked: jobs and deliveries.
func (s *server) begin(ctx context.Context) error {
	a := s.app
	a.store.ShareEvents()
	workers := a.store.NewWorkers()
	storage.AddWorker(workers, a.service.WorkMail)
	storage.AddWorker(workers, a.service.WorkCard)
	storage.AddWorker(workers, a.service.WorkFollowers)
	storage.Every(workers, time.Minute, a.service.WorkMailings)
	storage.AddWorker(workers, a.service.WorkNotices)
	storage.AddWorker(workers, a.service.WorkPush)
	storage.AddWorker(workers, a.service.WorkAppPush)
	storage.AddWorker(workers, a.service.WorkWebhook)
	storage.AddWorker(workers, a.service.WorkPublish)
	storage.AddWorker(workers, a.service.WorkPoll)
	storage.AddWorker(workers, a.service.WorkAction)
	storage.AddWorker(workers, a.service.WorkCompany)
	storage.AddWorker(workers, a.service.WorkSigners)
	storage.AddWorker(workers, a.service.WorkClaims)
	storage.AddWorker(workers, a.service.WorkImport)
	storage.AddWorker(workers, a.service.WorkLinks)
	storage.AddWorker(workers, a.service.WorkMove)
	storage.AddWorker(workers, a.service.WorkRemoval)
	storage.AddWorker(workers, a.service.WorkData)
	storage.AddWorker(workers, a.service.WorkDossier)
	storage.Every(workers, time.Hour, a.service.WorkUpkeep)
	storage.Every(workers, time.Minute, a.service.WorkPeerRules)
	storage.Every(workers, time.Hour, a.service.WorkPeerLists)
	storage.AddWorker(workers, a.federation.WorkInbound)
	storage.AddWorker(workers, a.federation.WorkGroup)
	storage.AddWorker(workers, a.federation.WorkFollowersList)
	storage.AddWorker(workers, a.federation.WorkBackfill)
	storage.AddWorker(workers, a.federation.WorkQuote)
	if err := a.store.StartJobs(context.WithoutCancel(ctx), workers); err != nil {
		return err
	}
	if a.config.Federation.Mode != "off" {
		deliverer := delivery.New(delivery.Options{Queue: a.store, Sender: a.federation, Clock: a.clock, Logger: a.logger, Peers: a.config.Federation.PeersAtOnce})
		a.store.OnCommit(func(c storage.Commit) {
			if c.Deliveries {
				deliverer.Wake()
			}
		})
		if err := deliverer.Start(); err != nil {
			return err
		}
		s.deliverer = deliverer
	}
	return nil
}

// trafficInterval is how long what the inbox counts waits to be stored.
const trafficInterval = 10 * time.Second

// count stores what the inbox counts, from time to time and at the end.
func (s *server) count() {
	ctx, cancel := context.WithCancel(context.Background())
	s.counting = cancel
	s.counted.Go(func() {
		ticker := time.NewTicker(trafficInterval)
		defer ticker.Stop()
		for running := true; running; {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				running = false
			}
			if err := s.federation.StoreTraffic(context.WithoutCancel(ctx)); err != nil {
				s.logger.WarnContext(ctx, "storing what came in from other servers failed", "error", err)
			}
		}
	})
}

// lockData refuses a second server on the same SQLite database: its deliveries
// would be made twice.
func (s *server) lockData() error {
	if s.config.Storage.Driver != "sqlite" {
		return nil
	}
	path := filepath.Join(s.config.Server.DataDir, "serve.lock")
	if s.config.Storage.DSN != "" {
		path = s.config.Storage.DSN + ".lock"
	}
	s.lock = flock.New(path)
	locked, err := s.lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	if !locked {
		return fmt.Errorf("another server is running on this database (%s is locked)", path)
	}
	return nil
}

// handler is everything that answers requests: other servers first, where they
// ask for ActivityStreams, then programs, then people.
func (a *app) handler() (http.Handler, error) {
	files, err := static.Load()
	if err != nil {
		return nil, err
	}
	cfg := a.config
	steps, err := guides.Load(cfg.Instance.GuidesDir)
	if err != nil {
		return nil, err
	}
	site, err := web.New(web.Options{
		Service: a.service, Store: a.store, Renderer: a.renderer, Messages: a.messages, Files: files,
		Instance: web.Instance{Name: cfg.Instance.Name, Description: cfg.Instance.Description, Contact: cfg.Instance.Contact,
			Legal: cfg.Instance.LegalNotice, DataLicence: cfg.Instance.DataLicence, Languages: cfg.Instance.Languages, Version: Version},
		Guides: steps, Federated: cfg.Federation.Mode != "off", ShowLimits: cfg.Federation.ShowLimits, PublishPeers: cfg.Federation.PublishPeers,
		Rates:          web.Rates{WritesPerMinute: cfg.Limits.WritesPerMinute, SignInsPerHour: cfg.Limits.SignInsPerHour, RegistrationsPerHour: cfg.Limits.RegistrationsPerHour, GuestRepliesPerHour: cfg.Limits.GuestRepliesPerHour, LookupsPerHour: cfg.Limits.LookupsPerHour},
		Streams:        web.Streams{Total: cfg.Limits.Streams, PerAddress: cfg.Limits.StreamsPerAddress},
		TrustedProxies: cfg.Server.TrustedProxies, Logger: a.logger,
	})
	if err != nil {
		return nil, err
	}
	a.site = site
	a.store.OnEvents(site.Tell)
	r := mux.NewRouter()
	r.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	r.HandleFunc("/readyz", a.ready)
	a.federation.Register(r)
	api.New(api.Options{Service: a.service, Store: a.store, Renderer: a.renderer, Messages: a.messages, Logger: a.logger, Guides: steps, ShowLimits: cfg.Federation.ShowLimits, PerMinute: cfg.Limits.APIPerMinute}).Register(r)
	a.apps = a.newApps(site, files)
	a.apps.Register(r)
	site.Register(r)
	a.router = r
	compressed, err := compressing()
	if err != nil {
		return nil, err
	}
	shared := kept.New(compressed(r), kept.Options{
		Changes: a.store.Changes, Now: a.clock.Now, BySignature: cfg.Federation.AuthorizedFetch,
		Language: func(header string) string {
			return a.messages.Printer(append([]string{header}, cfg.Instance.Languages...)...).Tag
		},
	})
	return a.recovering(forNobody(shared)), nil
}

// forNobody lets every request begin as nobody's: what is for some only is not found
// until whoever asks was recognised.
func forNobody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(forum.ReadAs(r.Context(), 0)))
	})
}

// compressing sends text compressed to whoever takes it (zstd or gzip). A few
// bytes of random length hide how well it compressed, which could tell a stranger
// what else is on a page (BREACH). Streams of events are left alone: they must
// not wait for more.
func compressing() (func(http.Handler) http.HandlerFunc, error) {
	return gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.RandomJitter(32, 0, false), gzhttp.ContentTypeFilter(func(contentType string) bool {
		return !strings.HasPrefix(contentType, "text/event-stream") && gzhttp.DefaultContentTypeFilter(contentType)
	}))
}

// ready says whether requests can be answered: whether the database does.
func (a *app) ready(w http.ResponseWriter, r *http.Request) {
	if _, err := a.store.InstanceActor(r.Context()); err != nil {
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// recovering logs each request at debug level, and turns a panic into an error
// that is logged with its cause.
func (a *app) recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		defer func() {
			p := recover()
			switch {
			case p == http.ErrAbortHandler: //nolint:errorlint // the documented value itself
				panic(p)
			case p != nil:
				a.logger.ErrorContext(r.Context(), "request panicked", "method", r.Method, "path", r.URL.Path, "panic", p)
				http.Error(w, "internal error", http.StatusInternalServerError)
			default:
				a.logger.DebugContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "took", time.Since(begun))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// listen begins to answer.
func (s *server) listen(handler http.Handler) error {
	listener, err := net.Listen("tcp", s.config.Server.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.http = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
	s.http.RegisterOnShutdown(s.site.CloseStreams)
	s.http.RegisterOnShutdown(s.apps.CloseStreams)
	s.address = listener.Addr()
	switch s.config.Server.TLS {
	case "files":
		certificate, err := tls.LoadX509KeyPair(s.config.Server.TLSCert, s.config.Server.TLSKey)
		if err != nil {
			return errors.Join(fmt.Errorf("read certificate: %w", err), listener.Close())
		}
		s.http.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	case "acme":
		addresses := s.service.Addresses()
		manager := &autocert.Manager{
			Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(filepath.Join(s.config.Server.DataDir, "certificates")),
			HostPolicy: autocert.HostWhitelist(addresses.Host()), Email: s.config.Server.ACMEEmail,
		}
		s.http.TLSConfig = manager.TLSConfig()
	}
	go func() {
		var err error
		if s.http.TLSConfig != nil {
			err = s.http.ServeTLS(listener, "", "")
		} else {
			err = s.http.Serve(listener)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return nil
}

// welcome tells where to look and, on a server without one, how to become its
// administrator.
func (s *server) welcome(ctx context.Context, out io.Writer) error {
	base := s.service.Addresses().Base()
	fmt.Fprintf(out, "Portevoix %s is running at %s\n", Version, base)
	if s.config.Server.TLS == "off" {
		s.logger.InfoContext(ctx, "listening", "address", s.address.String())
	}
	token, err := s.service.SetupLink(ctx)
	if err != nil {
		return err
	}
	if token != "" {
		fmt.Fprintf(out, "\nNobody administers this server yet. Open this link within a day to become its administrator\n(it works once; a new one is printed at every start until then):\n\n  %s/setup/%s\n\n", base, token)
	}
	if !s.config.Public() {
		fmt.Fprintln(out, "Mail is printed here. To look around a lively server, run `portevoix demo` on an empty one.")
	}
	return nil
}

// stop closes the doors in the order in which work comes in: requests first,
// then jobs and deliveries, the database last. What was acknowledged is stored;
// what was not finished goes on after the next start.
func (s *server) stop() error {
	var errs []error
	if s.http != nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopRequests)
		defer cancel()
		if err := s.http.Shutdown(ctx); err != nil {
			errs = append(errs, s.http.Close())
		}
	}
	if s.admin != nil {
		errs = append(errs, s.admin.Close())
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopWork)
	defer cancel()
	if s.deliverer != nil {
		s.deliverer.Stop(ctx)
	}
	if s.counting != nil {
		s.counting()
		s.counted.Wait()
	}
	errs = append(errs, s.store.StopJobs(ctx), s.close())
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}
