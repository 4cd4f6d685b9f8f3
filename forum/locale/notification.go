package locale

import "portevoix/forum"

// Notification says what happened. Of several replies it names who wrote the
// newest, of supports, boosts and follows, which come from one person once, it
// counts the people.
func (p *Printer) Notification(g *forum.NotificationGroup) string {
	name := func(i int) string {
		if g.Newest[i].Actor == nil {
			return p.T("Notify.Someone")
		}
		return g.Newest[i].Actor.Label()
	}
	if g.Kind == forum.NotifyBan && g.Newest[0].Actor == nil {
		return p.T("Notify.BanHere")
	}
	names := name(0)
	switch g.Kind {
	case forum.NotifySupport, forum.NotifyBoost, forum.NotifyFollow:
		if len(g.Newest) > 1 && g.Count == 2 {
			names = p.T("Notify.Two", "First", name(0), "Second", name(1))
		} else if len(g.Newest) > 1 {
			names = p.N("Notify.Several", g.Count-2, "First", name(0), "Second", name(1))
		}
	}
	return p.N("Notify."+string(g.Kind), g.Count, "Name", names)
}
