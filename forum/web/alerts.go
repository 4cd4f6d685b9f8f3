package web

import (
	"net/http"

	"portevoix/forum"
)

// alerts is the page on which one chooses what one is told of elsewhere than on
// the site, and how soon.
func (s *Site) alerts(v *visit) error {
	settings, err := s.service.NotificationSettings(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	devices, err := s.service.Devices(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	key, err := s.service.PushKey(v.ctx())
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Alerts.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, alertsView(p, &settings, devices, key))
}

// choosePush sets of which topics devices are told.
func (s *Site) choosePush(v *visit) error {
	topics := map[forum.Topic]bool{}
	for _, topic := range forum.PushTopics {
		topics[topic] = v.r.PostFormValue(string(topic)) != ""
	}
	if err := s.service.ChooseNotifications(v.ctx(), v.viewer, nil, topics); err != nil {
		return err
	}
	return v.finish("/settings/notifications#push", "Saved")
}

// addDevice takes what static/files/push.js was given by the browser.
func (s *Site) addDevice(v *visit) error {
	field := v.r.PostFormValue
	d := forum.Device{Endpoint: field("endpoint"), Key: field("key"), Auth: field("auth"), Name: browserName(v.r.UserAgent())}
	if err := s.service.AddDevice(v.ctx(), v.viewer, v.session, d); err != nil {
		return err
	}
	return v.finish("/settings/notifications#push", "DeviceAdded")
}

func (s *Site) removeDevice(v *visit) error {
	id, err := forum.ParseID(v.variable("id"))
	if err != nil {
		return err
	}
	if err := s.service.RemoveDevice(v.ctx(), v.viewer, id); err != nil {
		return err
	}
	return v.finish("/settings/notifications#push", "DeviceRemoved")
}

// chooseMail sets how soon mail about each topic is sent.
func (s *Site) chooseMail(v *visit) error {
	paces := map[forum.Topic]forum.Pace{}
	for _, topic := range forum.Topics {
		if pace := v.r.PostFormValue(string(topic)); pace != "" {
			paces[topic] = forum.Pace(pace)
		}
	}
	if err := s.service.ChooseNotifications(v.ctx(), v.viewer, paces, nil); err != nil {
		return err
	}
	return v.finish("/settings/notifications", "Saved")
}

// unsubscribeForm asks whether to end the mail that a link is in. Opening it
// changes nothing: programs that look at mail open its links too.
func (s *Site) unsubscribeForm(v *visit) error { return v.showUnsubscription(false) }

// unsubscribe ends the mail at once, as RFC 8058 wants it, without asking who is
// signed in and without a redirect; or takes that back.
func (s *Site) unsubscribe(v *visit) error {
	do, undo := s.service.Unsubscribe, v.r.PostFormValue("undo") != ""
	if undo {
		do = s.service.Resubscribe
	}
	if err := do(v.ctx(), v.variable("token")); err != nil {
		return err
	}
	return v.showUnsubscription(undo)
}

func (v *visit) showUnsubscription(back bool) error {
	u, err := v.site.service.PeekUnsubscribe(v.ctx(), v.variable("token"))
	if err != nil {
		return err
	}
	if v.viewer == nil && u.Account.Locale != "" { // the language of the mail
		v.print = v.site.o.Messages.Printer(u.Account.Locale)
	}
	p := v.newPage(v.print.T("Unsubscribe.Title", "Instance", v.site.o.Instance.Name))
	p.NoIndex = true
	return v.show(http.StatusOK, p, unsubscribeView(p, u, back))
}
