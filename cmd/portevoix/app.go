package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"time"
	_ "time/tzdata" // time zones, also where the machine has none

	"github.com/gorilla/mux"

	"portevoix/cmd/portevoix/config"
	"portevoix/federation"
	"portevoix/federation/client"
	"portevoix/forum"
	"portevoix/forum/dossier"
	"portevoix/forum/imaging"
	"portevoix/forum/letter"
	"portevoix/forum/locale"
	"portevoix/forum/mail"
	"portevoix/forum/markup"
	"portevoix/forum/onetime"
	"portevoix/forum/openid"
	"portevoix/forum/passkey"
	"portevoix/forum/password"
	"portevoix/forum/push"
	"portevoix/forum/recording"
	"portevoix/forum/sealing"
	"portevoix/forum/web"
	"portevoix/forum/web/mastodon"
	"portevoix/forum/webhook"
	"portevoix/static"
	"portevoix/storage"
	"portevoix/storage/shelf"
)

// app is the parts of a server, introduced to each other. Commands use them
// without listening; serve adds the doors.
type app struct {
	config     *config.Config
	logger     *slog.Logger
	clock      forum.Clock
	messages   *locale.Messages
	renderer   *markup.Renderer
	store      *storage.Store
	shelf      closingShelf
	federation *federation.Server
	service    *forum.Service
	client     *client.Client
	pushes     *client.Client // to push services, which no list of allowed servers names
	site       *web.Site      // once there is a handler
	apps       *mastodon.API  // likewise
	router     *mux.Router    // likewise: every address
}

// openApp reads the configuration and opens the database, up to date.
func (c *console) openApp(ctx context.Context) (*app, error) {
	cfg, err := config.Load(c.file, c.environ)
	if err != nil {
		return nil, err
	}
	return newApp(ctx, cfg, c.err, forum.SystemClock{})
}

// newApp builds the parts. Logs and, without a mail server, mail go to output.
func newApp(ctx context.Context, cfg *config.Config, output io.Writer, clock forum.Clock) (*app, error) {
	a := &app{config: cfg, clock: clock, logger: newLogger(cfg.Log, output)}
	zone, err := time.LoadLocation(cfg.Instance.TimeZone)
	if err != nil {
		return nil, err
	}
	if a.messages, err = locale.Load(zone); err != nil {
		return nil, err
	}
	if a.shelf, err = openShelf(cfg); err != nil {
		return nil, err
	}
	if a.store, err = openStore(ctx, cfg, a.shelf, a.logger, clock); err != nil {
		return nil, errors.Join(err, a.shelf.Close())
	}
	if err := a.connect(ctx, output, clock, zone); err != nil {
		return nil, errors.Join(err, a.store.Close(), a.shelf.Close())
	}
	return a, nil
}

// closingShelf is a shelf that holds something open.
type closingShelf interface {
	forum.Shelf
	io.Closer
}

func openShelf(cfg *config.Config) (closingShelf, error) {
	m := cfg.Media
	if m.Backend == "s3" {
		return shelf.OpenBucket(shelf.BucketOptions{Endpoint: m.S3Endpoint, Region: m.S3Region, Name: m.S3Bucket, AccessKey: m.S3AccessKey, SecretKey: m.S3SecretKey})
	}
	return shelf.Open(filepath.Join(cfg.Server.DataDir, "media"))
}

func openStore(ctx context.Context, cfg *config.Config, files forum.Shelf, logger *slog.Logger, clock forum.Clock) (*storage.Store, error) {
	o := storage.Options{Shelf: files, Driver: storage.Driver(cfg.Storage.Driver), DSN: cfg.Storage.DSN, Synchronous: cfg.Storage.Synchronous, Logger: logger, Clock: clock}
	if o.Driver == storage.SQLite && o.DSN == "" {
		o.DSN = filepath.Join(cfg.Server.DataDir, "portevoix.db")
	}
	return storage.Open(ctx, o)
}

