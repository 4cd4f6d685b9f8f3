package web

import (
	"net/http"
	"strings"

	"portevoix/forum/web/api"
)

// apiDocs shows what programs can ask for; the same as the OpenAPI document.
func (s *Site) apiDocs(v *visit) error {
	p := v.newPage(v.print.T("API.Title"))
	p.Canonical = s.base() + "/api/docs"
	return v.show(http.StatusOK, p, apiDocsView(p, api.Areas(), s.service.Limits()))
}

// areaAnchor names the part of the page that an area has.
func areaAnchor(a *api.Area) string {
	return strings.ReplaceAll(strings.ToLower(a.Name), " ", "-")
}
