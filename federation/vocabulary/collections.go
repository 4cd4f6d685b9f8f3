package vocabulary

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
