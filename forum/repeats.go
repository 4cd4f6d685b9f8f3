package forum

import (
	"bytes"
	"context"
	"strings"
	"time"
)

// Repeat is a call that a program marked with a key, so that it may send it again
// when the answer did not arrive, without doing twice what it does
// (draft-ietf-httpapi-idempotency-key-header).
type Repeat struct {
	AccountID   ID
	TokenID     ID
	Key         string
	Fingerprint []byte // of what was sent
	Answer      RepeatedAnswer
	BegunAt     time.Time
}

// RepeatedAnswer is what was answered the first time.
type RepeatedAnswer struct {
	Status      int // 0: not answered yet
	ContentType string
	Location    string
	Body        []byte
}

// MaxRepeatKey bounds a key, in characters of ASCII.
const MaxRepeatKey = 255

// repeatPatience is how long a call may take before it counts as lost with the
// process that made it, and may be made anew.
const repeatPatience = 2 * time.Minute

// RepeatStore keeps calls with a key for a day.
type RepeatStore interface {
	// Repeat finds a call; NotFound for none.
	Repeat(ctx context.Context, token ID, key string) (*Repeat, error)
	// SaveRepeat keeps a call in place of an earlier one with its key.
	SaveRepeat(ctx context.Context, r *Repeat) error
	DeleteRepeat(ctx context.Context, token ID, key string) error
}

// BeginCall says what was answered to a call with a key, or nil when it is the
// first and shall be made; then EndCall follows. It is a Conflict while the first is
// under way, and Invalid with a key of another call.
func (s *Service) BeginCall(ctx context.Context, token *AccessToken, key string, fingerprint []byte) (*RepeatedAnswer, error) {
	if len(key) > MaxRepeatKey || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, &Error{Code: Invalid, Key: "RepeatKeyWrong", Args: map[string]any{"Max": MaxRepeatKey}}
	}
	var answer *RepeatedAnswer
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		known, err := tx.Repeat(ctx, token.ID, key)
		switch {
		case CodeOf(err) == NotFound:
		case err != nil:
			return err
		case !bytes.Equal(known.Fingerprint, fingerprint):
			return &Error{Code: Invalid, Key: "RepeatKeyUsed"}
		case known.Answer.Status != 0:
			answer = &known.Answer
			return nil
		case now.Sub(known.BegunAt) < repeatPatience:
			return &Error{Code: Conflict, Key: "RepeatUnderway"}
		}
		return tx.SaveRepeat(ctx, &Repeat{AccountID: token.AccountID, TokenID: token.ID, Key: key, Fingerprint: fingerprint, BegunAt: now})
	})
	return answer, err
}

// EndCall keeps what was answered to a call that BeginCall let through. Without an
// answer the call may be made anew.
func (s *Service) EndCall(ctx context.Context, token *AccessToken, key string, fingerprint []byte, answer *RepeatedAnswer) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if answer == nil {
			return tx.DeleteRepeat(ctx, token.ID, key)
		}
		return tx.SaveRepeat(ctx, &Repeat{AccountID: token.AccountID, TokenID: token.ID, Key: key, Fingerprint: fingerprint, Answer: *answer, BegunAt: s.clock.Now()})
	})
}
