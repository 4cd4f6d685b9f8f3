package main

import (
	"portevoix/forum/web"
	"portevoix/forum/web/mastodon"
	"portevoix/static"
)

// apps answers apps made for Mastodon.
func (a *app) apps(site *web.Site, files *static.Files) *mastodon.API {
	cfg := a.config
	return mastodon.New(mastodon.Options{
		Service: a.service, Store: a.store, Renderer: a.renderer, Messages: a.messages, Logger: a.logger, PerMinute: cfg.Limits.APIPerMinute, Address: site.Address, File: files.URL,
		Instance: mastodon.Instance{
			Name: cfg.Instance.Name, Description: cfg.Instance.Description, Contact: cfg.Instance.Contact,
			Legal: cfg.Instance.LegalNotice, Languages: cfg.Instance.Languages, Version: Version,
		},
	})
}
