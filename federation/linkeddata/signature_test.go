package linkeddata

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const actor = "https://a.example/users/ada"

func generate(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign adds a signature to a document, as Mastodon does.
func sign(t testing.TB, document map[string]any, key *rsa.PrivateKey) map[string]any {
	t.Helper()
	options := map[string]any{"creator": actor + "#main-key", "created": "2026-01-02T03:04:05Z"}
	sum, err := Digest(document, options)
	if err != nil {
		t.Fatal(err)
	}
	value, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum)
	if err != nil {
		t.Fatal(err)
	}
	options["type"], options["signatureValue"] = suite, base64.StdEncoding.EncodeToString(value)
	signed := maps.Clone(document)
	signed["signature"] = options
	return signed
}

func parse(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var document map[string]any
	if err := d.Decode(&document); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return document
}

const create = `{
	"@context": ["https://www.w3.org/ns/activitystreams", {
		"ostatus": "http://ostatus.org#", "atomUri": "ostatus:atomUri", "sensitive": "as:sensitive", "Hashtag": "as:Hashtag",
		"toot": "http://joinmastodon.org/ns#", "blurhash": "toot:blurhash", "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"}}],
	"id": "https://a.example/1/activity", "type": "Create", "actor": "https://a.example/users/ada", "published": "2026-01-02T03:04:05Z",
	"to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": ["https://a.example/users/ada/followers", "https://b.example/f/x"],
	"object": {
		"id": "https://a.example/1", "type": "Note", "summary": null, "inReplyTo": "https://b.example/t/5", "published": "2026-01-02T03:04:05Z",
		"attributedTo": "https://a.example/users/ada", "to": "as:Public", "sensitive": true, "atomUri": "https://a.example/1",
		"content": "<p>Salut</p>", "contentMap": {"fr": "<p>Salut</p>"}, "unknown": "x",
		"attachment": [{"type": "Document", "mediaType": "image/png", "url": "https://a.example/p.png", "name": "A cat", "blurhash": "UBL", "focalPoint": [-0.5, 0], "width": 640, "height": 480}],
		"tag": [{"type": "Hashtag", "href": "https://a.example/tags/x", "name": "#x"}, {"type": "Mention", "href": "https://b.example/f/x", "name": "@x"}],
		"replies": {"id": "https://a.example/1/replies", "type": "Collection", "first": {"type": "CollectionPage", "next": "https://a.example/1/replies?p", "partOf": "https://a.example/1/replies", "items": []}}
	}}`

func verify(t testing.TB, document map[string]any, key crypto.PublicKey) (map[string]any, error) {
	t.Helper()
	s, err := Read(document)
	if err != nil {
		return nil, err
	}
	return s.Verify(document, key)
}

