package config

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"portevoix/forum"
)

// check refuses values that make no sense, and combinations that would be
// unsafe in public.
func check(c *Config, file string, text []byte) error {
	refuse := func(key, reason, remedy string) error {
		return &Error{File: file, Line: lineOf(text, key), Key: key, Reason: reason, Remedy: remedy}
	}
	oneOf := func(key, value string, allowed ...string) error {
		if slices.Contains(allowed, value) {
			return nil
		}
		return refuse(key, `"`+value+`" is not known`, "Use one of: "+strings.Join(allowed, ", ")+".")
	}
	for _, err := range []error{
		oneOf("server.tls", c.Server.TLS, "off", "acme", "files"),
		oneOf("storage.driver", c.Storage.Driver, "sqlite", "postgres"),
		oneOf("storage.synchronous", c.Storage.Synchronous, "FULL", "NORMAL", "OFF", "EXTRA"),
		oneOf("media.backend", c.Media.Backend, "local", "s3"),
		oneOf("mail.security", c.Mail.Security, "starttls", "tls", "none"),
		oneOf("registration.mode", c.Registration.Mode, "open", "approval", "invite", "closed"),
		oneOf("registration.guests", c.Registration.Guests, "", "allowed", "held", "refused"),
		oneOf("instance.company_prefix", c.Instance.CompanyPrefix, forum.CompanyPrefixes...),
		oneOf("federation.mode", c.Federation.Mode, "open", "allowlist", "off"),
		oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error"),
		oneOf("log.format", c.Log.Format, "text", "json"),
	} {
		if err != nil {
			return err
		}
	}
	if err := checkServer(c, refuse); err != nil {
		return err
	}
	if err := checkRest(c, refuse); err != nil {
		return err
	}
	if err := checkOpenID(c, refuse); err != nil {
		return err
	}
	if err := checkMedia(&c.Media, c.Public(), refuse); err != nil {
		return err
	}
	return checkLimits(c, refuse)
}

type refuseFunc func(key, reason, remedy string) error

func checkServer(c *Config, refuse refuseFunc) error {
	if c.Server.AdminListen != "" && !private(c.Server.AdminListen) {
		return refuse("server.admin_listen", `"`+c.Server.AdminListen+`" is no private address with a port: figures and profiles are for nobody else`, `Write for instance "127.0.0.1:9090".`)
	}
	if _, _, err := net.SplitHostPort(c.Server.Listen); err != nil {
		return refuse("server.listen", `"`+c.Server.Listen+`" is not host:port`, `Write for instance "127.0.0.1:8080" or ":443".`)
	}
	u, err := url.Parse(c.Base())
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return refuse("server.base_url", `"`+c.Server.BaseURL+`" is not scheme and host`, `Write for instance "https://forum.example", without a path.`)
	}
	switch {
	case c.Public() && u.Scheme != "https":
		return refuse("server.base_url", "http is not safe in public: passwords and sessions would travel in the clear",
			`Use https, with a proxy in front or server.tls = "acme".`)
	case c.Server.TLS != "off" && u.Scheme != "https":
		return refuse("server.tls", "the base URL is not https", "Make server.base_url begin with https://.")
	case c.Server.TLS == "files" && (c.Server.TLSCert == "" || c.Server.TLSKey == ""):
		return refuse("server.tls", "certificate or key is missing", "Set server.tls_cert and server.tls_key.")
	case c.Server.TLS == "acme" && !c.Public():
		return refuse("server.tls", "certificates are only to be had for public names", "Set server.base_url to the public name.")
	}
	return nil
}

func checkRest(c *Config, refuse refuseFunc) error {
	if c.Storage.Driver == "postgres" && c.Storage.DSN == "" {
		return refuse("storage.dsn", "PostgreSQL needs a connection string", `Write for instance "postgres://portevoix@localhost/portevoix".`)
	}
	if strings.TrimSpace(c.Instance.Name) == "" {
		return refuse("instance.name", "the server needs a name", "Write a name.")
	}
	if _, err := time.LoadLocation(c.Instance.TimeZone); err != nil {
		return refuse("instance.time_zone", `"`+c.Instance.TimeZone+`" is not known`, `Write for instance "Europe/Paris".`)
	}
	if c.Mail.Server != "" {
		if _, _, err := net.SplitHostPort(c.Mail.Server); err != nil {
			return refuse("mail.server", `"`+c.Mail.Server+`" is not host:port`, `Write for instance "smtp.example:587".`)
		}
		if _, err := mail.ParseAddress(c.Mail.From); err != nil {
			return refuse("mail.from", "a sender's address is needed", `Write for instance "Portevoix <forum@example.org>".`)
		}
		if c.Mail.Security == "none" && c.Mail.Username != "" && c.Public() {
			return refuse("mail.security", "the mail password would travel in the clear", `Use "starttls" or "tls".`)
		}
	}
	if c.Public() && c.Mail.Server == "" && (c.Registration.Mode == "open" || c.Registration.Mode == "approval") {
		return refuse("registration.mode", "open registration without mail: nobody could confirm an address, and links would be printed to the log",
			`Set mail.server, or registration.mode = "invite" or "closed".`)
	}
	if c.Public() && c.Mail.Server == "" && c.Guests() != "refused" {
		return refuse("registration.guests", "replies without an account need mail: nobody could confirm an address, and links would be printed to the log",
			`Set mail.server, or registration.guests = "refused".`)
	}
	if c.Federation.Timeout.Duration < time.Second || c.Federation.Timeout.Duration > time.Minute {
		return refuse("federation.timeout", "must be between 1s and 1m", `Write for instance "10s".`)
	}
	return nil
}

