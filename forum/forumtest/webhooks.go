package forumtest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// Webhooks notes the calls that were made, and answers with a status or an error.
type Webhooks struct {
	Calls  []forum.WebhookCall
	Status int
	Err    error
}

// NewSecret implements forum.WebhookSender.
func (w *Webhooks) NewSecret() string { return "whsec_" + time.Now().Format(time.RFC3339Nano) }

// Check implements forum.WebhookSender.
func (w *Webhooks) Check(address string) error {
	if !strings.HasPrefix(address, "https://") {
		return &forum.Error{Code: forum.Invalid, Key: "WebhookAddress", Field: "url"}
	}
	return nil
}

// Send implements forum.WebhookSender.
func (w *Webhooks) Send(_ context.Context, c forum.WebhookCall) (int, error) {
	w.Calls = append(w.Calls, c)
	return w.Status, w.Err
}

var _ forum.WebhookSender = (*Webhooks)(nil)

// testWebhooks tells programs of what happens: those of the forum and of the server,
// what everybody may read, with patience for those that fail.
func testWebhooks(t *testing.T, open func(*testing.T) Store) {
	sender := &Webhooks{Status: 204}
	w := NewWorldWith(t, open(t), forum.Options{Webhooks: sender})
	lea, mod, boss := w.Person("lea"), w.Person("mod"), w.Admin("boss")
	w.Forum("telecoms", "mod")
	w.Forum("other")
	add := func(by *forum.Account, place, url string, events ...forum.WebhookEvent) (*forum.Webhook, error) {
		w.Clock.Advance(time.Second)
		return w.Service.AddWebhook(w.Ctx(), by, forum.NewWebhook{Forum: place, URL: url, Events: events})
	}
	_, err := add(lea, "telecoms", "https://bot.example/hook", forum.WebhookThread)
	w.Refused(err, forum.Forbidden, "ModeratorsOnly")
	_, err = add(mod, "", "https://bot.example/hook", forum.WebhookThread)
	w.Refused(err, forum.Forbidden, "AdminsOnly")
	for _, url := range []string{"", "ftp://x.example", "https://user:pass@x.example", "https://"} {
		_, err = add(mod, "telecoms", url, forum.WebhookThread)
		w.Refused(err, forum.Invalid, "WebhookAddress")
	}
	for _, events := range [][]forum.WebhookEvent{nil, {"nothing"}, {forum.WebhookThread, forum.WebhookTest}} {
		_, err = add(mod, "telecoms", "https://bot.example/hook", events...)
		w.Refused(err, forum.Invalid, "WebhookEvents")
	}
	own, err := add(mod, "telecoms", "https://bot.example/hook", forum.WebhookCase, forum.WebhookThread, forum.WebhookReport)
	w.Must(err)
	all, err := add(boss, "", "https://ops.example/hook", forum.WebhookThread)
	w.Must(err)

	// work does what is due, and returns the calls that were made.
	work := func() []forum.WebhookCall {
		t.Helper()
		sender.Calls = nil
		for _, id := range []forum.ID{own.ID, all.ID} {
			log, err := w.Store.WebhookLog(w.Ctx(), id, 100)
			w.Must(err)
			slices.Reverse(log)
			for _, d := range log {
				if d.DoneAt.IsZero() && !d.NextAt.After(w.Clock.Now()) {
					w.Must(w.Service.WorkWebhook(w.Ctx(), forum.WebhookJob{Delivery: d.ID}))
					w.Must(w.Service.WorkWebhook(w.Ctx(), forum.WebhookJob{Delivery: d.ID})) // again, too early or after the end
				}
			}
		}
		return sender.Calls
	}
	data := func(c forum.WebhookCall) (event string, data map[string]any) {
		t.Helper()
		var body struct {
			Type string
			Data map[string]any
		}
		w.Must(json.Unmarshal(c.Body, &body))
		return body.Type, body.Data
	}
	th := w.Case(lea, "telecoms", "Two bills", facts())
	calls := work()
	if len(calls) != 2 || calls[0].URL != own.URL || calls[0].Secret != own.Secret || calls[1].URL != all.URL {
		t.Fatalf("the calls are %+v", calls)
	}
	if event, got := data(calls[0]); event != "thread.created" || got["id"] != th.ID.String() || got["forum"] != "telecoms" || got["title"] != "Two bills" || got["author"] != "lea" {
		t.Errorf("told is %s of %v", event, got)
	}
	w.Thread(lea, "other", "Elsewhere")
	if calls := work(); len(calls) != 1 || calls[0].URL != all.URL {
		t.Errorf("of another forum, the calls are %+v", calls)
	}
	w.Must(w.Service.MoveCase(w.Ctx(), lea, th.ID, forum.CaseResolved, "at last"))
	if calls := work(); len(calls) != 1 {
		t.Errorf("of a move, the calls are %+v", calls)
	} else if event, got := data(calls[0]); event != "case.state_changed" || got["from"] != "open" || got["state"] != "resolved" || got["mover"] != "author" || strings.Contains(string(calls[0].Body), "at last") {
		t.Errorf("told is %s of %v", event, got)
	}
	w.Must(w.Service.Report(w.Ctx(), boss, forum.NewReport{PostID: th.ID, Words: "secret words"}))
	if calls := work(); len(calls) != 1 {
		t.Errorf("of a report, the calls are %+v", calls)
	} else if event, _ := data(calls[0]); event != "report.created" || strings.Contains(string(calls[0].Body), "secret words") || strings.Contains(string(calls[0].Body), "boss") {
		t.Errorf("told is %s", calls[0].Body)
	}

	w.failingWebhooks(sender, work, own, mod, lea)

	_, err = w.Service.RemoveWebhook(w.Ctx(), lea, own.ID)
	w.Refused(err, forum.NotFound, "")
	_, err = w.Service.RemoveWebhook(w.Ctx(), mod, own.ID)
	w.Must(err)
	_, err = w.Store.Webhook(w.Ctx(), own.ID)
	w.Refused(err, forum.NotFound, "")
}

