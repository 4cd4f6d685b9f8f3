package forum

import (
	"errors"
	"fmt"
)

// Code says what kind of trouble an [Error] is. Each door maps it once: the
// pages and the API to an HTTP status, the inbox to what makes the sender stop
// or try again.
type Code string

// The codes. Anything that is not an *Error counts as Internal.
const (
	Invalid         Code = "invalid"         // the input breaks a rule; nothing was changed
	Unauthenticated Code = "unauthenticated" // signing in would help
	Forbidden       Code = "forbidden"       // this account may not
	NotFound        Code = "not_found"       // there is no such thing, or not for this reader
	Gone            Code = "gone"            // it existed and was deleted
	Conflict        Code = "conflict"        // it clashes with what exists already
	TooMany         Code = "too_many"        // a rate was exceeded; waiting helps
	Unavailable     Code = "unavailable"     // not now: something needed is out of reach
	Internal        Code = "internal"        // our fault
)

// Error is what rules answer with. Key names a message in the catalogues of
// forum/locale and Args fill its gaps, so that the person reads it in their own
// language; Err is the cause, for the log only.
type Error struct {
	Code  Code
	Key   string
	Args  map[string]any
	Field string // the input it is about, as the API names it; may be empty
	Err   error
}

// Error describes the error for logs, in English and with its key.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Key
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if len(e.Args) > 0 {
		s += fmt.Sprintf(" %v", e.Args)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first *Error in err's chain, Internal if there
// is none, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// invalid refuses an input field.
func invalid(field, key string, args map[string]any) error {
	return &Error{Code: Invalid, Key: key, Args: args, Field: field}
}

// notFound is the answer for whatever does not exist.
func notFound() error { return &Error{Code: NotFound, Key: "NothingHere"} }
