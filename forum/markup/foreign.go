package markup

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"portevoix/forum"
)

// maxNesting bounds how deep foreign HTML may nest. What lies deeper is dropped:
// nothing anyone writes does, and rendering recurses.
const maxNesting = 100

// Sanitise keeps what is harmless of foreign HTML: images become links with
// their alternative text, the two upper headings become h3 (the page has its
// own).
func (r *Renderer) Sanitise(foreign string) string {
	return r.render(r.parse(foreign))
}

// parse reads a fragment as the children of a new node. The HTML parser accepts
// anything; only a failing reader is an error, and a string does not fail.
func parse(fragment string) *html.Node {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(fragment), body)
	if err != nil {
		// x/net/html refuses input nested beyond its own limit.
		nodes = []*html.Node{{Type: html.TextNode, Data: fragment}}
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	return body
}

// parse reads a fragment and tames it.
func (r *Renderer) parse(fragment string) *html.Node {
	body := parse(fragment)
	r.tame(body, 0)
	return body
}

func (r *Renderer) render(body *html.Node) string {
	var out strings.Builder
	for n := body.FirstChild; n != nil; n = n.NextSibling {
		if html.Render(&out, n) != nil {
			return ""
		}
	}
	return strings.TrimSpace(r.policy.Sanitize(out.String()))
}

// tame rewrites images, headings and hashtags, and cuts what nests too deep.
func (r *Renderer) tame(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case depth > maxNesting:
			n.RemoveChild(c)
			c = next
			continue
		case c.DataAtom == atom.H1, c.DataAtom == atom.H2:
			c.Data, c.DataAtom = "h3", atom.H3
		case c.DataAtom == atom.Img:
			imageToLink(c)
		case c.DataAtom == atom.A:
			r.ownTag(c)
		}
		r.tame(c, depth+1)
		c = next
	}
}

func imageToLink(n *html.Node) {
	source, alt := attribute(n, "src"), attribute(n, "alt")
	if alt == "" {
		alt = source
	}
	n.Data, n.DataAtom = "a", atom.A
	n.Attr = []html.Attribute{{Key: "href", Val: source}}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: alt})
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// Text returns the text of HTML, one line per paragraph, list item or line
// break. What Mastodon marks as invisible (the long end of a shown URL) is left
// out.
func (r *Renderer) Text(content string) string { return Text(content) }

// Text is [Renderer.Text]: it needs no renderer.
func Text(content string) string {
	var out strings.Builder
	writeText(&out, new(Renderer).parse(content))
	lines := strings.Split(out.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return l == "" }), "\n")
}

func writeText(out *strings.Builder, n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		out.WriteString(n.Data)
		return
	case n.DataAtom == atom.Script, n.DataAtom == atom.Style, n.DataAtom == atom.Template:
		return
	case n.DataAtom == atom.Br:
		out.WriteByte('\n')
		return
	case n.DataAtom == atom.Span && attribute(n, "class") == "invisible":
		return
	}
	if isBlock(n) {
		out.WriteByte('\n')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		writeText(out, c)
	}
	if isBlock(n) {
		out.WriteByte('\n')
	}
}

func isBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Blockquote, atom.Pre, atom.Tr, atom.Table, atom.Hr,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Details, atom.Summary, atom.Section, atom.Article:
		return true
	}
	return false
}

// WithoutTitle splits foreign HTML that opens a thread; see forum.Renderer.
func (r *Renderer) WithoutTitle(foreign, title string, max int, forums []forum.Actor) (string, string) {
	body := r.parse(foreign)
	block := firstBlock(body)
	for block != nil {
		dropLeadingMentions(block, forums)
		if block.FirstChild != nil || block == body {
			break
		}
		block.Parent.RemoveChild(block)
		block = firstBlock(body)
	}
	if block == nil {
		return title, r.render(body)
	}
	line := firstLine(block)
	written := lineText(line, forums)
	switch {
	case title != "" && !sameText(written, title):
		return title, r.render(body)
	case title == "" && (written == "" || utf8.RuneCountInString(written) > max):
		return written, r.render(body)
	}
	if title == "" {
		title = written
		if hasForeignLink(line, forums) {
			return title, r.render(body)
		}
	}
	for _, n := range line {
		n.Parent.RemoveChild(n)
	}
	trimStart(block)
	if block.FirstChild == nil && block != body {
		block.Parent.RemoveChild(block)
	}
	return title, r.render(body)
}

// firstBlock finds the first block that holds text, or body itself when its
// first text lies bare in it.
func firstBlock(body *html.Node) *html.Node {
	for n := body.FirstChild; n != nil; n = n.NextSibling {
		switch {
		case n.Type == html.TextNode && strings.TrimSpace(n.Data) == "", n.Type == html.CommentNode:
			continue
		case isBlock(n):
			if b := firstBlock(n); b != nil {
				return b
			}
			continue
		}
		return body
	}
	return nil
}

// dropLeadingMentions removes links to the forums, and the white space around
// them, from the head of a block: on Mastodon a post to a forum begins with
// them.
func dropLeadingMentions(block *html.Node, forums []forum.Actor) {
	for {
		trimStart(block)
		n := block.FirstChild
		if n == nil || !mentionsOnly(n, forums) {
			return
		}
		block.RemoveChild(n)
	}
}

// trimStart removes leading white space and line breaks.
func trimStart(block *html.Node) {
	for n := block.FirstChild; n != nil; n = block.FirstChild {
		if n.Type == html.TextNode {
			n.Data = strings.TrimLeft(n.Data, " \t\r\n\u00a0")
			if n.Data != "" {
				return
			}
		} else if n.DataAtom != atom.Br {
			return
		}
		block.RemoveChild(n)
	}
}

// mentionsOnly says whether a node is a link to one of the forums, perhaps
// wrapped in a span.
func mentionsOnly(n *html.Node, forums []forum.Actor) bool {
	for n.DataAtom == atom.Span && n.FirstChild != nil && n.FirstChild.NextSibling == nil {
		n = n.FirstChild
	}
	return n.DataAtom == atom.A && linksToForum(n, forums)
}

func linksToForum(a *html.Node, forums []forum.Actor) bool {
	href := attribute(a, "href")
	return slices.ContainsFunc(forums, func(f forum.Actor) bool { return href == f.URI || href == f.URL && f.URL != "" })
}

// firstLine lists the nodes of a block up to its first line break or the first
// block inside it.
func firstLine(block *html.Node) []*html.Node {
	var line []*html.Node
	for n := block.FirstChild; n != nil && n.DataAtom != atom.Br && !isBlock(n); n = n.NextSibling {
		line = append(line, n)
	}
	return line
}

func lineText(line []*html.Node, forums []forum.Actor) string {
	var out strings.Builder
	for _, n := range line {
		if !mentionsOnly(n, forums) {
			writeText(&out, n)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// hasForeignLink says whether a line links anywhere but to the forums: then it
// must stay readable in the content, for a title is plain text.
func hasForeignLink(line []*html.Node, forums []forum.Actor) bool {
	return slices.ContainsFunc(line, func(n *html.Node) bool {
		if n.DataAtom == atom.A {
			return !linksToForum(n, forums)
		}
		var children []*html.Node
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			children = append(children, c)
		}
		return hasForeignLink(children, forums)
	})
}

func sameText(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}
