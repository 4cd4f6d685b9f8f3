package mastodon

import "portevoix/forum"

// firstFilterEntity is a filter in the words of the first version, which older apps
// speak: one phrase.
type firstFilterEntity struct {
	ID           string                `json:"id"`
	Phrase       string                `json:"phrase"`
	Context      []forum.FilterContext `json:"context"`
	WholeWord    bool                  `json:"whole_word"`
	ExpiresAt    *string               `json:"expires_at"`
	Irreversible bool                  `json:"irreversible"`
}

func firstFilterOf(f *forum.Filter) firstFilterEntity {
	second := filterOf(f)
	return firstFilterEntity{ID: second.ID, Phrase: f.Value, Context: second.Context, WholeWord: !f.Within, ExpiresAt: second.ExpiresAt, Irreversible: f.Action == forum.FilterHide}
}

func (a *API) listFirstFilters(c *call) error {
	filters, err := a.ownFilters(c)
	if err != nil {
		return err
	}
	list := []firstFilterEntity{}
	for i := range filters {
		list = append(list, firstFilterOf(&filters[i]))
	}
	return c.ok(list)
}

func (a *API) showFirstFilter(c *call) error {
	f, err := a.filter(c)
	if err != nil {
		return err
	}
	return c.ok(firstFilterOf(f))
}

// saveFirstFilter keeps a filter, in place of was where there is one.
func (a *API) saveFirstFilter(c *call, n forum.NewFilter, was forum.ID) error {
	if c.in.has("phrase") {
		n.Value = c.in.get("phrase")
	}
	if c.in.has("irreversible") {
		n.Action = forum.FilterWarn
		if c.in.is("irreversible") {
			n.Action = forum.FilterHide
		}
	}
	if c.in.get("whole_word") != "" {
		n.Within = !c.in.is("whole_word")
	}
	c.readFilter(&n)
	if err := a.service.AddFilter(c.r.Context(), c.viewer, n); err != nil {
		return err
	}
	filters, err := a.ownFilters(c)
	if err != nil || len(filters) == 0 {
		return err
	}
	if was != 0 && filters[0].ID != was {
		if err := a.service.RemoveFilter(c.r.Context(), c.viewer, was); err != nil {
			return err
		}
	}
	return c.ok(firstFilterOf(&filters[0]))
}

func (a *API) addFirstFilter(c *call) error {
	return a.saveFirstFilter(c, forum.NewFilter{Kind: forum.FilterWords, Action: forum.FilterWarn}, 0)
}

func (a *API) changeFirstFilter(c *call) error {
	f, err := a.filter(c)
	if err != nil {
		return err
	}
	return a.saveFirstFilter(c, a.asKept(f), f.ID)
}
