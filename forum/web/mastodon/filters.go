package mastodon

import (
	"strings"
	"time"

	"portevoix/forum"
)

// filterEntity is a filter of words; those of people and servers are mutes and
// domain blocks. A filter here holds one phrase and looks everywhere.
type filterEntity struct {
	ID           string          `json:"id"`
	Title        string          `json:"title"`
	Context      []string        `json:"context"`
	ExpiresAt    *string         `json:"expires_at"`
	FilterAction string          `json:"filter_action"`
	Keywords     []keywordEntity `json:"keywords"`
	Statuses     []struct{}      `json:"statuses"`
}

type keywordEntity struct {
	ID        string `json:"id"`
	Keyword   string `json:"keyword"`
	WholeWord bool   `json:"whole_word"`
}

// filterMatching is a filter that found a status, and by what.
type filterMatching struct {
	Filter         filterEntity `json:"filter"`
	KeywordMatches []string     `json:"keyword_matches"`
	StatusMatches  []string     `json:"status_matches"`
}

func filterOf(f *forum.Filter) filterEntity {
	return filterEntity{
		ID: f.ID.String(), Title: f.Label(), Context: []string{"home", "notifications", "public", "thread", "account"}, ExpiresAt: momentOrNull(f.ExpiresAt),
		FilterAction: string(f.Action), Keywords: []keywordEntity{{ID: f.ID.String(), Keyword: f.Label(), WholeWord: true}}, Statuses: []struct{}{},
	}
}

// matching finds the filter by which a post was found.
func matching(filters forum.Filters, found forum.Filtered) []filterMatching {
	for i := range filters {
		if f := &filters[i]; f.Label() == found.Label {
			return []filterMatching{{Filter: filterOf(f), KeywordMatches: []string{f.Label()}}}
		}
	}
	return nil
}

// ownFilters are the reader's filters of words.
func (a *API) ownFilters(c *call) ([]forum.Filter, error) {
	all, err := a.service.Filters(c.r.Context(), c.viewer)
	var list []forum.Filter
	for _, f := range all {
		if f.Kind == forum.FilterWords {
			list = append(list, f)
		}
	}
	return list, err
}

func (a *API) listFilters(c *call) error {
	filters, err := a.ownFilters(c)
	if err != nil {
		return err
	}
	list := []filterEntity{}
	for i := range filters {
		list = append(list, filterOf(&filters[i]))
	}
	return c.ok(list)
}

// filter finds one of the reader's filters.
func (a *API) filter(c *call) (*forum.Filter, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	filters, err := a.ownFilters(c)
	if err != nil {
		return nil, err
	}
	for i := range filters {
		if filters[i].ID == id {
			return &filters[i], nil
		}
	}
	return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
}

func (a *API) showFilter(c *call) error {
	f, err := a.filter(c)
	if err != nil {
		return err
	}
	return c.ok(filterOf(f))
}

// phrases are the keywords that an app sends: "keywords_attributes[0][keyword]", or
// with nothing between the brackets.
func (c *call) phrases() []string {
	var list []string
	for key, values := range c.in.values {
		if strings.HasPrefix(key, "keywords_attributes[") && strings.HasSuffix(key, "[keyword]") {
			list = append(list, values...)
		}
	}
	return list
}

// addFilter keeps a filter for each phrase; without one, the title is it. It
// answers with the last.
func (a *API) addFilter(c *call) error {
	action := forum.FilterWarn
	if c.in.get("filter_action") == "hide" {
		action = forum.FilterHide
	}
	phrases := c.phrases()
	if len(phrases) == 0 {
		phrases = []string{c.in.get("title")}
	}
	for _, phrase := range phrases {
		err := a.service.AddFilter(c.r.Context(), c.viewer, forum.NewFilter{Kind: forum.FilterWords, Value: phrase, Action: action, Lifetime: time.Duration(max(c.in.number("expires_in"), 0)) * time.Second})
		if err != nil {
			return err
		}
	}
	filters, err := a.ownFilters(c)
	if err != nil {
		return err
	}
	if len(filters) == 0 {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return c.ok(filterOf(&filters[0]))
}

// changeFilter puts another in the place of a filter.
func (a *API) changeFilter(c *call) error {
	f, err := a.filter(c)
	if err != nil {
		return err
	}
	n := forum.NewFilter{Kind: forum.FilterWords, Value: f.Value, Action: f.Action}
	if !f.ExpiresAt.IsZero() {
		n.Lifetime = f.ExpiresAt.Sub(a.service.Now())
	}
	if c.in.has("expires_in") {
		n.Lifetime = time.Duration(max(c.in.number("expires_in"), 0)) * time.Second
	}
	switch c.in.get("filter_action") {
	case "hide":
		n.Action = forum.FilterHide
	case "warn":
		n.Action = forum.FilterWarn
	}
	if list := c.phrases(); len(list) > 0 {
		n.Value = list[0]
	}
	if err := a.service.AddFilter(c.r.Context(), c.viewer, n); err != nil {
		return err
	}
	if !strings.EqualFold(n.Value, f.Value) {
		if err := a.service.RemoveFilter(c.r.Context(), c.viewer, f.ID); err != nil {
			return err
		}
	}
	filters, err := a.ownFilters(c)
	if err != nil || len(filters) == 0 {
		return err
	}
	return c.ok(filterOf(&filters[0]))
}

func (a *API) removeFilter(c *call) error {
	f, err := a.filter(c)
	if err != nil {
		return err
	}
	if err := a.service.RemoveFilter(c.r.Context(), c.viewer, f.ID); err != nil {
		return err
	}
	return c.done()
}

// filterKeywords lists the one phrase of a filter.
func (a *API) filterKeywords(c *call) error {
	f, err := a.filter(c)
	if err != nil {
		return err
	}
	return c.ok(filterOf(f).Keywords)
}

// domainBlocks lists the servers that the reader hides.
func (a *API) domainBlocks(c *call) error {
	all, err := a.service.Filters(c.r.Context(), c.viewer)
	if err != nil {
		return err
	}
	list := []string{}
	for _, f := range all {
		if f.Kind == forum.FilterServer && f.Action == forum.FilterHide {
			list = append(list, f.Value)
		}
	}
	return c.ok(list)
}

func (a *API) blockDomain(c *call) error {
	err := a.service.AddFilter(c.r.Context(), c.viewer, forum.NewFilter{Kind: forum.FilterServer, Value: c.in.get("domain"), Action: forum.FilterHide})
	if err != nil {
		return err
	}
	return c.done()
}

func (a *API) unblockDomain(c *call) error {
	all, err := a.service.Filters(c.r.Context(), c.viewer)
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.Kind == forum.FilterServer && strings.EqualFold(f.Value, strings.TrimSpace(c.in.get("domain"))) {
			if err := a.service.RemoveFilter(c.r.Context(), c.viewer, f.ID); err != nil {
				return err
			}
		}
	}
	return c.done()
}
