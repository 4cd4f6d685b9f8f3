package config_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
)

// write puts a configuration into a file.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "portevoix.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load wants a configuration to be accepted.
func load(t *testing.T, text string, environ ...string) *config.Config {
	t.Helper()
	c, err := config.Load(write(t, text), environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	t.Chdir(t.TempDir())
	c, err := config.Load("", []string{"HOME=/", "PORTEVOIX_TEST_POSTGRES=x"})
	if err != nil {
		t.Fatal(err)
	}
	if want := config.Default(); !reflect.DeepEqual(*c, want) {
		t.Errorf("without a file %+v, want %+v", *c, want)
	}
	if got := load(t, ""); !reflect.DeepEqual(got, c) {
		t.Errorf("an empty file makes a difference: %+v", got)
	}
	if c.Base() != "http://localhost:8080" || c.Public() {
		t.Errorf("base URL %s, public: %v", c.Base(), c.Public())
	}
	if err := os.WriteFile(config.DefaultFile, []byte("[instance]\nname = \"Here\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err = config.Load("", nil); err != nil || c.Instance.Name != "Here" {
		t.Errorf("%s is not read: %+v %v", config.DefaultFile, c, err)
	}
}

// TestFileAndEnvironment holds the order: defaults, file, environment.
func TestFileAndEnvironment(t *testing.T) {
	file := `
[server]
listen = "127.0.0.1:9000"
trusted_proxies = ["10.0.0.0/8", "fd00::/8"]
[instance]
name = "From the file"
description = """
Several
lines"""
languages = ["fr"]
[federation]
timeout = "30s"
[limits]
title = 100
`
	c := load(t, file, "PORTEVOIX_INSTANCE_NAME=From outside = here", "PORTEVOIX_INSTANCE_LANGUAGES= en , fr,", "PORTEVOIX_LIMITS_BODY=1000",
		"PORTEVOIX_FEDERATION_TIMEOUT=5s", "PORTEVOIX_FEDERATION_ALLOW_NETWORKS=127.0.0.0/8,::1/128", "PORTEVOIX_INSTANCE_DESCRIPTION=")
	want := config.Default()
	want.Server.Listen = "127.0.0.1:9000"
	want.Server.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	want.Instance.Name, want.Instance.Languages = "From outside = here", []string{"en", "fr"}
	want.Federation.Timeout = config.Duration{Duration: 5 * time.Second}
	want.Federation.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	want.Limits.Title, want.Limits.Body = 100, 1000
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("got %+v\nwant %+v", *c, want)
	}
}

func TestSecretsInFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"password": "s3cret \n", "dsn": "postgres://x:y@127.0.0.1/z\r\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := load(t, "[mail]\npassword = \"other\"\npassword_file = \""+dir+"/password\"\n[storage]\ndriver = \"postgres\"\n", "PORTEVOIX_STORAGE_DSN_FILE="+dir+"/dsn")
	if c.Mail.Password != "s3cret " || c.Storage.DSN != "postgres://x:y@127.0.0.1/z" {
		t.Errorf("secrets %q and %q", c.Mail.Password, c.Storage.DSN)
	}
	_, err := config.Load(write(t, "[mail]\npassword_file = \""+dir+"/none\"\n"), nil)
	refused(t, err, 0, "mail.password_file", "no such file", "must exist and be readable")
}

// refused wants an error that says where, what and how to mend it.
func refused(t *testing.T, err error, line int, key, reason, remedy string) {
	t.Helper()
	e, ok := errors.AsType[*config.Error](err)
	if !ok {
		t.Errorf("%s: not refused, but %v", key, err)
		return
	}
	if e.Line != line || e.Key != key || !strings.Contains(e.Reason, reason) || !strings.Contains(e.Remedy, remedy) {
		t.Errorf("refused as %+v\nwant line %d, key %q, reason %q, remedy %q", *e, line, key, reason, remedy)
	}
	if s := e.Error(); !strings.Contains(s, e.Key) || !strings.Contains(s, e.Reason) || !strings.Contains(s, "\n  "+e.Remedy) {
		t.Errorf("the message leaves something out: %s", s)
	}
}

