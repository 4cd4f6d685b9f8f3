package forum

import "context"

// placeThread finds the forum that a thread from elsewhere stands in, nil for none,
// with all that it is addressed to, and those that it comes to by its hashtags.
func (s *Service) placeThread(ctx context.Context, tx Tx, in Inbound, r RemotePost, mentions []Actor) (forum *Actor, forums []Actor, found []tagged, err error) {
	forum, forums = forumAmong(in, r, mentions)
	if r.Action != nil && (forum != nil || in.Asked || r.Author.Followers > 0) {
		forum = r.Author // an action stands in no other group
	}
	if forum == nil && len(forums) == 0 {
		if found, err = s.foundByTag(ctx, tx, in, r); err != nil || len(found) == 0 {
			return nil, forums, nil, err
		}
		return found[0].forum, forums, found, nil
	}
	if forum == nil {
		return nil, forums, nil, nil
	}
	if err := forum.Active(); err != nil || in.Via != nil {
		return forum, forums, nil, err
	}
	if err := s.notBanned(ctx, tx, r.Author.ID, forum.ID); err != nil {
		return nil, forums, nil, err
	}
	return forum, forums, nil, s.mayOpen(ctx, tx, r.Author, forum)
}

// forumAmong picks the forum a thread belongs to: the one that announced it, or
// the first of ours that it is addressed to. A remote forum that did not pass
// the thread on itself counts where people here follow it, or one of them asked
// for this thread; and only for authors of its own server, because others could
// claim a place there that its moderators refused. So it is with what another
// group shares of it.
func forumAmong(in Inbound, r RemotePost, addressed []Actor) (forum *Actor, all []Actor) {
	for i := range addressed {
		a := &addressed[i]
		if !a.IsForum() {
			continue
		}
		all = append(all, *a)
		switch {
		case in.Via != nil && a.ID == in.Via.ID:
			forum = a
		case forum != nil && (forum.GroupRole == RoleForum || in.Via != nil && forum.ID == in.Via.ID):
		case in.Shares && !a.Local() && SameHost(a.URI, r.Author.URI):
			forum = a
		case a.Local(), in.Via == nil && SameHost(a.URI, r.Author.URI) && (a.Followers > 0 || in.Asked):
			forum = a
		}
	}
	if forum == nil && in.Via != nil && in.Via.IsForum() {
		forum = in.Via
	}
	return forum, all
}