// failingWebhooks has a program fail: the same call is made again, later each time,
// until it arrives or is given up, and the webhook is paused in the end.
func (w *World) failingWebhooks(sender *Webhooks, work func() []forum.WebhookCall, own *forum.Webhook, mod, lea *forum.Account) {
	t := w.T
	t.Helper()
	sender.Status, sender.Err = 0, errors.New("connection refused")
	w.Thread(lea, "telecoms", "A third")
	first := work()
	if len(first) != 2 || len(work()) != 0 {
		t.Fatalf("%d calls, and some again at once", len(first))
	}
	w.Clock.Advance(6 * time.Second)
	again := work()
	if len(again) != 2 || again[0].ID != first[0].ID || !again[0].At.After(first[0].At) {
		t.Errorf("again: %+v", again)
	}
	hook, log, err := w.Service.WebhookLog(w.Ctx(), mod, own.ID)
	w.Must(err)
	if log[0].Tries != 2 || log[0].Error != "connection refused" || log[0].Arrived() || hook.FailingSince.IsZero() {
		t.Errorf("the log says %+v of %+v", log[0], hook)
	}
	sender.Status, sender.Err = 200, nil
	w.Clock.Advance(6 * time.Minute)
	work()
	hook, log, err = w.Service.WebhookLog(w.Ctx(), mod, own.ID)
	w.Must(err)
	if !log[0].Arrived() || len(log[0].Body) != 0 || !hook.FailingSince.IsZero() {
		t.Errorf("after it arrived the log says %+v of %+v", log[0], hook)
	}

	// Days of failure pause it, and so does a program that wants no more.
	sender.Status = 500
	w.Thread(lea, "telecoms", "A fourth")
	for range 12 {
		work()
		w.Clock.Advance(25 * time.Hour)
	}
	if hook, log, err = w.Service.WebhookLog(w.Ctx(), mod, own.ID); err != nil || log[0].DoneAt.IsZero() || log[0].Tries != 6 || hook.PausedAt.IsZero() {
		t.Errorf("after days the log says %+v of %+v, %v", log[0], hook, err)
	}
	w.Thread(lea, "telecoms", "A fifth")
	if calls := work(); len(calls) != 0 {
		t.Errorf("paused, it is called %d times", len(calls))
	}
	_, err = w.Service.TestWebhook(w.Ctx(), mod, own.ID)
	w.Must(err)
	if calls := work(); len(calls) != 1 {
		t.Errorf("a test is called %d times", len(calls))
	}
	before := own.Secret
	if own, err = w.Service.RenewWebhookSecret(w.Ctx(), mod, own.ID); err != nil || own.Secret == before {
		t.Errorf("the new secret: %v", err)
	}
	_, err = w.Service.PauseWebhook(w.Ctx(), mod, own.ID, false)
	w.Must(err)
	sender.Status = 410
	w.Thread(lea, "telecoms", "A sixth")
	work()
	if hook, _, err = w.Service.WebhookLog(w.Ctx(), mod, own.ID); err != nil || hook.PausedAt.IsZero() {
		t.Errorf("a program that is gone: %+v %v", hook, err)
	}
}
