package forumtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// jobTaker is a store whose tests can look into the queue.
type jobTaker interface {
	TakeJobs(ctx context.Context, kind string) ([]string, error)
}

// takeJobs takes the jobs of one kind out of the queue.
func takeJobs[T forum.Job](w *World) []T {
	w.T.Helper()
	var kind T
	texts, err := w.Store.(jobTaker).TakeJobs(w.Ctx(), kind.Kind())
	w.Must(err)
	jobs := make([]T, len(texts))
	for i, text := range texts {
		w.Must(json.Unmarshal([]byte(text), &jobs[i]))
	}
	return jobs
}

// mailed lets so much time pass and lists what is mailed then, as "name topic:
// kind count, …; thread, …".
func (w *World) mailed(after time.Duration) string {
	w.T.Helper()
	w.Clock.Advance(after)
	for range 2 { // doing it again adds nothing
		w.Must(w.Service.WorkMailings(w.Ctx(), forum.MailingsJob{}))
	}
	for _, job := range takeJobs[forum.NoticesJob](w) {
		w.Must(w.Service.WorkNotices(w.Ctx(), job))
	}
	var mails []string
	for _, m := range w.Mailer.Notices() {
		mails = append(mails, mailLine(m))
	}
	return strings.Join(mails, "\n")
}

func mailLine(m forum.NoticesMail) string {
	var notices, threads []string
	for _, g := range m.Notices {
		notices = append(notices, fmt.Sprintf("%s %d", g.Kind, g.Count))
	}
	if m.More > 0 {
		notices = append(notices, fmt.Sprintf("%d more", m.More))
	}
	for _, t := range m.Threads {
		threads = append(threads, t.Title)
	}
	line := m.Name + " " + string(m.Topic) + string(m.Digest) + ": " + strings.Join(notices, ", ")
	if len(threads) > 0 {
		line += "; " + strings.Join(threads, ", ")
	}
	return line
}

func (w *World) wantMailed(what string, after time.Duration, want ...string) {
	w.T.Helper()
	if got := w.mailed(after); got != strings.Join(want, "\n") {
		w.T.Errorf("%s: mailed\n%s\nwant\n%s", what, got, strings.Join(want, "\n"))
	}
}

func testMailAtOnce(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t)) // on a Saturday
	lea, maxim, mod := w.Person("lea"), w.Person("max"), w.Person("mod")
	w.Forum("telecoms", "mod")
	w.Must(w.Service.ChooseNotifications(w.Ctx(), mod, map[forum.Topic]forum.Pace{forum.TopicThreads: forum.PaceNever}, nil))
	th, other := w.Thread(lea, "telecoms", "one"), w.Thread(lea, "telecoms", "two")
	w.wantMailed("nothing happened", time.Hour)

	for i := range 12 {
		w.Reply(maxim, th.ID, 0, fmt.Sprint("word ", i))
	}
	w.Reply(maxim, other.ID, 0, "elsewhere")
	w.wantMailed("too early", 5*time.Minute)
	w.Reply(mod, th.ID, 0, "later, with the others")
	w.Clock.Advance(10 * time.Minute)
	w.Must(w.Service.WorkMailings(w.Ctx(), forum.MailingsJob{}))
	jobs := takeJobs[forum.NoticesJob](w)
	if len(jobs) != 2 {
		t.Fatalf("%d mails for two threads: %+v", len(jobs), jobs)
	}
	for _, job := range append(jobs, jobs[0]) { // the first one again, as after a crash
		w.Must(w.Service.WorkNotices(w.Ctx(), job))
	}
	mails := w.Mailer.Notices()
	if len(mails) != 3 || mails[0].ID != mails[2].ID || mails[0].ID == mails[1].ID {
		t.Fatalf("mails %+v", mails)
	}
	m := mails[0]
	if got, want := mailLine(m), "lea replies: "+strings.TrimSuffix(strings.Repeat("reply 1, ", 13), ", "); got != want || m.To != lea.Email || m.Title != "one" || m.Thread != th.ID {
		t.Errorf("the mail is %q about %q to %s, want %q", got, m.Title, m.To, want)
	}
	if first := m.Notices[0].Newest[0]; first.Excerpt != "<p>later, with the others</p>" || first.Actor.Name != "mod" {
		t.Errorf("the newest is %+v", first)
	}
	w.wantMailed("nothing new", time.Hour)

	w.Reply(maxim, th.ID, 0, "read in time")
	w.Must(w.Service.ReadNotifications(w.Ctx(), lea, forum.FirstID(w.Clock.Now().Add(time.Second))))
	w.Reply(maxim, other.ID, 0, "seen in the thread")
	_, err := w.Service.VisitThread(w.Ctx(), lea, other.ID)
	w.Must(err)
	deleted := w.Reply(maxim, th.ID, 0, "deleted")
	w.Must(w.Service.Delete(w.Ctx(), maxim, deleted.ID, ""))
	w.wantMailed("what was read, seen or deleted", time.Hour)
	w.Reply(maxim, th.ID, 0, "seen in the list")
	w.Clock.Advance(time.Second)
	w.Must(w.Service.SeeNotifications(w.Ctx(), lea))
	w.Reply(maxim, th.ID, 0, "hey @lea")
	w.Must(w.Service.Support(w.Ctx(), maxim, th.ID, true))
	_, err = w.Service.Follow(w.Ctx(), maxim, "lea")
	w.Must(err)
	w.wantMailed("only what came since", time.Hour, "lea replies: reply 1")

	w.Must(w.Service.ChooseNotifications(w.Ctx(), lea, map[forum.Topic]forum.Pace{forum.TopicSupport: forum.PaceAtOnce, forum.TopicReplies: forum.PaceNever}, nil))
	w.Refused(w.Service.ChooseNotifications(w.Ctx(), lea, map[forum.Topic]forum.Pace{forum.TopicNews: forum.PaceAtOnce}, nil), forum.Invalid, "PaceUnknown")
	w.Refused(w.Service.ChooseNotifications(w.Ctx(), lea, map[forum.Topic]forum.Pace{"rubbish": forum.PaceDaily}, nil), forum.Invalid, "TopicUnknown")
	w.Refused(w.Service.ChooseNotifications(w.Ctx(), nil, nil, nil), forum.Unauthenticated, "SignInFirst")
	w.Clock.Advance(time.Second)
	w.Must(w.Service.Support(w.Ctx(), mod, th.ID, true))
	w.Reply(mod, th.ID, 0, "unheard")
	w.Must(w.Service.Delete(w.Ctx(), mod, other.ID, "off topic"))
	w.wantMailed("other choices", time.Hour, "lea moderation: removal 1", "lea support: support 1")

	w.Reply(lea, th.ID, w.Reply(maxim, th.ID, 0, "and you?").ID, "to max")
	w.Must(w.Service.Suspend(w.Ctx(), w.Admin("ada"), "max", "spam"))
	w.wantMailed("suspended", time.Hour)
	testMailRate(w, lea)
}

