package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/federation/client"
	"portevoix/forum"
)

type doctorCommand struct{}

// finding is what one check found.
type finding struct {
	level  string // "ok", "warn" or "fail"
	what   string
	remedy string // what to do, for warn and fail
}

func ok(format string, args ...any) finding {
	return finding{level: "ok", what: fmt.Sprintf(format, args...)}
}

func warn(remedy, format string, args ...any) finding {
	return finding{level: "warn", what: fmt.Sprintf(format, args...), remedy: remedy}
}

func fail(remedy, format string, args ...any) finding {
	return finding{level: "fail", what: fmt.Sprintf(format, args...), remedy: remedy}
}

// Run examines the server and says how to mend what is wrong.
func (doctorCommand) Run(ctx context.Context, c *console) error {
	cfg, err := config.Load(c.file, c.environ)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Portevoix %s at %s\n\n", Version, cfg.Base())
	d := &doctor{config: cfg, http: &http.Client{Timeout: 10 * time.Second}}
	failed := 0
	for _, check := range []struct {
		name string
		do   func(context.Context) []finding
	}{
		{"configuration", d.configuration}, {"data", d.data}, {"media", d.media}, {"database", d.database}, {"clock", d.clock}, {"name", d.name},
		{"reachability", d.reachability}, {"mail", d.mail}, {"openid", d.openID},
	} {
		for _, f := range check.do(ctx) {
			fmt.Fprintf(c.out, "%-4s  %s: %s\n", f.level, check.name, f.what)
			if f.remedy != "" {
				fmt.Fprintf(c.out, "      → %s\n", f.remedy)
			}
			if f.level == "fail" {
				failed++
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d checks failed", failed)
	}
	return nil
}

// doctor holds what checks share.
type doctor struct {
	config *config.Config
	http   *http.Client
}

func (d *doctor) configuration(context.Context) []finding {
	list := []finding{ok("it can be read")}
	if !d.config.Public() {
		return append(list, warn("Set server.base_url to the public https address before others use the server; it cannot be changed later, because other servers keep it.",
			"the server is for this machine only"))
	}
	if len(d.config.Federation.AllowNetworks) > 0 {
		list = append(list, warn("Remove federation.allow_networks unless the other servers are on those networks.",
			"other servers can make this one ask addresses on %v", d.config.Federation.AllowNetworks))
	}
	if d.config.Instance.LegalNotice == "" {
		list = append(list, warn("Fill instance.legal_notice; in many countries it is required.", "there is no legal notice"))
	}
	if d.config.Instance.Contact == "" {
		list = append(list, warn("Fill instance.contact.", "people cannot see how to reach you"))
	}
	if d.config.Storage.Driver == "sqlite" && d.config.Storage.Synchronous != "FULL" && d.config.Storage.Synchronous != "EXTRA" {
		list = append(list, warn(`Set storage.synchronous = "FULL".`, "a power cut may lose what was acknowledged"))
	}
	return list
}

func (d *doctor) data(context.Context) []finding {
	dir := d.config.Server.DataDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return []finding{fail("Make the directory writable for the server's user, or set server.data_dir.", "%v", err)}
	}
	probe := filepath.Join(dir, ".doctor")
	if err := os.WriteFile(probe, []byte("x"), 0o600); err != nil {
		return []finding{fail("Make the directory writable for the server's user, or set server.data_dir.", "%v", err)}
	}
	_ = os.Remove(probe)
	return []finding{ok("%s is writable", dir)}
}

// media puts a file on the shelf, reads it and takes it away.
func (d *doctor) media(ctx context.Context) []finding {
	remedy, where := "Make the directory media of server.data_dir writable for the server's user.", "the local disk"
	if d.config.Media.Backend == "s3" {
		remedy = "Check media.s3_endpoint, s3_region, s3_bucket and the keys, and that they may put, get and delete objects."
		where = "the bucket " + d.config.Media.S3Bucket
	}
	files, err := openShelf(d.config)
	if err != nil {
		return []finding{fail(remedy, "%v", err)}
	}
	defer files.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := tryShelf(ctx, files); err != nil {
		return []finding{fail(remedy, "%s: %v", where, err)}
	}
	return []finding{ok("%s takes, gives and forgets files", where)}
}

func tryShelf(ctx context.Context, files forum.Shelf) error {
	name, err := files.Put(ctx, strings.NewReader("probe "+rand.Text()), ".txt")
	if err != nil {
		return err
	}
	body, err := files.Open(ctx, name)
	if err == nil {
		_, err = io.Copy(io.Discard, body)
		err = errors.Join(err, body.Close())
	}
	return errors.Join(err, files.Remove(ctx, name))
}

func (d *doctor) database(ctx context.Context) []finding {
	store, err := openStore(ctx, d.config, nil, newLogger(d.config.Log, os.Stderr), forum.SystemClock{})
	if err != nil {
		return []finding{fail("Check storage.driver and storage.dsn, and that the database runs.", "%v", err)}
	}
	defer store.Close()
	pending, err := store.Pending(ctx)
	if err != nil {
		return []finding{fail("Check that the database is Portevoix's.", "%v", err)}
	}
	if len(pending) > 0 {
		return []finding{warn("Run `portevoix migrate`, or start the server, which does it.", "%d migrations are pending", len(pending))}
	}
	list := []finding{ok("it answers and is up to date")}
	if admins, err := store.Admins(ctx); err == nil && len(admins) == 0 {
		list = append(list, warn("Start the server and open the link it prints, or run `portevoix account create NAME --email … --role admin`.", "nobody administers this server"))
	}
	if n, err := store.PendingDeliveries(ctx); err == nil {
		list = append(list, ok("%d deliveries are waiting", n))
	}
	if n, err := store.PendingJobs(ctx); err == nil {
		list = append(list, ok("%d jobs are waiting", n))
	}
	return list
}

// clocksAsked is how many other servers are asked for the time.
const clocksAsked = 5

// clock compares this machine's time with that of servers it has delivered to:
// signatures carry the time, and others take an hour's difference at most.
func (d *doctor) clock(ctx context.Context) []finding {
	store, err := openStore(ctx, d.config, nil, newLogger(d.config.Log, os.Stderr), forum.SystemClock{})
	if err != nil {
		return nil // the check of the database says so
	}
	defer store.Close()
	hosts, err := store.HealthyPeers(ctx, clocksAsked)
	if err != nil || len(hosts) == 0 {
		return nil
	}
	scheme := "https://"
	if len(d.config.Federation.AllowNetworks) > 0 {
		scheme = "http://"
	}
	others := client.New(client.Options{AllowNetworks: d.config.Federation.AllowNetworks})
	defer others.CloseIdle()
	var list []time.Duration
	for _, host := range hosts {
		response, err := others.Get(ctx, scheme+host+"/.well-known/nodeinfo", nil)
		if err != nil {
			continue
		}
		if at, err := http.ParseTime(response.Header.Get("Date")); err == nil {
			list = append(list, time.Since(at))
		}
	}
	if len(list) == 0 {
		return []finding{warn("", "none of %d other servers tells its time", len(hosts))}
	}
	slices.Sort(list)
	return []finding{clockFinding(list[len(list)/2])}
}

// clockFinding judges how far this machine is ahead of others; the header of an
// answer tells whole seconds.
func clockFinding(ahead time.Duration) finding {
	const remedy = "Set the clock, for instance with NTP: other servers refuse signatures from another time."
	word := "ahead of"
	if ahead < 0 {
		word = "behind"
	}
	switch apart := ahead.Abs().Round(time.Second); {
	case apart > 10*time.Minute:
		return fail(remedy, "this machine's clock is %s %s those of other servers", apart, word)
	case apart > 30*time.Second:
		return warn(remedy, "this machine's clock is %s %s those of other servers", apart, word)
	}
	return ok("this machine's clock agrees with those of other servers")
}

func (d *doctor) name(ctx context.Context) []finding {
	u, err := url.Parse(d.config.Base())
	if err != nil {
		return []finding{fail("Correct server.base_url.", "%v", err)}
	}
	if net.ParseIP(u.Hostname()) != nil {
		return []finding{ok("%s is an address", u.Hostname())}
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, u.Hostname())
	if err != nil {
		return []finding{fail("Add the name to the DNS, or correct server.base_url.", "%v", err)}
	}
	return []finding{ok("%s is %v", u.Hostname(), addresses)}
}

// reachability asks the server as others do: through its public address. The
// answer also tells the time and, over TLS, the certificate.
func (d *doctor) reachability(ctx context.Context) []finding {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.config.Base()+"/.well-known/nodeinfo", nil)
	if err != nil {
		return []finding{fail("Correct server.base_url.", "%v", err)}
	}
	response, err := d.http.Do(r)
	if err != nil {
		remedy := "Start the server; check the proxy in front of it, the firewall and the port."
		if _, certificate := errors.AsType[*tls.CertificateVerificationError](err); certificate {
			remedy = "Renew the certificate, or use server.tls = \"acme\"."
		}
		if !d.config.Public() {
			return []finding{warn(remedy, "%v", err)}
		}
		return []finding{fail(remedy, "%v", err)}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return []finding{fail("Something else answers at this address: check the proxy in front of the server.", "%s answers %s", d.config.Base(), response.Status)}
	}
	list := []finding{ok("%s answers", d.config.Base())}
	if at, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		if skew := time.Since(at).Abs(); skew > 5*time.Minute {
			list = append(list, fail("Set the clock, for instance with NTP: other servers refuse signatures from another time.", "this machine's clock and the server's are %s apart", skew.Round(time.Second)))
		}
	}
	if response.TLS != nil && len(response.TLS.PeerCertificates) > 0 {
		left := time.Until(response.TLS.PeerCertificates[0].NotAfter)
		if left < 14*24*time.Hour {
			list = append(list, warn("Renew the certificate.", "it expires in %d days", int(left.Hours()/24)))
		} else {
			list = append(list, ok("the certificate is good for %d days", int(left.Hours()/24)))
		}
	}
	return list
}

func (d *doctor) mail(ctx context.Context) []finding {
	if d.config.Mail.Server == "" {
		if d.config.Public() {
			return []finding{warn("Set mail.server.", "no mail can be sent; it is printed to the log")}
		}
		return []finding{ok("mail is printed to the log")}
	}
	connection, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", d.config.Mail.Server)
	if err != nil {
		return []finding{fail("Check mail.server and the firewall.", "%v", err)}
	}
	_ = connection.Close()
	return []finding{ok("%s answers", d.config.Mail.Server)}
}

func (d *doctor) openID(ctx context.Context) []finding {
	if d.config.OpenID.Issuer == "" {
		return nil
	}
	addresses, err := forum.NewAddresses(d.config.Base())
	if err != nil {
		return []finding{fail("Set server.base_url.", "%v", err)}
	}
	if err := newProvider(d.config.OpenID, addresses).Check(ctx); err != nil {
		return []finding{fail("Check openid.issuer: the provider must answer at its /.well-known/openid-configuration.", "%v", err)}
	}
	return []finding{ok("%s answers", d.config.OpenID.Name)}
}
