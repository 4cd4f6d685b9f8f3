package vocabulary

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-fed/activity/streams"
	"github.com/go-fed/activity/streams/vocab"

	"portevoix/forum"
)

// iri is a URL for go-fed that comes out letter for letter as it went in.
// Parsing and writing one anew changes its escapes, and other servers compare
// ids as strings.
func iri(s string) *url.URL {
	scheme, rest, _ := strings.Cut(s, ":")
	return &url.URL{Scheme: scheme, Opaque: rest}
}

// activity is what go-fed's activity types have in common.
type activity interface {
	vocab.Type
	SetJSONLDId(vocab.JSONLDIdProperty)
	SetActivityStreamsActor(vocab.ActivityStreamsActorProperty)
	SetActivityStreamsObject(vocab.ActivityStreamsObjectProperty)
	SetActivityStreamsPublished(vocab.ActivityStreamsPublishedProperty)
	SetActivityStreamsSummary(vocab.ActivityStreamsSummaryProperty)
	addressable
}

type addressable interface {
	SetActivityStreamsTo(vocab.ActivityStreamsToProperty)
	SetActivityStreamsCc(vocab.ActivityStreamsCcProperty)
}

// head sets what every activity has. object may be "" when it is embedded
// later.
func head(a activity, id, actor, object string) {
	idProperty := streams.NewJSONLDIdProperty()
	idProperty.SetIRI(iri(id))
	a.SetJSONLDId(idProperty)
	actorProperty := streams.NewActivityStreamsActorProperty()
	actorProperty.AppendIRI(iri(actor))
	a.SetActivityStreamsActor(actorProperty)
	if object != "" {
		objectProperty := streams.NewActivityStreamsObjectProperty()
		objectProperty.AppendIRI(iri(object))
		a.SetActivityStreamsObject(objectProperty)
	}
}

// address sets to and cc, each address once.
func address(a addressable, to, cc []string) {
	seen := map[string]bool{"": true}
	toProperty := streams.NewActivityStreamsToProperty()
	for _, s := range to {
		if !seen[s] {
			seen[s] = true
			toProperty.AppendIRI(iri(s))
		}
	}
	a.SetActivityStreamsTo(toProperty)
	ccProperty := streams.NewActivityStreamsCcProperty()
	for _, s := range cc {
		if !seen[s] {
			seen[s] = true
			ccProperty.AppendIRI(iri(s))
		}
	}
	a.SetActivityStreamsCc(ccProperty)
}

func published(t time.Time) vocab.ActivityStreamsPublishedProperty {
	p := streams.NewActivityStreamsPublishedProperty()
	p.Set(t.UTC().Truncate(time.Second))
	return p
}

// moment writes a time to the millisecond.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// object is a document on its way out.
type object = map[string]any

// write serialises a go-fed type into a document of ours.
func write(t vocab.Type) (object, error) {
	m, err := streams.Serialize(t)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", t.GetTypeName(), err)
	}
	delete(m, "@context")
	normalise(m)
	return m, nil
}

// lists are properties that strict readers (Lemmy) take as arrays only; go-fed
// writes a single member bare.
var lists = []string{"to", "cc", "tag", "attachment", "orderedItems", "items", "alsoKnownAs"}

func normalise(m object) {
	for _, key := range lists {
		switch v := m[key].(type) {
		case nil:
		case []any:
		default:
			m[key] = []any{v}
		}
	}
	for _, v := range m {
		switch v := v.(type) {
		case object:
			normalise(v)
		case []any:
			for _, one := range v {
				if o, ok := one.(object); ok {
					normalise(o)
				}
			}
		}
	}
}

// extension is the prefix of terms that only this software has. It stands for
// the namespace that the document's own server serves at /ns, where they are
// explained. They are read by this prefix, whatever it stands for.
const extension = "portevoix:"