// connect migrates the database and builds everything on it.
func (a *app) connect(ctx context.Context, output io.Writer, clock forum.Clock, zone *time.Location) error {
	applied, err := a.store.Migrate(ctx)
	if err != nil {
		return err
	}
	if len(applied) > 0 {
		a.logger.InfoContext(ctx, "database is up to date", "migrations", len(applied))
	}
	addresses, err := forum.NewAddresses(a.config.Base())
	if err != nil {
		return err
	}
	a.renderer = markup.New(addresses.Tag)
	passwords, err := password.New()
	if err != nil {
		return err
	}
	keys, err := passkey.New(addresses.Base(), a.config.Instance.Name)
	if err != nil {
		return err
	}
	mailer, err := mail.New(mail.Options{
		Messages: a.messages, Instance: a.config.Instance.Name, Languages: a.config.Instance.Languages, Base: addresses.Base(), Server: a.config.Mail.Server, Username: a.config.Mail.Username,
		Password: a.config.Mail.Password, From: a.config.Mail.From, Security: a.config.Mail.Security, Print: output,
	})
	if err != nil {
		return err
	}
	a.client, a.pushes = a.newClient(addresses)
	a.federation = federation.New(federation.Options{
		Messages: a.messages,
		Store:    a.store, Client: a.client, Addresses: addresses,
		Instance: federation.Instance{
			Name: a.config.Instance.Name, Description: a.config.Instance.Description, Languages: a.config.Instance.Languages,
			OpenRegistration: a.config.Registration.Mode == "open" || a.config.Registration.Mode == "approval",
		},
		Mode: federation.Mode(a.config.Federation.Mode), AuthorizedFetch: a.config.Federation.AuthorizedFetch, InboxPerMinute: a.config.Limits.InboxPerMinute,
		PlainHTTP: len(a.config.Federation.AllowNetworks) > 0, Clock: clock, Logger: a.logger, Version: Version,
	})
	limits, developer := a.config.Limits, imaging.New(a.config.Media.MaxMegapixels*1_000_000)
	options := forum.Options{
		Store: a.store, Publisher: a.federation.Writer(), Resolver: a.federation, Renderer: a.renderer, Passwords: passwords, Codes: onetime.Codes{}, Mailer: mailer, Pusher: a.newPusher(addresses, clock), Webhooks: a.newWebhookSender(),
		Addresses: addresses, Clock: clock, Zone: zone, Undo: time.Duration(a.config.Posting.UndoSeconds) * time.Second, Registration: forum.RegistrationMode(a.config.Registration.Mode), Guests: forum.GuestPolicy(a.config.Guests()),
		Limits: forum.Limits{Title: limits.Title, Body: limits.Body, Mentions: limits.Mentions, Depth: limits.Depth},
		Pictures: forum.PictureLimits{
			Bytes: a.config.Media.MaxMegabytes << 20, PerPost: a.config.Media.PerPost,
			RecordingBytes: a.config.Media.RecordingMegabytes << 20, RecordingTime: time.Duration(a.config.Media.RecordingMinutes) * time.Minute,
		},
		Developer: developer, Recordings: recording.Reader{}, Sealer: sealing.Sealer{}, Redactor: developer, Shelf: a.shelf, Cards: a.federation, RemotePictures: a.federation, PeerLists: a.newListReader(), RemoteCache: int64(a.config.Media.RemoteCacheMegabytes) << 20, Links: a.federation, Prover: a.federation,
		Grace: time.Duration(a.config.Registration.GraceDays) * 24 * time.Hour, CompanyPrefix: a.config.Instance.CompanyPrefix,
		Isolated: a.config.Federation.Mode == "off",
		Sponsors: &a.config.Actions.Sponsors, SignTags: a.config.Actions.SignTags, ClaimTags: a.config.Actions.ClaimTags, PressureTags: a.config.Actions.PressureTags, SentTags: a.config.Actions.SentTags, Newcomers: &forum.Newcomers{Account: days(a.config.Actions.YoungAccountDays), Server: days(a.config.Actions.NewServerDays)}, Letters: letter.Printer{}, Phrases: locale.Phrases{Messages: a.messages, Languages: a.config.Instance.Languages},
	}
	if a.config.Federation.Mode == "allowlist" {
		options.AllowedHosts = append([]string{}, a.config.Federation.AllowedHosts...)
	}
	if keys != nil {
		options.Passkeys = keys
	}
	if o := a.config.OpenID; o.Issuer != "" {
		options.Identities = newProvider(o, addresses)
	}
	options.DataLicence, options.Dossiers = a.config.Instance.DataLicence, dossier.Printer{Messages: a.messages}
	a.service = forum.NewService(options)
	a.federation.Attach(a.service)
	return a.service.Prepare(ctx)
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func newProvider(o config.OpenID, addresses forum.Addresses) *openid.Provider {
	return openid.New(openid.Options{
		Issuer: o.Issuer, Name: o.Name, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Callback: addresses.Base() + "/login/identity/callback",
	})
}

func (a *app) newClient(addresses forum.Addresses) (peers, pushes *client.Client) {
	o := client.Options{
		AllowNetworks: a.config.Federation.AllowNetworks, Timeout: a.config.Federation.Timeout.Duration,
		// Peers see who asks, and where to complain.
		UserAgent: fmt.Sprintf("Portevoix/%s (+%s)", Version, addresses.Base()),
	}
	pushes = client.New(o)
	o.Permit = func(ctx context.Context, host string) error { return a.service.Admits(ctx, host) }
	return client.New(o), pushes
}

// newPusher gives what speaks to push services a guarded way out.
func (a *app) newPusher(addresses forum.Addresses, clock forum.Clock) *push.Sender {
	return push.New(push.Options{
		Messages: a.messages, Languages: a.config.Instance.Languages, Base: addresses.Base(), Clock: clock, PlainHTTP: len(a.config.Federation.AllowNetworks) > 0,
		Icon: addresses.Base() + static.Prefix + "icon-192.png",
		Post: func(ctx context.Context, address string, body []byte, header http.Header) (int, time.Duration, error) {
			answer, err := a.pushes.Post(ctx, address, body, func(r *http.Request) error {
				maps.Copy(r.Header, header)
				return nil
			})
			if err != nil {
				return 0, 0, err
			}
			return answer.Status, client.RetryAfter(answer.Header, clock.Now()), nil
		},
	})
}

// newListReader gives what reads lists of rules about servers a guarded way out, to
// whatever server has them: the allowlist is about federation.
func (a *app) newListReader() forum.PeerListReader {
	if a.config.Federation.Mode == "off" {
		return nil
	}
	return federation.ListReader{Client: a.pushes}
}

// newWebhookSender gives what calls programs a guarded way out.
func (a *app) newWebhookSender() webhook.Sender {
	return webhook.Sender{PlainHTTP: len(a.config.Federation.AllowNetworks) > 0, Post: func(ctx context.Context, address string, body []byte, header http.Header) (int, error) {
		answer, err := a.pushes.Post(ctx, address, body, func(r *http.Request) error {
			maps.Copy(r.Header, header)
			return nil
		})
		if err != nil {
			return 0, err
		}
		return answer.Status, nil
	}}
}

func (a *app) close() error {
	a.client.CloseIdle()
	a.pushes.CloseIdle()
	return errors.Join(a.store.Close(), a.shelf.Close())
}

func newLogger(cfg config.Log, output io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.Level)) // checked when the configuration was read
	o := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(output, o))
	}
	return slog.New(slog.NewTextHandler(output, o))
}
