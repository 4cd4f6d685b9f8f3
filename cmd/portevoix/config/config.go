// Package config reads the configuration: built-in defaults, then the file, then
// the environment, and refuses what is unknown, unreadable or unsafe, with the
// line and what to do about it.
//
// It knows TOML and nothing of what the values are used for.
package config

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Config is the whole configuration. config.example.toml explains every key.
type Config struct {
	Server       Server       `toml:"server"`
	Instance     Instance     `toml:"instance"`
	Storage      Storage      `toml:"storage"`
	Media        Media        `toml:"media"`
	Posting      Posting      `toml:"posting"`
	Actions      Actions      `toml:"actions"`
	Mail         Mail         `toml:"mail"`
	Registration Registration `toml:"registration"`
	OpenID       OpenID       `toml:"openid"`
	Federation   Federation   `toml:"federation"`
	Limits       Limits       `toml:"limits"`
	Log          Log          `toml:"log"`
}

// Server is where and how the server listens.
type Server struct {
	Listen         string         `toml:"listen"`
	AdminListen    string         `toml:"admin_listen"`
	BaseURL        string         `toml:"base_url"`
	DataDir        string         `toml:"data_dir"`
	TrustedProxies []netip.Prefix `toml:"trusted_proxies"`
	TLS            string         `toml:"tls"`
	TLSCert        string         `toml:"tls_cert"`
	TLSKey         string         `toml:"tls_key"`
	ACMEEmail      string         `toml:"acme_email"`
}

// Instance is what the server says of itself.
type Instance struct {
	Name        string   `toml:"name"`
	Description string   `toml:"description"`
	Languages   []string `toml:"languages"`
	Contact     string   `toml:"contact"`
	LegalNotice string   `toml:"legal_notice"`
	TimeZone    string   `toml:"time_zone"`
	GuidesDir   string   `toml:"guides_dir"`
	DataLicence string   `toml:"data_licence"`

	CompanyPrefix string `toml:"company_prefix"`
}

// Storage is where the data is.
type Storage struct {
	Driver      string `toml:"driver"`
	DSN         string `toml:"dsn"`
	DSNFile     string `toml:"dsn_file"`
	Synchronous string `toml:"synchronous"`
}

// Media is which pictures and recordings people may upload, and where they are
// kept.
type Media struct {
	Backend            string `toml:"backend"`
	S3Endpoint         string `toml:"s3_endpoint"`
	S3Region           string `toml:"s3_region"`
	S3Bucket           string `toml:"s3_bucket"`
	S3AccessKey        string `toml:"s3_access_key"`
	S3SecretKey        string `toml:"s3_secret_key"`
	S3SecretKeyFile    string `toml:"s3_secret_key_file"`
	MaxMegabytes       int    `toml:"max_megabytes"`
	MaxMegapixels      int    `toml:"max_megapixels"`
	PerPost            int    `toml:"per_post"`
	RecordingMegabytes int    `toml:"recording_megabytes"`
	RecordingMinutes   int    `toml:"recording_minutes"`
	// RemoteCacheMegabytes is how much is kept of small pictures of other servers.
	RemoteCacheMegabytes int `toml:"remote_cache_megabytes"`
}

// Posting is how posts go out.
type Posting struct {
	UndoSeconds int `toml:"undo_seconds"`
}

// Actions is what joint actions need.
type Actions struct {
	Sponsors int      `toml:"sponsors"`
	SignTags []string `toml:"sign_tags"`
	// ClaimTags are the hashtags by which a reply to a case says that the same
	// happened to its author.
	ClaimTags []string `toml:"claim_tags"`
	// PressureTags are the hashtags by which a private answer to one's own case tells
	// moderators of pressure.
	PressureTags []string `toml:"pressure_tags"`
	// SentTags are the hashtags by which somebody who signed a letter says that they
	// sent theirs.
	SentTags []string `toml:"sent_tags"`
	// Accounts elsewhere that are younger, or whose server is newer here, count as new.
	YoungAccountDays int `toml:"young_account_days"`
	NewServerDays    int `toml:"new_server_days"`
}

// Mail is how mail is sent.
type Mail struct {
	Server       string `toml:"server"`
	Username     string `toml:"username"`
	Password     string `toml:"password"`
	PasswordFile string `toml:"password_file"`
	From         string `toml:"from"`
	Security     string `toml:"security"`
}

// Registration is who may open an account.
type Registration struct {
	Mode      string `toml:"mode"`
	Guests    string `toml:"guests"`
	GraceDays int    `toml:"grace_days"`
}

// OpenID is the provider through which people may sign in too.
type OpenID struct {
	Issuer           string `toml:"issuer"`
	Name             string `toml:"name"`
	ClientID         string `toml:"client_id"`
	ClientSecret     string `toml:"client_secret"`
	ClientSecretFile string `toml:"client_secret_file"`
}

