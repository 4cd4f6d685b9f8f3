package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"portevoix/forum/forumtest"
)

// terminal runs commands in this process, on data of its own.
type terminal struct {
	t       *testing.T
	environ []string
}

func newTerminal(t *testing.T, extra ...string) *terminal {
	t.Helper()
	return &terminal{t: t, environ: append([]string{
		"PORTEVOIX_SERVER_DATA_DIR=" + filepath.Join(t.TempDir(), "data"),
		"PORTEVOIX_SERVER_LISTEN=" + freeAddress(t),
		"PORTEVOIX_FEDERATION_ALLOW_NETWORKS=127.0.0.0/8",
		"PORTEVOIX_STORAGE_SYNCHRONOUS=OFF",
	}, extra...)}
}

// run does one command and returns its exit code and what it printed.
func (c *terminal) run(stdin string, args ...string) (code int, out, errs string) {
	c.t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), args, &console{in: strings.NewReader(stdin), out: &o, err: &e, environ: c.environ})
	return code, o.String(), e.String()
}

// step is one command and what is expected of it.
type step struct {
	line  string // arguments, separated by blanks
	stdin string
	code  int
	out   string // regular expression for standard output
	errs  string // for standard error
}

// steps runs commands one after the other.
func (c *terminal) steps(list []step) {
	c.t.Helper()
	for _, s := range list {
		code, out, errs := c.run(s.stdin, strings.Fields(s.line)...)
		if code != s.code {
			c.t.Errorf("portevoix %s: exit code %d, want %d\n%s%s", s.line, code, s.code, out, errs)
		}
		if !regexp.MustCompile(s.out).MatchString(out) {
			c.t.Errorf("portevoix %s: printed %q, want %s", s.line, out, s.out)
		}
		if !regexp.MustCompile(s.errs).MatchString(errs) {
			c.t.Errorf("portevoix %s: complained %q, want %s", s.line, errs, s.errs)
		}
	}
}

// TestUsage holds that every command explains itself, and that what is mistyped
// changes nothing and is answered with code 2.
func TestUsage(t *testing.T) {
	c := newTerminal(t)
	for _, command := range []string{"", "serve", "account", "account create", "account list", "account set-role", "account reset", "account reset-second-step", "account suspend", "account token", "account claim", "import", "import lemmy", "import phpbb", "import discourse",
		"forum", "forum create", "forum list", "migrate", "fetch", "demo", "doctor", "version"} {
		c.steps([]step{
			{line: command + " --help", out: `^Usage: portevoix ` + command},
			{line: command + " --no-such-flag", code: exitUsage, errs: `unknown flag --no-such-flag[^\n]*\nTry: portevoix --help`},
		})
	}
	c.steps([]step{
		{line: "", out: `(?s)^Usage: portevoix <command>.*serve.*doctor`},
		{line: "nonsense", code: exitUsage, errs: `unexpected argument nonsense`},
		{line: "account", code: exitUsage, errs: `create`},
		{line: "account create", code: exitUsage, errs: `--email`},
		{line: "account create lea", code: exitUsage, errs: `--email`},
		{line: "account create lea --email lea@mail.example --role king", code: exitUsage, errs: `"member","admin"`},
		{line: "account set-role lea king", code: exitUsage, errs: `"member","admin"`},
		{line: "account suspend lea", code: exitUsage, errs: `--reason=STRING or --lift`},
		{line: "account suspend lea --reason spam --lift", code: exitUsage, errs: `--reason and --lift can't be used together`},
		{line: "account token lea", code: exitUsage, errs: `--scope`},
		{line: "forum create telecoms", code: exitUsage, errs: `--title`},
		{line: "import lemmy archive.json", code: exitUsage, errs: `--forum`},
		{line: "fetch", code: exitUsage, errs: `<url>`},
		{line: "version extra", code: exitUsage, errs: `unexpected argument extra`},
		{line: "version", out: `^portevoix ` + regexp.QuoteMeta(Version) + "\n$"},
		{line: "doctor --config " + filepath.Join(t.TempDir(), "none.toml"), code: exitUsage, errs: `none.toml: .*no such file`},
	})
	file := filepath.Join(t.TempDir(), "portevoix.toml")
	if err := os.WriteFile(file, []byte("[instance]\nnmae = \"x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"serve", "account list", "forum list", "migrate", "fetch a@b.example", "demo", "doctor"} {
		c.steps([]step{{line: command + " --config " + file, code: exitUsage, errs: `portevoix.toml:2: instance.nmae: there is no such key\n  Did you mean instance.name\?`}})
	}
	for _, e := range c.environ {
		if dir, ok := strings.CutPrefix(e, "PORTEVOIX_SERVER_DATA_DIR="); ok {
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("something was written: %v", err)
			}
		}
	}
}

