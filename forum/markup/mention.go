package markup

import (
	"regexp"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"portevoix/forum"
)

// mention is "@name", "@name@host" or "!forum@host" in a Markdown text.
type mention struct {
	ast.BaseInline
	written string // with its sigil
	handle  string // "name" or "name@host"
	actor   *forum.Actor
}

var (
	mentionKind = ast.NewNodeKind("Mention")
	mentionsKey = parser.NewContextKey()
	// A host may carry a port: development servers have one.
	mentionShape = regexp.MustCompile(`^[@!]([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?)?`)
)

func (m *mention) Kind() ast.NodeKind { return mentionKind }

func (m *mention) Dump(source []byte, level int) {
	ast.DumpHelper(m, source, level, map[string]string{"Handle": m.handle}, nil)
}

type mentionParser struct{}

func (mentionParser) Trigger() []byte { return []byte{'@', '!'} }

func (mentionParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	if unicode.IsLetter(before) || unicode.IsDigit(before) || before == '_' || before == '/' || before == '@' || before == '.' {
		return nil // inside a word, an address or a URL
	}
	line, _ := block.PeekLine()
	match := mentionShape.FindSubmatch(line)
	if match == nil || line[0] == '!' && len(match[2]) == 0 || len(match[0]) > 300 {
		return nil
	}
	if next, _ := utf8.DecodeRune(line[len(match[0]):]); next == '@' || next == '_' || unicode.IsLetter(next) {
		return nil
	}
	block.Advance(len(match[0]))
	m := &mention{written: string(match[0]), handle: string(match[1]) + string(match[2])}
	if mentions, ok := pc.Get(mentionsKey).(map[string]forum.Actor); ok {
		if a, ok := mentions[m.handle]; ok {
			m.actor = &a
		}
	}
	return m
}

// renderMention writes the form Mastodon itself uses: its clients open such a
// link as a profile.
func renderMention(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	m := node.(*mention)
	if m.actor == nil {
		_, _ = w.Write(util.EscapeHTML([]byte(m.written)))
		return ast.WalkContinue, nil
	}
	url := m.actor.URL
	if url == "" {
		url = m.actor.URI
	}
	_, _ = w.WriteString(`<span class="h-card"><a href="`)
	_, _ = w.Write(util.EscapeHTML([]byte(url)))
	_, _ = w.WriteString(`" class="u-url mention">`)
	_, _ = w.Write(util.EscapeHTML([]byte(m.written[:1])))
	_, _ = w.WriteString(`<span>`)
	_, _ = w.Write(util.EscapeHTML([]byte(m.actor.Name)))
	_, _ = w.WriteString(`</span></a></span>`)
	return ast.WalkContinue, nil
}
