// Package stats writes figures as programs read them: as JSON and as CSV. Pages
// and the API have the same.
//
// It knows the two forms and counts nothing.
package stats

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"time"

	"portevoix/forum"
)

// Figures are the figures of a subject in JSON.
type Figures struct {
	Subject   Subject   `json:"subject"`
	CountedAt time.Time `json:"counted_at"`
	// Newest is how many cases are counted at most; Bounded says that there are more.
	Newest     int             `json:"newest"`
	Bounded    bool            `json:"bounded"`
	MinSample  int             `json:"min_sample"`
	Cases      int             `json:"cases"`
	Reviews    int             `json:"reviews"`
	States     map[string]int  `json:"states"`
	Months     []Month         `json:"months"`
	Answered   Share           `json:"answered"`
	Resolved   Share           `json:"resolved"`
	Kept       Share           `json:"promises_kept"`
	Promises   Promises        `json:"promises"`
	AnswerDays *float64        `json:"median_days_to_answer"` // null: too few
	Amounts    []Sum           `json:"amounts"`
	Servers    []Server        `json:"servers"`
	Joined     forum.TierTally `json:"co_claims"`        // to how many others the same happened
	JoinedFrom []Server        `json:"co_claim_servers"` // of those with an account
	// Signed is how many signed, of an action.
	Signed *forum.TierTally `json:"signed,omitempty"`
}

// Promises is what became of promises.
type Promises struct {
	Kept    int `json:"kept"`
	Late    int `json:"late"`
	Overdue int `json:"overdue"`
	Broken  int `json:"broken"`
	Open    int `json:"open"`
}

// Fates lists what may become of promises, the best first.
func (p Promises) Fates() []Tier {
	return []Tier{{"kept", p.Kept}, {"late", p.Late}, {"overdue", p.Overdue}, {"broken", p.Broken}, {"open", p.Open}}
}

// Subject is what figures are about.
type Subject struct {
	Kind    string `json:"kind"` // forum, company, action
	Handle  string `json:"handle"`
	Name    string `json:"name"`
	URL     string `json:"url"`
	Product string `json:"product_id,omitempty"`
}

// Kind is what groups of a role are called.
func Kind(role forum.GroupRole) string {
	if role == forum.RoleForum {
		return "forum"
	}
	return string(role)
}

// Month is how much was published in a month.
type Month struct {
	Month   string `json:"month"` // 2006-01, in UTC
	Cases   int    `json:"cases"`
	Reviews int    `json:"reviews"`
}

// Share is a part of a whole; no percentage is told of few.
type Share struct {
	Part    int  `json:"part"`
	Of      int  `json:"of"`
	Percent *int `json:"percent"`
}

// Sum is what is at stake in one currency.
type Sum struct {
	Currency string `json:"currency"`
	Cases    int    `json:"cases"`
	Sum      string `json:"sum"`
	Median   string `json:"median"`
}

// Server is how much comes from one server.
type Server struct {
	Host  string `json:"host"`
	Count int    `json:"count"`
}

// Of writes figures; host is this server's.
func Of(f *forum.Figures, subject Subject, host string) Figures {
	if f.Subject.Product != 0 {
		subject.Product = f.Subject.Product.String()
	}
	s := Figures{
		Subject: subject, CountedAt: f.CountedAt.UTC().Truncate(time.Second), Newest: forum.FigureBound, Bounded: f.Bounded, MinSample: forum.MinSample,
		Cases: f.Cases, Reviews: f.Reviews, States: map[string]int{}, Months: []Month{}, Amounts: []Sum{}, Servers: []Server{},
		Answered: share(f.Answered), Resolved: share(f.Resolved), Kept: share(f.Kept), Promises: Promises(f.Promises), Signed: f.Signed, Joined: f.Joined, JoinedFrom: []Server{},
	}
	for _, state := range f.States {
		s.States[string(state.State)] = state.Count
	}
	for _, m := range f.Months {
		s.Months = append(s.Months, Month(m))
	}
	if f.Answered.Part >= forum.MinSample {
		s.AnswerDays = &f.AnswerDays
	}
	for _, a := range f.Amounts {
		s.Amounts = append(s.Amounts, Sum{a.Sum.Currency, a.Count, a.Sum.Value(), a.Median.Value()})
	}
	for _, server := range f.Servers {
		if server.Host == "" {
			server.Host = host
		}
		s.Servers = append(s.Servers, Server{server.Host, server.Count})
	}
	for _, server := range f.JoinedFrom {
		if server.Host == "" {
			server.Host = host
		}
		s.JoinedFrom = append(s.JoinedFrom, Server{server.Host, server.Count})
	}
	return s
}

func share(s forum.Share) Share {
	out := Share{Part: s.Part, Of: s.Of}
	if s.Enough() {
		n := s.Percent()
		out.Percent = &n
	}
	return out
}

// Tier is how many were counted in a tier, or of another kind.
type Tier struct {
	Name  string
	Count int
}

// Tiers lists the tiers of a tally, those that are best known first.
func Tiers(n forum.TierTally) []Tier {
	return []Tier{{"email", n.Email}, {"local", n.Local}, {"known", n.Known}, {"new", n.New}, {"paper", n.Paper}, {"invalidated", n.Invalidated}}
}

// CSV is the same as a table of three columns: what, of which, how much.
func (s Figures) CSV() ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	var err error
	row := func(figure, of, value string) {
		if err == nil {
			err = w.Write([]string{figure, forum.SafeCell(of), forum.SafeCell(value)})
		}
	}
	row("figure", "of", "value")
	row("counted_at", s.Subject.URL, s.CountedAt.Format(time.RFC3339))
	row("cases", "", strconv.Itoa(s.Cases))
	row("reviews", "", strconv.Itoa(s.Reviews))
	for _, state := range forum.CaseStates {
		if n, ok := s.States[string(state)]; ok {
			row("state", string(state), strconv.Itoa(n))
		}
	}
	row("answered", strconv.Itoa(s.Answered.Of), strconv.Itoa(s.Answered.Part))
	row("resolved", strconv.Itoa(s.Resolved.Of), strconv.Itoa(s.Resolved.Part))
	row("promises_kept", strconv.Itoa(s.Kept.Of), strconv.Itoa(s.Kept.Part))
	for _, fate := range s.Promises.Fates() {
		row("promises", fate.Name, strconv.Itoa(fate.Count))
	}
	if s.AnswerDays != nil {
		row("median_days_to_answer", "", strconv.FormatFloat(*s.AnswerDays, 'f', 1, 64))
	}
	for _, m := range s.Months {
		row("month_cases", m.Month, strconv.Itoa(m.Cases))
		row("month_reviews", m.Month, strconv.Itoa(m.Reviews))
	}
	for _, a := range s.Amounts {
		row("amount_cases", a.Currency, strconv.Itoa(a.Cases))
		row("amount_sum", a.Currency, a.Sum)
		row("amount_median", a.Currency, a.Median)
	}
	for _, server := range s.Servers {
		row("server_cases", server.Host, strconv.Itoa(server.Count))
	}
	for _, tier := range Tiers(s.Joined) {
		row("co_claims", tier.Name, strconv.Itoa(tier.Count))
	}
	for _, server := range s.JoinedFrom {
		row("server_co_claims", server.Host, strconv.Itoa(server.Count))
	}
	if n := s.Signed; n != nil {
		for _, tier := range Tiers(*n) {
			row("signed", tier.Name, strconv.Itoa(tier.Count))
		}
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	return out.Bytes(), err
}
