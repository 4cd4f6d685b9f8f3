package api

import (
	"net/http"
	"strings"

	"portevoix/forum"
	"portevoix/forum/hints"
)

// hintEntity is one thing in a text that may do harm once it is public.
type hintEntity struct {
	Kind     string `json:"kind"` // "insult", "accusation", "person", "email", "phone", "iban", "card", "plate" or "nir"
	Text     string `json:"text"`
	Personal bool   `json:"personal"` // data about a person: published only when "confirmed"
	Detail   string `json:"detail"`   // the same for people, in the language of the request
}

// hinted is a refusal with what was found in the text.
type hinted struct {
	error
	found []hints.Hint
}

func (h *hinted) Unwrap() error { return h.error }

// review refuses texts with data about a person, unless its author saw them and
// wants them published. Insults and accusations alone refuse nothing.
func review(confirmed bool, texts ...string) error {
	found := hints.Check(strings.Join(texts, "\n\n"))
	if confirmed || !hints.Personal(found) {
		return nil
	}
	return &hinted{&forum.Error{Code: forum.Invalid, Key: "PersonalDataAPI", Field: "body"}, found}
}

// felt is how it felt, as far as that is stated.
func (n *newCase) felt() string {
	if n == nil {
		return ""
	}
	return n.Feeling
}

// hintsOf says what was found, in the language of the request.
func (c *call) hintsOf(found []hints.Hint) []hintEntity {
	p := c.api.o.Messages.Printer(c.r.Header.Get("Accept-Language"))
	list := make([]hintEntity, len(found))
	for i, h := range found {
		list[i] = hintEntity{Kind: string(h.Kind), Text: h.Text, Personal: h.Kind.Personal(), Detail: p.T("Hint." + string(h.Kind))}
	}
	return list
}

// checkText says what in a text may do harm before it is posted. Nothing is kept.
func (a *API) checkText(c *call) error {
	if _, err := c.writer(); err != nil {
		return err
	}
	var in struct {
		Title   string `json:"title"`
		Body    string `json:"body"`
		Feeling string `json:"feeling"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	return c.write(http.StatusOK, c.hintsOf(hints.Check(strings.Join([]string{in.Title, in.Body, in.Feeling}, "\n\n"))))
}
