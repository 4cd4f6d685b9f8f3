package mastodon

import "portevoix/forum"

// icon is the address of an actor's picture, or of the one that stands for those
// who have none.
func (a *API) icon(actor *forum.Actor) string {
	if actor.IconURL != "" {
		return actor.IconURL
	}
	return a.base + a.o.File("icon-192.png")
}
