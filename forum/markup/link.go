package markup

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// FirstLink is the address of the first link in a rendered text that leads to a
// page: not to a person, a tag, or a place in a quotation; "" for none.
func (r *Renderer) FirstLink(content string) string {
	if !strings.Contains(content, "<a ") {
		return ""
	}
	return firstLink(parse(content))
}

func firstLink(n *html.Node) string {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.DataAtom == atom.Blockquote, c.DataAtom == atom.Pre:
			continue
		case c.DataAtom == atom.A:
			href, classes := "", ""
			for _, a := range c.Attr {
				switch a.Key {
				case "href":
					href = a.Val
				case "class":
					classes = a.Val
				}
			}
			marked := slices.ContainsFunc(strings.Fields(classes), func(class string) bool { return class == "mention" || class == "hashtag" })
			if !marked && (strings.HasPrefix(href, "https://") || strings.HasPrefix(href, "http://")) {
				return href
			}
		}
		if found := firstLink(c); found != "" {
			return found
		}
	}
	return ""
}