// Federation is with whom the server speaks.
type Federation struct {
	Mode            string         `toml:"mode"`
	AllowedHosts    []string       `toml:"allowed_hosts"`
	ShowLimits      bool           `toml:"show_limits"`
	PublishPeers    bool           `toml:"publish_peers"`
	AuthorizedFetch bool           `toml:"authorized_fetch"`
	AllowNetworks   []netip.Prefix `toml:"allow_networks"`
	Timeout         Duration       `toml:"timeout"`
	PeersAtOnce     int            `toml:"peers_at_once"`
}

// Limits are sizes and rates.
type Limits struct {
	Title                int `toml:"title"`
	Body                 int `toml:"body"`
	Mentions             int `toml:"mentions"`
	Depth                int `toml:"depth"`
	WritesPerMinute      int `toml:"writes_per_minute"`
	SignInsPerHour       int `toml:"sign_ins_per_hour"`
	RegistrationsPerHour int `toml:"registrations_per_hour"`
	GuestRepliesPerHour  int `toml:"guest_replies_per_hour"`
	LookupsPerHour       int `toml:"lookups_per_hour"`
	APIPerMinute         int `toml:"api_per_minute"`
	InboxPerMinute       int `toml:"inbox_per_minute"`
	Streams              int `toml:"streams"`
	StreamsPerAddress    int `toml:"streams_per_address"`
}

// Log is what is logged.
type Log struct {
	Level  string `toml:"level"`
	Format string `toml:"format"`
}

// Duration is a time.Duration that is written as "10s".
type Duration struct{ time.Duration }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	var err error
	d.Duration, err = time.ParseDuration(string(text))
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Default is the configuration without a file: a server for trying out on this
// machine.
func Default() Config {
	return Config{
		Server:       Server{Listen: "127.0.0.1:8080", DataDir: "./data", TLS: "off"},
		Instance:     Instance{Name: "Portevoix", Languages: []string{"en", "fr"}, TimeZone: "UTC", CompanyPrefix: "about_", DataLicence: "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"},
		Storage:      Storage{Driver: "sqlite", Synchronous: "FULL"},
		Media:        Media{Backend: "local", MaxMegabytes: 10, MaxMegapixels: 40, PerPost: 4, RecordingMegabytes: 64, RecordingMinutes: 10},
		Posting:      Posting{UndoSeconds: 60},
		Actions:      Actions{Sponsors: 5, SignTags: []string{"jesigne", "isign"}, ClaimTags: []string{"concerne", "affected"}, PressureTags: []string{"pression", "pressure"}, SentTags: []string{"envoye", "sent"}, YoungAccountDays: 30, NewServerDays: 7},
		Mail:         Mail{Security: "starttls"},
		Registration: Registration{Mode: "open", GraceDays: 14},
		Federation:   Federation{Mode: "open", Timeout: Duration{10 * time.Second}, PeersAtOnce: 64},
		Limits: Limits{Title: 200, Body: 20000, Mentions: 20, Depth: 100,
			WritesPerMinute: 60, SignInsPerHour: 60, RegistrationsPerHour: 20, GuestRepliesPerHour: 20, LookupsPerHour: 120, APIPerMinute: 300, InboxPerMinute: 6000, Streams: 2000, StreamsPerAddress: 30},
		Log: Log{Level: "info", Format: "text"},
	}
}

// Guests says what becomes of replies by people without an account: as configured,
// or allowed where mail can be sent.
func (c *Config) Guests() string {
	switch {
	case c.Registration.Guests != "":
		return c.Registration.Guests
	case c.Mail.Server != "":
		return "allowed"
	}
	return "refused"
}

// Base is the server's base URL: as configured, or localhost with the port it
// listens on.
func (c *Config) Base() string {
	if c.Server.BaseURL != "" {
		return strings.TrimSuffix(c.Server.BaseURL, "/")
	}
	_, port, err := net.SplitHostPort(c.Server.Listen)
	if err != nil {
		port = "8080"
	}
	return "http://localhost:" + port
}

// Public says whether the server is meant for others than who runs it: its base
// URL is neither this machine, nor a private address, nor a name reserved for
// tests (RFC 6761).
func (c *Config) Public() bool {
	u, err := url.Parse(c.Base())
	if err != nil {
		return true
	}
	host := u.Hostname()
	if a, err := netip.ParseAddr(host); err == nil {
		return !a.IsLoopback() && !a.IsPrivate() && !a.IsUnspecified()
	}
	return host != "localhost" && !strings.HasSuffix(host, ".localhost") && !strings.HasSuffix(host, ".test")
}
