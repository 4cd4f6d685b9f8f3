package forum

import (
	"context"
	"time"
)

// EvidenceReader looks up what cases rest on.
type EvidenceReader interface {
	// Evidence finds a document by the key in its address.
	Evidence(ctx context.Context, key string) (*Evidence, error)
	// EvidenceOf lists a case's documents, the first first.
	EvidenceOf(ctx context.Context, thread ID) ([]Evidence, error)
	// EvidenceBy lists the documents that an account has put in, in pages after an ID.
	EvidenceBy(ctx context.Context, account, after ID, limit int) ([]Evidence, error)
	// EvidenceViews lists who opened a document, the last first.
	EvidenceViews(ctx context.Context, evidence ID, limit int) ([]EvidenceView, error)
	// EvidenceUnseen counts a case's documents that an account has not opened as they
	// are now.
	EvidenceUnseen(ctx context.Context, thread, account ID) (int, error)
	EvidenceSteps(ctx context.Context, thread ID) ([]EvidenceStep, error)
}

// EvidenceTx changes what cases rest on.
type EvidenceTx interface {
	AddEvidence(ctx context.Context, e Evidence) error
	// UpdateEvidence stores a document's file and what is said of it.
	UpdateEvidence(ctx context.Context, e *Evidence) error
	// RemoveEvidence forgets a document; its file goes with the next sweep.
	RemoveEvidence(ctx context.Context, id ID) error
	// DiscardFile leaves a file of the shelf to the next sweep.
	DiscardFile(ctx context.Context, name string) error
	// ReplaceEvidence keeps what another server says that it holds.
	ReplaceEvidence(ctx context.Context, thread ID, told []Evidence) error
	AddEvidenceView(ctx context.Context, v EvidenceView) error
	// SetEvidenceStep notes who raised a case to a level, or takes that back.
	SetEvidenceStep(ctx context.Context, step EvidenceStep, on bool) error
}

// EvidenceStep is how a case came to a level.
type EvidenceStep struct {
	ThreadID ID
	Level    EvidenceLevel
	ByID     ID
	At       time.Time
}

// EvidenceView is that somebody opened a document.
type EvidenceView struct {
	EvidenceID ID
	AccountID  ID
	Capacity   EvidenceCapacity
	At         time.Time
	By         Byline // of views only
}
