package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"portevoix/forum"
)

// offer is what a field may be filled with, and what people read of it.
type offer struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"`
}

// offerCompanies answers the script of the form for a case with companies whose
// name begins as it was typed.
func (s *Site) offerCompanies(v *visit) error {
	return s.offer(v, func() ([]offer, error) {
		found, err := s.service.CompleteCompany(v.ctx(), v.viewer, v.query("begun"))
		list := make([]offer, len(found))
		for i := range found {
			c := &found[i]
			about := append([]string{c.Label()}, c.Aliases...)
			if c.Site != "" {
				about = append(about, siteLabel(c.Site))
			}
			list[i] = offer{c.Handle(), strings.Join(about, " · ")}
		}
		return list, err
	})
}

// offerProducts answers it with the products of the company that was chosen.
func (s *Site) offerProducts(v *visit) error {
	return s.offer(v, func() ([]offer, error) {
		found, err := s.service.CompleteProduct(v.ctx(), v.viewer, v.query("company"))
		list := make([]offer, len(found))
		for i, product := range found {
			list[i] = offer{product.Name, product.GTIN}
		}
		return list, err
	})
}

func (s *Site) offer(v *visit, find func() ([]offer, error)) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	if !s.throttle.allow("complete "+v.viewer.ID.String(), completionsPerMinute, time.Minute) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	list, err := find()
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(http.StatusOK)
	return json.NewEncoder(v.w).Encode(list)
}
