package storage

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type webhookRow struct {
	bun.BaseModel `bun:"table:webhooks,alias:webhooks"`

	ID           forum.ID `bun:"id,pk"`
	ForumID      forum.ID `bun:"forum_id"`
	ByID         forum.ID `bun:"by_id"`
	URL          string   `bun:"url"`
	Events       string   `bun:"events"`
	Secret       string   `bun:"secret"`
	CreatedAt    stamp    `bun:"created_at"`
	PausedAt     stamp    `bun:"paused_at"`
	FailingSince stamp    `bun:"failing_since"`
}

func (r *webhookRow) webhook() forum.Webhook {
	w := forum.Webhook{ID: r.ID, ForumID: r.ForumID, ByID: r.ByID, URL: r.URL, Secret: r.Secret, CreatedAt: r.CreatedAt.Time, PausedAt: r.PausedAt.Time, FailingSince: r.FailingSince.Time}
	for _, event := range strings.Fields(r.Events) {
		w.Events = append(w.Events, forum.WebhookEvent(event))
	}
	return w
}

type webhookDeliveryRow struct {
	bun.BaseModel `bun:"table:webhook_deliveries,alias:webhook_deliveries"`

	ID        forum.ID           `bun:"id,pk"`
	WebhookID forum.ID           `bun:"webhook_id"`
	Event     forum.WebhookEvent `bun:"event"`
	Body      []byte             `bun:"body"`
	Tries     int                `bun:"tries"`
	Status    int                `bun:"status"`
	Error     string             `bun:"error"`
	NextAt    stamp              `bun:"next_at"`
	DoneAt    stamp              `bun:"done_at"`
}

func (r *webhookDeliveryRow) delivery() forum.WebhookDelivery {
	return forum.WebhookDelivery{ID: r.ID, WebhookID: r.WebhookID, Event: r.Event, Body: r.Body, Tries: r.Tries, Status: r.Status, Error: r.Error, NextAt: r.NextAt.Time, DoneAt: r.DoneAt.Time}
}

func (r reader) webhooksWhere(ctx context.Context, where string, args ...any) ([]forum.Webhook, error) {
	var rows []webhookRow
	err := r.db.NewSelect().Model(&rows).Where(where, args...).Order("id").Scan(ctx)
	list := make([]forum.Webhook, len(rows))
	for i := range rows {
		list[i] = rows[i].webhook()
	}
	return list, err
}

// Webhook implements forum.WebhookReader.
func (r reader) Webhook(ctx context.Context, id forum.ID) (*forum.Webhook, error) {
	list, err := r.webhooksWhere(ctx, "id = ?", id)
	if err == nil && len(list) == 0 {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

// Webhooks implements forum.WebhookReader.
func (r reader) Webhooks(ctx context.Context, place forum.ID) ([]forum.Webhook, error) {
	return r.webhooksWhere(ctx, "forum_id = ?", place)
}

// WebhooksFor implements forum.WebhookReader.
func (r reader) WebhooksFor(ctx context.Context, place forum.ID, event forum.WebhookEvent) ([]forum.Webhook, error) {
	return r.webhooksWhere(ctx, "forum_id IN (0, ?) AND paused_at = 0 AND ' ' || events || ' ' LIKE ?", place, "% "+string(event)+" %")
}

// WebhookDelivery implements forum.WebhookReader.
func (r reader) WebhookDelivery(ctx context.Context, id forum.ID) (*forum.WebhookDelivery, error) {
	var row webhookDeliveryRow
	if err := r.db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, translate(err)
	}
	d := row.delivery()
	return &d, nil
}

// WebhookLog implements forum.WebhookReader.
func (r reader) WebhookLog(ctx context.Context, webhook forum.ID, limit int) ([]forum.WebhookDelivery, error) {
	var rows []webhookDeliveryRow
	err := r.db.NewSelect().Model(&rows).Where("webhook_id = ?", webhook).Order("id DESC").Limit(int64(limit)).Scan(ctx)
	list := make([]forum.WebhookDelivery, len(rows))
	for i := range rows {
		list[i] = rows[i].delivery()
	}
	return list, err
}

// SaveWebhook implements forum.WebhookTx.
func (t *tx) SaveWebhook(ctx context.Context, w *forum.Webhook) error {
	events := make([]string, len(w.Events))
	for i, e := range w.Events {
		events[i] = string(e)
	}
	row := &webhookRow{ID: w.ID, ForumID: w.ForumID, ByID: w.ByID, URL: w.URL, Events: strings.Join(events, " "), Secret: w.Secret, CreatedAt: at(w.CreatedAt), PausedAt: at(w.PausedAt), FailingSince: at(w.FailingSince)}
	_, err := t.db.NewInsert().Model(row).On("CONFLICT (id) DO UPDATE").
		Set("url = excluded.url, events = excluded.events, secret = excluded.secret, paused_at = excluded.paused_at, failing_since = excluded.failing_since").Exec(ctx)
	return err
}

// DeleteWebhook implements forum.WebhookTx.
func (t *tx) DeleteWebhook(ctx context.Context, id forum.ID) error {
	for _, query := range []string{"DELETE FROM webhook_deliveries WHERE webhook_id = ?", "DELETE FROM webhooks WHERE id = ?"} {
		if _, err := t.exec(ctx, query, id); err != nil {
			return err
		}
	}
	return nil
}

// SaveWebhookDelivery implements forum.WebhookTx.
func (t *tx) SaveWebhookDelivery(ctx context.Context, d *forum.WebhookDelivery) error {
	row := &webhookDeliveryRow{ID: d.ID, WebhookID: d.WebhookID, Event: d.Event, Body: d.Body, Tries: d.Tries, Status: d.Status, Error: d.Error, NextAt: at(d.NextAt), DoneAt: at(d.DoneAt)}
	_, err := t.db.NewInsert().Model(row).On("CONFLICT (id) DO UPDATE").
		Set("body = excluded.body, tries = excluded.tries, status = excluded.status, error = excluded.error, next_at = excluded.next_at, done_at = excluded.done_at").Exec(ctx)
	return err
}
