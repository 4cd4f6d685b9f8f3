package markup_test

import (
	"slices"
	"strings"
	"testing"

	"portevoix/forum"
	"portevoix/forum/markup"
)

func TestMarkdown(t *testing.T) {
	lea := forum.Actor{Kind: forum.Person, Name: "lea", URI: "https://a.example/u/lea", URL: "https://a.example/u/lea"}
	max := forum.Actor{Kind: forum.Person, Name: "max", Host: "b.example", URI: "https://b.example/users/max", URL: "https://b.example/@max"}
	mentions := map[string]forum.Actor{"lea": lea, "max@b.example": max}
	for _, c := range []struct{ name, source, want string }{
		{"paragraph with a line break", "one\ntwo", "<p>one<br>\ntwo</p>"},
		{"heading below the page's own", "# Title", "<h3>Title</h3>"},
		{"deep heading", "##### Title", "<h5>Title</h5>"},
		{"raw HTML is shown, not used", "<b>x</b> <script>alert(1)</script>", "<p>&lt;b&gt;x&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;</p>"},
		{"HTML block is shown", "<div onclick=x>\nhi\n</div>", "<p>&lt;div onclick=x&gt;\nhi\n&lt;/div&gt;</p>"},
		{"script address", "[x](javascript:alert(1))", "<p>x</p>"},
		{"image becomes a link", "![a cat](https://c.example/cat.png)", `<p><a href="https://c.example/cat.png" rel="nofollow noreferrer">a cat</a></p>`},
		{"bare URL", "see https://c.example/x.", `<p>see <a href="https://c.example/x" rel="nofollow noreferrer">https://c.example/x</a>.</p>`},
		{"local mention", "hi @lea!", `<p>hi <span class="h-card"><a href="https://a.example/u/lea" class="u-url mention" rel="nofollow noreferrer">@<span>lea</span></a></span>!</p>`},
		{"remote mention", "@max@b.example.", `<p><span class="h-card"><a href="https://b.example/@max" class="u-url mention" rel="nofollow noreferrer">@<span>max</span></a></span>.</p>`},
		{"unknown mention stays text", "@nobody here", "<p>@nobody here</p>"},
		{"no mention in code", "`@lea`", "<p><code>@lea</code></p>"},
		{"strikethrough", "~~x~~", "<p><del>x</del></p>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := markup.New(nil).Markdown(c.source, mentions); got != c.want {
				t.Errorf("Markdown(%q)\n got %q\nwant %q", c.source, got, c.want)
			}
		})
	}
}

func TestMentions(t *testing.T) {
	source := "@lea and @max@b.example:8080, !telecoms@c.example; mail a@b.example, https://x.example/@y `@code` @lea ![i](u) !local"
	want := []string{"lea", "max@b.example:8080", "telecoms@c.example"}
	if got := markup.New(nil).Mentions(source); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSanitise(t *testing.T) {
	for _, c := range []struct{ name, foreign, want string }{
		{"script", `<p>a<script>alert(1)</script></p>`, "<p>a</p>"},
		{"handler and style", `<p onclick="x" style="position:fixed">a</p>`, "<p>a</p>"},
		{"image becomes a link", `<p><img src="https://c.example/i.png" alt="a cat"></p>`, `<p><a href="https://c.example/i.png" rel="nofollow noreferrer">a cat</a></p>`},
		{"upper headings", "<h1>a</h1><h2>b</h2>", "<h3>a</h3><h3>b</h3>"},
		{"frame", `<iframe src="https://evil.example"></iframe>b`, "b"},
		{"mention keeps its classes", `<a class="u-url mention evil" href="https://b.example/@m">@m</a>`, `<a href="https://b.example/@m" rel="nofollow noreferrer">@m</a>`},
		{"known classes", `<a class="u-url mention" href="https://b.example/@m">@m</a>`, `<a class="u-url mention" href="https://b.example/@m" rel="nofollow noreferrer">@m</a>`},
		{"data URL", `<a href="data:text/html,x">x</a>`, "x"},
		{"relative link", `<a href="/logout">x</a>`, "x"},
		{"form", `<form action="/logout"><input name=a><button>b</button></form>`, "b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := markup.New(nil).Sanitise(c.foreign); got != c.want {
				t.Errorf("Sanitise(%q)\n got %q\nwant %q", c.foreign, got, c.want)
			}
		})
	}
}