// testMailRate does more in a day than is mailed in one.
func testMailRate(w *World, lea *forum.Account) {
	w.T.Helper()
	w.Clock.Advance(24 * time.Hour)
	w.Must(w.Service.ChooseNotifications(w.Ctx(), lea, map[forum.Topic]forum.Pace{forum.TopicReplies: forum.PaceAtOnce}, nil))
	writer := w.Person("writer")
	for i := range 35 {
		w.Reply(writer, w.Thread(lea, "telecoms", fmt.Sprint("many ", i)).ID, 0, "a word")
	}
	if n := strings.Count(w.mailed(time.Hour), "lea replies: reply 1"); n != 30 {
		w.T.Errorf("%d mails in a day, want 30", n)
	}
	w.wantMailed("the rest, in the morning", 24*time.Hour, "lea daily: reply 1, reply 1, reply 1, reply 1, reply 1")
}

func testMailDigests(t *testing.T, open func(*testing.T) Store) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	w := NewWorldWith(t, open(t), forum.Options{Zone: paris})
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	w.Forum("banks")
	th := w.Thread(maxim, "telecoms", "followed")
	w.Must(w.Service.FollowThread(w.Ctx(), lea, th.ID, true))
	until := func(day time.Weekday, hour int) time.Duration {
		now := w.Clock.Now().In(paris)
		days := (int(day) - int(now.Weekday()) + 7) % 7
		return time.Date(now.Year(), now.Month(), now.Day()+days, hour, 0, 0, 0, paris).Sub(now)
	}
	choose := func(paces map[forum.Topic]forum.Pace) {
		t.Helper()
		w.Must(w.Service.ChooseNotifications(w.Ctx(), lea, paces, nil))
		w.Clock.Advance(time.Second)
	}
	w.Reply(maxim, th.ID, 0, "one")
	w.Reply(maxim, th.ID, 0, "two")
	w.wantMailed("on Sunday nobody", until(time.Sunday, 12))
	w.wantMailed("before the morning", until(time.Monday, 6))
	w.wantMailed("on Monday morning", until(time.Monday, 7)+time.Minute, "lea weekly: thread 2")
	w.wantMailed("a week without news", 8*24*time.Hour)

	choose(map[forum.Topic]forum.Pace{forum.TopicSupport: forum.PaceDaily, forum.TopicFollows: forum.PaceDaily, forum.TopicNews: forum.PaceDaily})
	own := w.Thread(lea, "banks", "own")
	w.Must(w.Service.Support(w.Ctx(), maxim, own.ID, true))
	_, err = w.Service.Follow(w.Ctx(), maxim, "lea")
	w.Must(err)
	_, err = w.Service.Follow(w.Ctx(), lea, "telecoms")
	w.Must(err)
	w.Thread(maxim, "telecoms", "quiet")
	best := w.Thread(maxim, "telecoms", "best")
	w.Must(w.Service.Support(w.Ctx(), w.Person("mia"), best.ID, true))
	w.Thread(maxim, "banks", "not followed")
	seen := w.Thread(maxim, "telecoms", "seen")
	_, err = w.Service.VisitThread(w.Ctx(), lea, seen.ID)
	w.Must(err)
	w.wantMailed("the next morning", 24*time.Hour, "lea daily: follow 1, support 1; best, quiet")
	w.wantMailed("a day without news", 24*time.Hour)
	w.Thread(maxim, "telecoms", "one more")
	w.wantMailed("it goes on", 24*time.Hour, "lea daily: ; one more")

	choose(map[forum.Topic]forum.Pace{forum.TopicNews: forum.PaceWeekly, forum.TopicThreads: forum.PaceDaily})
	w.Thread(maxim, "telecoms", "for Monday")
	w.Reply(maxim, th.ID, 0, "three")
	w.wantMailed("daily before weekly", 24*time.Hour, "lea daily: thread 1")
	w.wantMailed("new threads weekly", until(time.Monday, 8), "lea weekly: ; for Monday")
}

