package forum

import (
	"context"
	"time"
)

// ActionReader looks up what belongs to joint actions.
type ActionReader interface {
	Action(ctx context.Context, h Handle) (*Action, error)
	ActionByID(ctx context.Context, id ID) (*Action, error)
	// ActionOfBallot finds the action whose ballot a post carries, and which
	// version of its text that is.
	ActionOfBallot(ctx context.Context, post ID) (*Action, *ActionVersion, error)
	// ActionsUnderWay counts an author's drafts, and what looks for sponsors.
	ActionsUnderWay(ctx context.Context, author ID) (int, error)
	// Sponsored says whether somebody sponsors an action.
	Sponsored(ctx context.Context, action, actor ID) (bool, error)
}

// ActionPages answers pages about joint actions.
type ActionPages interface {
	Actions(ctx context.Context, q ActionQuery) (ActionPage, error)
	ActionView(ctx context.Context, h Handle) (*ActionView, error)
	// ActionCases lists what is attached to an action, the last first.
	ActionCases(ctx context.Context, action ID, limit int) ([]ActionCase, error)
	// ActionsOfCase lists the public actions that a thread is attached to.
	ActionsOfCase(ctx context.Context, thread ID) ([]ActionView, error)
	// ActionVersions lists all texts of an action, the last first.
	ActionVersions(ctx context.Context, action ID) ([]ActionVersion, error)
	// Papers lists the sheets of paper that were entered, the last first.
	Papers(ctx context.Context, action ID) ([]PaperSheet, error)
	Sponsors(ctx context.Context, action ID) ([]Sponsor, error)
}

// ActionTx changes joint actions.
type ActionTx interface {
	// AddAction stores a new action and its key; Conflict when its name is or was
	// taken. Nothing finds it before it is published.
	AddAction(ctx context.Context, a *Action, key KeyPair) error
	AddPaper(ctx context.Context, p PaperSheet) error
	// AttachCase ties a thread to an action or unties it; Conflict when the action
	// has as many as it may.
	AttachCase(ctx context.Context, action, thread, by ID, on bool, at time.Time, most int) error
	// DropAction forgets an action that was not published.
	DropAction(ctx context.Context, id ID) error
	// HoldAction lets nobody else change an action until the end of the
	// transaction.
	HoldAction(ctx context.Context, id ID) error
	// MovePapers adds to an action's count of signatures on paper.
	MovePapers(ctx context.Context, action ID, by int) error
	// RecountAction stores how many signed an action in all, for lists.
	RecountAction(ctx context.Context, action ID) error
	// PublishAction makes an action's group known.
	PublishAction(ctx context.Context, a *Action) error
	RemoveSponsors(ctx context.Context, action ID) error
	// SaveActionText stores a version of an action's text or, with the zero
	// version, what a draft says.
	SaveActionText(ctx context.Context, a *Action, v ActionVersion) error
	// SaveRemoteAction stores what is known of an action elsewhere.
	SaveRemoteAction(ctx context.Context, a *Action) error
	SetSponsor(ctx context.Context, action, actor ID, on bool, at time.Time) (changed bool, err error)
	// UndoPaper takes a sheet of paper out of the counts, and returns its number; 0
	// where it does not count.
	UndoPaper(ctx context.Context, action, id, by ID, at time.Time) (number int, err error)
	// UpdateAction stores how an action stands; not its text and its sponsors.
	UpdateAction(ctx context.Context, a *Action) error
}