func TestWithoutTitle(t *testing.T) {
	forums := []forum.Actor{{Kind: forum.Group, Name: "telecoms", URI: "https://a.example/f/telecoms", URL: "https://a.example/f/telecoms"}}
	const mention = `<span class="h-card" translate="no"><a href="https://a.example/f/telecoms" class="u-url mention">@<span>telecoms</span></a></span>`
	for _, c := range []struct{ name, foreign, given, title, content string }{
		{"Mastodon, title in its own paragraph", `<p>` + mention + ` Box never came</p><p>I ordered it.</p>`, "", "Box never came", "<p>I ordered it.</p>"},
		{"mention in its own paragraph", `<p>` + mention + `</p><p>Box never came</p><p>I ordered it.</p>`, "", "Box never came", "<p>I ordered it.</p>"},
		{"GoToSocial, one paragraph", `<p>` + mention + ` Box never came<br><br>I ordered it.</p>`, "", "Box never came", "<p>I ordered it.</p>"},
		{"mention within the line", `<p>Help ` + mention + ` my box never came</p><p>Really.</p>`, "", "Help my box never came", "<p>Really.</p>"},
		{"one line", `<p>` + mention + ` Box never came</p>`, "", "Box never came", ""},
		{"a line with a link stays", `<p>Look <a href="https://c.example/x">here</a></p><p>b</p>`, "", "Look here", `<p>Look <a href="https://c.example/x" rel="nofollow noreferrer">here</a></p><p>b</p>`},
		{"bare text", `Box never came<br>I ordered it.`, "", "Box never came", "I ordered it."},
		{"given title stands at the head", `<p><strong>Enel: double bill</strong></p><p>b</p>`, "Enel: double bill", "Enel: double bill", "<p>b</p>"},
		{"given title does not", `<p>a</p><p>b</p>`, "Title", "Title", "<p>a</p><p>b</p>"},
		{"too long to be a title", `<p>` + strings.Repeat("long ", 50) + `</p>`, "", strings.TrimSpace(strings.Repeat("long ", 50)), `<p>` + strings.Repeat("long ", 50) + `</p>`},
		{"nothing", ``, "", "", ""},
		{"nothing but a mention", `<p>` + mention + `</p>`, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			title, content := markup.New(nil).WithoutTitle(c.foreign, c.given, 200, forums)
			if title != c.title || content != c.content {
				t.Errorf("got  %q, %q\nwant %q, %q", title, content, c.title, c.content)
			}
		})
	}
}

func TestHashtags(t *testing.T) {
	r := markup.New(func(tag string) string { return "https://a.example/tags/" + tag })
	const source = "#Réclamation: a#b #42 &#35; http://c.example/#d #box_2 #reclamation\n\n# Title\n`#code`"
	got := r.Markdown(source, nil)
	for _, want := range []string{`<p><a href="https://a.example/tags/reclamation" class="mention hashtag" rel="nofollow noreferrer">#<span>Réclamation</span></a>: a#b #42 #`,
		`">#<span>box_2</span></a>`, "<h3>Title</h3>", "<code>#code</code>", `href="http://c.example/#d"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
	if tags := r.Tags(source); !slices.Equal(tags, []string{"Réclamation", "box_2"}) {
		t.Errorf("tags: %q", tags)
	}
	if got := markup.New(nil).Markdown("#a", nil); got != "<p>#a</p>" {
		t.Errorf("without pages for tags: %s", got)
	}
	// From elsewhere: the links lead to what is here.
	for foreign, want := range map[string]string{
		`<p><a class="mention hashtag" href="https://m.example/tags/Fee" rel="tag">#<span>Fée</span></a></p>`: `<p><a class="mention hashtag" href="https://a.example/tags/fee" rel="nofollow noreferrer">#<span>Fée</span></a></p>`,
		`<a class="hashtag" href="https://m.example/x">…</a>`:                                                 `<a class="hashtag" href="https://m.example/x" rel="nofollow noreferrer">…</a>`,
		`<a href="https://m.example/tags/x">#x</a>`:                                                           `<a href="https://m.example/tags/x" rel="nofollow noreferrer">#x</a>`,
	} {
		if got := r.Sanitise(foreign); got != want {
			t.Errorf("%s\n got %s\nwant %s", foreign, got, want)
		}
	}
}

