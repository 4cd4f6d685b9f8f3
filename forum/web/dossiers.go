package web

import (
	"mime"
	"net/http"
	"time"

	"portevoix/forum"
)

type dossierPage struct {
	Title string
	Back  string // the page of its subject
	Path  string
	List  []forum.DossierView
}

// Making says whether one is being made.
func (d dossierPage) Making() bool {
	return len(d.List) > 0 && d.List[0].State == forum.DossierMaking
}

func dossierFilePath(d forum.Dossier) string { return "/dossiers/" + d.ID.String() + ".zip" }

// dossierSubject is the case or the action of the address.
func (v *visit) dossierSubject() (forum.DossierKind, forum.ID, dossierPage, error) {
	if v.variable("id") == "" {
		h, ok := forum.ParseHandle(v.variable("handle"), v.site.service.Addresses().Host())
		if !ok {
			return "", 0, dossierPage{}, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		}
		a, err := v.site.store.Action(v.ctx(), h)
		if err != nil {
			return "", 0, dossierPage{}, err
		}
		path := actorPath(&a.Actor)
		return forum.ActionDossier, a.ID, dossierPage{Title: a.Label(), Back: path, Path: path + "/dossier"}, nil
	}
	id, err := v.postID()
	if err != nil {
		return "", 0, dossierPage{}, err
	}
	t, err := v.site.store.Thread(v.ctx(), id)
	if err != nil {
		return "", 0, dossierPage{}, err
	}
	return forum.CaseDossier, id, dossierPage{Title: t.Title, Back: threadPath(id, t.Title), Path: threadPath(id, "") + "/dossier"}, nil
}

func (v *visit) dossierPage() (dossierPage, error) {
	if err := v.signedIn(); err != nil {
		return dossierPage{}, err
	}
	kind, id, page, err := v.dossierSubject()
	if err != nil {
		return dossierPage{}, err
	}
	page.List, err = v.site.service.DossiersOf(v.ctx(), v.viewer, kind, id)
	return page, err
}

// dossier is the page from which a dossier is made and taken.
func (s *Site) dossier(v *visit) error {
	page, err := v.dossierPage()
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Dossier.Of", "Title", page.Title))
	p.NoIndex = true
	return v.show(http.StatusOK, p, dossierView(p, page))
}

// dossierProgress answers the script of that page with the part of it that changes.
func (s *Site) dossierProgress(v *visit) error {
	page, err := v.dossierPage()
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	p := v.newPage("")
	p.complete(v)
	return dossierListView(p, page).Render(v.ctx(), v.w)
}

// makeDossier asks for a dossier.
func (s *Site) makeDossier(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	kind, id, page, err := v.dossierSubject()
	if err != nil {
		return err
	}
	if _, err := s.service.RequestDossier(v.ctx(), v.viewer, kind, id, v.print.Tag); err != nil {
		return err
	}
	return v.finish(page.Path, "DossierAsked")
}

// dossierFile sends a dossier to whoever may have it.
func (s *Site) dossierFile(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	body, d, err := s.service.OpenDossier(v.ctx(), v.viewer, id)
	if err != nil {
		return err
	}
	defer body.Close()
	h := v.w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name()}))
	h.Set("Cache-Control", "no-store")
	if err := http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(archiveTime)); err != nil {
		return err
	}
	http.ServeContent(v.w, v.r, "", time.Time{}, body)
	return nil
}

// dossierReader names who opened or asked for a dossier.
func dossierReader(p *Page, b forum.Byline) string {
	if b.Name == "" {
		return p.T("Dossier.Gone")
	}
	return "@" + b.Handle()
}
