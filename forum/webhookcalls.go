package forum

import (
	"context"
	"encoding/json"
	"time"
)

// webhookWaits is how long is waited after each attempt that failed: the schedule that
// Standard Webhooks recommends, three days in all.
var webhookWaits = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

// WebhookJob calls a program, or does so again.
type WebhookJob struct {
	Delivery ID `json:"delivery"`
}

// Kind names the job in the queue.
func (WebhookJob) Kind() string { return "webhook" }

// Outward implements OutwardJob.
func (WebhookJob) Outward() {}

// statusGone is by which a program says that it wants no more calls.
const statusGone = 410

// tellWebhooks tells the webhooks of a forum, and of the server, of an event. What
// stays on this server, or happens on another, is told to nobody.
func (s *Service) tellWebhooks(ctx context.Context, tx Tx, place ID, event WebhookEvent, data map[string]any) error {
	if s.webhooks == nil {
		return nil
	}
	list, err := tx.WebhooksFor(ctx, place, event)
	if err != nil || len(list) == 0 {
		return err
	}
	if place != 0 {
		f, err := tx.Actor(ctx, place)
		if err != nil || f.LocalOnly || !f.Local() {
			return err
		}
		data["forum"] = f.Handle()
	}
	for i := range list {
		if err := s.sendWebhook(ctx, tx, &list[i], event, data); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) sendWebhook(ctx context.Context, tx Tx, w *Webhook, event WebhookEvent, data map[string]any) error {
	now := s.clock.Now()
	body, err := json.Marshal(map[string]any{"type": event, "timestamp": now.UTC().Format(time.RFC3339), "data": data})
	if err != nil {
		return err
	}
	d := &WebhookDelivery{ID: s.ids.New(now), WebhookID: w.ID, Event: event, Body: body, NextAt: now}
	if err := tx.SaveWebhookDelivery(ctx, d); err != nil {
		return err
	}
	return tx.Enqueue(ctx, WebhookJob{d.ID})
}

// WorkWebhook does a WebhookJob.
func (s *Service) WorkWebhook(ctx context.Context, job WebhookJob) error {
	d, err := s.store.WebhookDelivery(ctx, job.Delivery)
	if CodeOf(err) == NotFound || err == nil && (!d.DoneAt.IsZero() || d.NextAt.Sub(s.clock.Now()) > time.Second) {
		return nil // the webhook was removed, or this is a repeat
	}
	if err != nil {
		return err
	}
	w, err := s.store.Webhook(ctx, d.WebhookID)
	if CodeOf(err) == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	paused := !w.PausedAt.IsZero() && d.Event != WebhookTest
	if !paused {
		d.Tries++
		d.Status, err = s.webhooks.Send(ctx, WebhookCall{URL: w.URL, Secret: w.Secret, ID: "msg_" + d.ID.String(), At: s.clock.Now(), Body: d.Body})
		d.Error = ""
		if err != nil {
			d.Error = clip(oneLine(err.Error()), 300)
		}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return s.settleWebhook(ctx, tx, d, paused) })
}

// settleWebhook notes how a call went, and when it is made again.
func (s *Service) settleWebhook(ctx context.Context, tx Tx, d *WebhookDelivery, paused bool) error {
	w, err := tx.Webhook(ctx, d.WebhookID)
	if CodeOf(err) == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	now := s.clock.Now()
	arrived := d.Status >= 200 && d.Status < 300
	switch {
	case paused, arrived, d.Status == statusGone, d.Event == WebhookTest, d.Tries > len(webhookWaits):
		d.DoneAt, d.NextAt, d.Body = now, time.Time{}, nil
	default:
		d.NextAt = now.Add(webhookWaits[d.Tries-1])
		if err := tx.EnqueueAt(ctx, WebhookJob{d.ID}, d.NextAt); err != nil {
			return err
		}
	}
	if err := tx.SaveWebhookDelivery(ctx, d); err != nil || paused {
		return err
	}
	switch {
	case arrived:
		w.FailingSince = time.Time{}
	case w.FailingSince.IsZero():
		w.FailingSince = now
	}
	if d.Status == statusGone || !arrived && now.Sub(w.FailingSince) >= webhookPatience {
		w.PausedAt = now
	}
	return tx.SaveWebhook(ctx, w)
}

// webhookThread is what webhooks are told of a thread: what everybody can read.
func webhookThread(p Publication) map[string]any {
	t := p.Thread
	data := map[string]any{"id": t.ID.String(), "uri": t.URI, "url": t.URL, "kind": string(t.Kind), "title": t.Title, "language": t.Language, "author": p.Author.Handle(), "created_at": t.PublishedAt.UTC().Format(time.RFC3339)}
	if t.Case != nil {
		data["company"], data["state"] = t.Case.CompanyHandle, string(t.Case.State)
	}
	return data
}

// webhookCase is what webhooks are told of a case that moved.
func webhookCase(p Publication, m CaseMove) map[string]any {
	data := webhookThread(p)
	data["from"], data["state"], data["mover"] = string(m.From), string(m.To), string(m.Mover)
	if m.PromisedOn != "" {
		data["promised_on"] = string(m.PromisedOn)
	}
	return data
}

// webhookReport is what webhooks are told of a report: that there is one, and about
// which posts; not whose it is, nor what it says.
func webhookReport(a Addresses, r Report) map[string]any {
	posts := []string{}
	for _, id := range r.PostIDs {
		posts = append(posts, id.String())
	}
	return map[string]any{"id": r.ID.String(), "post_ids": posts, "url": a.Base() + "/moderation", "created_at": r.At.UTC().Format(time.RFC3339)}
}
