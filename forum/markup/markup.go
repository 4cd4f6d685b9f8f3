// Package markup turns Markdown written here and HTML written elsewhere into
// HTML that is safe to show.
//
// It knows text only: no storage, no network, no rule about who may write what.
// Rendering happens once, on write; what this package returns is stored.
package markup

import (
	"bytes"
	"regexp"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"portevoix/forum"
)

// Renderer implements forum.Renderer. It is safe for concurrent use.
type Renderer struct {
	markdown   goldmark.Markdown
	policy     *bluemonday.Policy
	tagAddress func(tag string) string
}

var _ forum.Renderer = (*Renderer)(nil)

// New returns a renderer. tagAddress is where the threads with a hashtag are listed;
// with nil, hashtags lead nowhere.
func New(tagAddress func(tag string) string) *Renderer {
	r := &Renderer{policy: newPolicy(), tagAddress: tagAddress}
	r.markdown = goldmark.New(
		goldmark.WithExtensions(extension.Strikethrough, extension.NewLinkify(
			extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"}),
			extension.WithLinkifyURLRegexp(httpURL),
		)),
		goldmark.WithParserOptions(
			parser.WithInlineParsers(util.Prioritized(mentionParser{}, 450), util.Prioritized(hashtagParser{}, 451)),
			parser.WithASTTransformers(util.Prioritized(headingShifter{}, 500)),
		),
		goldmark.WithRendererOptions(
			html.WithHardWraps(), // people expect the line ends they typed
			renderer.WithNodeRenderers(util.Prioritized(plainRenderer{r}, 100)),
		),
	)
	return r
}

var httpURL = regexp.MustCompile(`^https?://[-a-zA-Z0-9@:%._+~#=]{1,256}(?::\d+)?(?:[/?#][-a-zA-Z0-9@:%_+.~#$!?&/=();,'"^{}\[\]` + "`" + `]*)?`)

// newPolicy lists what is kept of HTML: what Mastodon, Lemmy and Markdown
// produce for text, without anything that loads, runs or positions.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "span", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "em", "i",
		"ul", "ol", "li", "h3", "h4", "h5", "h6", "sub", "sup", "hr",
		"table", "thead", "tbody", "tr", "th", "td", "details", "summary", "ruby", "rt", "rp", "abbr")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	language := regexp.MustCompile(`^[a-zA-Z0-9-]{2,35}$`)
	p.AllowAttrs("lang").Matching(language).OnElements("p", "span", "blockquote", "ul", "ol", "li", "a")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(?:(?:mention|hashtag|invisible|ellipsis|h-card|u-url|quote-inline)(?: |$))+$`)).OnElements("a", "span", "p")
	return p
}

// Markdown renders a text written here.
func (r *Renderer) Markdown(source string, mentions map[string]forum.Actor) string {
	ctx := parser.NewContext()
	ctx.Set(mentionsKey, mentions)
	var out bytes.Buffer
	if err := r.markdown.Convert([]byte(source), &out, parser.WithContext(ctx)); err != nil {
		// Only a failing writer makes it fail, and a buffer does not.
		panic(err)
	}
	return string(bytes.TrimSpace(r.policy.SanitizeBytes(out.Bytes())))
}

// Mentions lists the handles that a Markdown text mentions, in order, each once.
func (r *Renderer) Mentions(source string) []string {
	src := []byte(source)
	var handles []string
	seen := map[string]bool{}
	doc := r.markdown.Parser().Parse(text.NewReader(src))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if m, ok := n.(*mention); ok && entering && !seen[m.handle] {
			seen[m.handle] = true
			handles = append(handles, m.handle)
		}
		return ast.WalkContinue, nil
	})
	return handles
}

// headingShifter moves headings below the page's own: a post's # becomes h3.
// Nothing goes below h5, the last one Mastodon keeps.
type headingShifter struct{}

func (headingShifter) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			h.Level = min(h.Level+2, 5)
		}
		return ast.WalkContinue, nil
	})
}

// plainRenderer renders what needs other treatment than goldmark's: raw HTML is
// shown as it was typed, and images become links, because pages load nothing
// from other servers.
type plainRenderer struct{ *Renderer }

func (p plainRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindRawHTML, renderRawHTML)
	reg.Register(ast.KindHTMLBlock, renderHTMLBlock)
	reg.Register(ast.KindImage, renderImage)
	reg.Register(mentionKind, renderMention)
	reg.Register(hashtagKind, p.renderHashtag)
}

func renderRawHTML(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		segments := n.(*ast.RawHTML).Segments
		for i := range segments.Len() {
			s := segments.At(i)
			_, _ = w.Write(util.EscapeHTML(s.Value(source)))
		}
	}
	return ast.WalkSkipChildren, nil
}

func renderHTMLBlock(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.HTMLBlock)
	if entering {
		_, _ = w.WriteString("<p>")
		lines := n.Lines()
		for i := range lines.Len() {
			s := lines.At(i)
			_, _ = w.Write(util.EscapeHTML(s.Value(source)))
		}
		return ast.WalkContinue, nil
	}
	if n.HasClosure() {
		_, _ = w.Write(util.EscapeHTML(n.ClosureLine.Value(source)))
	}
	_, _ = w.WriteString("</p>\n")
	return ast.WalkContinue, nil
}

func renderImage(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Image)
	if !entering {
		_, _ = w.WriteString("</a>")
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString(`<a href="`)
	if !html.IsDangerousURL(n.Destination) {
		_, _ = w.Write(util.EscapeHTML(util.URLEscape(n.Destination, true)))
	}
	_, _ = w.WriteString(`">`)
	if !n.HasChildren() {
		_, _ = w.Write(util.EscapeHTML(n.Destination))
	}
	return ast.WalkContinue, nil
}
