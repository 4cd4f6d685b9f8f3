package vocabulary

import (
	"encoding/json"
	"strconv"
)

// Collection is a collection on its way out. Items are ids, or whole documents
// as bytes.
type Collection struct {
	URI          string
	Ordered      bool
	Total        int
	First        string // the first page's id, "" when Items are all there is or none are shown
	AttributedTo string
	Items        []any // nil: only the number is told
}

// Write encodes the collection.
func (c Collection) Write() ([]byte, error) {
	m := object{"id": c.URI, "type": "Collection", "totalItems": c.Total}
	if c.Ordered {
		m["type"] = "OrderedCollection"
	}
	if c.AttributedTo != "" {
		m["attributedTo"] = c.AttributedTo
	}
	if c.First != "" {
		m["first"] = c.First
	}
	if c.Items != nil {
		m[itemsKey(c.Ordered)] = c.Items
	}
	return encode(m, activityContext)
}

// Page is one page of a collection.
type Page struct {
	URI     string
	PartOf  string
	Next    string // "" on the last page
	Ordered bool
	Items   []any
}

// Write encodes the page.
func (p Page) Write() ([]byte, error) {
	m := object{"id": p.URI, "type": "CollectionPage", "partOf": p.PartOf}
	if p.Ordered {
		m["type"] = "OrderedCollectionPage"
	}
	if p.Next != "" {
		m["next"] = p.Next
	}
	items := p.Items
	if items == nil {
		items = []any{}
	}
	m[itemsKey(p.Ordered)] = items
	return encode(m, postContext)
}

func itemsKey(ordered bool) string {
	if ordered {
		return "orderedItems"
	}
	return "items"
}

// Embedded is a document that was written for itself, as a member of another
// one: without its context.
func Embedded(document []byte) (any, error) {
	d, err := Parse(document)
	if err != nil {
		return nil, err
	}
	delete(d, "@context")
	return map[string]any(d), nil
}

// URIs are ids as a collection's items.
func URIs(list []string) []any {
	items := make([]any, len(list))
	for i, s := range list {
		items[i] = s
	}
	return items
}

// IsCollection says whether a type is a collection's or a page's.
func IsCollection(t string) bool { return collectionTypes[t] }

var collectionTypes = set("Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage")

// Members are what a collection or page names itself: ids, or objects with one.
// What is neither is left out.
func (d Document) Members() []any {
	var list []any
	for _, key := range []string{"orderedItems", "items"} {
		for _, v := range all(d[key]) {
			if iriOf(v) != "" {
				list = append(list, v)
			}
		}
	}
	return list
}

// Total is how many members a collection says it has, 0 where it does not tell.
func (d Document) Total() int { return number(d, "totalItems") }

// number is the count under key, 0 where there is none.
func number(d Document, key string) int {
	n, _ := d[key].(json.Number)
	count, err := strconv.Atoi(n.String())
	if err != nil {
		return 0
	}
	return max(0, count)
}

// total is the number of members of a collection that is embedded under key.
func total(d Document, key string) int {
	if c := d.Object(key); c != nil {
		return c.Total()
	}
	return 0
}

// MemberURI is the id of a member of a collection.
func MemberURI(member any) string { return iriOf(member) }

// Member is a member of a collection that is embedded in it; nil for an id alone.
func Member(member any) Document {
	d, _ := member.(map[string]any)
	return d
}
