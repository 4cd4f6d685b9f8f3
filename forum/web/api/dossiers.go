package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// dossierEntity is a dossier, with who opened it.
type dossierEntity struct {
	ID        forum.ID        `json:"id"`
	State     string          `json:"state"`    // making, ready, failed
	Progress  int             `json:"progress"` // in percent
	URL       *string         `json:"url"`      // of the file, once it is ready
	SHA256    *string         `json:"sha256"`
	Bytes     int64           `json:"bytes"`
	AskedBy   string          `json:"asked_by"`
	AskedAt   string          `json:"asked_at"`
	ExpiresAt string          `json:"expires_at"`
	Opened    []dossierOpened `json:"opened"`
}

type dossierOpened struct {
	By string `json:"by"`
	At string `json:"at"`
}

func (a *API) dossierEntity(d *forum.DossierView) dossierEntity {
	e := dossierEntity{ID: d.ID, State: string(d.State), Progress: d.Progress, Bytes: d.Bytes, AskedBy: d.By.Handle(), AskedAt: moment(d.AskedAt()), ExpiresAt: moment(d.ExpiresAt()), Opened: []dossierOpened{}}
	if d.State == forum.DossierReady {
		url, sum := a.service.Addresses().Base()+"/dossiers/"+d.ID.String()+".zip", d.SHA256
		e.URL, e.SHA256 = &url, &sum
	}
	for _, o := range d.Accesses {
		e.Opened = append(e.Opened, dossierOpened{o.Actor.Handle(), moment(o.At)})
	}
	return e
}

// dossierSubject is the case or the action of the address.
func (c *call) dossierSubject(kind forum.DossierKind) (forum.ID, error) {
	if kind == forum.CaseDossier {
		return c.id()
	}
	h, ok := forum.ParseHandle(mux.Vars(c.r)["handle"], c.api.service.Addresses().Host())
	if !ok {
		return 0, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	a, err := c.api.store.Action(c.r.Context(), h)
	if err != nil {
		return 0, err
	}
	return a.ID, nil
}

// listDossiers lists the dossiers of a case or an action.
func (a *API) listDossiers(kind forum.DossierKind) handler {
	return func(c *call) error {
		by, err := c.account(forum.ScopeRead)
		if err != nil {
			return err
		}
		id, err := c.dossierSubject(kind)
		if err != nil {
			return err
		}
		have, err := a.service.DossiersOf(c.r.Context(), by, kind, id)
		if err != nil {
			return err
		}
		list := []dossierEntity{}
		for i := range have {
			list = append(list, a.dossierEntity(&have[i]))
		}
		return c.write(http.StatusOK, list)
	}
}

// makeDossier asks for a dossier.
func (a *API) makeDossier(kind forum.DossierKind) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		id, err := c.dossierSubject(kind)
		if err != nil {
			return err
		}
		d, err := a.service.RequestDossier(c.r.Context(), by, kind, id, c.language())
		if err != nil {
			return err
		}
		view := forum.DossierView{Dossier: *d, By: forum.Byline{Name: by.Name}}
		return c.write(http.StatusAccepted, a.dossierEntity(&view))
	}
}

// sendDossier sends the file of a dossier, which notes that it was opened.
func (a *API) sendDossier(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	body, d, err := a.service.OpenDossier(c.r.Context(), by, id)
	if err != nil {
		return err
	}
	defer body.Close()
	c.w.Header().Set("Content-Type", "application/zip")
	c.w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(c.w, c.r, "", d.MadeAt, body)
	return nil
}
