package markup

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"

	"portevoix/forum/words"
)

// hashtag is "#word" in a Markdown text.
type hashtag struct {
	ast.BaseInline
	written string // without its sign
}

var (
	hashtagKind  = ast.NewNodeKind("Hashtag")
	hashtagShape = regexp.MustCompile(`^#([\pL\pN_][\pL\pM\pN_]*)`)
)

func (h *hashtag) Kind() ast.NodeKind { return hashtagKind }

func (h *hashtag) Dump(source []byte, level int) {
	ast.DumpHelper(h, source, level, map[string]string{"Written": h.written}, nil)
}

type hashtagParser struct{}

func (hashtagParser) Trigger() []byte { return []byte{'#'} }

func (hashtagParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	if unicode.IsLetter(before) || unicode.IsDigit(before) || strings.ContainsRune("_/#&=?", before) {
		return nil // inside a word, an address or an entity
	}
	line, _ := block.PeekLine()
	match := hashtagShape.FindSubmatch(line)
	if match == nil || words.Tag(string(match[1])) == "" {
		return nil
	}
	block.Advance(len(match[0]))
	return &hashtag{written: string(match[1])}
}

// renderHashtag writes the form Mastodon itself uses.
func (r *Renderer) renderHashtag(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	written := util.EscapeHTML([]byte(node.(*hashtag).written))
	if r.tagAddress == nil {
		_, _ = w.WriteString("#")
		_, _ = w.Write(written)
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString(`<a href="`)
	_, _ = w.Write(util.EscapeHTML([]byte(r.tagAddress(words.Tag(node.(*hashtag).written)))))
	_, _ = w.WriteString(`" class="mention hashtag">#<span>`)
	_, _ = w.Write(written)
	_, _ = w.WriteString(`</span></a>`)
	return ast.WalkContinue, nil
}

// Tags lists the hashtags of a Markdown text as they are written, without their
// sign, in order, each once.
func (r *Renderer) Tags(source string) []string {
	var list []string
	seen := map[string]bool{}
	doc := r.markdown.Parser().Parse(text.NewReader([]byte(source)))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*hashtag); ok && entering && !seen[words.Tag(h.written)] {
			seen[words.Tag(h.written)] = true
			list = append(list, h.written)
		}
		return ast.WalkContinue, nil
	})
	return list
}

// ownTag lets a hashtag from elsewhere lead to the threads here that have it.
func (r *Renderer) ownTag(a *html.Node) {
	if r.tagAddress == nil || !strings.Contains(" "+attribute(a, "class")+" ", " hashtag ") {
		return
	}
	var out strings.Builder
	writeText(&out, a)
	tag := words.Tag(out.String())
	if tag == "" {
		return
	}
	for i := range a.Attr {
		if a.Attr[i].Key == "href" {
			a.Attr[i].Val = r.tagAddress(tag)
		}
	}
}
