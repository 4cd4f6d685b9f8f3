package forumtest

import (
	"fmt"
	"testing"
	"time"

	"portevoix/forum"
)

// testFigures counts cases of a forum and a company, and leaves out what does not
// count.
func testFigures(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	f := w.Forum("telecoms")
	w.Forum("inside")
	count := func(subject forum.FigureSubject) string {
		t.Helper()
		w.Clock.Advance(2 * time.Minute) // what was counted before is kept that long
		got, err := w.Service.Figures(w.Ctx(), subject)
		w.Must(err)
		return fmt.Sprintf("%d+%d %v", got.Cases, got.Reviews, got.States)
	}
	here := forum.FigureSubject{Role: forum.RoleForum, ID: f.ID}
	if got := count(here); got != "0+0 []" {
		t.Errorf("of nothing: %s", got)
	}
	first, second := w.Case(lea, "telecoms", "one", facts()), w.Case(lea, "telecoms", "two", facts())
	w.Thread(lea, "telecoms", "a discussion")
	review := facts()
	review.Amount = ""
	_, err := w.Service.StartThread(w.Ctx(), lea, forum.NewThread{Forum: "telecoms", Kind: forum.Review, Title: "three", Body: "b", Case: review})
	w.Must(err)
	if got := count(here); got != "2+1 [{open 2}]" {
		t.Errorf("after two cases and a review: %s", got)
	}
	w.Must(w.Service.MoveCase(w.Ctx(), lea, first.ID, forum.CaseResolved, ""))
	w.Must(w.Service.Delete(w.Ctx(), lea, second.ID, ""))
	if got := count(here); got != "1+1 [{resolved 1}]" {
		t.Errorf("after one was resolved and one deleted: %s", got)
	}
	cached, err := w.Service.Figures(w.Ctx(), here)
	w.Must(err)
	w.Case(lea, "telecoms", "four", facts())
	again, err := w.Service.Figures(w.Ctx(), here)
	w.Must(err)
	if again.Cases != 2 && !again.CountedAt.Equal(cached.CountedAt) {
		t.Errorf("figures were counted twice within a moment: %v %v", cached.CountedAt, again.CountedAt)
	}
	cases, err := w.Store.FigureCases(w.Ctx(), here, 10)
	w.Must(err)
	if len(cases) != 3 || cases[0].Amount.Value() != "1234.50" || cases[0].ExperiencedOn != "2026-03-02" || cases[2].State != forum.CaseResolved || cases[0].ID < cases[1].ID {
		t.Errorf("the cases %+v", cases)
	}
	if cases, err = w.Store.FigureCases(w.Ctx(), here, 2); err != nil || len(cases) != 2 {
		t.Errorf("%d cases, of two: %v", len(cases), err)
	}
}
