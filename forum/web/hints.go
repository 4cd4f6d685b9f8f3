package web

import (
	"strings"

	"portevoix/forum"
	"portevoix/forum/hints"
)

// review reads what is about to be published, once more than its author. Data about
// a person are published only when that is wanted expressly.
func (v *visit) review(texts ...string) ([]hints.Hint, error) {
	found := hints.Check(strings.Join(texts, "\n\n"))
	if hints.Personal(found) && v.r.PostFormValue("anyway") != "true" {
		return found, &forum.Error{Code: forum.Invalid, Key: "PersonalData", Field: "body"}
	}
	return found, nil
}

// feelingOf is how it felt, as far as that is written.
func feelingOf(n *forum.NewCase) string { return caseOf(n).Feeling }