func testUnsubscribe(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	reply := func() { w.Reply(maxim, th.ID, 0, "word") }
	token := func() string {
		t.Helper()
		w.Clock.Advance(time.Hour)
		w.Must(w.Service.WorkMailings(w.Ctx(), forum.MailingsJob{}))
		for _, job := range takeJobs[forum.NoticesJob](w) {
			w.Must(w.Service.WorkNotices(w.Ctx(), job))
		}
		mails := w.Mailer.Notices()
		if len(mails) != 1 {
			t.Fatalf("mails %+v", mails)
		}
		_, token, _ := strings.Cut(mails[0].Unsubscribe, "/unsubscribe/")
		return token
	}
	reply()
	replies := token()
	u, err := w.Service.PeekUnsubscribe(w.Ctx(), replies)
	w.Must(err)
	if u.Account.ID != lea.ID || u.Topic != forum.TopicReplies || u.Ended || u.Undo {
		t.Errorf("the link is for %+v", u)
	}
	for range 2 {
		w.Must(w.Service.Unsubscribe(w.Ctx(), replies))
	}
	if u, err = w.Service.PeekUnsubscribe(w.Ctx(), replies); err != nil || !u.Ended || !u.Undo {
		t.Errorf("afterwards: %+v, %v", u, err)
	}
	reply()
	w.wantMailed("unsubscribed", time.Hour)
	w.Must(w.Service.Resubscribe(w.Ctx(), replies))
	reply()
	w.wantMailed("back again", time.Hour, "lea replies: reply 1, reply 1")

	w.Must(w.Service.ChooseNotifications(w.Ctx(), lea, map[forum.Topic]forum.Pace{forum.TopicReplies: forum.PaceDaily, forum.TopicNews: forum.PaceWeekly}, nil))
	reply()
	w.Clock.Advance(23 * time.Hour)
	digests := token()
	w.Must(w.Service.Unsubscribe(w.Ctx(), digests))
	n, err := w.Service.NotificationSettings(w.Ctx(), lea)
	w.Must(err)
	for topic, want := range map[forum.Topic]forum.Pace{forum.TopicReplies: forum.PaceNever, forum.TopicNews: forum.PaceNever, forum.TopicThreads: forum.PaceNever, forum.TopicModeration: forum.PaceAtOnce} {
		if got := n.Pace(topic); got != want {
			t.Errorf("%s is mailed %s, want %s", topic, got, want)
		}
	}
	w.Must(w.Service.Resubscribe(w.Ctx(), digests))
	if n, err = w.Service.NotificationSettings(w.Ctx(), lea); err != nil || n.Pace(forum.TopicReplies) != forum.PaceDaily || n.Pace(forum.TopicThreads) != forum.PaceWeekly {
		t.Errorf("taken back: %+v, %v", n, err)
	}
	id, rest, _ := strings.Cut(replies, ".")
	_, mac, _ := strings.Cut(rest, ".")
	for _, forged := range []string{"", "rubbish", id, id + ".replies", id + ".replies.", id + ".news." + mac, maxim.ID.String() + ".replies." + mac, replies + "A", replies[:len(replies)-2]} {
		w.Refused(w.Service.Unsubscribe(w.Ctx(), forged), forum.NotFound, "")
	}
	w.Delete(lea)
	w.Refused(w.Service.Unsubscribe(w.Ctx(), replies), forum.NotFound, "")
}
