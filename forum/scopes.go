package forum

import (
	"slices"
	"strings"
)

// Scope is what an API token may do: "read", "write", or a part of these, such as
// "write:statuses".
type Scope string

// The scopes; Write does not include Read.
const (
	ScopeRead    Scope = "read"
	ScopeWrite   Scope = "write"
	ScopeFollow  Scope = "follow" // older apps ask so for follows, blocks and mutes
	ScopePush    Scope = "push"
	ScopeProfile Scope = "profile" // who somebody is, and nothing else
)

// Those of administrators, and, of reports, of moderators.
const (
	ScopeAdminRead  Scope = "admin:read"
	ScopeAdminWrite Scope = "admin:write"
)

var adminParts = []string{"accounts", "canonical_email_blocks", "domain_allows", "domain_blocks", "email_domain_blocks", "ip_blocks", "reports"}

// scopeParts are what may stand after a wide scope and a colon.
var scopeParts = map[Scope][]string{
	ScopeAdminRead: adminParts, ScopeAdminWrite: adminParts,
	ScopeRead:  {"accounts", "blocks", "bookmarks", "favourites", "filters", "follows", "lists", "mutes", "notifications", "search", "statuses"},
	ScopeWrite: {"accounts", "blocks", "bookmarks", "conversations", "favourites", "filters", "follows", "lists", "media", "mutes", "notifications", "reports", "statuses"},
}

// Scopes lists every scope, the wide ones first.
func Scopes() []Scope {
	all := []Scope{ScopeRead, ScopeWrite, ScopeFollow, ScopePush, ScopeProfile, ScopeAdminRead, ScopeAdminWrite}
	for _, wide := range []Scope{ScopeRead, ScopeWrite, ScopeAdminRead, ScopeAdminWrite} {
		for _, part := range scopeParts[wide] {
			all = append(all, wide+":"+Scope(part))
		}
	}
	return all
}

var knownScopes = Scopes()

// ParseScopes reads scopes with spaces between; what is written twice counts once.
func ParseScopes(s string) []Scope {
	var list []Scope
	for _, word := range strings.Fields(s) {
		if scope := Scope(word); !slices.Contains(list, scope) {
			list = append(list, scope)
		}
	}
	return list
}

// JoinScopes is the reverse of [ParseScopes].
func JoinScopes(list []Scope) string {
	words := make([]string, len(list))
	for i, scope := range list {
		words[i] = string(scope)
	}
	return strings.Join(words, " ")
}

func checkScopes(list []Scope) error {
	for _, scope := range list {
		if !slices.Contains(knownScopes, scope) {
			return invalid("scope", "ScopeUnknown", map[string]any{"Scope": clip(string(scope), 100)})
		}
	}
	return nil
}

// Within says whether a list of scopes includes one, or a wider one.
func (s Scope) Within(list []Scope) bool {
	return slices.ContainsFunc(list, func(have Scope) bool {
		switch {
		case have == s, s.PartOf(have):
			return true
		case have == ScopeFollow:
			wide, part, _ := strings.Cut(string(s), ":")
			return wide != "admin" && (part == "follows" || part == "blocks" || part == "mutes")
		}
		return false
	})
}

// PartOf says whether a scope is a part of a wide one.
func (s Scope) PartOf(wide Scope) bool { return strings.HasPrefix(string(s), string(wide)+":") }

// Grantable are those of the scopes that an app asks for which an account has to
// give: those of administrators only administrators have, and moderators that part of
// them which is about reports.
func Grantable(asked []Scope, by *Account) []Scope {
	if by.IsAdmin() {
		return asked
	}
	var list []Scope
	for _, scope := range asked {
		for _, wide := range []Scope{ScopeAdminRead, ScopeAdminWrite} {
			if reports := wide + ":reports"; scope == wide {
				scope = reports
			} else if scope.PartOf(wide) && scope != reports {
				scope = ""
			}
		}
		administers := strings.HasPrefix(string(scope), "admin:")
		if scope != "" && (!administers || by != nil && by.Moderates) && !slices.Contains(list, scope) {
			list = append(list, scope)
		}
	}
	return list
}

// ReadsPosts says whether the token reads posts for its account: also what only
// that account and some others may read.
func (t *AccessToken) ReadsPosts() bool { return t.Allows(ScopeRead + ":statuses") }

// Allows says whether the token has a scope.
func (t *AccessToken) Allows(scope Scope) bool { return scope.Within(t.Scopes) }
