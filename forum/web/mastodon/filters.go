package mastodon

import (
	"maps"
	"slices"
	"strings"
	"time"

	"portevoix/forum"
)

// filterEntity is a filter of words; those of people and servers are mutes and
// domain blocks. A filter here holds one phrase.
type filterEntity struct {
	ID           string                `json:"id"`
	Title        string                `json:"title"`
	Context      []forum.FilterContext `json:"context"`
	ExpiresAt    *string               `json:"expires_at"`
	FilterAction string                `json:"filter_action"`
	Keywords     []keywordEntity       `json:"keywords"`
	Statuses     []struct{}            `json:"statuses"`
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
	contexts := f.Contexts
	if len(contexts) == 0 {
		contexts = forum.FilterContexts
	}
	return filterEntity{
		ID: f.ID.String(), Title: f.Label(), Context: contexts, ExpiresAt: momentOrNull(f.ExpiresAt),
		FilterAction: string(f.Action), Keywords: []keywordEntity{{ID: f.ID.String(), Keyword: f.Label(), WholeWord: !f.Within}}, Statuses: []struct{}{},
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

// phrase is a keyword that an app sends.
type phrase struct {
	text  string
	whole string // whether it is a whole word; "" where the app does not say
}

// phrases are the keywords of the request in their order:
// "keywords_attributes[0][keyword]", or with nothing between the brackets.
func (c *call) phrases() []phrase {
	const list = "keywords_attributes["
	places := map[string]bool{}
	for key := range c.in.values {
		if rest, ok := strings.CutPrefix(key, list); ok {
			place, _, _ := strings.Cut(rest, "]")
			places[place] = true
		}
	}
	var phrases []phrase
	for _, place := range slices.Sorted(maps.Keys(places)) {
		words, whole := c.in.values[list+place+"][keyword]"], c.in.values[list+place+"][whole_word]"]
		for i := range max(len(words), len(whole)) {
			var p phrase
			if i < len(words) {
				p.text = words[i]
			}
			if i < len(whole) {
				p.whole = whole[i]
			}
			phrases = append(phrases, p)
		}
	}
	return phrases
}

// within says whether a filter finds its words within longer ones, as the app chose
// or else as it was.
func (p phrase) within(was bool) bool {
	if p.whole == "" {
		return was
	}
	return !truth(p.whole)
}

// readFilter puts what both versions say of a filter into n: where it looks and
// until when.
func (c *call) readFilter(n *forum.NewFilter) {
	if c.in.hasList("context") {
		n.Contexts = nil
		for _, name := range c.in.list("context") {
			n.Contexts = append(n.Contexts, forum.FilterContext(name))
		}
	}
	if c.in.has("expires_in") {
		n.Lifetime = time.Duration(max(c.in.number("expires_in"), 0)) * time.Second
	}
}

// asKept is a filter as it would be made anew.
func (a *API) asKept(f *forum.Filter) forum.NewFilter {
	n := forum.NewFilter{Kind: forum.FilterWords, Value: f.Value, Action: f.Action, Contexts: f.Contexts, Within: f.Within}
	if !f.ExpiresAt.IsZero() {
		n.Lifetime = f.ExpiresAt.Sub(a.service.Now())
	}
	return n
}

// addFilter keeps a filter for each phrase; without one, the title is it. It
// answers with the last.
func (a *API) addFilter(c *call) error {
	n := forum.NewFilter{Kind: forum.FilterWords, Action: forum.FilterWarn}
	if c.in.get("filter_action") == "hide" {
		n.Action = forum.FilterHide
	}
	c.readFilter(&n)
	phrases := c.phrases()
	if len(phrases) == 0 {
		phrases = []phrase{{text: c.in.get("title")}}
	}
	for _, p := range phrases {
		n.Value, n.Within = p.text, p.within(false)
		if err := a.service.AddFilter(c.r.Context(), c.viewer, n); err != nil {
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
	n := a.asKept(f)
	c.readFilter(&n)
	switch c.in.get("filter_action") {
	case "hide":
		n.Action = forum.FilterHide
	case "warn":
		n.Action = forum.FilterWarn
	}
	if list := c.phrases(); len(list) > 0 {
		n.Within = list[0].within(f.Within)
		if list[0].text != "" {
			n.Value = list[0].text
		}
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
