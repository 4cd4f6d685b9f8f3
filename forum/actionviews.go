package forum

import "time"

// ActionView is an action with those it names.
type ActionView struct {
	Action
	Author   Byline // ID 0 for actions elsewhere
	Company  *Byline
	Home     *Byline // the forum it belongs to
	Comments int     // replies to the present ballot
	Shares   int     // of the ballots: how often they were boosted
	Counts   TierTally
	Sent     int // of a letter here: how many say that they sent theirs
}

// ActionSort orders lists of actions.
type ActionSort string

// The orders.
const (
	ActionsNew    ActionSort = "new"
	ActionsSigned ActionSort = "signed"
	ActionsEnding ActionSort = "ending"
)

// ActionSorts lists them, the usual one first.
var ActionSorts = []ActionSort{ActionsNew, ActionsSigned, ActionsEnding}

// ActionQuery asks for a page of actions. Zero values do not restrict.
type ActionQuery struct {
	State     ActionState // published, closed or stopped; "" for all that are public
	Kind      ActionKind
	CompanyID ID
	HomeID    ID
	AuthorID  ID // with drafts and what looks for sponsors, where Own
	Own       bool
	Language  string
	Local     bool
	Sort      ActionSort
	After     string
	Limit     int
	Now       time.Time
}

// ActionPage is a page of actions and the cursor of the next one.
type ActionPage struct {
	Actions []ActionView
	Next    string
}

// ActionCase is a thread that is attached to an action.
type ActionCase struct {
	ThreadID ID
	Title    string
	Kind     ThreadKind
	Author   Byline
	At       time.Time
}

// Sponsor is who stands behind an action before it is published.
type Sponsor struct {
	Byline
	At time.Time
}

// PaperSheet is a number of signatures on paper, as a sponsor or author entered
// them.
type PaperSheet struct {
	ID       ID
	ActionID ID
	Number   int
	Place    string
	Note     string
	By       Byline
	At       time.Time
	UndoneAt time.Time // zero: it counts
}
