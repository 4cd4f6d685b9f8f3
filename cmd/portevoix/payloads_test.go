package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
	"portevoix/storage/storagetest"
)

// payloads is where the documents of other servers lie, recorded from life or
// made by their own tests; its INDEX.md tells where each comes from.
const payloads = "../../../shared/payloads"

// payloadFiles lists the files whose names end so, and skips the test where
// there are none.
func payloadFiles(t *testing.T, suffix string) []string {
	t.Helper()
	if _, err := os.Stat(payloads); err != nil {
		storagetest.Skip(t, "needs %s: %v", payloads, err)
	}
	var files []string
	err := filepath.WalkDir(payloads, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, suffix) {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("reading %s: %d files, %v", payloads, len(files), err)
	}
	return files
}

// payload is one file on its way through the inbox.
type payload struct {
	name  string
	kind  string // its types, outside in: Announce{Create{Page}}
	body  []byte
	actor string
	hosts map[string]string // live host to the one it stands in for

	document vocabulary.Document
	outcome  string
}

// kindOf names a document by its type and what it is about.
func kindOf(v any) string {
	switch v := v.(type) {
	case string:
		return "URL"
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		return "[" + kindOf(v[0]) + "]"
	case map[string]any:
		kind := vocabulary.Document(v).Type()
		if kind == "" {
			kind = "?"
		}
		if o := v["object"]; o != nil {
			kind += "{" + kindOf(o) + "}"
		}
		return kind
	}
	return "?"
}

// authority is scheme and host of an address in JSON.
var authority = regexp.MustCompile(`https?://([^/"\\\s<>?#&),']+)`)

// namespaces stay where they are: as:Public is there.
var namespaces = map[string]bool{"www.w3.org": true, "w3id.org": true, "purl.org": true, "schema.org": true, "joinmastodon.org": true, "join-lemmy.org": true}

// placeholder is what Mbin's tests have in the place of each id.
const placeholder = `"SCRUBBED_ID"`

// template is a gap in some of the files, to be filled with anything.
var template = regexp.MustCompile(`\{\{(\w+)\}\}`)

// stagePayload prepares a file: its hosts become live ones, the documents in it
// are served at their ids, its actors exist and sign.
func stagePayload(t *testing.T, s *stage, name string, home *inProcess, thread *forum.Thread) *payload {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p := &payload{name: strings.TrimPrefix(name, payloads+"/"), kind: "not JSON", hosts: map[string]string{}}
	text := template.ReplaceAllString(strings.ReplaceAll(string(raw), `\/`, "/"), "$1")
	for n := 1; strings.Contains(text, placeholder); n++ {
		text = strings.Replace(text, placeholder, fmt.Sprintf(`"https://kbin.test/%d"`, n), 1)
	}
	live := map[string]string{}
	text = authority.ReplaceAllStringFunc(text, func(found string) string {
		host := authority.FindStringSubmatch(found)[1]
		if namespaces[host] {
			return found
		}
		if live[host] == "" {
			live[host] = s.host()
			p.hosts[live[host]] = host
		}
		return "http://" + live[host]
	})
	d, err := vocabulary.Parse([]byte(text))
	if err != nil {
		p.body, p.actor = []byte(text), s.cast("http://"+s.host()+"/actor", forum.Person)
		return p
	}
	p.kind = kindOf(map[string]any(d))
	for from, to := range targets(d, home, thread) {
		text = strings.ReplaceAll(text, `"`+from+`"`, `"`+to+`"`)
	}
	if p.document, err = vocabulary.Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
	p.body = []byte(text)
	p.play(s)
	return p
}

