package forum

import "context"

// Some forums are for this server only: everybody may read them here, and no
// other server hears of them or takes part. What is sent about them is dropped by
// [Tx.Publish]; for what comes in they do not exist.

// outside is a transaction as other servers may see it: without forums that are
// for this server only, and what stands in them.
type outside struct{ Tx }

// PostByURI implements Reader.
func (o outside) PostByURI(ctx context.Context, uri string) (*Post, error) {
	p, err := o.Tx.PostByURI(ctx, uri)
	if err != nil {
		return nil, err
	}
	f, err := o.Actor(ctx, p.ForumID)
	if err != nil {
		return nil, err
	}
	if f.LocalOnly {
		return nil, notFound()
	}
	return p, nil
}

// ActorByURI implements Reader.
func (o outside) ActorByURI(ctx context.Context, uri string) (*Actor, error) {
	a, err := o.Tx.ActorByURI(ctx, uri)
	if err == nil && a.LocalOnly {
		return nil, notFound()
	}
	return a, err
}

// ActorsByURI implements Reader.
func (o outside) ActorsByURI(ctx context.Context, uris []string) ([]Actor, error) {
	list, err := o.Tx.ActorsByURI(ctx, uris)
	visible := list[:0]
	for _, a := range list {
		if !a.LocalOnly {
			visible = append(visible, a)
		}
	}
	return visible, err
}
