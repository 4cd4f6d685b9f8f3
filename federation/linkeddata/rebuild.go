package linkeddata

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/piprate/json-gold/ld"
)

const maxDepth = 30 // of what is built

// rebuild writes a graph as a document again, by the names of terms.go. The same
// graph always comes to the same document, but for the order of several values of
// one property, which no signature covers. Statements that no name is known for
// are left out.
//
// The graph must hang together from its root, and lead nowhere back to it: or
// another root could be chosen, with which it says something else.
func rebuild(graph []*ld.Quad, root string) (map[string]any, error) {
	b := builder{nodes: map[string]*node{}, placed: map[string]bool{}}
	for _, q := range graph {
		if !ld.IsLiteral(q.Object) && q.Object.GetValue() == root {
			return nil, errors.New("the document leads back to its beginning")
		}
		b.add(q)
	}
	if b.nodes[root] == nil {
		return nil, errors.New("the document says nothing of itself")
	}
	document, err := b.object(root, 0)
	if err != nil {
		return nil, err
	}
	reached := b.reached(root)
	for id, n := range b.nodes {
		if n.named && !reached[id] {
			return nil, errors.New("the document does not hang together")
		}
	}
	return document, nil
}

type builder struct {
	nodes  map[string]*node
	placed map[string]bool
}

type node struct {
	named      bool // it has an id
	statements map[string][]ld.Node
}

func (b *builder) add(q *ld.Quad) {
	id := q.Subject.GetValue()
	n := b.nodes[id]
	if n == nil {
		n = &node{named: ld.IsIRI(q.Subject), statements: map[string][]ld.Node{}}
		b.nodes[id] = n
	}
	predicate := q.Predicate.GetValue()
	n.statements[predicate] = append(n.statements[predicate], q.Object)
}

// reached are the nodes that statements lead to.
func (b *builder) reached(root string) map[string]bool {
	seen, next := map[string]bool{root: true}, []string{root}
	for len(next) > 0 {
		n := b.nodes[next[0]]
		next = next[1:]
		if n == nil {
			continue
		}
		for _, objects := range n.statements {
			for _, o := range objects {
				if id := o.GetValue(); !ld.IsLiteral(o) && !seen[id] {
					seen[id] = true
					next = append(next, id)
				}
			}
		}
	}
	return seen
}

// object writes a node where it is first met; elsewhere its id stands for it.
func (b *builder) object(id string, depth int) (map[string]any, error) {
	if depth > maxDepth {
		return nil, errors.New("the document nests too deep")
	}
	b.placed[id] = true
	n, document := b.nodes[id], map[string]any{}
	if n.named {
		document["id"] = id
	}
	for _, predicate := range n.order() {
		for _, o := range n.statements[predicate] {
			if err := b.state(document, predicate, o, depth); err != nil {
				return nil, err
			}
		}
	}
	for name, value := range document {
		if list, ok := value.([]any); ok && len(list) == 1 && !lists[name] {
			document[name] = list[0]
		}
	}
	return document, nil
}

// order is that of a node's statements: what an activity is about comes first.
func (n *node) order() []string {
	var order []string
	for predicate := range n.statements {
		order = append(order, predicate)
	}
	slices.SortFunc(order, func(a, b string) int {
		switch {
		case a == activity+"object":
			return -1
		case b == activity+"object":
			return 1
		}
		return strings.Compare(a, b)
	})
	return order
}

// state adds one statement to a document.
func (b *builder) state(document map[string]any, predicate string, o ld.Node, depth int) error {
	if predicate == ld.RDFType {
		if name := typeName(o.GetValue()); ld.IsIRI(o) && name != "" {
			add(document, "type", name)
		}
		return nil
	}
	name := propertyName(predicate)
	if name == "" {
		return nil
	}
	if l, ok := o.(ld.Literal); ok {
		if l.Language == "" {
			add(document, name, literal(l))
			return nil
		}
		languages, _ := document[name+"Map"].(map[string]any)
		if languages == nil {
			languages = map[string]any{}
			document[name+"Map"] = languages
		}
		languages[l.Language] = l.Value
		return nil
	}
	if b.list(o) {
		if name == "items" {
			name = "orderedItems"
		}
		return b.members(document, name, o, depth)
	}
	value, err := b.value(o, depth)
	if err != nil {
		return err
	}
	add(document, name, value)
	return nil
}

func add(document map[string]any, name string, value any) {
	list, _ := document[name].([]any)
	document[name] = append(list, value)
}

func (b *builder) value(o ld.Node, depth int) (any, error) {
	if l, ok := o.(ld.Literal); ok {
		return literal(l), nil
	}
	id := o.GetValue()
	if b.nodes[id] != nil && !b.placed[id] {
		return b.object(id, depth+1)
	}
	if ld.IsIRI(o) {
		return id, nil
	}
	return map[string]any{}, nil
}

// list says whether a node begins a list.
func (b *builder) list(o ld.Node) bool {
	if ld.IsIRI(o) {
		return o.GetValue() == ld.RDFNil
	}
	n := b.nodes[o.GetValue()]
	return n != nil && len(n.statements[ld.RDFFirst]) > 0
}

func (b *builder) members(document map[string]any, name string, o ld.Node, depth int) error {
	list, _ := document[name].([]any)
	if list == nil {
		list = []any{}
	}
	for ld.IsBlankNode(o) {
		id := o.GetValue()
		n := b.nodes[id]
		if n == nil || b.placed[id] || len(n.statements[ld.RDFFirst]) != 1 || len(n.statements[ld.RDFRest]) != 1 {
			return errors.New("a list is none")
		}
		b.placed[id] = true
		value, err := b.value(n.statements[ld.RDFFirst][0], depth)
		if err != nil {
			return err
		}
		list, o = append(list, value), n.statements[ld.RDFRest][0]
	}
	document[name] = list
	return nil
}

// literal is a value as JSON writes it.
func literal(l ld.Literal) any {
	kind := l.Datatype[strings.LastIndexAny(l.Datatype, "#/")+1:]
	switch kind {
	case "string":
		return l.Value
	case "integer", "nonNegativeInteger", "double", "float", "decimal", "Number":
		if json.Valid([]byte(l.Value)) {
			return json.Number(l.Value)
		}
	}
	switch l.Value { // whatever kind a context gives them
	case "true":
		return true
	case "false":
		return false
	}
	return l.Value
}
