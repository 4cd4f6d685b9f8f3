package web

import (
	"mime"
	"net/http"
	"time"

	"portevoix/forum"
)

// dataPath is the address of a day's archive.
func dataPath(a forum.Archive) string { return "/data/" + string(a.Day) + ".zip" }

// openData lists the archives of open data.
func (s *Site) openData(v *visit) error {
	list, err := s.store.Archives(v.ctx())
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Data.Title"))
	p.Section, p.Canonical, p.Description = "about", s.base()+"/data", v.print.T("Data.Intro")
	return v.show(http.StatusOK, p, openDataView(p, list, s.o.Instance.DataLicence))
}

// archiveTime is how long sending an archive may take, on a slow line.
const archiveTime = 30 * time.Minute

// archive serves the archive of a day, also in parts.
func (s *Site) archive(v *visit) error {
	day, ok := forum.ParseDate(v.variable("day"))
	if !ok {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	body, a, err := s.service.OpenArchive(v.ctx(), day)
	if err != nil {
		return err
	}
	defer body.Close()
	v.cacheable("application/zip", `"`+a.SHA256()[:32]+`"`, hourly)
	v.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name(s.service.Addresses().Host())}))
	if err := http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(archiveTime)); err != nil {
		return err
	}
	http.ServeContent(v.w, v.r, "", a.MadeAt, body)
	return nil
}
