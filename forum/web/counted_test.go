package web

import (
	"testing"
	"time"

	"portevoix/forum"
)

// TestColumns holds that a chart leaves no hour out, and ends where the counts do.
func TestColumns(t *testing.T) {
	first := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	hours := []forum.HourTally{{Hour: first, Tally: forum.TierTally{Local: 2}}, {Hour: first.Add(3 * time.Hour), Tally: forum.TierTally{Known: 1, Invalidated: 4}}}
	points := columns(hours, time.Hour, "15:04", func(int) string { return "" })
	if len(points) != 4 || points[0].Value != 2 || points[1].Value != 0 || points[3].Value != 1 || points[3].Label != "15:00" {
		t.Errorf("columns %+v", points)
	}
	hours = append(hours, forum.HourTally{Hour: first.AddDate(1, 0, 0), Tally: forum.TierTally{Email: 1}})
	if points = columns(hours, 24*time.Hour, "2/1", func(int) string { return "" }); len(points) != columnsShown || points[columnsShown-1].Value != 1 {
		t.Errorf("%d columns of a year", len(points))
	}
	if points := columns(nil, time.Hour, "", nil); points != nil {
		t.Errorf("columns of nothing: %v", points)
	}
}
