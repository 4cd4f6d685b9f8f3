package forum

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// FigureSubject is what figures are counted of.
type FigureSubject struct {
	Role    GroupRole // whether a forum, a company or an action; of none, the whole server
	ID      ID        // its actor
	Product ID        // of a company: only this product; 0: all
}

const (
	// FigureBound is how many cases figures are counted of, the newest: what they
	// cost does not grow for ever. The open data holds all.
	FigureBound = 5000
	// MinSample is how many cases it takes to state a share or a median of them.
	MinSample = 10
	// figureMonths is how far back the months go.
	figureMonths = 24
	// figureAge is how long counted figures are kept.
	figureAge = time.Minute
	// figuresKept is how many subjects' figures are kept at a time.
	figuresKept = 200
)

// FigureCase is what figures, and the open data, take of a case: no author, and no
// word that anybody wrote.
type FigureCase struct {
	ID            ID
	ForumID       ID
	CompanyID     ID
	ProductID     ID
	Kind          ThreadKind
	State         CaseState
	StateAt       time.Time // zero: since the beginning
	ExperiencedOn Date
	Amount        Amount
	Evidence      EvidenceLevel
	Host          string    // of its author's server; "" for this one
	AnsweredAt    time.Time // when the company first answered; zero: it did not
	Promised      Date      // by when the company last promised to settle it
}

// Figures are what can be said of a number of cases.
type Figures struct {
	Subject   FigureSubject
	CountedAt time.Time
	Bounded   bool // there are more than FigureBound
	Cases     int  // grievances
	Reviews   int
	States    []StateCount // those that occur, in their usual order
	Months    []MonthCount // in order, without gaps, the present one last
	Answered  Share        // by the company, of all
	Resolved  Share        // so their authors say, of all
	Kept      Share        // resolved, of those whose promised day is over or that are decided
	Promises  PromiseCount
	// AnswerDays is the median of the days until the company's first answer, where
	// enough were answered.
	AnswerDays float64
	Amounts    []AmountFigure // by currency, that of most cases first
	Servers    []ServerCount  // of the authors, the one with most first
	// Joined is to how many others the same happened, in all cases; those who said so
	// of two cases are two.
	Joined     TierTally
	JoinedFrom []ServerCount // where they have their account, without those by mail
	// Signed is how many signed, of an action; nil otherwise.
	Signed *TierTally
}

// PromiseCount is what became of promises, each the last one in its case.
type PromiseCount struct {
	Kept    int // the author said resolved by the day, or within a week of it
	Late    int // later
	Overdue int // the day is over, and the author has not decided
	Broken  int // the author decided otherwise, or the case was closed
	Open    int // the day is still to come
}

// promiseGrace is how long after the day of a promise an author may say that it was
// kept in time: that is when they are asked.
const promiseGrace = 7 * 24 * time.Hour

func (p *PromiseCount) add(c *FigureCase, today Date) {
	switch {
	case c.State == CaseResolved && !c.StateAt.IsZero() && DateOf(c.StateAt.UTC().Add(-promiseGrace)) > c.Promised:
		p.Late++
	case c.State == CaseResolved:
		p.Kept++
	case c.State.Decided():
		p.Broken++
	case c.Promised < today:
		p.Overdue++
	default:
		p.Open++
	}
}

// StateCount is how many cases stand somewhere.
type StateCount struct {
	State CaseState
	Count int
}

// MonthCount is how many cases were published in a month.
type MonthCount struct {
	Month   string // 2006-01, in UTC
	Cases   int
	Reviews int
}

// Share is a part of a whole.
type Share struct{ Part, Of int }

// Enough says whether the whole is large enough to speak of a share.
func (s Share) Enough() bool { return s.Of >= MinSample }

// Percent is the share in percent, rounded.
func (s Share) Percent() int {
	if s.Of == 0 {
		return 0
	}
	return (200*s.Part + s.Of) / (2 * s.Of)
}

// AmountFigure is what is at stake in one currency, as far as authors said so.
type AmountFigure struct {
	Count  int
	Sum    Amount
	Median Amount
}

// ServerCount is what comes from one server.
type ServerCount struct {
	Host  string // "" for this one
	Count int
}

