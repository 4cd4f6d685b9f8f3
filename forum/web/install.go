package web

import (
	"net/http"

	"portevoix/forum/locale"
)

// manifest is what a browser asks to install the site as an app.
type manifest struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	ShortName   string         `json:"short_name"`
	Description string         `json:"description"`
	Language    string         `json:"lang"`
	StartURL    string         `json:"start_url"`
	Scope       string         `json:"scope"`
	Display     string         `json:"display"`
	Background  string         `json:"background_color"`
	Theme       string         `json:"theme_color"`
	Icons       []manifestIcon `json:"icons"`
	ShareTarget shareTarget    `json:"share_target"`
}

type manifestIcon struct {
	Source  string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

// shareTarget lets other apps of a device share to this one.
type shareTarget struct {
	Action string            `json:"action"`
	Method string            `json:"method"`
	Params map[string]string `json:"params"`
}

// manifest describes the site as an app.
func (s *Site) manifest(v *visit) error {
	icon := func(name, sizes, mediaType, purpose string) manifestIcon {
		return manifestIcon{Source: s.o.Files.URL(name), Sizes: sizes, Type: mediaType, Purpose: purpose}
	}
	return v.serveJSON("application/manifest+json", manifest{
		ID: "/", Name: s.o.Instance.Name, ShortName: s.o.Instance.Name, Description: v.print.T("Tagline"), Language: v.print.Tag,
		StartURL: "/", Scope: "/", Display: "standalone", Background: "#faf8f3", Theme: "#ffffff",
		Icons: []manifestIcon{
			icon("icon-192.png", "192x192", "image/png", "any"), icon("icon-512.png", "512x512", "image/png", "any"),
			icon("icon-maskable-512.png", "512x512", "image/png", "maskable"), icon("favicon.svg", "any", "image/svg+xml", "any"),
		},
		ShareTarget: shareTarget{Action: "/share", Method: http.MethodGet, Params: map[string]string{"title": "title", "text": "text", "url": "url"}},
	}, hourly)
}

// offline is the page that a browser keeps for when there is no network, in the
// language of the page that asked for it. It is the same whoever is signed in.
func (s *Site) offline(v *visit) error {
	if tag := v.query("lang"); locale.Speaks(tag) {
		v.print = s.o.Messages.Printer(tag)
	}
	p := v.newPage(v.print.T("Offline.Title"))
	p.NoIndex = true
	return v.showIn(bare, http.StatusOK, p, offlineView(p))
}
