package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"portevoix/forum"
	"portevoix/forum/web/stats"
)

// showFigures counts what is known of a forum, a company or an action; ?product=
// is one product of a company.
func (a *API) showFigures(role forum.GroupRole) handler {
	return func(c *call) error {
		h, ok := forum.ParseHandle(mux.Vars(c.r)["name"], a.service.Addresses().Host())
		if !ok {
			return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		}
		group, err := a.store.Forum(c.r.Context(), h)
		if err != nil {
			return err
		}
		if err := group.Active(); err != nil {
			return err
		}
		if group.GroupRole != role {
			return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		}
		subject := forum.FigureSubject{Role: role, ID: group.ID}
		if product := c.r.URL.Query().Get("product"); product != "" && role == forum.RoleCompany {
			if subject.Product, err = forum.ParseID(product); err != nil {
				return err
			}
		}
		f, err := a.service.Figures(c.r.Context(), subject)
		if err != nil {
			return err
		}
		about := stats.Subject{Kind: stats.Kind(role), Handle: group.Handle(), Name: group.Label(), URL: a.service.Addresses().Base() + forum.ActorPath(group.Kind, group.GroupRole, group.Handle())}
		return c.write(http.StatusOK, stats.Of(&f, about, a.service.Addresses().Host()))
	}
}

// archiveEntity is an archive of open data.
type archiveEntity struct {
	Day    string               `json:"day"`
	URL    string               `json:"url"`
	SHA256 string               `json:"sha256"`
	Bytes  int64                `json:"bytes"`
	MadeAt string               `json:"made_at"`
	Tables []forum.ArchiveTable `json:"tables"`
}

// listArchives lists the archives of open data, the newest first.
func (a *API) listArchives(c *call) error {
	have, err := a.store.Archives(c.r.Context())
	if err != nil {
		return err
	}
	list := []archiveEntity{}
	for _, one := range have {
		list = append(list, archiveEntity{string(one.Day), a.service.Addresses().Base() + "/data/" + string(one.Day) + ".zip", one.SHA256(), one.Bytes, one.MadeAt.UTC().Format(time.RFC3339), one.Tables})
	}
	return c.write(http.StatusOK, list)
}