// targets says which ids of a document are to be ours, so that it is about
// something that exists: followed is a forum, blocked a person, everything else
// is about a thread or answers it. What a group passes on stays its own.
func targets(d vocabulary.Document, home *inProcess, thread *forum.Thread) map[string]string {
	object := d.Object("object")
	if d.Type() == "Undo" && object != nil {
		d, object = object, object.Object("object")
	}
	switch d.Type() {
	case "Follow":
		return map[string]string{d.IRI("object"): home.base + "/f/telecoms"}
	case "Block":
		return map[string]string{d.IRI("object"): home.base + "/u/lea"}
	case "Announce":
		if vocabulary.IsActivity(object.Type()) {
			return nil
		}
		fallthrough
	case "Like", "Dislike", "EmojiReact", "Flag", "Lock":
		return map[string]string{d.IRI("object"): thread.URI}
	case "Create", "Update":
		if parent := object.IRI("inReplyTo"); parent != "" {
			return map[string]string{parent: thread.URI}
		}
		for _, to := range slices.Concat(object.IRIs("audience"), object.IRIs("to"), object.IRIs("cc")) {
			if to != vocabulary.Public && !strings.Contains(to, "/follow") && vocabulary.IsPost(object.Type()) {
				return map[string]string{to: home.base + "/f/telecoms"}
			}
		}
	}
	return nil
}

// play serves what a payload holds and leads to.
func (p *payload) play(s *stage) {
	p.actor = p.document.IRI("actor")
	if p.document.Type() == "Announce" && vocabulary.IsActivity(p.document.Object("object").Type()) {
		s.cast(p.actor, forum.Group)
	}
	each(map[string]any(p.document), func(d vocabulary.Document) {
		id := d.ID()
		switch {
		case p.hosts[forum.HostOf(id)] == "":
		case vocabulary.IsActor(d.Type()):
			s.cast(id, forum.ActorKind(d.Type()))
		case vocabulary.IsPost(d.Type()) && len(d.IRIs("attributedTo")) > 0:
			s.publish(id, d)
		}
	})
	each(map[string]any(p.document), func(d vocabulary.Document) {
		for _, key := range []string{"actor", "attributedTo"} {
			if uri := d.IRI(key); p.hosts[forum.HostOf(uri)] != "" {
				s.cast(uri, forum.Person)
			}
		}
		// What is answered was there before.
		if parent := d.IRI("inReplyTo"); p.hosts[forum.HostOf(parent)] != "" {
			s.publish(parent, map[string]any{"id": parent, "type": "Page", "attributedTo": s.cast("http://"+forum.HostOf(parent)+"/author", forum.Person),
				"to": []any{public}, "name": "What is answered", "content": "text"})
		}
	})
	if p.actor == "" {
		p.actor = s.cast("http://"+s.host()+"/actor", forum.Person)
	}
}

// each calls f for every object in a document.
func each(v any, f func(vocabulary.Document)) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			each(one, f)
		}
	case map[string]any:
		f(v)
		for _, one := range v {
			each(one, f)
		}
	}
}

// anonymous puts the hosts that a payload came with back into a text.
func (p *payload) anonymous(text string, home *inProcess) string {
	for live, host := range p.hosts {
		text = strings.ReplaceAll(text, live, host)
	}
	return strings.ReplaceAll(text, home.base, "http://here")
}

// deliver sends a payload and notes the answer. What an Undo takes back is sent
// before it.
func (p *payload) deliver(t *testing.T, s *stage, home *inProcess) {
	t.Helper()
	if done := p.document.Object("object"); p.document.Type() == "Undo" && done != nil {
		body, err := json.Marshal(done)
		if err != nil {
			t.Fatal(err)
		}
		s.send(home.base+"/inbox", p.actor, body)
	}
	status, ignored, answer := s.send(home.base+"/inbox", p.actor, p.body)
	switch {
	case status >= 500:
		t.Errorf("%s: answered %d %s", p.name, status, answer)
	case status >= 400:
		p.outcome = fmt.Sprintf("%d %s", status, answer)
	case ignored != "":
		p.outcome = "ignored: " + ignored
	}
}

// later reads from the log what became of payloads that were stored to be
// applied by a job, by the id of the activity.
func later(t *testing.T, log string) map[string]string {
	t.Helper()
	outcomes := map[string]string{}
	for line := range strings.Lines(log) {
		var entry struct{ Level, Msg, ID, Reason, Error string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("log: %s: %v", line, err)
		}
		switch {
		case entry.Msg == "activity ignored":
			outcomes[entry.ID] = "ignored: " + entry.Reason
		case entry.Msg == "job given up": // Type id: why
			words := strings.SplitN(entry.Error, " ", 3)
			outcomes[strings.TrimSuffix(words[1], ":")] = "given up: " + words[2]
		case entry.Level == "ERROR", entry.Msg == "job failed":
			t.Errorf("log: %s", line)
		}
	}
	return outcomes
}

