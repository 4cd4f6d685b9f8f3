package web

import (
	"time"

	"portevoix/forum"
)

// dateTimeLocal is how browsers write what is chosen in a field of the type
// datetime-local: without a time zone.
const dateTimeLocal = "2006-01-02T15:04"

// schedule is when a post being written is published.
type schedule struct {
	At   string    // as the field has it; "" for at once
	Zone string    // the time zone that is meant, by its name, such as "Europe/Paris"
	Due  time.Time // the same moment, for scripts that show it in the reader's zone; zero where the field was filled by hand
}

// schedule reads the fields of scheduleView.
func (v *visit) schedule() schedule {
	return schedule{At: v.r.PostFormValue("publish_at"), Zone: v.r.PostFormValue("zone")}
}

// newSchedule fills the fields with a moment that was chosen before, none for
// the zero time.
func (v *visit) newSchedule(due time.Time) schedule {
	f := schedule{Zone: v.print.Zone().String(), Due: due}
	if !due.IsZero() {
		f.At = due.In(v.print.Zone()).Format(dateTimeLocal)
	}
	return f
}

// due is the moment that was chosen.
func (f schedule) due() (time.Time, error) {
	zone, err := time.LoadLocation(f.Zone)
	if err != nil {
		return time.Time{}, &forum.Error{Code: forum.Invalid, Key: "ZoneUnknown", Field: "zone", Err: err}
	}
	for _, layout := range []string{dateTimeLocal, dateTimeLocal + ":05"} {
		if at, err := time.ParseInLocation(layout, f.At, zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, &forum.Error{Code: forum.Invalid, Key: "DueUnreadable", Field: "scheduled_at"}
}

// heldUntil is when what is sent now is to be published: when the person says,
// or when it can no longer be undone; the zero time for at once.
func (v *visit) heldUntil(f schedule) (time.Time, error) {
	if f.At != "" {
		return f.due()
	}
	return v.site.service.HoldUntil(v.viewer), nil
}