// TestCommands looks after accounts and forums without a server.
func TestCommands(t *testing.T) {
	t.Parallel()
	c := newTerminal(t)
	c.steps([]step{
		{line: "migrate", out: `(?s)^applied \S*foundation\n.*applied jobs_`},
		{line: "migrate", out: `^The database is up to date.\n$`},
		{line: "account list", out: `^NAME +ROLE +STATE +POSTS +SINCE\n$`},
		{line: "account create lea --email lea@mail.example --password-stdin", stdin: "correct horse battery\n", out: `^Created lea \(member\): http://localhost:\d+/u/lea\n$`},
		{line: "account create max --email max@mail.example --role admin", out: `^Created max \(admin\)`},
		{line: "account create lea --email other@mail.example", code: exitFailed, errs: `The name “lea” is taken`},
		{line: "account create lee --email Lea@mail.example", code: exitFailed, errs: `This address already has an account`},
		{line: "account create Léa --email nonsense --password-stdin", stdin: "short\n", code: exitFailed, errs: `(?s)only contain small letters.*e-mail address.*at least 10 characters`},
		{line: "account create zoe --email zoe@mail.example --password-stdin", code: exitFailed, errs: `no password on standard input`},
		{line: "account create zoe --email zoe@mail.example --password-stdin", stdin: "\n", code: exitFailed, errs: `no password on standard input`},
		{line: "account create admin --email zoe@mail.example", code: exitFailed, errs: `reserved`},
		{line: "account set-role lea admin", out: `^lea is now admin\n$`},
		{line: "account set-role max member", out: `^max is now member\n$`},
		{line: "account set-role lea member", code: exitFailed, errs: `last administrator`},
		{line: "account set-role nobody admin", code: exitFailed, errs: `^portevoix: There is no account “nobody” here.\n$`},
		{line: "account suspend max --reason spam", out: `^max is suspended\n$`},
		{line: "account suspend nobody --reason spam", code: exitFailed, errs: `“nobody”`},
		{line: "account list", out: `(?m)^lea +admin +active +0 +20\d\d-\d\d-\d\d\nmax +member +suspended `},
		{line: "account suspend max --lift", out: `^max is no longer suspended\n$`},
		{line: "account list", out: `(?m)^max +member +active `},
		{line: "account reset max", out: `(?s)has no password now.*\nhttp://localhost:\d+/link/[a-z0-9]{26}\n$`},
		{line: "account reset-second-step max", out: `^max signs in without a second step now\n$`},
		{line: "account reset-second-step nobody", code: exitFailed, errs: `“nobody”`},
		{line: "account reset nobody", code: exitFailed, errs: `“nobody”`},
		{line: "account token lea --scope read --scope write", out: `^[a-z0-9]{26}\n$`},
		{line: "account token lea --scope read,write", out: `^[a-z0-9]{26}\n$`},
		{line: "account token lea --scope own", code: exitFailed, errs: `There is no scope “own”.`},
		{line: "account token nobody --scope read", code: exitFailed, errs: `“nobody”`},
		{line: "forum list", out: `^NAME +TITLE +THREADS +FOLLOWERS\n$`},
		{line: "forum create telecoms --title Telecoms --summary *All* --language fr --moderator lea --moderator max", out: `^Opened !telecoms: http://localhost:\d+/f/telecoms\n$`},
		{line: "forum create house --title House --moderator lea --private --joinable", out: `^Opened !house: http://localhost:\d+/f/house\n$`},
		{line: "forum create telecoms --title Again", code: exitFailed, errs: `“telecoms” is taken`},
		{line: "forum create lea --title Lea", code: exitFailed, errs: `“lea” is taken`},
		{line: "forum create banks --title Banks --moderator nobody", code: exitFailed, errs: `“nobody”`},
		{line: "forum create banks --title Banks --language english", code: exitFailed, errs: `“english” is not a language code`},
		{line: "forum list", out: `\ntelecoms +Telecoms +0 +0\nhouse +House +0 +0\n$`},
	})
}

