package main

import (
	"net/http"
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/web/api"
)

// TestAPIDocument reads the description as a program, and holds what it says of
// tokens against what the server does without one and with too little a one.
func TestAPIDocument(t *testing.T) {
	s := startInProcess(t, func(c *config.Config) { c.Limits.APIPerMinute, c.Federation.ShowLimits = 0, true })
	lea := s.account("lea")
	s.forum("telecoms")
	thread := s.thread(lea, "telecoms", "one")
	nobody, reader, writer := s.program(""), s.program("lea", forum.ScopeRead), s.program("lea", forum.ScopeWrite)
	nobody.do(http.MethodGet, s.base+api.DocumentPath, nil).is(http.StatusOK)

	fill := strings.NewReplacer("{id}", thread.ID.String(), "{thread}", thread.ID.String(), "{level}", "seen", "{key}", "abc", "{country}", "fr", "{host}", "example.org", "{tag}", "tag", "{name}", "telecoms", "{handle}", "telecoms", "{invalidation}", "1")
	for _, area := range api.Areas() {
		for _, o := range area.Operations {
			path := fill.Replace(o.Path)
			status := nobody.do(o.Method, path, nil).status
			if needs := o.Scope != ""; needs != (status == http.StatusUnauthorized) {
				t.Errorf("%s %s without a token: %d; documented scope %q", o.Method, o.Path, status, o.Scope)
			}
			switch o.Scope {
			case forum.ScopeRead:
				writer.do(o.Method, path, nil).is(http.StatusForbidden)
			case forum.ScopeWrite:
				reader.do(o.Method, path, nil).is(http.StatusForbidden)
			}
		}
	}
}
