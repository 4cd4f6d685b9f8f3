package federation

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/idna"

	"portevoix/forum"
)

// Relations of links by which a server tells where its people do things: one per
// activity (FEP-3b86), and the older one for following, which most servers take
// for everything.
const (
	intentRel    = "https://w3id.org/fep/3b86/"
	subscribeRel = "http://ostatus.org/schema/1.0/subscribe"
)

// intents are the activities of FEP-3b86 that serve an interaction, the best
// first. Object shows something, with all that can be done with it there.
var intents = map[forum.InteractionKind][]string{
	forum.InteractFollow:  {"follow", "object"},
	forum.InteractReply:   {"create", "object"},
	forum.InteractBoost:   {"announce", "object"},
	forum.InteractSupport: {"like", "object"},
	forum.InteractShare:   {"create"},
	forum.InteractOpen:    {"object"},
}

const (
	maxTemplate = 2048 // longest link template, in bytes
	maxLinks    = 100  // links read of one answer
)

// InteractionAddress implements forum.Resolver: it asks WebFinger about the
// person, if they gave their name, then about the server itself.
func (s *Server) InteractionAddress(ctx context.Context, home forum.Home, i forum.Interaction) (string, error) {
	host, err := asciiHost(home.Host)
	if err != nil {
		return "", &forum.Error{Code: forum.Invalid, Key: "ServerUnreadable", Field: "server", Err: err}
	}
	if s.o.Mode == Off {
		return "", &forum.Error{Code: forum.Unavailable, Key: "FederationOff"}
	}
	resources := []string{"acct:" + host + "@" + host, "https://" + host + "/"} // FEP-d556; Mastodon's and ours is the former
	if home.Name != "" {
		resources = append([]string{"acct:" + home.Name + "@" + host}, resources...)
	}
	answered := "https://" + host
	for _, resource := range resources {
		response, err := s.queryWebFinger(ctx, host, resource)
		switch forum.CodeOf(err) {
		case "":
		case forum.NotFound:
			continue
		case forum.Forbidden: // a server that this one does not speak with
			return "", err
		default:
			// Whatever went wrong, it is about the server that the person named.
			return "", &forum.Error{Code: forum.Unavailable, Key: "ServerUnreachable", Args: map[string]any{"Host": home.Host}, Err: err}
		}
		answered = response.URL
		if address := interactionAddress(response.Body, i, s.trustedTargets(host, response.URL)); address != "" {
			return address, nil
		}
	}
	if i.Kind == forum.InteractShare {
		// Not said anywhere, but the same with Mastodon and all that follow it.
		return origin(answered) + "/share?text=" + escape(shareText(i)), nil
	}
	return "", &forum.Error{Code: forum.NotFound, Key: "NoInteraction", Args: map[string]any{"Host": home.Host}}
}

// asciiHost is a host as DNS knows it: names in other scripts in Punycode.
func asciiHost(host string) (string, error) {
	name, port, hasPort := strings.Cut(host, ":")
	name, err := idna.Lookup.ToASCII(name)
	if hasPort {
		name += ":" + port
	}
	return name, err
}

// origin is the scheme and host of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// trustedTargets are the origins to which a person may be sent: the host that was
// asked, and the one to which it passed the question on (a handle on the
// company's domain, say, whose server is at social.company). Where the answer
// came without TLS, as only allowed networks may, so may the target be.
func (s *Server) trustedTargets(host, answeredBy string) func(u *url.URL) bool {
	answered, err := url.Parse(answeredBy)
	if err != nil {
		answered = &url.URL{}
	}
	return func(u *url.URL) bool {
		known := strings.EqualFold(u.Host, host) || strings.EqualFold(u.Host, answered.Host)
		secure := u.Scheme == "https" || s.o.PlainHTTP && u.Scheme == "http" && answered.Scheme == "http"
		return known && secure && u.User == nil
	}
}

// interactionAddress finds, in a WebFinger answer, where a person does what i
// says; "" when it does not say, or names a place that is not trusted.
func interactionAddress(body []byte, i forum.Interaction, trusted func(u *url.URL) bool) string {
	var answer struct {
		Links []struct {
			Rel      string `json:"rel"`
			Href     string `json:"href"`     // of an intent, as the FEP has it
			Template string `json:"template"` // as OStatus had it, and most servers do
		} `json:"links"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	templates := map[string]string{}
	for _, l := range answer.Links[:min(len(answer.Links), maxLinks)] {
		name, intent := cutFold(l.Rel, intentRel)
		if !intent {
			if !strings.EqualFold(strings.Replace(l.Rel, "https://", "http://", 1), subscribeRel) {
				continue
			}
			name = "subscribe"
		}
		template := l.Template
		if template == "" {
			template = l.Href
		}
		if name = strings.ToLower(name); templates[name] == "" && len(template) <= maxTemplate {
			templates[name] = template
		}
	}
	names := intents[i.Kind]
	if i.Kind != forum.InteractShare {
		names = append(names[:len(names):len(names)], "subscribe")
	}
	for _, name := range names {
		if address := fillTemplate(templates[name], name, i); address != "" {
			if u, err := url.Parse(address); err == nil && trusted(u) {
				return u.String()
			}
		}
	}
	return ""
}

func cutFold(s, prefix string) (rest string, found bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

var gap = regexp.MustCompile(`\{[^{}]*\}`)

// fillTemplate fills the gaps of a link template; those that are not known
// become empty (FEP-3b86, section 3.2). It returns "" for a template that has no
// gap for what it is about.
func fillTemplate(template, name string, i forum.Interaction) string {
	values := map[string]string{"object": i.URI, "uri": i.URI}
	needed := []string{"object", "uri"}
	if name == "create" {
		switch i.Kind {
		case forum.InteractReply:
			values, needed = map[string]string{"inReplyTo": i.URI, "type": "Note"}, []string{"inReplyTo"}
		default:
			// Pleroma and PieFed take the address of what to write about.
			values = map[string]string{"content": shareText(i), "name": i.Title, "type": "Note", "object": i.Page}
			needed = []string{"content", "object"}
			if strings.Contains(template, "{object}") && strings.Contains(template, "{content}") {
				values["content"] = i.Title
			}
		}
	}
	about := false
	for _, n := range needed {
		about = about || strings.Contains(template, "{"+n+"}")
	}
	if !about {
		return ""
	}
	return gap.ReplaceAllStringFunc(template, func(found string) string { return escape(values[found[1:len(found)-1]]) })
}

// shareText is what a person begins with who writes about something.
func shareText(i forum.Interaction) string {
	return strings.TrimSpace(i.Title + "\n\n" + i.Page)
}

// escape percent-encodes a value for any part of an address.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// ownIntents are the links for people with an account here: where they go to do
// something with what they saw elsewhere.
func (s *Server) ownIntents() []jrdLink {
	base := s.o.Addresses.Base()
	links := []jrdLink{{Rel: subscribeRel, Template: base + "/authorize_interaction?uri={uri}"}}
	for _, intent := range []struct{ activity, path string }{
		{"Object", "/authorize_interaction?uri={object}"},
		{"Follow", "/authorize_interaction?uri={object}"},
		{"Like", "/authorize_interaction?uri={object}"},
		{"Announce", "/authorize_interaction?uri={object}"},
		{"Create", "/share?title={name}&text={content}&in_reply_to={inReplyTo}"},
	} {
		// The FEP says href; those who read it look for template.
		links = append(links, jrdLink{Rel: intentRel + intent.activity, Href: base + intent.path, Template: base + intent.path})
	}
	return links
}
