package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type notificationSettingsRow struct {
	bun.BaseModel `bun:"table:notification_settings"`

	AccountID  forum.ID `bun:"account_id,pk"`
	Mail       string   `bun:"mail"`
	FormerMail string   `bun:"former_mail"`
	Push       string   `bun:"push"`
	MailAt     stamp    `bun:"mail_at"`
	DailyAt    stamp    `bun:"daily_at"`
	WeeklyAt   stamp    `bun:"weekly_at"`
	DueAt      stamp    `bun:"due_at"`
	NewsAt     stamp    `bun:"news_at"`
	SeenAt     stamp    `bun:"seen_at"`
	MailDay    stamp    `bun:"mail_day"`
	Mails      int      `bun:"mails"`
}

func (r *notificationSettingsRow) settings() (forum.NotificationSettings, error) {
	n := forum.NotificationSettings{AccountID: r.AccountID, MailAt: r.MailAt.Time, DailyAt: r.DailyAt.Time, WeeklyAt: r.WeeklyAt.Time,
		NewsAt: r.NewsAt.Time, SeenAt: r.SeenAt.Time, MailDay: r.MailDay.Time, Mails: r.Mails}
	err := errors.Join(readChoices(r.Mail, &n.Mail), readChoices(r.FormerMail, &n.FormerMail), readChoices(r.Push, &n.Push))
	if err != nil {
		return n, fmt.Errorf("read the mail settings of %s: %w", r.AccountID, err)
	}
	return n, nil
}

func readChoices[T any](text string, choices *map[forum.Topic]T) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), choices)
}

func writeChoices[T any](choices map[forum.Topic]T) (string, error) {
	if choices == nil {
		return "", nil
	}
	text, err := json.Marshal(choices)
	return string(text), err
}

// NotificationSettings implements forum.Reader.
func (r reader) NotificationSettings(ctx context.Context, account forum.ID) (forum.NotificationSettings, error) {
	var row notificationSettingsRow
	err := r.scan(ctx, &row, "SELECT * FROM notification_settings WHERE account_id = ?", account)
	if forum.CodeOf(err) == forum.NotFound {
		return forum.NotificationSettings{AccountID: account}, nil
	}
	if err != nil {
		return forum.NotificationSettings{}, err
	}
	return row.settings()
}

// HoldNotificationSettings implements forum.Tx.
func (t *tx) HoldNotificationSettings(ctx context.Context, account forum.ID) (forum.NotificationSettings, error) {
	var row notificationSettingsRow
	if t.driver == SQLite { // nobody else writes
		err := t.scan(ctx, &row, "SELECT * FROM notification_settings WHERE account_id = ?", account)
		switch forum.CodeOf(err) {
		case "":
			return row.settings()
		case forum.NotFound:
		default:
			return forum.NotificationSettings{}, err
		}
	}
	err := t.scan(ctx, &row, "INSERT INTO notification_settings (account_id) VALUES (?) ON CONFLICT (account_id) DO UPDATE SET account_id = excluded.account_id RETURNING *", account)
	if err != nil {
		return forum.NotificationSettings{}, err
	}
	return row.settings()
}

