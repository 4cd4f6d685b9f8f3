package forum

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// ID names anything stored. IDs are 64-bit and time-ordered: the upper 42 bits
// count milliseconds since 2010, the lower 21 bits are random. So the order of
// IDs is the order of publication, and one column serves as key, as sort order
// and as cursor. Outward an ID is always a decimal string (JavaScript would
// round it).
type ID int64

const (
	idRandomBits = 21
	idRandomMask = 1<<idRandomBits - 1
)

var idEpoch = time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)

// String returns the decimal form used in addresses and in the API.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// MarshalText implements encoding.TextMarshaler, so that JSON holds a string.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID) UnmarshalText(text []byte) error {
	var err error
	*id, err = ParseID(string(text))
	return err
}

// Time is the moment the ID stands for, to the millisecond.
func (id ID) Time() time.Time {
	return idEpoch.Add(time.Duration(id>>idRandomBits) * time.Millisecond)
}

// ParseID reads the decimal form. It returns a NotFound error for anything
// else, because an ID that cannot be read names nothing.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, &Error{Code: NotFound, Key: "NothingHere", Err: err}
	}
	return ID(n), nil
}

// IDs hands out new IDs. It is safe for concurrent use; several processes may
// each have their own (the random bits keep them apart, and the primary key
// refuses the one collision in millions).
type IDs struct {
	mu   sync.Mutex
	last ID
}

// New returns an ID for something that happens at now. IDs of one source only
// ever grow, even when the clock steps back.
func (s *IDs) New(now time.Time) ID {
	id := idAt(now)
	s.mu.Lock()
	defer s.mu.Unlock()
	if id <= s.last {
		id = s.last + 1
	}
	s.last = id
	return id
}

// At returns an ID for something another server published at t. Many servers
// round to the second; then the milliseconds are drawn at random, so that the
// posts of one busy second do not meet in one slot.
func (s *IDs) At(t, now time.Time) ID {
	if t.After(now) {
		t = now
	}
	if t.Before(idEpoch) {
		return beforeEpoch(t)
	}
	if t.Nanosecond() == 0 {
		t = t.Add(time.Duration(rand.IntN(1000)) * time.Millisecond)
	}
	return idAt(t)
}

// FirstID is the least ID of what was published at t or later.
func FirstID(t time.Time) ID {
	if t.Before(idEpoch) {
		return 0
	}
	return ID(t.Sub(idEpoch).Milliseconds()) << idRandomBits
}

// beforeEpoch returns an ID for something older than IDs can tell: their first day
// has room for the order of the twenty years before.
func beforeEpoch(t time.Time) ID {
	seconds := max(0, t.Unix()-idEpoch.AddDate(-20, 0, 0).Unix())
	return 1<<idRandomBits + ID(seconds)<<17 + ID(rand.Int64N(1<<17))
}

func idAt(t time.Time) ID {
	return ID(t.Sub(idEpoch).Milliseconds())<<idRandomBits | ID(rand.Int64N(idRandomMask+1))
}