func checkOpenID(c *Config, refuse refuseFunc) error {
	o := c.OpenID
	if o.Issuer == "" {
		return nil
	}
	u, err := url.Parse(o.Issuer)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return refuse("openid.issuer", `"`+o.Issuer+`" is not the address of a provider`, `Write it as the provider's documents do, for instance "https://login.example/realms/forum".`)
	case u.Scheme == "http" && c.Public():
		return refuse("openid.issuer", "http is not safe in public: anybody on the way could sign in as anybody", "Use https.")
	case strings.TrimSpace(o.Name) == "":
		return refuse("openid.name", "people need to be told where they sign in", `Write the provider's name, for instance "Example Login".`)
	case o.ClientID == "":
		return refuse("openid.client_id", "the provider needs to know who asks", "Register this server with the provider and write the client id it gave.")
	}
	return nil
}

func checkMedia(m *Media, public bool, refuse refuseFunc) error {
	if m.Backend != "s3" {
		return nil
	}
	u, err := url.Parse(m.S3Endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return refuse("media.s3_endpoint", `"`+m.S3Endpoint+`" is not scheme and host`, `Write for instance "https://s3.example", without the bucket.`)
	}
	for _, needed := range []struct{ key, value string }{{"media.s3_bucket", m.S3Bucket}, {"media.s3_access_key", m.S3AccessKey}, {"media.s3_secret_key", m.S3SecretKey}} {
		if needed.value == "" {
			return refuse(needed.key, "the bucket cannot be used without it", "Set "+needed.key+".")
		}
	}
	if host, err := netip.ParseAddr(u.Hostname()); public && u.Scheme == "http" && u.Hostname() != "localhost" && (err != nil || !host.IsLoopback() && !host.IsPrivate()) {
		return refuse("media.s3_endpoint", "files would travel in the clear", "Use https, or an address in your own network.")
	}
	return nil
}

func checkLimits(c *Config, refuse refuseFunc) error {
	for _, l := range []struct {
		key                string
		value, least, most int
	}{
		{"limits.title", c.Limits.Title, 20, 500},
		{"limits.body", c.Limits.Body, 500, 100_000},
		{"limits.mentions", c.Limits.Mentions, 0, 100},
		{"limits.depth", c.Limits.Depth, 3, 500},
		{"limits.writes_per_minute", c.Limits.WritesPerMinute, 0, 1_000_000},
		{"limits.sign_ins_per_hour", c.Limits.SignInsPerHour, 0, 1_000_000},
		{"registration.grace_days", c.Registration.GraceDays, 1, 90},
		{"limits.registrations_per_hour", c.Limits.RegistrationsPerHour, 0, 1_000_000},
		{"limits.guest_replies_per_hour", c.Limits.GuestRepliesPerHour, 0, 1_000_000},
		{"limits.lookups_per_hour", c.Limits.LookupsPerHour, 0, 1_000_000},
		{"limits.api_per_minute", c.Limits.APIPerMinute, 0, 1_000_000},
		{"limits.inbox_per_minute", c.Limits.InboxPerMinute, 0, 10_000_000},
		{"limits.streams", c.Limits.Streams, 0, 100_000},
		{"limits.streams_per_address", c.Limits.StreamsPerAddress, 0, 100_000},
		{"media.max_megabytes", c.Media.MaxMegabytes, 1, 100},
		{"media.max_megapixels", c.Media.MaxMegapixels, 1, 200},
		{"media.per_post", c.Media.PerPost, 0, 20},
		{"media.recording_megabytes", c.Media.RecordingMegabytes, 0, 1000},
		{"media.recording_minutes", c.Media.RecordingMinutes, 1, 600},
		{"media.remote_cache_megabytes", c.Media.RemoteCacheMegabytes, 0, 100_000},
		{"posting.undo_seconds", c.Posting.UndoSeconds, 0, 3600},
		{"actions.sponsors", c.Actions.Sponsors, 0, 100},
		{"actions.young_account_days", c.Actions.YoungAccountDays, 0, 365},
		{"actions.new_server_days", c.Actions.NewServerDays, 0, 365},
		{"federation.peers_at_once", c.Federation.PeersAtOnce, 1, 10_000},
	} {
		if l.value < l.least || l.value > l.most {
			return refuse(l.key, "is out of range", fmt.Sprintf("Use a number from %d to %d.", l.least, l.most))
		}
	}
	return nil
}

// lineOf finds the line of "section.key" in the file, or of its section; 0 where
// neither is there.
func lineOf(text []byte, key string) int {
	section, name, _ := strings.Cut(key, ".")
	in, sectionLine := "", 0
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if rest, ok := strings.CutPrefix(line, "["); ok {
			in, _, _ = strings.Cut(rest, "]")
			in = strings.TrimSpace(in)
			if in == section {
				sectionLine = n
			}
			continue
		}
		k, _, ok := strings.Cut(line, "=")
		if k = strings.TrimSpace(k); ok && (in == section && k == name || in == "" && k == key) {
			return n
		}
		if ok && in == "" && k == section { // an inline table
			sectionLine = n
		}
	}
	return sectionLine
}

// private says whether an address with its port can be reached from this machine
// or a private network only.
func private(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (a.IsLoopback() || a.IsPrivate())
}
