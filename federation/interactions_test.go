package federation

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"portevoix/federation/client"
	"portevoix/forum"
)

// homeServer is a person's own server: it answers WebFinger with what a test
// gives it.
type homeServer struct {
	*httptest.Server
	answers map[string]string // resource to body
	asked   []string
}

func newHomeServer(t *testing.T) *homeServer {
	h := &homeServer{answers: map[string]string{}}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resource := r.URL.Query().Get("resource")
		h.asked = append(h.asked, resource)
		body, ok := h.answers[resource]
		if target, moved := strings.CutPrefix(body, "moved "); moved {
			http.Redirect(w, r, target+r.URL.RequestURI(), http.StatusMovedPermanently)
			return
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *homeServer) host() string { return strings.TrimPrefix(h.URL, "http://") }

// says makes the server answer with links, whose "HOME" is its own address.
func (h *homeServer) says(resource string, links ...jrdLink) {
	body, _ := json.Marshal(jrd{Links: links})
	h.answers[resource] = strings.ReplaceAll(string(body), "HOME", h.URL)
}

func newAsker(t *testing.T, change func(*Options)) *Server {
	addresses, err := forum.NewAddresses("https://here.example")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Client:    client.New(client.Options{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
		Addresses: addresses, PlainHTTP: true,
	}
	if change != nil {
		change(&o)
	}
	return New(o)
}

func interaction(kind forum.InteractionKind) forum.Interaction {
	return forum.Interaction{Kind: kind, URI: "https://here.example/t/1", Page: "https://here.example/t/1-box", Title: "Box & co"}
}

func TestInteractionAddress(t *testing.T) {
	subscribe := jrdLink{Rel: subscribeRel, Template: "HOME/authorize_interaction?uri={uri}"}
	const uri = "https%3A%2F%2Fhere.example%2Ft%2F1"
	for _, c := range []struct {
		name string
		kind forum.InteractionKind
		says []jrdLink
		want string // after the server's address; "" for NoInteraction
	}{
		{"follow by intent", forum.InteractFollow, []jrdLink{subscribe, {Rel: intentRel + "Follow", Href: "HOME/follow?who={object}&then={on-success}"}}, "/follow?who=" + uri + "&then="},
		{"template before href", forum.InteractSupport, []jrdLink{{Rel: intentRel + "Like", Href: "HOME/no?{object}", Template: "HOME/like/{object}"}}, "/like/" + uri},
		{"any case", forum.InteractBoost, []jrdLink{{Rel: strings.ToUpper(intentRel) + "announce", Template: "HOME/boost?id={object}"}}, "/boost?id=" + uri},
		{"what has no intent is opened", forum.InteractSupport, []jrdLink{subscribe, {Rel: intentRel + "Object", Template: "HOME/search?q={object}"}}, "/search?q=" + uri},
		{"subscribe serves for all", forum.InteractReply, []jrdLink{subscribe}, "/authorize_interaction?uri=" + uri},
		{"reply by Create", forum.InteractReply, []jrdLink{subscribe, {Rel: intentRel + "Create", Template: "HOME/new?text={content}&to={inReplyTo}"}}, "/new?text=&to=" + uri},
		{"a Create that cannot reply", forum.InteractReply, []jrdLink{{Rel: intentRel + "Create", Template: "HOME/new?text={content}"}, subscribe}, "/authorize_interaction?uri=" + uri},
		{"share by text", forum.InteractShare, []jrdLink{subscribe, {Rel: intentRel + "Create", Template: "HOME/share?text={content}"}},
			"/share?text=Box%20%26%20co%0A%0Ahttps%3A%2F%2Fhere.example%2Ft%2F1-box"},
		{"share by address", forum.InteractShare, []jrdLink{{Rel: intentRel + "Create", Template: "HOME/share?url={object}&text={content}"}},
			"/share?url=https%3A%2F%2Fhere.example%2Ft%2F1-box&text=Box%20%26%20co"},
		{"share without intents", forum.InteractShare, []jrdLink{subscribe}, "/share?text=Box%20%26%20co%0A%0Ahttps%3A%2F%2Fhere.example%2Ft%2F1-box"},
		{"another host", forum.InteractFollow, []jrdLink{{Rel: subscribeRel, Template: "https://evil.example/?uri={uri}"}}, ""},
		{"another host, then its own", forum.InteractFollow, []jrdLink{{Rel: intentRel + "Follow", Template: "https://evil.example/?uri={object}"}, subscribe}, "/authorize_interaction?uri=" + uri},
		{"a host made of the gap", forum.InteractFollow, []jrdLink{{Rel: subscribeRel, Template: "https://{uri}/"}}, ""},
		{"with a password", forum.InteractFollow, []jrdLink{{Rel: subscribeRel, Template: "http://a:b@" + "127.0.0.1/{uri}"}}, ""},
		{"a script", forum.InteractFollow, []jrdLink{{Rel: subscribeRel, Template: "javascript:alert('{uri}')"}}, ""},
		{"nothing to fill in", forum.InteractFollow, []jrdLink{{Rel: subscribeRel, Template: "HOME/follow"}}, ""},
		{"endless", forum.InteractFollow, []jrdLink{{Rel: subscribeRel, Template: "HOME/" + strings.Repeat("a", maxTemplate) + "{uri}"}}, ""},
		{"nothing", forum.InteractFollow, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHomeServer(t)
			h.says("acct:ines@"+h.host(), c.says...)
			got, err := newAsker(t, nil).InteractionAddress(t.Context(), forum.Home{Name: "ines", Host: h.host()}, interaction(c.kind))
			if c.want == "" {
				if forum.CodeOf(err) != forum.NotFound {
					t.Errorf("got %q, %v", got, err)
				}
			} else if err != nil || got != h.URL+c.want {
				t.Errorf("\n got %q, %v\nwant %q", got, err, h.URL+c.want)
			}
		})
	}
}

// Without a name, the server itself is asked; with one it does not know, too.
func TestInteractionAddressOfServer(t *testing.T) {
	for _, name := range []string{"", "nobody"} {
		for _, form := range []string{"acct:HOST@HOST", "https://HOST/"} {
			h := newHomeServer(t)
			h.says(strings.ReplaceAll(form, "HOST", h.host()), jrdLink{Rel: subscribeRel, Template: "HOME/authorize_interaction?uri={uri}"})
			got, err := newAsker(t, nil).InteractionAddress(t.Context(), forum.Home{Name: name, Host: h.host()}, interaction(forum.InteractFollow))
			if err != nil || !strings.HasPrefix(got, h.URL+"/authorize_interaction?uri=") {
				t.Errorf("%q by %s: %q, %v", name, form, got, err)
			}
		}
	}
}

// A host may pass the question on to where its server is, and that one may then
// name pages of its own.
func TestInteractionAddressElsewhere(t *testing.T) {
	company, social := newHomeServer(t), newHomeServer(t)
	resource := "acct:ines@" + company.host()
	company.answers[resource] = "moved " + social.URL
	social.says(resource, jrdLink{Rel: subscribeRel, Template: "HOME/authorize_interaction?uri={uri}"})
	got, err := newAsker(t, nil).InteractionAddress(t.Context(), forum.Home{Name: "ines", Host: company.host()}, interaction(forum.InteractFollow))
	if err != nil || !strings.HasPrefix(got, social.URL+"/authorize_interaction?uri=") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestInteractionAddressRefuses(t *testing.T) {
	h := newHomeServer(t)
	h.answers["acct:"+h.host()+"@"+h.host()] = strings.Repeat(" ", 2<<20)
	for _, c := range []struct {
		name   string
		change func(*Options)
		host   string
		want   forum.Code
	}{
		{"off", func(o *Options) { o.Mode = Off }, h.host(), forum.Unavailable},
		{"not on the list", func(o *Options) {
			o.Client = client.New(client.Options{Permit: func(context.Context, string) error {
				return &forum.Error{Code: forum.Forbidden, Key: "ServerNotAllowed"}
			}})
		}, h.host(), forum.Forbidden},
		{"not public", func(o *Options) { o.Client = client.New(client.Options{}) }, h.host(), forum.Unavailable},
		{"too much", nil, h.host(), forum.Unavailable},
		{"no name", nil, "a b.example", forum.Invalid},
	} {
		_, err := newAsker(t, c.change).InteractionAddress(t.Context(), forum.Home{Host: c.host}, interaction(forum.InteractFollow))
		if forum.CodeOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Names in other scripts are asked for in the form that DNS knows.
func TestASCIIHost(t *testing.T) {
	for in, want := range map[string]string{"réclame.example": "xn--rclame-bva.example", "plain.example:8080": "plain.example:8080", "127.0.0.1:80": "127.0.0.1:80"} {
		if got, err := asciiHost(in); err != nil || got != want {
			t.Errorf("%s: got %s, %v", in, got, err)
		}
	}
}

// Whatever a server answers, nobody is sent anywhere but to that server.
func FuzzInteractionAddress(f *testing.F) {
	f.Add([]byte(`{"links":[{"rel":"http://ostatus.org/schema/1.0/subscribe","template":"https://home.example/a?uri={uri}"}]}`))
	f.Add([]byte(`{"links":[{"rel":"https://w3id.org/fep/3b86/Create","href":"https://home.example:80\\@evil.example/{content}{inReplyTo}"}]}`))
	f.Add([]byte(`{"links":[{"rel":"https://w3id.org/fep/3b86/Object","template":"//home.example/{object}{{x}"}]}`))
	asker := &Server{}
	trusted := asker.trustedTargets("home.example", "https://home.example/.well-known/webfinger")
	f.Fuzz(func(t *testing.T, body []byte) {
		for kind := range intents {
			address := interactionAddress(body, interaction(kind), trusted)
			if address == "" {
				continue
			}
			u, err := url.Parse(address)
			if err != nil || u.Scheme != "https" || !strings.EqualFold(u.Host, "home.example") || u.User != nil ||
				strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
				t.Errorf("%s leads to %q", body, address)
			}
		}
	})
}
