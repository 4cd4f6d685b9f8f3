package linkeddata

import (
	"errors"
	"slices"
	"strings"

	"github.com/piprate/json-gold/ld"
)

const (
	maxStatements = 5000
	maxNameless   = 500 // nodes without an id
)

// checkCost refuses graphs whose canonical form may take long: the algorithm
// tries every order of nodes without an id that look alike. Those that lie beside
// at most one other such node leave nothing to try. Real documents have no others.
func checkCost(graph []*ld.Quad) error {
	if len(graph) > maxStatements {
		return errors.New("the document says too much")
	}
	looks := map[string][]string{} // of each node without an id: its statements
	beside := map[string]map[string]bool{}
	for _, q := range graph {
		for _, id := range nameless(q) {
			looks[id] = append(looks[id], look(q.Subject, id)+" "+q.Predicate.GetValue()+" "+look(q.Object, id))
			for _, other := range nameless(q) {
				if other != id {
					if beside[id] == nil {
						beside[id] = map[string]bool{}
					}
					beside[id][other] = true
				}
			}
		}
	}
	if len(looks) > maxNameless {
		return errors.New("the document has too many nodes without an id")
	}
	alike := map[string][]string{}
	for id, statements := range looks {
		slices.Sort(statements)
		key := strings.Join(statements, "\n")
		alike[key] = append(alike[key], id)
	}
	same := map[string]bool{}
	for _, ids := range alike {
		for _, id := range ids {
			same[id] = len(ids) > 1
		}
	}
	for id, others := range beside {
		n := 0
		for other := range others {
			if same[id] && same[other] {
				n++
			}
		}
		if n > 1 {
			return errors.New("too many nodes without an id look alike")
		}
	}
	return nil
}

func nameless(q *ld.Quad) []string {
	var ids []string
	for _, n := range []ld.Node{q.Subject, q.Object} {
		if ld.IsBlankNode(n) && !slices.Contains(ids, n.GetValue()) {
			ids = append(ids, n.GetValue())
		}
	}
	return ids
}

// look is how a node looks from one without an id.
func look(n ld.Node, from string) string {
	switch n := n.(type) {
	case ld.BlankNode:
		if n.Attribute == from {
			return "self"
		}
		return "other"
	case ld.Literal:
		return "\"" + n.Value + "\"" + n.Datatype + "@" + n.Language
	}
	return n.GetValue()
}