// extended says whether a document has terms of the extension.
func extended(v any) bool {
	switch v := v.(type) {
	case object:
		for key, value := range v {
			if strings.HasPrefix(key, extension) || extended(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, extended)
	}
	return false
}

// explained adds the namespace of the extension to the context of a document
// that needs it.
func explained(m object, context []any) []any {
	if !extended(m) {
		return context
	}
	id, _ := m["id"].(string)
	at, err := url.Parse(id)
	if err != nil {
		return context
	}
	return append(slices.Clone(context), object{strings.TrimSuffix(extension, ":"): at.Scheme + "://" + at.Host + "/ns#"})
}

// encode writes a document with its context. Angle brackets stay as they are:
// HTML escapes would triple the length of content.
func encode(m object, context any) ([]byte, error) {
	if terms, ok := context.([]any); ok {
		context = explained(m, terms)
	}
	m["@context"] = context
	return marshal(m)
}

// Rewrite writes another server's document that has no context of its own.
func Rewrite(d Document) ([]byte, error) {
	return encode(maps.Clone(object(d)), postContext)
}

func marshal(m object) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// The contexts define the terms that our documents use beyond the standard's.
var (
	activityContext = []any{"https://www.w3.org/ns/activitystreams"}
	// What moderators do is not all in the standard.
	moderationContext = []any{"https://www.w3.org/ns/activitystreams", object{
		"lemmy":      "https://join-lemmy.org/ns#",
		"Lock":       "lemmy:Lock",
		"removeData": "lemmy:removeData",
		"expires":    "as:endTime",
	}}
	postContext = []any{"https://www.w3.org/ns/activitystreams", object{
		"Hashtag":           "as:Hashtag",
		"sensitive":         "as:sensitive",
		"toot":              "http://joinmastodon.org/ns#",
		"blurhash":          "toot:blurhash",
		"votersCount":       "toot:votersCount",
		"focalPoint":        object{"@id": "toot:focalPoint", "@container": "@list"},
		"lemmy":             "https://join-lemmy.org/ns#",
		"language":          "lemmy:language",
		"stickied":          "lemmy:stickied",
		"pt":                "https://joinpeertube.org/ns#",
		"commentsEnabled":   object{"@id": "pt:commentsEnabled", "@type": "schema:Boolean"},
		"schema":            "http://schema.org#",
		"identifier":        "https://schema.org/identifier",
		"gts":               "https://gotosocial.org/ns#",
		"interactionPolicy": object{"@id": "gts:interactionPolicy", "@type": "@id"},
		"canQuote":          object{"@id": "gts:canQuote", "@type": "@id"},
		"automaticApproval": object{"@id": "gts:automaticApproval", "@type": "@id"},
	}}
	actorContext = []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1", "https://w3id.org/security/multikey/v1", object{
		"manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
		"sensitive":                 "as:sensitive",
		"alsoKnownAs":               object{"@id": "as:alsoKnownAs", "@type": "@id"},
		"movedTo":                   object{"@id": "as:movedTo", "@type": "@id"},
		"toot":                      "http://joinmastodon.org/ns#",
		"schema":                    "http://schema.org#",
		"PropertyValue":             "schema:PropertyValue",
		"value":                     "schema:value",
		"discoverable":              "toot:discoverable",
		"indexable":                 "toot:indexable",
		"featured":                  object{"@id": "toot:featured", "@type": "@id"},
		"lemmy":                     "https://join-lemmy.org/ns#",
		"moderators":                object{"@id": "lemmy:moderators", "@type": "@id"},
		"postingRestrictedToMods":   "lemmy:postingRestrictedToMods",
		"language":                  "lemmy:language",
		"identifier":                "https://schema.org/identifier",
	}}
)

// handle is an actor's handle as mentions show it.
func (w Writer) handle(a *forum.Actor) string {
	host := a.Host
	if a.Local() {
		host = w.addresses.Host()
	}
	return "@" + a.Name + "@" + host
}

// languageNames are what Lemmy shows; a tag that is not here names itself.
var languageNames = map[string]string{
	"ar": "العربية", "de": "Deutsch", "en": "English", "es": "Español", "fr": "Français", "it": "Italiano",
	"nl": "Nederlands", "pl": "Polski", "pt": "Português", "ro": "Română", "tr": "Türkçe", "uk": "Українська",
}

func language(tag string) object {
	name := languageNames[tag]
	if name == "" {
		name = tag
	}
	return object{"identifier": tag, "name": name}
}