func TestText(t *testing.T) {
	got := markup.New(nil).Text(`<p>a <b>b</b><br>c</p><ul><li>d</li></ul><p><a href="x"><span class="invisible">https://</span>e</a></p>`)
	if want := "a b\nc\nd\ne"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// harmful is what must never come out, whatever goes in.
var harmful = []string{"<script", "<iframe", "<style", "<img", "<form", "<object", "<svg", "<math", "javascript:", " onclick", " onerror", " style="}

// FuzzSanitise looks for HTML that gets something harmful through.
func FuzzSanitise(f *testing.F) {
	for _, s := range []string{`<p>a</p>`, `<a href="javascript:alert(1)">x</a>`, `<svg><style><img src=x onerror=alert(1)>`, `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`, `<p/onclick=alert(1)>`, "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">"} {
		f.Add(s)
	}
	r := markup.New(func(tag string) string { return "https://a.example/tags/" + tag })
	forums := []forum.Actor{{URI: "https://a.example/f/x"}}
	f.Fuzz(func(t *testing.T, foreign string) {
		once := r.Sanitise(foreign)
		mustBeHarmless(t, r, once)
		_, content := r.WithoutTitle(foreign, "", 200, forums)
		mustBeHarmless(t, r, content)
		r.Text(foreign)
	})
}

// FuzzMarkdown does the same for Markdown.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"# a\n[b](c)", "#a #\u00e9\u0301_", "<b>x</b>", "![x](javascript:alert(1))", "@a@b.example !c@d", "[a]: javascript:x\n[a]", "<https://a.example\"onclick=x>"} {
		f.Add(s)
	}
	r := markup.New(nil)
	f.Fuzz(func(t *testing.T, source string) {
		mustBeHarmless(t, r, r.Markdown(source, nil))
		r.Mentions(source)
	})
}

// mustBeHarmless compares tags and attributes, not text: escaped text may say
// anything.
func mustBeHarmless(t *testing.T, r *markup.Renderer, out string) {
	t.Helper()
	for rest := out; ; {
		_, after, found := strings.Cut(rest, "<")
		if !found {
			return
		}
		tag, _, _ := strings.Cut(after, ">")
		for _, h := range harmful {
			if strings.Contains(strings.ToLower("<"+tag), h) && !strings.Contains(tag, `href="http`) {
				t.Fatalf("harmful tag <%s> in %q", tag, out)
			}
		}
		rest = after
	}
}

func TestFirstLink(t *testing.T) {
	r := markup.New(nil)
	for content, want := range map[string]string{
		"": "", "<p>none</p>": "",
		r.Markdown("see https://a.example/x?a=1&b=2 and https://b.example", nil):                           "https://a.example/x?a=1&b=2",
		r.Markdown("> https://quoted.example\n\n[text](https://a.example)", nil):                           "https://a.example",
		`<p><a class="u-url mention" href="https://m.example/@m">@m</a> <a href="https://a.example">x</a>`: "https://a.example",
		`<p><a class="mention hashtag" href="https://m.example/tags/x">#x</a></p>`:                         "",
		`<a href="mailto:x@y.example">x</a>`:                                                               "",
	} {
		if got := r.FirstLink(content); got != want {
			t.Errorf("%s leads to %q, want %q", content, got, want)
		}
	}
}
