package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

// testMessages receives what groups elsewhere write to one person here, and
// answers it.
func testMessages(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max := w.Person("lea"), w.Person("max")
	action, person := w.Remote(forum.Group, "refund", "b.example"), w.Remote(forum.Person, "ines", "c.example")
	receive := func(from *forum.Actor, n forum.PrivateNote) forum.Outcome {
		t.Helper()
		w.Clock.Advance(time.Second)
		in := w.Inbound(from)
		n.URI, n.Addressed = in.URI+"/note", []string{lea.URI}
		o, err := w.Service.ReceivePrivateNote(w.Ctx(), in, n)
		w.Must(err)
		return o
	}
	list := func() []forum.MessageView {
		t.Helper()
		found, err := w.Service.Messages(w.Ctx(), lea, 0, 50)
		w.Must(err)
		return found
	}

	if o := receive(person, forum.PrivateNote{Content: "<p>Psst</p>"}); o.Done || len(list()) != 0 {
		t.Error("what a person writes in private is kept")
	}
	closes := w.Clock.Now().Add(time.Hour)
	receive(action, forum.PrivateNote{Content: `<p>Sign?</p><script>`, Language: "en", Poll: &forum.Poll{Choices: []forum.PollChoice{{Title: "Yes"}, {Title: "No"}}, ClosesAt: closes}})
	receive(action, forum.PrivateNote{Content: "<p>Thanks</p>"})
	messages := list()
	if len(messages) != 2 || messages[0].Content != "<p>Thanks</p>" || messages[1].Content != "<p>Sign?</p>" || messages[1].From.URI != action.URI || len(messages[1].Choices) != 2 || !messages[1].ClosesAt.Equal(closes) {
		t.Fatalf("the messages are %+v", messages)
	}
	older, err := w.Service.Messages(w.Ctx(), lea, messages[0].ID, 50)
	w.Must(err)
	if len(older) != 1 || older[0].ID != messages[1].ID {
		t.Errorf("after the newest: %+v", older)
	}
	page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Kinds: []forum.NotificationKind{forum.NotifyMessage}, Limit: 10})
	w.Must(err)
	if len(page.Groups) == 0 || page.Groups[0].Path() != "/messages" {
		t.Errorf("the notifications are %+v", page.Groups)
	}

	question := messages[1].ID
	w.Refused(w.Service.ChooseInMessage(w.Ctx(), max, question, "Yes"), forum.NotFound, "NothingHere")
	w.Refused(w.Service.DeleteMessage(w.Ctx(), max, question), forum.NotFound, "NothingHere")
	w.Refused(w.Service.ChooseInMessage(w.Ctx(), lea, question, "Perhaps"), forum.Invalid, "PollUnknown")
	w.Refused(w.Service.ChooseInMessage(w.Ctx(), lea, messages[0].ID, "Yes"), forum.Invalid, "PollUnknown")
	w.Must(w.Service.ChooseInMessage(w.Ctx(), lea, question, "Yes"))
	w.Refused(w.Service.ChooseInMessage(w.Ctx(), lea, question, "No"), forum.Conflict, "PollVoted")
	w.Refused(w.Service.AnswerMessage(w.Ctx(), lea, messages[0].ID, " "), forum.Invalid, "BodyMissing")
	w.Must(w.Service.AnswerMessage(w.Ctx(), lea, messages[0].ID, "Welcome #isign"))
	messages = list()
	if messages[0].Answer != "Welcome #isign" || messages[1].Answer != "Yes" {
		t.Errorf("the answers are %q and %q", messages[0].Answer, messages[1].Answer)
	}
	w.Must(w.Service.DeleteMessage(w.Ctx(), lea, messages[0].ID))

	receive(action, forum.PrivateNote{Content: "<p>Late</p>", Poll: &forum.Poll{Choices: []forum.PollChoice{{Title: "Yes"}}, ClosesAt: w.Clock.Now().Add(time.Minute)}})
	w.Clock.Advance(time.Hour)
	w.Refused(w.Service.ChooseInMessage(w.Ctx(), lea, list()[0].ID, "Yes"), forum.Conflict, "PollVoted")
	for range 12 {
		receive(action, forum.PrivateNote{Content: "<p>More</p>"})
	}
	if n := len(list()); n > 11 {
		t.Errorf("one group wrote %d messages on a day", n)
	}
	w.Must(w.Service.AnswerMessage(w.Ctx(), lea, list()[0].ID, "stop."))
	w.Clock.Advance(48 * time.Hour)
	before := len(list())
	receive(action, forum.PrivateNote{Content: "<p>Again</p>"})
	if len(list()) != before {
		t.Error("a group writes on after STOP")
	}
}
