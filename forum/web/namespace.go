package web

import "net/http"

// term is a word of this software's own in what it tells other servers. The key
// says in the catalogues what it means.
type term struct {
	Name string // without its prefix
	Of   string // the ActivityStreams types that have it
	Key  string
}

// terms are all of them, by name.
var terms = []term{
	{"answer", "Note", "Namespace.Answer"},
	{"case", "Note", "Namespace.Case"},
	{"action", "Question", "Namespace.Action"},
	{"company", "Group", "Namespace.Company"},
	{"coClaim", "Note", "Namespace.CoClaim"},
	{"evidence", "Note", "Namespace.Evidence"},
	{"role", "Group", "Namespace.Role"},
	{"tally", "Note, Question", "Namespace.Tally"},
}

// namespace explains the terms to whoever follows their address. They are not
// for other servers to fetch: these know them by their names.
func (s *Site) namespace(v *visit) error {
	p := v.newPage(v.print.T("Namespace.Title"))
	p.Canonical = s.base() + "/ns"
	return v.show(http.StatusOK, p, namespaceView(p, s.base()+"/ns#", terms))
}