// What is signed is read; what is not covered is not.
func TestVerify(t *testing.T) {
	key := generate(t)
	signed := sign(t, parse(t, create), key)
	s, err := Read(signed)
	if err != nil || s.KeyID != actor+"#main-key" || !s.Created.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) {
		t.Fatalf("%+v %v", s, err)
	}
	covered, err := s.Verify(signed, &key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	note, _ := covered["object"].(map[string]any)
	if covered["type"] != "Create" || covered["actor"] != actor || covered["id"] != "https://a.example/1/activity" || note == nil {
		t.Fatalf("%v", covered)
	}
	delete(note, "attachment")
	got := fmt.Sprint(note)
	for _, want := range []string{"inReplyTo:https://b.example/t/5", "sensitive:true", "content:<p>Salut</p>", "contentMap:map[fr:<p>Salut</p>]", "to:https://www.w3.org/ns/activitystreams#Public", "name:#x type:Hashtag", "published:2026-01-02T03:04:05Z"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	if strings.Contains(got, "unknown") || strings.Contains(got, "atomUri") {
		t.Errorf("too much in %s", got)
	}
	other := parse(t, create)
	again, err := verify(t, sign(t, other, key), &key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	inner, _ := again["object"].(map[string]any)
	if a := fmt.Sprint(inner["attachment"]); a != "map[blurhash:UBL focalPoint:[-5.0E-1 0] height:480 mediaType:image/png name:A cat type:Document url:https://a.example/p.png width:640]" {
		t.Error(a)
	}
}

// Nothing that was changed on the way is taken, whatever it looks like.
func TestTampered(t *testing.T) {
	key := generate(t)
	note := func(d map[string]any) map[string]any { return d["object"].(map[string]any) }
	context := func(d map[string]any) map[string]any { return d["@context"].([]any)[1].(map[string]any) }
	for name, change := range map[string]func(d map[string]any){
		"content":              func(d map[string]any) { note(d)["content"] = "<p>Other</p>" },
		"less":                 func(d map[string]any) { delete(note(d), "inReplyTo") },
		"more":                 func(d map[string]any) { note(d)["name"] = "A title" },
		"another actor":        func(d map[string]any) { d["actor"] = "https://a.example/users/eve" },
		"another type":         func(d map[string]any) { d["type"] = "Delete" },
		"a term means another": func(d map[string]any) { context(d)["content"] = "as:summary" },
		"a foreign context":    func(d map[string]any) { d["@context"] = append(d["@context"].([]any), "https://evil.example/context") },
		"no context":           func(d map[string]any) { delete(d, "@context") },
		"a keyword by name":    func(d map[string]any) { context(d)["wrapped"] = "@graph" },
		"a default vocabulary": func(d map[string]any) { context(d)["@vocab"] = "https://www.w3.org/ns/activitystreams#" },
		"a scoped context": func(d map[string]any) {
			context(d)["tag"] = map[string]any{"@id": "as:tag", "@context": map[string]any{}}
		},
		"a reversed term":       func(d map[string]any) { context(d)["of"] = map[string]any{"@reverse": "as:object"} },
		"a named graph":         func(d map[string]any) { d["@graph"] = []any{map[string]any{"id": "https://a.example/2"}} },
		"included":              func(d map[string]any) { d["@included"] = []any{} },
		"an inner context":      func(d map[string]any) { note(d)["@context"] = "https://www.w3.org/ns/activitystreams" },
		"a value with keywords": func(d map[string]any) { note(d)["content"] = map[string]any{"@value": "<p>Salut</p>"} },
		"a nameless node named": func(d map[string]any) { note(d)["attachment"] = "_:b0" },
		"another creator":       func(d map[string]any) { d["signature"].(map[string]any)["creator"] = actor + "#other" },
		"another time":          func(d map[string]any) { d["signature"].(map[string]any)["created"] = "2026-01-02T03:04:06Z" },
		"another kind":          func(d map[string]any) { d["signature"].(map[string]any)["type"] = "RsaSignature2018" },
		"an option":             func(d map[string]any) { d["signature"].(map[string]any)["nonce"] = "x" },
		"another root": func(d map[string]any) {
			inner := note(d)
			inner["@context"], inner["signature"] = d["@context"], d["signature"]
			clear(d)
			maps.Copy(d, inner)
		},
	} {
		signed := sign(t, parse(t, create), key)
		change(signed)
		if covered, err := verify(t, signed, &key.PublicKey); err == nil {
			t.Errorf("%s: taken as %v", name, covered)
		}
	}
	if _, err := verify(t, sign(t, parse(t, create), key), &generate(t).PublicKey); err == nil {
		t.Error("taken with another key")
	}
}

// The same graph comes to the same document, however it is written; what the graph
// does not hold is not read, however it is written either.
func TestWrittenOtherwise(t *testing.T) {
	key := generate(t)
	for name, change := range map[string]func(d map[string]any){
		"as it was":         func(map[string]any) {},
		"an undefined term": func(d map[string]any) { d["object"].(map[string]any)["quoteUri"] = "https://evil.example/" },
		"a term by another name": func(d map[string]any) {
			d["@context"].([]any)[1].(map[string]any)["text"] = "as:content"
			n := d["object"].(map[string]any)
			n["text"] = n["content"]
			delete(n, "content")
		},
		"lists of one": func(d map[string]any) { d["actor"] = []any{d["actor"]} },
		"described elsewhere": func(d map[string]any) {
			d["object"].(map[string]any)["replies"].(map[string]any)["first"].(map[string]any)["partOf"] = map[string]any{"id": "https://a.example/1/replies"}
		},
	} {
		signed := sign(t, parse(t, create), key)
		want, err := verify(t, signed, &key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		change(signed)
		got, err := verify(t, signed, &key.PublicKey)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v\n%v\n%v", name, err, got, want)
		}
	}
}

// A root that something leads back to is one of several that could be chosen.
func TestRoot(t *testing.T) {
	key := generate(t)
	for name, text := range map[string]string{
		"back to the beginning": `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/u","type":"Undo","actor":"https://a.example/users/ada","object":{"id":"https://a.example/f","type":"Follow","result":"https://a.example/u"}}`,
		"loose ends":            `{"@context":["https://www.w3.org/ns/activitystreams"],"id":"https://a.example/u","type":"Undo","unknown":{"id":"https://a.example/f","type":"Follow"}}`,
	} {
		if covered, err := verify(t, sign(t, parse(t, text), key), &key.PublicKey); err == nil {
			t.Errorf("%s: taken as %v", name, covered)
		}
	}
}

// Nodes that look alike cost nothing before they are refused.
func TestCostly(t *testing.T) {
	alike := func(children int) string {
		child := strings.TrimSuffix(strings.Repeat(`{"type":"Link","rel":"x"},`, children), ",")
		parent := `{"type":"Document","url":[` + child + `]}`
		return `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/1","type":"Note","attachment":[` + parent + `,` + parent + `]}`
	}
	began := time.Now()
	if _, _, err := canonical(parse(t, alike(12))); err == nil {
		t.Error("a bomb was taken")
	}
	many := strings.TrimSuffix(strings.Repeat(`{"type":"Link"},`, maxNameless+1), ",")
	if _, _, err := canonical(parse(t, `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/1","tag":[`+many+`]}`)); err == nil {
		t.Error("too many nodes were taken")
	}
	for _, text := range []string{alike(1), `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/1","tag":[{"type":"Mention"},{"type":"Mention"},{"type":"Mention"}]}`} {
		if _, _, err := canonical(parse(t, text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	long := strings.TrimSuffix(strings.Repeat(`"https://a.example/",`, maxValues), ",")
	if err := checkShape(parse(t, `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/1","cc":[`+long+`]}`)); err == nil {
		t.Error("too many values were taken")
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestCaptured verifies what real servers signed, where it is at hand.
func TestCaptured(t *testing.T) {
	const folder = "../../../shared/payloads/smithereen/from-lemmy-main"
	read := func(name string) map[string]any {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Skip("no captured activities here")
		}
		return parse(t, string(text))
	}
	person := read("objects/person.json")
	block, _ := pem.Decode([]byte(person["publicKey"].(map[string]any)["publicKeyPem"].(string)))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	covered, err := verify(t, read("activities/create_note.json"), key)
	if err != nil {
		t.Fatal(err)
	}
	if note, _ := covered["object"].(map[string]any); note == nil || note["content"] != "<p>So does this federate now?</p>" {
		t.Errorf("%v", covered)
	}
}

// TestSign signs as Verify wants it, and nothing else.
func TestSign(t *testing.T) {
	key := generate(t)
	at := time.Date(2026, 1, 2, 4, 4, 5, 6, time.FixedZone("", 3600))
	document := parse(t, create)
	if err := Sign(document, actor+"#main-key", key, at); err != nil {
		t.Fatal(err)
	}
	if got, want := document["signature"], sign(t, parse(t, create), key)["signature"]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("signed with %v, want %v", got, want)
	}
	if _, err := verify(t, document, &key.PublicKey); err != nil {
		t.Error(err)
	}
	if err := Sign(document, actor+"#main-key", key, at.Add(time.Hour)); err != nil { // anew
		t.Fatal(err)
	}
	if _, err := verify(t, document, &key.PublicKey); err != nil {
		t.Error(err)
	}
	foreign := parse(t, create)
	foreign["@context"] = "https://evil.example/context"
	if err := Sign(foreign, actor+"#main-key", key, at); err == nil || foreign["signature"] != nil {
		t.Errorf("signed in a context that is not known: %v", foreign["signature"])
	}
}

// TestDigests compares what is signed of activities of ours with what another
// library (jsonld.js 9) makes of them.
func TestDigests(t *testing.T) {
	text, err := os.ReadFile("testdata/ours.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var list []struct {
		Document, Options map[string]any
		Sum               string
	}
	if err := d.Decode(&list); err != nil || len(list) != 4 {
		t.Fatal(len(list), err)
	}
	for _, one := range list {
		sum, err := Digest(one.Document, one.Options)
		if got := fmt.Sprintf("%x", sum); err != nil || got != one.Sum {
			t.Errorf("%v: %s, want %s, %v", one.Document["id"], got, one.Sum, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	key := generate(f)
	for _, text := range []string{create, `{"@context":{"a":{"@id":"b:c","@container":"@language"}},"id":"x","a":{"en":["y"]}}`, `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/1","orderedItems":[[1],{"id":2}]}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var document map[string]any
		if json.Unmarshal([]byte(text), &document) != nil || len(text) > 1<<16 {
			return
		}
		document["signature"] = map[string]any{"type": suite, "creator": actor, "created": "2026-01-02T03:04:05Z", "signatureValue": "AAAA"}
		if covered, err := verify(t, document, &key.PublicKey); err == nil {
			t.Errorf("taken as %v", covered)
		}
		bare := maps.Clone(document)
		delete(bare, "signature")
		root, _ := bare["id"].(string)
		if checkShape(bare) != nil {
			return
		}
		if graph, _, err := canonical(bare); err == nil {
			_, _ = rebuild(graph, root)
		}
	})
}

// Many are verified at once, with the same contexts.
func TestTogether(t *testing.T) {
	key := generate(t)
	signed := sign(t, parse(t, create), key)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := verify(t, signed, &key.PublicKey); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func BenchmarkVerify(b *testing.B) {
	key := generate(b)
	signed := sign(b, parse(b, create), key)
	for b.Loop() {
		if _, err := verify(b, signed, &key.PublicKey); err != nil {
			b.Fatal(err)
		}
	}
}
