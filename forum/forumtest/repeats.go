package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

// testRepeats sends a call with a key again: while the first is under way, when it
// was lost, when it was answered, and with another call's key.
func testRepeats(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	token := &forum.AccessToken{ID: 42, AccountID: lea.ID}
	begin := func(key, sent string) (*forum.RepeatedAnswer, error) {
		return w.Service.BeginCall(w.Ctx(), token, key, []byte(sent))
	}
	first := func() {
		t.Helper()
		if before, err := begin("one", "a"); err != nil || before != nil {
			t.Fatalf("it was made before: %+v %v", before, err)
		}
	}
	first()
	_, err := begin("one", "a")
	w.Refused(err, forum.Conflict, "RepeatUnderway")
	w.Clock.Advance(2 * time.Minute) // whoever made it is gone
	first()
	w.Must(w.Service.EndCall(w.Ctx(), token, "one", []byte("a"), nil)) // it failed
	first()
	w.Must(w.Service.EndCall(w.Ctx(), token, "one", []byte("a"), &forum.RepeatedAnswer{Status: 201, ContentType: "application/json", Location: "/x", Body: []byte("{}")}))
	if again, err := begin("one", "a"); err != nil || again == nil || again.Status != 201 || again.Location != "/x" || string(again.Body) != "{}" {
		t.Errorf("answered again is %+v %v", again, err)
	}
	_, err = begin("one", "b")
	w.Refused(err, forum.Invalid, "RepeatKeyUsed")
	if before, err := begin("two", "a"); err != nil || before != nil {
		t.Errorf("with another key it was made before: %+v %v", before, err)
	}
}
