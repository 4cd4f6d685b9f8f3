package markup_test

import (
	"strings"
	"testing"

	"portevoix/forum"
	"portevoix/forum/markup"
)

var cats = []forum.Emoji{{Shortcode: "cat", Picture: "c1"}, {Shortcode: "dog_2", Picture: "d2"}}

const (
	catPicture = `<img class="emoji" src="/remote/c1" alt=":cat:" title=":cat:" width="20" height="20" loading="lazy" decoding="async"/>`
	dogPicture = `<img class="emoji" src="/remote/d2" alt=":dog_2:" title=":dog_2:" width="20" height="20" loading="lazy" decoding="async"/>`
)

// TestWithEmojis holds where pictures stand, and where the text stays.
func TestWithEmojis(t *testing.T) {
	for content, want := range map[string]string{
		`<p>a :cat: b</p>`:                    `<p>a C b</p>`,
		`<p>:cat::dog_2:</p>`:                 `<p>CD</p>`,
		`<p>:cat:cat:</p>`:                    `<p>Ccat:</p>`,
		`<p>x:cat:</p>`:                       `<p>xC</p>`,
		`<p>12:30:cat: :unknown: :Cat: :</p>`: `<p>12:30C :unknown: :Cat: :</p>`,
		`<p>:cat</p><p>:</p>`:                 `<p>:cat</p><p>:</p>`,
		`<p>:c<b>at:</b></p>`:                 `<p>:c<b>at:</b></p>`,
		`<a href="https://x.example/:cat:" title=":cat:">:cat:</a>`:          `<a href="https://x.example/:cat:" title=":cat:">C</a>`,
		`<code>:cat:</code> :cat: <pre><code>:cat:</code> :cat:</pre> :cat:`: `<code>:cat:</code> C <pre><code>:cat:</code> :cat:</pre> C`,
		`</code>:cat:<kbd>:cat:</kbd>`:                                       `</code>C<kbd>:cat:</kbd>`,
		`&lt;:cat:&gt; &amp;:cat:`:                                           `&lt;C&gt; &amp;C`,
		`<!-- :cat: -->`:                                                     `<!-- :cat: -->`,
	} {
		want = strings.NewReplacer("C", catPicture, "D", dogPicture).Replace(strings.ReplaceAll(want, ":Cat:", "\x00"))
		if got := markup.WithEmojis(content, cats); got != strings.ReplaceAll(want, "\x00", ":Cat:") {
			t.Errorf("%s\nbecomes %s\nwant    %s", content, got, want)
		}
		if got := markup.WithEmojis(content, nil); got != content {
			t.Errorf("without emoji %s becomes %s", content, got)
		}
	}
}

func TestTextWithEmojis(t *testing.T) {
	for text, want := range map[string]string{
		`Léa :cat:`:          `Léa C`,
		`<b>:cat:</b> & ":"`: `&lt;b&gt;C&lt;/b&gt; &amp; &#34;:&#34;`,
		`:cat`:               `:cat`,
		``:                   ``,
	} {
		if got := markup.TextWithEmojis(text, cats); got != strings.ReplaceAll(want, "C", catPicture) {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}

// FuzzWithEmojis holds that nothing but known shortcodes is replaced, whatever the
// text.
func FuzzWithEmojis(f *testing.F) {
	for _, s := range []string{`<p>:cat: :dog_2:</p>`, `<a title=":cat:">x</a>`, `<pre>:cat:</pre>:cat:`, `<textarea>:cat:`, `:cat:<`, "\x00:cat:&#58;cat:"} {
		f.Add(s)
	}
	r := markup.New(nil)
	f.Fuzz(func(t *testing.T, foreign string) {
		content := r.Sanitise(foreign)
		out := markup.WithEmojis(content, cats)
		if back := strings.NewReplacer(catPicture, ":cat:", dogPicture, ":dog_2:").Replace(out); back != content {
			t.Errorf("%q\nbecomes %q", content, out)
		}
		text := markup.TextWithEmojis(foreign, cats)
		if strings.ContainsAny(strings.NewReplacer(catPicture, "", dogPicture, "").Replace(text), "<>\"") {
			t.Errorf("%q becomes %q", foreign, text)
		}
	})
}
