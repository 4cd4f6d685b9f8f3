package forum

import "context"

// maxSynchronised is how many follows are compared with another server's list.
const maxSynchronised = 5000

// ReceiveFollowers takes another server's word for who here follows one of its
// actors: a follow that it does not know of ends here, and one that is not known
// here is taken back there.
func (s *Service) ReceiveFollowers(ctx context.Context, a *Actor, uris []string) error {
	if a.Local() {
		return &Error{Code: Forbidden, Key: "WrongOrigin"}
	}
	theirs := map[string]bool{}
	for _, uri := range uris {
		theirs[uri] = s.addresses.IsLocal(uri)
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		followers, err := tx.LocalFollowers(ctx, a.ID, maxSynchronised)
		if err != nil {
			return err
		}
		for i := range followers {
			f := &followers[i]
			if theirs[f.URI] {
				delete(theirs, f.URI)
				continue
			}
			follow, err := tx.FollowBetween(ctx, f.URI, a.URI)
			if err != nil {
				return err
			}
			if follow.State == FollowPending { // they have yet to answer
				continue
			}
			if _, err := tx.RemoveFollow(ctx, f.ID, a.ID); err != nil {
				return err
			}
		}
		var unknown []string
		for uri, local := range theirs {
			if local {
				unknown = append(unknown, uri)
			}
		}
		actors, err := tx.ActorsByURI(ctx, unknown)
		if err != nil {
			return err
		}
		o := s.outbox()
		for i := range actors {
			by := &actors[i]
			if !by.Local() || by.Active() != nil {
				continue
			}
			id := s.ids.New(s.clock.Now())
			undo := o.keep(s.publisher.Undo(id, by, o.keep(s.publisher.Follow(s.ids.New(s.clock.Now()), by, a))))
			o.send(id, by, a.URI, PriorityModeration, undo, Recipients{Actor: a.ID, Direct: true})
		}
		return o.post(ctx, tx)
	})
}