// effect says what there is now because of an activity.
func effect(t *testing.T, home *inProcess, d vocabulary.Document) string {
	t.Helper()
	ctx, object := t.Context(), d.IRI("object")
	if inner := d.Object("object"); d.Type() == "Undo" && inner != nil {
		if left := effect(t, home, inner); left != "nothing to be seen" {
			return left + " that was taken back"
		}
		return "taken back"
	} else if d.Type() == "Announce" && vocabulary.IsActivity(inner.Type()) {
		return effect(t, home, inner)
	}
	found := map[string]bool{}
	_, err := home.store.FollowByURI(ctx, d.ID())
	found["a follow"] = err == nil
	origin, err := home.store.OriginOf(ctx, 0, d.ID())
	found["a support"], found["a boost"] = err == nil && origin.Liked != 0, err == nil && origin.Boosted != 0
	gone, err := home.store.Tombstoned(ctx, object)
	found["a tombstone"] = err == nil && gone
	post, err := home.store.PostByURI(ctx, object)
	known := err == nil && post.URI != "" && !strings.HasPrefix(object, home.base)
	found["a thread"], found["a reply"] = known && post.IsRoot(), known && !post.IsRoot()
	if actor, err := home.store.ActorByURI(ctx, d.IRI("actor")); err == nil {
		lea, err := home.store.ActorByHandle(ctx, forum.Handle{Name: "lea"})
		if err != nil {
			t.Fatal(err)
		}
		blocked, err := home.store.Blocked(ctx, actor.ID, lea.ID)
		found["a block"] = err == nil && blocked
		reports, err := home.store.Reports(ctx, nil, true)
		found["a report"] = err == nil && slices.ContainsFunc(reports, func(r forum.ReportView) bool { return r.ReporterID == actor.ID })
		found["a profile"] = actor.URI == object && actor.DisplayName != "" && actor.DisplayName == d.Object("object").String("name")
	}
	for _, what := range slices.Sorted(maps.Keys(found)) {
		if found[what] {
			return what
		}
	}
	return "nothing to be seen"
}

// TestPayloads delivers every document there is to a server's inbox: each is
// applied, ignored or refused, as the tables in payload_outcomes_test.go say.
func TestPayloads(t *testing.T) {
	files := payloadFiles(t, ".json")
	home := startInProcess(t, func(c *config.Config) { c.Log = config.Log{Level: "debug", Format: "json"} })
	lea := home.account("lea")
	home.forum("telecoms")
	thread := home.thread(lea, "telecoms", "one")
	s := newStage(t)
	var list []*payload
	for _, name := range files {
		p := stagePayload(t, s, name, home, thread)
		p.deliver(t, s, home)
		list = append(list, p)
	}
	home.settle()
	outcomes := later(t, home.printed.String())
	kinds, exceptions := maps.Clone(payloadOutcomes), maps.Clone(otherwise)
	for _, p := range list {
		got := p.outcome
		if got == "" {
			got = cmp.Or(outcomes[p.document.ID()], effect(t, home, p.document))
		}
		want, special := otherwise[p.name]
		if !special {
			want = payloadOutcomes[p.kind]
			delete(kinds, p.kind)
		}
		delete(exceptions, p.name)
		switch got = p.anonymous(got, home); {
		case want == "":
			t.Errorf("%s: the table has no %s; what became of it: %s", p.name, p.kind, got)
		case got != want:
			t.Errorf("%s, %s: got %q, want %q", p.name, p.kind, got, want)
		}
	}
	for kind := range kinds {
		t.Errorf("the table has %s, which does not occur", kind)
	}
	for name := range exceptions {
		t.Errorf("the table of exceptions has %s, which does not exist", name)
	}
}