// CountFigures counts cases. It is all there is to the figures that are published:
// whoever has the open data can do the same.
func CountFigures(cases []FigureCase, now time.Time) Figures {
	f := Figures{CountedAt: now}
	states, months, reviews, servers := map[CaseState]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	amounts := map[string][]int64{}
	var waits []time.Duration
	oldest := now
	today := DateOf(now.UTC())
	for i := range cases {
		c := &cases[i]
		published := c.ID.Time().UTC()
		if published.Before(oldest) {
			oldest = published
		}
		servers[c.Host]++
		if c.Kind == Review {
			f.Reviews++
			reviews[published.Format(monthForm)]++
			continue
		}
		f.Cases++
		months[published.Format(monthForm)]++
		states[c.State]++
		if !c.AnsweredAt.IsZero() {
			f.Answered.Part++
			waits = append(waits, max(0, c.AnsweredAt.Sub(published)))
		}
		if c.State == CaseResolved {
			f.Resolved.Part++
		}
		if c.Promised != "" {
			f.Promises.add(c, today)
		}
		if c.Amount.Known() {
			amounts[c.Amount.Currency] = append(amounts[c.Amount.Currency], c.Amount.Minor)
		}
	}
	f.Answered.Of, f.Resolved.Of = f.Cases, f.Cases
	f.Kept.Part = f.Promises.Kept + f.Promises.Late
	f.Kept.Of = f.Kept.Part + f.Promises.Overdue + f.Promises.Broken
	if len(waits) >= MinSample {
		slices.Sort(waits)
		f.AnswerDays = (waits[(len(waits)-1)/2] + waits[len(waits)/2]).Hours() / 48
	}
	for _, s := range CaseStates {
		if states[s] > 0 {
			f.States = append(f.States, StateCount{s, states[s]})
		}
	}
	f.Months = monthsBetween(oldest, now, months, reviews)
	f.Amounts = countAmounts(amounts)
	f.Servers = sortedServers(servers)
	return f
}

// tierInvalidated stands for a tier in counts by server and by hour.
const tierInvalidated Tier = "invalidated"

// ClaimCount is how many people of one server were counted in a tier.
type ClaimCount struct {
	Tier   Tier
	Server string // "" for this one
	Number int
}

// SumClaims adds up counts by tier, and by server those that count.
func SumClaims(counts []ClaimCount) (TierTally, []ServerCount) {
	var tally TierTally
	servers := map[string]int{}
	for _, c := range counts {
		switch c.Tier {
		case tierInvalidated:
			tally.Invalidated += c.Number
			continue
		case TierEmail: // a mailbox is on no server
		default:
			servers[c.Server] += c.Number
		}
		*tally.Of(c.Tier) += c.Number
	}
	return tally, sortedServers(servers)
}

const monthForm = "2006-01"

// monthsBetween lists months without gaps, the last figureMonths of them at most.
func monthsBetween(from, to time.Time, cases, reviews map[string]int) []MonthCount {
	firstOf := func(t time.Time) time.Time {
		t = t.UTC()
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	var list []MonthCount
	for month := firstOf(to); len(list) < figureMonths && !month.Before(firstOf(from)); month = month.AddDate(0, -1, 0) {
		name := month.Format(monthForm)
		list = append(list, MonthCount{name, cases[name], reviews[name]})
	}
	slices.Reverse(list)
	return list
}

func countAmounts(amounts map[string][]int64) []AmountFigure {
	var list []AmountFigure
	for currency, minors := range amounts {
		slices.Sort(minors)
		n := len(minors)
		f := AmountFigure{Count: n, Sum: Amount{Currency: currency}, Median: Amount{Minor: (minors[(n-1)/2] + minors[n/2]) / 2, Currency: currency}}
		for _, m := range minors {
			f.Sum.Minor += m
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b AmountFigure) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Sum.Currency, b.Sum.Currency)
	})
	return list
}

func sortedServers(servers map[string]int) []ServerCount {
	var list []ServerCount
	for host, n := range servers {
		list = append(list, ServerCount{host, n})
	}
	slices.SortFunc(list, func(a, b ServerCount) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Host, b.Host)
	})
	return list
}

// figureCache keeps figures for a while.
type figureCache struct {
	mu   sync.Mutex
	kept map[FigureSubject]Figures
}

func (c *figureCache) get(subject FigureSubject, now time.Time) (Figures, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.kept[subject]
	return f, ok && now.Sub(f.CountedAt) < figureAge && !now.Before(f.CountedAt)
}

func (c *figureCache) put(f Figures) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= figuresKept {
		c.kept = map[FigureSubject]Figures{}
	}
	c.kept[f.Subject] = f
}

// Figures counts what is known of a subject: at most FigureBound cases, once a
// minute at most.
func (s *Service) Figures(ctx context.Context, subject FigureSubject) (Figures, error) {
	now := s.clock.Now()
	if f, ok := s.figures.get(subject, now); ok {
		return f, nil
	}
	cases, err := s.store.FigureCases(ctx, subject, FigureBound+1)
	if err != nil {
		return Figures{}, err
	}
	bounded := len(cases) > FigureBound
	f := CountFigures(cases[:min(len(cases), FigureBound)], now)
	f.Subject, f.Bounded = subject, bounded
	claims, err := s.store.FigureClaims(ctx, subject, FigureBound)
	if err != nil {
		return Figures{}, err
	}
	f.Joined, f.JoinedFrom = SumClaims(claims)
	if subject.Role == RoleAction {
		a, err := s.store.ActionByID(ctx, subject.ID)
		if err != nil {
			return Figures{}, err
		}
		if !a.Public() {
			return Figures{}, &Error{Code: NotFound, Key: "NothingHere"}
		}
		signed, err := actionCounts(ctx, s.store, a)
		if err != nil {
			return Figures{}, err
		}
		f.Signed = &signed
	}
	s.figures.put(f)
	return f, nil
}
