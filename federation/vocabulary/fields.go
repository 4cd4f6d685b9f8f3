package vocabulary

import (
	"html"

	"portevoix/forum"
)

// properties writes the fields of a profile as Mastodon has them. A link is
// marked as its person's own, so that the page it leads to can be asked.
func properties(fields []forum.Field) []any {
	list := []any{}
	for _, f := range fields {
		value := html.EscapeString(f.Value)
		if f.Link != "" {
			value = `<a href="` + html.EscapeString(f.Link) + `" rel="me nofollow noopener">` + value + "</a>"
		}
		list = append(list, object{"type": "PropertyValue", "name": f.Label, "value": value})
	}
	return list
}

// maxFields bounds the attachments of an actor that are looked at.
const maxFields = 50

// fields reads them; values are HTML.
func fields(d Document) []forum.Field {
	var list []forum.Field
	for _, o := range d.Objects("attachment") {
		if o.Type() != "PropertyValue" || len(list) == maxFields {
			continue
		}
		list = append(list, forum.Field{Label: clip(o.String("name"), maxFieldBytes), Value: clip(o.String("value"), maxFieldBytes)})
	}
	return list
}

// maxFieldBytes bounds a label or value, in bytes: those of Mastodon hold 255
// characters, and links are wrapped in HTML.
const maxFieldBytes = 8 << 10
