package importing

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPHPBBMarkdown(t *testing.T) {
	for _, c := range []struct{ in, uid, want string }{
		{"<t>1. not a list\n- nor this\n# nor a heading\n#tag stays\n    no code</t>", "", "1\\. not a list\n\\- nor this\n\\# nor a heading\n#tag stays\nno code"},
		{"<t>snake_case _x_ *y* `z` [a](b) &amp;copy; ~~t~~</t>", "", "snake_case \\_x\\_ \\*y\\* \\`z\\` \\[a\\](b) \\&copy; \\~\\~t\\~\\~"},
		{"<r><B><s>[b]</s> two<br/>\nlines <e>[/b]</e></B></r>", "", "**two**\n**lines**"},
		{"<r><CODE><s>[code]</s><i>\n</i>a  b\n  c<e>[/code]</e></CODE></r>", "", "```\na  b\n  c\n```"},
		{"<r><LIST type=\"decimal\"><s>[list=1]</s><LI><s>[*]</s>one</LI>\n<LI><s>[*]</s>two<br/>\nmore</LI><e>[/list]</e></LIST></r>", "", "1. one\n2. two\n   more"},
		{"<r><QUOTE author=\"a*b\"><s>[quote=a*b]</s><QUOTE><s>[quote]</s>deep<e>[/quote]</e></QUOTE>mid<e>[/quote]</e></QUOTE>out</r>", "", "> **a\\*b**\n>\n> > deep\n>\n> mid\n\nout"},
		{"<r><URL url=\"javascript:alert(1)\"><s>[url]</s>click<e>[/url]</e></URL></r>", "", "click"},
		{"<r><E>:)</E> <EMOJI seq=\"1f600\">😀</EMOJI></r>", "", ":) 😀"},
		{"<r><UNKNOWN>text</UNKNOWN> <B>never closed</r>", "", "text **never closed**"},
		{"[quote=&quot;Ann&quot;:u1]words[/quote:u1]\nyes [i]no[/i] [url=http://x.example/a:u1]there[/url:u1]", "u1", "> **Ann**\n>\n> words\n\nyes \\[i\\]no\\[/i\\] [there](<http://x.example/a>)"},
		{"[code:u1]a[i] = 1[/code:u1]", "u1", "`a[i] = 1`"},
		{"[list=1:u1][*:u1]a\n[*:u1]b[/list:o:u1]", "u1", "1. a\n2. b"},
		{"<!-- m --><a class=\"postlink\" href=\"http://x.example/?a=1&amp;b=2\">http://x.ex … b=2</a><!-- m -->", "", "http://x.example/?a=1&b=2"},
	} {
		if got, _ := phpbbMarkdown(c.in, c.uid); got != c.want {
			t.Errorf("%s\ngives %q\nwant  %q", c.in, got, c.want)
		}
	}
}

func TestDiscourseMarkdown(t *testing.T) {
	for in, want := range map[string]string{
		"[quote=\"a, post:1, topic:2, full:true\"]\n[quote=\"b\"]\ninner\n[/quote]\nouter\n[/quote]\nmine": "> **a**\n>\n> > **b**\n> >\n> > inner\n>\n>\n> outer\n\n\nmine",
		"[/quote] stray [quote]open":                                         "stray \n\n> open",
		"```\n<b>[quote]</b>\n```\n<u>x</u>":                                 "```\n<b>\n\n> </b>\n> ```\n> x",
		"[report.pdf|attachment](upload://x.pdf) (1.2 MB)":                   "📎 report.pdf",
		"<img src=\"https://far.example/a.png\" width=3>":                    "![](<https://far.example/a.png>)",
		"<https://far.example/> and <a href=\"https://far.example/b\">b</a>": "<https://far.example/> and [b](<https://far.example/b>)",
		"[details=\"More\"]\nhidden\n[/details]":                             "**More**\n\nhidden",
		"![a|10x20](https://far.example/a.png)":                              "![a](https://far.example/a.png)",
		"1 < 2 and 3 > 2":                                                    "1 < 2 and 3 > 2",
	} {
		if got, _ := discourseMarkdown(in); got != want {
			t.Errorf("%s\ngives %q\nwant  %q", in, got, want)
		}
	}
}

// TestDeepMarkup holds that nothing nested deeply, or never closed, takes long or
// fails.
func TestDeepMarkup(t *testing.T) {
	for _, text := range []string{
		"<r>" + strings.Repeat("<B>", 20000) + "x" + strings.Repeat("</B>", 20000) + "</r>",
		"<r>" + strings.Repeat("<QUOTE author=\"a\">", 3000) + "x</r>",
		strings.Repeat("[b:u]", 20000) + "x",
	} {
		if got, _ := phpbbMarkdown(text, "u"); !strings.Contains(got, "x") {
			t.Errorf("the text is gone: %.100s", got)
		}
	}
	if got, _ := discourseMarkdown(strings.Repeat("[quote=\"a\"]", 5000) + "x"); !strings.Contains(got, "x") {
		t.Errorf("the text is gone: %.100s", got)
	}
}

func FuzzMarkup(f *testing.F) {
	f.Add("<r><B><s>[b]</s>x<e>[/b]</e></B></r>", "")
	f.Add("[b:u1]x[/b:u1]", "u1")
	f.Add("[quote=\"a\"]```\n[/quote]", "")
	f.Fuzz(func(t *testing.T, text, uid string) {
		if !utf8.ValidString(text) || len(text) > 1<<16 {
			t.Skip() // the readers let no other through
		}
		for _, convert := range []func() (string, []Reason){
			func() (string, []Reason) { return phpbbMarkdown(text, uid) },
			func() (string, []Reason) { return discourseMarkdown(text) },
			func() (string, []Reason) { return lemmyMarkdown(text) },
		} {
			if out, _ := convert(); !utf8.ValidString(out) {
				t.Errorf("%q became %q", text, out)
			}
		}
	})
}
