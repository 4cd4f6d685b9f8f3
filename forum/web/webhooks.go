package web

import (
	"net/http"

	"portevoix/forum"
)

// webhooksPage is which programs a forum, or the server, calls.
type webhooksPage struct {
	Forum    *forum.Actor // nil: the server
	List     []forum.Webhook
	Log      []forum.WebhookDelivery // of Of
	Of       *forum.Webhook
	Secret   string // of Of, shown once
	New      forum.NewWebhook
	Problems []string
}

func (w *webhooksPage) path() string {
	if w.Forum == nil {
		return "/moderation/webhooks"
	}
	return forumPath(w.Forum.Handle()) + "/webhooks"
}

func webhookPath(w *forum.Webhook) string { return "/webhooks/" + w.ID.String() }

// webhooksOf reads the list of a forum (0: of the server), for those who may change it.
func (s *Site) webhooksOf(v *visit, place forum.ID) (webhooksPage, error) {
	var page webhooksPage
	err := v.signedIn()
	if err == nil && place != 0 {
		page.Forum, err = s.store.Actor(v.ctx(), place)
	}
	if err != nil {
		return page, err
	}
	if page.Forum != nil {
		page.New.Forum = page.Forum.Handle()
	}
	page.List, err = s.service.Webhooks(v.ctx(), v.viewer, page.New.Forum)
	return page, err
}

// webhooksHere is webhooksOf for the place that the address names.
func (s *Site) webhooksHere(v *visit) (webhooksPage, error) {
	if v.variable("handle") == "" {
		return s.webhooksOf(v, 0)
	}
	f, err := v.forumNamed()
	if err != nil {
		return webhooksPage{}, err
	}
	return s.webhooksOf(v, f.ID)
}

func (s *Site) webhooks(v *visit) error {
	page, err := s.webhooksHere(v)
	if err != nil {
		return err
	}
	return s.showWebhooks(v, page)
}

func (s *Site) showWebhooks(v *visit, page webhooksPage) error {
	p := v.newPage(v.print.T("Webhook.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, webhooksView(p, page))
}

// addWebhook has a program called, and shows the secret once.
func (s *Site) addWebhook(v *visit) error {
	page, err := s.webhooksHere(v)
	if err != nil {
		return err
	}
	page.New.URL = v.r.PostFormValue("url")
	for _, event := range v.r.PostForm["event"] {
		page.New.Events = append(page.New.Events, forum.WebhookEvent(event))
	}
	w, err := s.service.AddWebhook(v.ctx(), v.viewer, page.New)
	if err != nil {
		return v.again(err, v.print.T("Webhook.Title"), func(p *Page, problems []string) component {
			page.Problems = problems
			return webhooksView(p, page)
		})
	}
	return s.showWebhook(v, w, w.Secret)
}

// webhook shows one with its log.
func (s *Site) webhook(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	w, _, err := s.service.WebhookLog(v.ctx(), v.viewer, id)
	if err != nil {
		return err
	}
	return s.showWebhook(v, w, "")
}

func (s *Site) showWebhook(v *visit, w *forum.Webhook, secret string) error {
	page, err := s.webhooksOf(v, w.ForumID)
	if err != nil {
		return err
	}
	if page.Of, page.Log, err = s.service.WebhookLog(v.ctx(), v.viewer, w.ID); err != nil {
		return err
	}
	page.Secret = secret
	return s.showWebhooks(v, page)
}

// changeWebhook pauses a webhook, calls it once, renews its secret, or removes it.
func (s *Site) changeWebhook(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	id, err := v.postID()
	if err != nil {
		return err
	}
	var w *forum.Webhook
	done := "Saved"
	switch v.r.PostFormValue("do") {
	case "pause":
		w, err = s.service.PauseWebhook(v.ctx(), v.viewer, id, true)
	case "resume":
		w, err = s.service.PauseWebhook(v.ctx(), v.viewer, id, false)
	case "test":
		w, err = s.service.TestWebhook(v.ctx(), v.viewer, id)
		done = "WebhookTested"
	case "secret":
		if w, err = s.service.RenewWebhookSecret(v.ctx(), v.viewer, id); err == nil {
			return s.showWebhook(v, w, w.Secret)
		}
	case "remove":
		if w, err = s.service.RemoveWebhook(v.ctx(), v.viewer, id); err == nil {
			var page webhooksPage
			if page, err = s.webhooksOf(v, w.ForumID); err == nil {
				return v.finish(page.path(), "WebhookRemoved")
			}
		}
	default:
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if err != nil {
		return err
	}
	return v.finish(webhookPath(w), done)
}