// TestCommandsWhileServing does the same on a server that runs: what is done
// counts at once.
func TestCommandsWhileServing(t *testing.T) {
	t.Parallel()
	home := newProcess(t, "PORTEVOIX_STORAGE_SYNCHRONOUS=OFF").start()
	forumtest.Eventually(t, patience, "the link to become the administrator", func() bool { return strings.Contains(home.log.String(), "/setup/") })
	lea := home.person("lea")
	home.must("forum", "create", "telecoms", "--title", "Telecoms")
	thread := lea.startThread("telecoms", "One", "Text.")
	forum := map[string]any{"name": "banks", "title": "Banks"}
	if status, _ := lea.api(http.MethodPost, "/forums", forum); status != http.StatusForbidden {
		t.Errorf("a member opens a forum: %d", status)
	}
	home.must("account", "set-role", "lea", "admin")
	if status, out := lea.api(http.MethodPost, "/forums", forum); status != http.StatusCreated {
		t.Errorf("an administrator opens a forum: %d %v", status, out)
	}
	reply := "/threads/" + text(thread, "id") + "/replies"
	home.must("account", "suspend", "lea", "--reason", "holiday")
	if status, out := lea.api(http.MethodPost, reply, map[string]any{"body": "x"}); status != http.StatusForbidden || !strings.Contains(text(out, "detail"), "holiday") {
		t.Errorf("a suspended account replies: %d %v", status, out)
	}
	home.must("account", "suspend", "lea", "--lift")
	if status, out := lea.api(http.MethodPost, reply, map[string]any{"body": "x"}); status != http.StatusCreated {
		t.Errorf("an account replies that is no longer suspended: %d %v", status, out)
	}
	lines := strings.Fields(home.must("account", "reset", "lea"))
	link := strings.TrimPrefix(lines[len(lines)-1], "http://"+home.addr)
	if page := lea.page("/settings"); !strings.Contains(page, `action="/login"`) {
		t.Error("a reset account is still signed in")
	}
	if page := lea.submit("/login", url.Values{"name": {"lea"}, "password": {"correct horse battery"}}); !strings.Contains(page, "do not match") {
		t.Errorf("the former password still opens:\n%s", page)
	}
	if page := lea.submit(link, nil); !strings.Contains(page, "/logout") {
		t.Errorf("the link of a reset does not sign in:\n%s", page)
	}
	if page := lea.submit(link, nil); !strings.Contains(page, "used already") {
		t.Errorf("the link of a reset works twice:\n%s", page)
	}
	out := home.must("doctor")
	for _, want := range []string{"ok    database: it answers and is up to date", "ok    reachability: http://" + home.addr + " answers", "ok    mail: mail is printed to the log"} {
		if !strings.Contains(out, want) {
			t.Errorf("doctor does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "fail") || strings.Contains(out, "nobody administers") {
		t.Errorf("doctor finds something:\n%s", out)
	}
	if _, err := home.run("", "demo"); err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("demo on a server that is in use: %v", err)
	}
}

// TestDoctor has things wrong, one at a time.
func TestDoctor(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	occupied := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(occupied, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mail := func(server string) []string {
		return []string{"PORTEVOIX_MAIL_SERVER=" + server, "PORTEVOIX_MAIL_FROM=forum@mail.example"}
	}
	for name, c := range map[string]struct {
		environ []string
		step
	}{
		"a fresh directory": {nil, step{out: `(?s)ok    data: .*warn  database: \d+ migrations are pending\n      → Run .portevoix migrate.*warn  reachability: .*refused.*ok    mail`}},
		"no directory":      {[]string{"PORTEVOIX_SERVER_DATA_DIR=" + occupied + "/data"}, step{code: exitFailed, out: `(?s)fail  data: .*\n      → Make the directory writable.*fail  database`, errs: `3 checks failed`}},
		"a bucket":          {bucketAt(objectStore(t), "media"), step{out: `ok    media: the bucket media takes, gives and forgets files`}},
		"no bucket":         {bucketAt(objectStore(t), "other"), step{code: exitFailed, out: `fail  media: the bucket other: .*\n      → Check media.s3_endpoint`, errs: `1 checks failed`}},
		"half a bucket":     {bucketAt(objectStore(t), ""), step{code: exitUsage, errs: `media.s3_bucket: the bucket cannot be used`}},
		"no database":       {[]string{"PORTEVOIX_STORAGE_DRIVER=postgres", "PORTEVOIX_STORAGE_DSN=postgres://nobody@" + freeAddress(t) + "/none"}, step{code: exitFailed, out: `(?s)fail  database: .*refused\n      → Check storage.driver and storage.dsn`, errs: `1 checks failed`}},
		"no mail server":    {mail(freeAddress(t)), step{code: exitFailed, out: `fail  mail: .*\n      → Check mail.server`, errs: `1 checks failed`}},
		"a mail server":     {mail(listener.Addr().String()), step{out: `ok    mail: 127.0.0.1:\d+ answers`}},
		"wrong time zone":   {[]string{"PORTEVOIX_INSTANCE_TIME_ZONE=Mars"}, step{code: exitUsage, errs: `instance.time_zone: "Mars" is not known`}},
	} {
		t.Run(name, func(t *testing.T) {
			c.line = "doctor"
			newTerminal(t, c.environ...).steps([]step{c.step})
		})
	}
}

// TestFetch resolves what another server has.
func TestFetch(t *testing.T) {
	t.Parallel()
	c := newTerminal(t)
	p := newPeer(t, "mastodon")
	_, out, _ := c.run("", "forum", "create", "telecoms", "--title", "Telecoms")
	group := strings.TrimSpace(out[strings.Index(out, "http"):])
	home := startInProcess(t, nil)
	home.forum("banks")
	thread := p.note("<p>Billed twice</p><p>In March.</p>", "", group)
	breakfast := p.note("<p>Breakfast</p>", "")
	c.steps([]step{
		{line: "fetch ines@" + p.host(), out: `(?s)^type +Person\nhandle +@ines@.*\nname +Inès\nid +` + p.actor() + `\n.*inbox`},
		{line: "fetch @ines@" + p.host(), out: `^type +Person`},
		{line: "fetch " + p.actor(), out: `^type +Person`},
		{line: "fetch " + thread["id"].(string), out: `(?s)^type +thread\ntitle +Billed twice\nauthor +@ines@.*forum +!telecoms\n.*here +http://localhost:\d+/t/\d+\n.*language +fr\ntext +In March.`},
		{line: "fetch " + breakfast["id"].(string), out: `^It can be read, and is not kept here: .+\.\n$`},
		{line: "fetch !banks@" + home.host(), out: `(?s)^type +Group\nhandle +@banks@.*\nmoderators +` + home.base + `/f/banks/moderators\n$`},
		{line: "fetch nobody@" + home.host(), code: exitFailed, errs: `There is nobody called “nobody@` + home.host() + `” there.\n$`},
		{line: "fetch " + p.url("/nothing"), code: exitFailed, errs: `There is nothing at ` + p.url("/nothing")},
		{line: "fetch " + p.url("/nodeinfo/2.0"), code: exitFailed, errs: `is not an ActivityPub document`},
		{line: "fetch http://" + freeAddress(t) + "/x", code: exitFailed, errs: `cannot be reached right now`},
		{line: "fetch http://10.1.2.3/x", code: exitFailed, errs: `not an ActivityPub document.*\(.*10.1.2.3.*\)`},
		{line: "fetch nonsense", code: exitFailed, errs: `"nonsense" is neither an address nor a handle such as name@host`},
		{line: "fetch telecoms", code: exitFailed, errs: `neither an address nor a handle`},
		{line: "fetch " + group, code: exitFailed, errs: `There is nothing at this address`},
	})
}

// TestPeerCommands decides about other servers.
func TestPeerCommands(t *testing.T) {
	c := newTerminal(t)
	p := newPeer(t, "mastodon")
	c.steps([]step{
		{line: "fetch " + p.actor(), out: `^type +Person`},
		{line: "peer list", out: `(?m)^HOST +SOFTWARE.*\n` + p.host() + ` .* ok +0 +- `},
		{line: "peer show " + p.host(), out: `(?m)^host +` + p.host()},
		{line: "peer show nowhere.example", code: exitFailed, errs: `nothing`},
		{line: "peer block " + p.host() + " --reason Spam --for 24h", out: `The rule about .* holds. 0 follows ended`},
		{line: "peer list", out: `(?m)^` + p.host() + ` .* blocked `},
		{line: "fetch " + p.actor(), code: exitFailed, errs: p.host() + ` is blocked on this server`},
		{line: "peer export", out: `(?m)^#domain,#severity.*\n` + p.host() + `,suspend,False,False,Spam,`},
		{line: "peer block x.example --severity none", code: exitFailed, errs: `would change nothing`},
		{line: "peer block localhost", code: exitFailed, errs: `cannot be limited`},
		{line: "peer import - --dry-run", stdin: "#domain,#severity\nx.example,silence\n" + p.host() + ",suspend\n", out: `(?s)new +x.example: limit\nkept +` + p.host() + `\nNothing was changed. 1 new rules, 1 kept`},
		{line: "peer import -", stdin: "x.example\n?\n", code: exitFailed, errs: `Line 2 cannot be read`},
		{line: "peer list --rules", out: `^#domain[^\n]*\n` + p.host() + `[^\n]*\n$`},
		{line: "peer allow " + p.host(), out: `This server speaks with`},
		{line: "peer allow " + p.host(), code: exitFailed, errs: `There is no rule about`},
		{line: "fetch " + p.actor(), out: `^type +Person`},
		{line: "peer retry " + p.host(), out: `is tried at once`},
		{line: "peer retry nowhere.example", code: exitFailed, errs: `is not known here`},
	})
	listed := newTerminal(t, "PORTEVOIX_FEDERATION_MODE=allowlist")
	listed.steps([]step{
		{line: "fetch " + p.actor(), code: exitFailed, errs: `does not speak with`},
		{line: "peer allow " + p.host(), out: `This server speaks with`},
		{line: "fetch " + p.actor(), out: `^type +Person`},
	})
}

// TestDemo fills an empty server, once.
func TestDemo(t *testing.T) {
	t.Parallel()
	c := newTerminal(t)
	c.steps([]step{
		{line: "demo", out: `Done: \d\d people, \d forums, \d\d threads, \d actions. Look at http://localhost:\d+\n$`},
		{line: "demo", code: exitFailed, errs: `this server has forums already; the demo is for empty ones`},
		{line: "account list", out: `(?m)^lea +member +active +[1-9]`},
		{line: "forum list", out: `(?m)^\S+ +.+ +[1-9]\d* +[1-9]\d*$`},
	})
}
