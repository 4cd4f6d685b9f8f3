package forum

import "context"

// What a forum for members holds is read by its members, its moderators and the
// server's administrators; for everybody else it does not exist. That rule is held
// where things are read: whoever answers a request says in its context on whose
// behalf, and the store leaves out of every read what they may not see.
//
// Without a word on that, a context is the server's own, which sees everything: for
// jobs and commands. Every request begins as nobody's.

// readerKey is the key of a context's reader.
type readerKey struct{}

// ReadAs returns a context in which only what an account may read is found; with 0,
// what anybody may.
func ReadAs(ctx context.Context, account ID) context.Context {
	return context.WithValue(ctx, readerKey{}, account)
}

// ReaderOf says on whose behalf is read in a context, 0 for nobody in particular;
// false where it is the server itself.
func ReaderOf(ctx context.Context) (account ID, bounded bool) {
	account, bounded = ctx.Value(readerKey{}).(ID)
	return account, bounded
}

// readAsServer returns a context in which everything is found: to look at a forum
// for those who are not in it yet.
func readAsServer(ctx context.Context) context.Context {
	return context.WithValue(ctx, readerKey{}, nil)
}
