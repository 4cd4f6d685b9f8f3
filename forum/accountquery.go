package forum

import "context"

// AccountStatus chooses accounts by what was decided about them.
type AccountStatus string

// The statuses.
const (
	AnyAccount       AccountStatus = ""
	ActiveAccount    AccountStatus = "active"    // neither suspended nor waiting for approval
	PendingAccount   AccountStatus = "pending"   // an administrator has yet to decide
	LimitedAccount   AccountStatus = "limited"   // its server is
	SuspendedAccount AccountStatus = "suspended" // here
)

// AccountQuery asks for accounts here, and for people and forums elsewhere, as far as
// they are known here. What is empty excludes nobody.
type AccountQuery struct {
	Local, Remote bool // both or neither: all
	Status        AccountStatus
	Host          string
	Name          string // how the name begins
	DisplayName   string // how the displayed name begins
	EmailKey      string // see EmailKey
	Staff         bool   // administrators, and moderators of forums
	Span
}

// AccountLister lists accounts for administrators.
type AccountLister interface {
	// AccountsIn lists the IDs of accounts, without guests and what is deleted.
	AccountsIn(ctx context.Context, q AccountQuery) ([]ID, error)
	// LocalAccounts are the accounts here among some IDs, in any order.
	LocalAccounts(ctx context.Context, ids []ID) ([]Account, error)
}
