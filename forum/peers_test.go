package forum

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNormalHost(t *testing.T) {
	for in, want := range map[string]string{
		"Mastodon.Example": "mastodon.example", " https://a.example/about ": "a.example", "*.b.example": "b.example", "c.example.": "c.example",
		"127.0.0.1:8080": "127.0.0.1:8080", "example": "example",
		"": "", "a b": "", "réclame.example": "", "a..b": "", "-x.example": "", strings.Repeat("a", 300): "", "a.example/x": "",
	} {
		got, err := NormalHost(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func TestHostAndParents(t *testing.T) {
	for in, want := range map[string]string{
		"a.b.example":       "a.b.example b.example example",
		"a.example:8443":    "a.example:8443 a.example example",
		"localhost":         "localhost",
		"127.0.0.1:80":      "127.0.0.1:80 127.0.0.1",
		"127.0.0.1":         "127.0.0.1",
		"[2001:db8::1]:443": "[2001:db8::1]:443",
	} {
		if got := strings.Join(HostAndParents(in), " "); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestShownHost(t *testing.T) {
	for in, want := range map[string]string{"badserver.example": "ba*******.example", "x.org": "x.org", "abc.org": "a**.org", "sub.badserver.example": "su*.*********.example"} {
		if got := (PeerRule{Host: in, Obfuscate: true}).ShownHost(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
		if got := (PeerRule{Host: in}).ShownHost(); got != in {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// What is exported is imported again without loss, and Mastodon's own lists are
// understood as Mastodon means them.
func TestPeerRulesFile(t *testing.T) {
	rules := []PeerRule{
		{Host: "a.example", Severity: SeverityBlock, Reason: "Spam, \"a lot\""},
		{Host: "b.example", Severity: SeverityLimit, MediaOff: true, VotesOff: true, ReportsOff: true, Obfuscate: true},
		{Host: "c.example", MediaOff: true, ExpiresAt: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)},
		{Host: "d.example", Allowed: true},
	}
	var file bytes.Buffer
	if err := WritePeerRules(&file, rules); err != nil {
		t.Fatal(err)
	}
	var formula bytes.Buffer
	if err := WritePeerRules(&formula, []PeerRule{{Host: "a.example", Severity: SeverityBlock, Reason: "=HYPERLINK(1)"}}); err != nil || !strings.Contains(formula.String(), ",'=HYPERLINK") {
		t.Errorf("a spreadsheet would run %s %v", formula.String(), err)
	}
	if got, err := ReadPeerRules(file.Bytes(), false); err != nil || !reflect.DeepEqual(got, rules) {
		t.Errorf("%+v %v\n%s", got, err, file.String())
	}
	block := func(hosts ...string) (list []PeerRule) {
		for _, h := range hosts {
			list = append(list, PeerRule{Host: h, Severity: SeverityBlock})
		}
		return list
	}
	for name, c := range map[string]struct {
		file  string
		allow bool
		want  []PeerRule
		wrong int // lines
	}{
		"Mastodon": {file: "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nx.example,suspend,False,False,,False\ny.example,silence,TRUE,true,\"Not, nice\",True\nz.example,noop,true,false,,false\n",
			want: []PeerRule{{Host: "x.example", Severity: SeverityBlock}, {Host: "y.example", Severity: SeverityLimit, MediaOff: true, ReportsOff: true, Obfuscate: true, Reason: "Not, nice"}, {Host: "z.example", MediaOff: true}}},
		"columns in another order": {file: "severity,domain\nsilence,x.example\n", want: []PeerRule{{Host: "x.example", Severity: SeverityLimit}}},
		"with byte order mark":     {file: "\ufeffdomain,severity\nx.example,block\n", want: block("x.example")},
		"names only":               {file: "x.example\nY.example\n\n*.z.example\n", want: block("x.example", "y.example", "z.example")},
		"obfuscated":               {file: "#domain,#severity\nx*y.example,suspend\nok.example,suspend\n", want: block("ok.example")},
		"nothing limited":          {file: "#domain,#severity\nx.example,noop\ny.example,suspend\n", want: block("y.example")},
		"allowed":                  {file: "#domain\nx.example\n", allow: true, want: []PeerRule{{Host: "x.example", Allowed: true}}},
		"unreadable":               {file: "#domain,#severity\nx.example,maybe\na b,suspend\n", wrong: 2},
		"empty":                    {file: "#domain,#severity\n", wrong: 1},
	} {
		got, err := ReadPeerRules([]byte(c.file), c.allow)
		if (err == nil) != (c.wrong == 0) || err == nil && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		if list, ok := err.(interface{ Unwrap() []error }); c.wrong > 1 && (!ok || len(list.Unwrap()) != c.wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadPeerRules(f *testing.F) {
	f.Add([]byte("#domain,#severity\nx.example,suspend\n"))
	f.Add([]byte("x.example\n\"y"))
	f.Fuzz(func(t *testing.T, file []byte) {
		rules, err := ReadPeerRules(file, false)
		if err != nil {
			return
		}
		for _, r := range rules {
			if host, err := NormalHost(r.Host); err != nil || host != r.Host || !slices.Contains(Severities, r.Severity) {
				t.Errorf("%+v of %q", r, file)
			}
		}
	})
}
