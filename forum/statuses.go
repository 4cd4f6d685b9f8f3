package forum

// Span is which part of a list is asked for, newest first. Zero values do not
// bound.
type Span struct {
	Max   ID // older than this one
	Min   ID // the ones just newer than this one
	Since ID // the newest, but none as old as this one
	Limit int
}
