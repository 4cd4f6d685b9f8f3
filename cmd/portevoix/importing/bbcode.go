package importing

import (
	"encoding/xml"
	"errors"
	"html"
	"io"
	"regexp"
	"strings"
)

// element is a part of a post of phpBB: a text, or a tag with what it holds. Both
// ways in which phpBB keeps texts are read into such a tree.
type element struct {
	name string // "" for text
	arg  string // what the tag says: an address, a name, a kind of list
	text string
	kids []*element
}

// maxDepth bounds how deep tags are nested; deeper ones are taken as if they stood
// beside each other.
const maxDepth = 40

// tree builds elements from a sequence of openings, texts and closings.
type tree struct {
	stack []*element
}

func newTree() *tree { return &tree{stack: []*element{{}}} }

func (t *tree) top() *element { return t.stack[len(t.stack)-1] }

func (t *tree) add(e *element) { t.top().kids = append(t.top().kids, e) }

func (t *tree) text(s string) {
	if s != "" {
		t.add(&element{text: s})
	}
}

func (t *tree) open(name, arg string) {
	e := &element{name: name, arg: arg}
	t.add(e)
	t.stack = append(t.stack, e)
}

// close closes the innermost element of that name and what is open in it; false
// where there is none.
func (t *tree) close(name string) bool {
	for i := len(t.stack) - 1; i > 0; i-- {
		if t.stack[i].name == name {
			t.stack = t.stack[:i]
			return true
		}
	}
	return false
}

func (t *tree) root() *element { return t.stack[0] }

// parsePHPBB reads a text as phpBB stores it: since 3.2 as XML, before as HTML with
// BBCode whose tags carry a mark of their own, so that others are text.
func parsePHPBB(text, uid string) (*element, error) {
	if strings.HasPrefix(text, "<t>") || strings.HasPrefix(text, "<r>") {
		return parseXML(text)
	}
	return parseBBCode(text, uid), nil
}

// parseXML reads the form since 3.2. The tags of BBCode are elements in capitals;
// s and e hold the marks as they were typed, i what does not count.
func parseXML(text string) (*element, error) {
	decoder := xml.NewDecoder(strings.NewReader(text))
	decoder.Strict = false
	t, skipped, broken := newTree(), 0, false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return t.root(), nil
		}
		if err != nil {
			return t.root(), err
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch name := token.Name.Local; {
			case skipped > 0 || name == "s" || name == "e" || name == "i":
				skipped++
			case name == "br":
				t.text("\n")
				broken = true
				continue
			case name == "r" || name == "t":
			case name == "p":
				t.text("\n\n")
			default:
				t.open(strings.ToLower(name), xmlArgument(token))
			}
		case xml.EndElement:
			switch name := token.Name.Local; {
			case skipped > 0:
				skipped--
			case name == "br":
				continue
			default:
				t.close(strings.ToLower(name))
			}
		case xml.CharData:
			if skipped == 0 {
				s := string(token)
				if broken { // the line end that was typed follows its element
					s = strings.TrimPrefix(s, "\n")
				}
				t.text(s)
			}
		}
		broken = false
	}
}

// xmlArgument is the attribute that matters.
func xmlArgument(e xml.StartElement) string {
	for _, wanted := range []string{"url", "src", "author", "filename", "email", "type", "lang", "id"} {
		for _, a := range e.Attr {
			if a.Name.Local == wanted {
				return a.Value
			}
		}
	}
	return ""
}

var (
	smiley    = regexp.MustCompile(`(?s)<!-- s.*? --><img src="[^"]*" alt="([^"]*)"[^>]*><!-- s.*? -->`)
	madeLink  = regexp.MustCompile(`(?s)<!-- [mwl] --><a [^>]*?href="([^"]*)"[^>]*>.*?</a><!-- [mwl] -->`)
	madeMail  = regexp.MustCompile(`(?s)<!-- e --><a [^>]*>(.*?)</a><!-- e -->`)
	remark    = regexp.MustCompile(`<!-- .*? -->`)
	uidShape  = regexp.MustCompile(`^[a-zA-Z0-9]{1,20}$`)
	lineBreak = regexp.MustCompile(`<br ?/?>\n?`)
)

// parseBBCode reads the form before 3.2.
func parseBBCode(text, uid string) *element {
	text = smiley.ReplaceAllString(text, "$1")
	text = madeLink.ReplaceAllString(text, "$1")
	text = madeMail.ReplaceAllString(text, "$1")
	text = lineBreak.ReplaceAllString(remark.ReplaceAllString(text, ""), "\n")
	t := newTree()
	if !uidShape.MatchString(uid) { // none: no BBCode is in it
		t.text(html.UnescapeString(text))
		return t.root()
	}
	tag := regexp.MustCompile(`\[(/?)([a-z0-9_*-]+)(=[^\[\]]*?)?(?::[a-z])?:` + regexp.QuoteMeta(uid) + `\]`)
	at := 0
	for _, m := range tag.FindAllStringSubmatchIndex(text, -1) {
		t.text(html.UnescapeString(text[at:m[0]]))
		at = m[1]
		name, arg := text[m[4]:m[5]], ""
		if m[6] >= 0 {
			arg = strings.Trim(html.UnescapeString(text[m[6]+1:m[7]]), `"`)
		}
		if name == "*" {
			name = "li"
		}
		if m[2] < m[3] {
			t.close(name)
			continue
		}
		if name == "li" && t.top().name != "list" { // the last one was not closed
			t.close("li")
		}
		t.open(name, arg)
	}
	t.text(html.UnescapeString(text[at:]))
	return t.root()
}
