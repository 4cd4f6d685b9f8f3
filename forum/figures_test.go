package forum

import (
	"fmt"
	"testing"
	"time"
)

// TestCountFigures counts a handful of cases, and then enough of them for shares.
func TestCountFigures(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	published := func(day string) ID {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return ID(at.Add(12*time.Hour).Sub(idEpoch).Milliseconds() << idRandomBits)
	}
	euros := func(n int64) Amount { return Amount{Minor: n * 100, Currency: "EUR"} }
	cases := []FigureCase{
		{ID: published("2025-12-31"), Kind: Grievance, State: CaseResolved, Amount: euros(10), Promised: "2026-01-05"},
		{ID: published("2026-01-01"), Kind: Grievance, State: CasePromised, Amount: euros(40), Promised: "2026-03-13", Host: "far.example"},
		{ID: published("2026-03-01"), Kind: Grievance, State: CasePromised, Amount: Amount{Minor: 5, Currency: "JPY"}, Promised: "2026-03-14", Host: "far.example"},
		{ID: published("2026-03-02"), Kind: Grievance, State: CaseOpen, Amount: euros(20)},
		{ID: published("2026-03-03"), Kind: Review},
	}
	f := CountFigures(cases, now)
	for what, got := range map[string]string{
		"4 1": fmt.Sprint(f.Cases, f.Reviews),
		"[{2025-12 1 0} {2026-01 1 0} {2026-02 0 0} {2026-03 2 1}]": fmt.Sprint(f.Months),
		"[{open 1} {promised 2} {resolved 1}]":                      fmt.Sprint(f.States),
		"{1 2} {1 4} {0 4} 0":                                       fmt.Sprint(f.Kept, f.Resolved, f.Answered, f.AnswerDays),
		"[{ 3} {far.example 2}]":                                    fmt.Sprint(f.Servers),
		"3 70.00 20.00":                                             fmt.Sprintf("%d %s %s", f.Amounts[0].Count, f.Amounts[0].Sum.Value(), f.Amounts[0].Median.Value()),
	} {
		if got != what {
			t.Errorf("got %s, want %s", got, what)
		}
	}
	if f.Resolved.Enough() || f.Amounts[1].Sum.Value() != "5" {
		t.Errorf("four cases are enough, or yen have cents: %+v", f)
	}

	promise := func(state CaseState, day Date, said string) FigureCase {
		at, _ := time.Parse(time.DateOnly, said)
		return FigureCase{ID: published("2026-01-01"), Kind: Grievance, State: state, Promised: day, StateAt: at}
	}
	f = CountFigures([]FigureCase{
		promise(CaseResolved, "2026-02-01", "2026-01-20"),
		promise(CaseResolved, "2026-02-01", "2026-02-08"), // the last day on which it counts as in time
		promise(CaseResolved, "2026-02-01", "2026-02-09"),
		promise(CasePromised, "2026-03-13", "2026-01-20"),
		promise(CaseAnswered, "2026-02-01", "2026-02-10"),
		promise(CaseUnresolved, "2026-02-01", "2026-02-03"),
		promise(CaseUnresolved, "2026-05-01", "2026-02-03"), // decided before the day
		promise(CasePressured, "2026-02-01", "2026-02-03"),
		promise(CasePromised, "2026-03-14", "2026-01-20"),
	}, now)
	if want := (PromiseCount{Kept: 2, Late: 1, Overdue: 2, Broken: 3, Open: 1}); f.Promises != want || f.Kept != (Share{3, 8}) {
		t.Errorf("promises %+v, kept %+v; want %+v", f.Promises, f.Kept, want)
	}

	cases = nil
	for i := range 11 {
		id := published("2020-01-01")
		cases = append(cases, FigureCase{ID: id, Kind: Grievance, State: CaseAnswered, AnsweredAt: id.Time().Add(time.Duration(i) * 24 * time.Hour)})
	}
	f = CountFigures(cases, now)
	if f.AnswerDays != 5 || !f.Answered.Enough() || f.Answered.Percent() != 100 || len(f.Months) != figureMonths || f.Months[figureMonths-1].Month != "2026-03" {
		t.Errorf("of many: %+v", f)
	}
	if (Share{1, 3}).Percent() != 33 || (Share{2, 3}).Percent() != 67 || (Share{}).Percent() != 0 {
		t.Error("percentages are not rounded")
	}
	if f := CountFigures(nil, now); f.Cases != 0 || len(f.Months) != 1 || f.Answered.Enough() {
		t.Errorf("of nothing: %+v", f)
	}
}

func TestSafeCell(t *testing.T) {
	for text, want := range map[string]string{"": "", "ab=c": "ab=c", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "é": "é"} {
		if got := SafeCell(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