// SaveNotificationSettings implements forum.Tx.
func (t *tx) SaveNotificationSettings(ctx context.Context, n forum.NotificationSettings) error {
	row := notificationSettingsRow{AccountID: n.AccountID, MailAt: at(n.MailAt), DailyAt: at(n.DailyAt), WeeklyAt: at(n.WeeklyAt),
		DueAt: at(n.Due()), NewsAt: at(n.NewsAt), SeenAt: at(n.SeenAt), MailDay: at(n.MailDay), Mails: n.Mails}
	var err error
	if row.Mail, err = writeChoices(n.Mail); err != nil {
		return err
	}
	if row.FormerMail, err = writeChoices(n.FormerMail); err != nil {
		return err
	}
	if row.Push, err = writeChoices(n.Push); err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE notification_settings SET mail = ?, former_mail = ?, push = ?, mail_at = ?, daily_at = ?, weekly_at = ?, due_at = ?, news_at = ?, seen_at = ?, mail_day = ?, mails = ?
		WHERE account_id = ?`, row.Mail, row.FormerMail, row.Push, row.MailAt, row.DailyAt, row.WeeklyAt, row.DueAt, row.NewsAt, row.SeenAt, row.MailDay, row.Mails, row.AccountID)
	return err
}

// SeeNotifications implements forum.Tx. Where no mail is due, nothing needs to be
// noted.
func (t *tx) SeeNotifications(ctx context.Context, account forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE notification_settings SET seen_at = ? WHERE account_id = ? AND due_at <> 0", millis(when), account)
	return err
}

// MailingsDue implements forum.Reader.
func (r reader) MailingsDue(ctx context.Context, now time.Time, limit int) ([]forum.ID, error) {
	var ids []forum.ID
	err := r.scan(ctx, &ids, mailingsDue, millis(now), limit)
	return ids, err
}

const mailingsDue = "SELECT account_id FROM notification_settings WHERE due_at <> 0 AND due_at <= ? ORDER BY due_at LIMIT ?"

// stillNews leaves out what its account has read, or seen in the thread, and what
// was taken away.
const stillNews = `g.read_at = 0
	AND NOT EXISTS (SELECT 1 FROM visits WHERE visits.account_id = n.account_id AND visits.thread_id = posts.thread_id
		AND visits.seen_up_to >= n.post_id AND n.kind IN ('reply', 'mention', 'thread'))
	AND (n.kind IN ('removal', 'ban', 'report', 'follow', 'move', 'invited', 'asked', 'admitted') OR posts.deleted_at = 0 AND posts.removed_at = 0)`

// PendingNotices implements forum.Tx.
func (t *tx) PendingNotices(ctx context.Context, account forum.ID, kinds []forum.NotificationKind, since forum.ID, limit int) ([]forum.NotificationView, error) {
	return t.notices(ctx, pendingNotices, limit, account, since, since, listOf(kinds))
}

const pendingNotices = "g.account_id = ? AND g.latest_id >= ? AND n.id >= ? AND n.mailed_at = 0 AND g.kind IN (?)"

// Notices implements forum.Reader.
func (r reader) Notices(ctx context.Context, account forum.ID, ids []forum.ID) ([]forum.NotificationView, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return r.notices(ctx, "n.account_id = ? AND n.id IN (?)", len(ids), account, listOf(ids))
}

func (r reader) notices(ctx context.Context, where string, limit int, args ...any) ([]forum.NotificationView, error) {
	var rows []notificationRow
	args = append(append([]any{excerptLength}, args...), limit)
	if err := r.scan(ctx, &rows, selectNotifications+" WHERE "+where+" AND "+stillNews+" ORDER BY n.id DESC LIMIT ?", args...); err != nil {
		return nil, err
	}
	list := make([]forum.NotificationView, len(rows))
	for i := range rows {
		list[i] = rows[i].view()
	}
	return list, nil
}

// MarkMailed implements forum.Tx.
func (t *tx) MarkMailed(ctx context.Context, notifications []forum.ID, when time.Time) error {
	if len(notifications) == 0 {
		return nil
	}
	_, err := t.exec(ctx, "UPDATE notifications SET mailed_at = ? WHERE id IN (?)", millis(when), listOf(notifications))
	return err
}

// Secret implements forum.Reader.
func (r reader) Secret(ctx context.Context, name string) (string, error) {
	var value string
	err := r.scan(ctx, &value, "SELECT value FROM secrets WHERE name = ?", name)
	return value, err
}

// KeepSecret implements forum.Tx.
func (t *tx) KeepSecret(ctx context.Context, name, value string) (string, error) {
	if _, err := t.exec(ctx, "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", name, value); err != nil {
		return "", err
	}
	return t.Secret(ctx, name)
}