// TestRefused has one thing wrong in each file.
func TestRefused(t *testing.T) {
	const public = "[server]\nbase_url = \"https://forum.example\"\n"
	const mailed = public + "[mail]\nserver = \"smtp.example:587\"\nfrom = \"forum@forum.example\"\n"
	for _, c := range []struct {
		name, text          string
		line                int
		key, reason, remedy string
	}{
		// Unknown.
		{"a slip of the pen", "[server]\nbase_ulr = \"x\"\n", 2, "server.base_ulr", "no such key", "Did you mean server.base_url?"},
		{"nothing like it", "[server]\n\nwallpaper = \"x\"\n", 3, "server.wallpaper", "no such key", "config.example.toml lists all keys"},
		{"a slip in a section", "[log]\n[sevrer]\nlisten = \"x:1\"\n", 2, "sevrer", "no such key", "Did you mean server?"},
		{"a section there is none of", "[wallpaper]\nlisten = \"x:1\"\n", 1, "wallpaper", "no such key", "lists all keys"},
		{"outside its section", "listen = \"x:1\"\n", 1, "listen", "no such key", "Did you mean server.listen?"},
		// Unreadable.
		{"no TOML", "[server\n", 1, "", "expected ']'", "config.example.toml"},
		{"without quotes", "[server]\nlisten = 127.0.0.1:80\n", 2, "", "expected newline", "Strings stand in quotes"},
		{"twice", "[log]\nlevel = \"info\"\nlevel = \"warn\"\n", 3, "level", "already defined", ""},
		{"text for a number", "[limits]\ntitle = \"long\"\n", 2, "limits.title", "string", "Strings stand in quotes"},
		{"part of a number", "[limits]\n\ntitle = 30.5\n", 3, "limits.title", "float", ""},
		{"too large a number", "[limits]\ntitle = 99999999999999999999\n", 2, "limits.title", "too large", ""},
		{"one for a list", "[instance]\nlanguages = \"fr\"\n", 2, "instance.languages", "string", "lists in brackets"},
		{"no duration", "[log]\n[federation]\ntimeout = \"soon\"\n", 3, "federation.timeout", `invalid duration "soon"`, ""},
		{"a duration without unit", "[log]\n[federation]\ntimeout = 10\n", 3, "federation.timeout", `missing unit in duration "10"`, "Strings stand in quotes"},
		{"no network", "[federation]\nallow_networks = [\"127.0.0.1\"]\n", 2, "federation.allow_networks", "127.0.0.1", ""},
		// Impossible.
		{"tls", "[server]\ntls = \"on\"\n", 2, "server.tls", `"on" is not known`, "off, acme, files"},
		{"driver", "[storage]\ndriver = \"mysql\"\n", 2, "storage.driver", `"mysql" is not known`, "sqlite, postgres"},
		{"synchronous", "[storage]\nsynchronous = \"full\"\n", 2, "storage.synchronous", `"full" is not known`, "FULL, NORMAL, OFF, EXTRA"},
		{"security", "[mail]\nsecurity = \"ssl\"\n", 2, "mail.security", `"ssl" is not known`, "starttls, tls, none"},
		{"registration", "[registration]\nmode = \"yes\"\n", 2, "registration.mode", `"yes" is not known`, "open, approval, invite, closed"},
		{"figures for everybody", "[server]\nadmin_listen = \":9090\"\n", 2, "server.admin_listen", "no private address", "127.0.0.1:9090"},
		{"federation", "[federation]\nmode = \"yes\"\n", 2, "federation.mode", `"yes" is not known`, "open, allowlist, off"},
		{"level", "[log]\nlevel = \"all\"\n", 2, "log.level", `"all" is not known`, "debug, info, warn, error"},
		{"format", "log.format = \"xml\"\n", 1, "log.format", `"xml" is not known`, "text, json"},
		{"inline", "\nlog = { format = \"xml\" }\n", 2, "log.format", `"xml" is not known`, "text, json"},
		{"no port", "[server]\nlisten = \"localhost\"\n", 2, "server.listen", `"localhost" is not host:port`, `":443"`},
		{"base URL without scheme", "[server]\nbase_url = \"forum.example\"\n", 2, "server.base_url", "not scheme and host", "https://forum.example"},
		{"base URL with a path", "[server]\nbase_url = \"https://forum.example/x\"\n", 2, "server.base_url", "not scheme and host", "without a path"},
		{"base URL with a name", "[server]\nbase_url = \"https://me@forum.example\"\n", 2, "server.base_url", "not scheme and host", ""},
		{"base URL of another kind", "[server]\nbase_url = \"ftp://forum.example\"\n", 2, "server.base_url", "not scheme and host", ""},
		{"no name", "[instance]\nname = \"  \"\n", 2, "instance.name", "needs a name", "Write a name."},
		{"time zone", "[instance]\ntime_zone = \"Mars\"\n", 2, "instance.time_zone", `"Mars" is not known`, "Europe/Paris"},
		{"PostgreSQL nowhere", "[storage]\ndriver = \"postgres\"\n", 1, "storage.dsn", "needs a connection string", "postgres://"},
		{"mail server without port", "[mail]\nserver = \"smtp.example\"\n", 2, "mail.server", "not host:port", "smtp.example:587"},
		{"mail without a sender", "[mail]\nserver = \"smtp.example:587\"\n", 1, "mail.from", "sender's address", "Portevoix <"},
		{"impatient", "[federation]\ntimeout = \"10ms\"\n", 2, "federation.timeout", "between 1s and 1m", "10s"},
		{"too patient", "[federation]\ntimeout = \"1h\"\n", 2, "federation.timeout", "between 1s and 1m", "10s"},
		{"no titles", "[limits]\ntitle = 0\n", 2, "limits.title", "out of range", "from 20 to 500"},
		{"endless texts", "[limits]\nbody = 1000000\n", 2, "limits.body", "out of range", "from 500 to 100000"},
		{"less than nothing", "[limits]\nwrites_per_minute = -1\n", 2, "limits.writes_per_minute", "out of range", "from 0 to"},
		{"nobody at once", "[federation]\npeers_at_once = 0\n", 2, "federation.peers_at_once", "out of range", "from 1 to"},
		// Unsafe.
		{"public in the clear", "[server]\nbase_url = \"http://forum.example\"\n", 2, "server.base_url", "in the clear", "Use https"},
		{"TLS at an http address", "[server]\ntls = \"files\"\n", 2, "server.tls", "not https", "begin with https://"},
		{"TLS without a certificate", "[server]\nbase_url = \"https://localhost\"\ntls = \"files\"\n", 3, "server.tls", "certificate or key is missing", "server.tls_cert and server.tls_key"},
		{"a certificate for this machine", "[server]\nbase_url = \"https://localhost\"\ntls = \"acme\"\n", 3, "server.tls", "only to be had for public names", "public name"},
		{"open without mail", public, 0, "registration.mode", "nobody could confirm an address", `mail.server, or registration.mode = "invite"`},
		{"approval without mail", public + "[registration]\nmode = \"approval\"\n", 4, "registration.mode", "nobody could confirm an address", `"closed"`},
		{"mail password in the clear", mailed + "username = \"me\"\nsecurity = \"none\"\n", 7, "mail.security", "in the clear", `"starttls" or "tls"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Load(write(t, c.text), nil)
			refused(t, err, c.line, c.key, c.reason, c.remedy)
		})
	}
	for name, text := range map[string]string{
		"public with mail":                mailed,
		"public by invitation":            public + "[registration]\nmode = \"invite\"\n",
		"public and closed":               public + "[registration]\nmode = \"closed\"\n",
		"a relay on this machine":         mailed + "security = \"none\"\n",
		"a private address":               "[server]\nbase_url = \"http://192.168.1.20:8080\"\n",
		"a name for tests":                "[server]\nbase_url = \"http://forum.test\"\n",
		"a trailing slash":                strings.Replace(mailed, ".example\"", ".example/\"", 1),
		"certificates by Let's Encrypt":   strings.Replace(mailed, "[mail]", "tls = \"acme\"\n[mail]", 1),
		"certificates for this machine":   "[server]\nbase_url = \"https://localhost\"\ntls = \"files\"\ntls_cert = \"a\"\ntls_key = \"b\"\n",
		"some servers":                    "[federation]\nmode = \"allowlist\"\nallowed_hosts = [\"a.example\"]\n",
		"as many forms as one likes":      "[limits]\nwrites_per_minute = 0\n",
		"another server than the default": "[storage]\ndriver = \"postgres\"\ndsn = \"postgres://127.0.0.1/x\"\n",
	} {
		if _, err := config.Load(write(t, text), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEnvironmentRefused(t *testing.T) {
	for _, c := range []struct{ variable, key, reason, remedy string }{
		{"PORTEVOIX_SERVER_LISTN=:1", "PORTEVOIX_SERVER_LISTN", "no key has this name", "PORTEVOIX_SECTION_KEY"},
		{"PORTEVOIX_LIMITS_TITLE=many", "PORTEVOIX_LIMITS_TITLE", `"many" is not a whole number`, "Correct or unset"},
		{"PORTEVOIX_FEDERATION_TIMEOUT=10", "PORTEVOIX_FEDERATION_TIMEOUT", `"10" is not a duration such as 10s`, "Correct or unset"},
		{"PORTEVOIX_SERVER_TRUSTED_PROXIES=10.0.0.0/8,10.0.0.1", "PORTEVOIX_SERVER_TRUSTED_PROXIES", `"10.0.0.1" is not a network`, "Correct or unset"},
		{"PORTEVOIX_LOG_LEVEL=all", "log.level", `"all" is not known`, "debug"},
	} {
		_, err := config.Load(write(t, ""), []string{c.variable})
		refused(t, err, 0, c.key, c.reason, c.remedy)
	}
	_, err := config.Load(filepath.Join(t.TempDir(), "none.toml"), nil)
	refused(t, err, 0, "", "no such file", "--config")
}

func TestPublic(t *testing.T) {
	for base, public := range map[string]bool{
		"https://forum.example": true, "http://203.0.113.1": true, "https://[2001:db8::1]": true, "https://localhost.example": true,
		"http://localhost:8080": false, "http://127.0.0.1": false, "http://[::1]:80": false, "http://10.1.2.3": false, "http://forum.localhost": false, "http://forum.test:8080": false,
	} {
		c := config.Default()
		c.Server.BaseURL = base
		if c.Public() != public {
			t.Errorf("%s counts as public: %v", base, !public)
		}
	}
}

// TestExample holds that the example names every key once, in its section, with
// its default, and one line before it that explains it.
func TestExample(t *testing.T) {
	text, err := os.ReadFile("../../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	commented := regexp.MustCompile(`^# ([a-z0-9_]+) = (.*)$`)
	section, explained := "", ""
	var keys []string
	var file strings.Builder
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch found := commented.FindStringSubmatch(line); {
		case found != nil:
			keys = append(keys, section+"."+found[1])
			line = strings.TrimPrefix(line, "# ")
			if !strings.HasPrefix(explained, "# ") || !strings.HasSuffix(explained, ".") {
				t.Errorf("%s is not explained by a sentence before it, but by %q", found[1], explained)
			}
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
		case line != "" && line[0] != '#':
			t.Errorf("not commented out: %s", line)
		}
		explained = line
		file.WriteString(line + "\n")
	}
	if want := config.Keys(); !slices.Equal(keys, want) {
		t.Errorf("the example has the keys\n%s\nwant\n%s", strings.Join(keys, "\n"), strings.Join(want, "\n"))
	}
	if c, want := load(t, string(text)), config.Default(); !reflect.DeepEqual(*c, want) {
		t.Errorf("the example changes something: %+v", *c)
	}
	// Empty lists and none are one and the same.
	c, want := load(t, file.String()), config.Default()
	want.Server.TrustedProxies, want.Federation.AllowNetworks, want.Federation.AllowedHosts = []netip.Prefix{}, []netip.Prefix{}, []string{}
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("uncommented, the example reads\n%+v\nwant\n%+v", *c, want)
	}
}
