package web

import (
	"encoding/json"
	"net/http"
	"time"

	"portevoix/forum"
)

// completionsPerMinute bounds how often one account asks while typing.
const completionsPerMinute = 240

// complete answers the script of a text field with what a word that is begun in
// it may become.
func (s *Site) complete(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	if !s.throttle.allow("complete "+v.viewer.ID.String(), completionsPerMinute, time.Minute) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	found, err := s.service.Complete(v.ctx(), v.viewer, v.query("word"))
	if err != nil {
		return err
	}
	type option struct {
		Text string `json:"text"`
		Name string `json:"name,omitempty"` // of whom it mentions
	}
	options := make([]option, len(found))
	for i, c := range found {
		options[i].Text = c.Text
		if c.Actor != nil && c.Actor.Label() != c.Actor.Name {
			options[i].Name = c.Actor.Label()
		}
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(http.StatusOK)
	return json.NewEncoder(v.w).Encode(struct {
		Status  string   `json:"status"` // for screen readers
		Options []option `json:"options"`
	}{v.print.N("Complete.Found", len(options)), options})
}
