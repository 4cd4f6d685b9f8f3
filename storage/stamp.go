package storage

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// stamp is a time as it is stored: milliseconds since 1970, and 0 for the zero
// time. Integers sort, compare and index alike on both databases.
type stamp struct{ time.Time }

func at(t time.Time) stamp { return stamp{t} }

// millis is t as a query argument.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Value implements driver.Valuer.
func (s stamp) Value() (driver.Value, error) { return millis(s.Time), nil }

// Scan implements sql.Scanner.
func (s *stamp) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("stored time is %T, not an integer", src)
	}
	s.Time = time.Time{}
	if n != 0 {
		s.Time = time.UnixMilli(n).UTC()
	}
	return nil
}
