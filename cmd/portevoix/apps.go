package main

import (
	"portevoix/forum/web"
	"portevoix/forum/web/mastodon"
	"portevoix/static"
)

// newApps makes what answers apps made for Mastodon.
func (a *app) newApps(site *web.Site, files *static.Files) *mastodon.API {
	cfg := a.config
	apps := mastodon.New(mastodon.Options{
		Service: a.service, Store: a.store, Renderer: a.renderer, Messages: a.messages, Logger: a.logger, PerMinute: cfg.Limits.APIPerMinute, Address: site.Address, File: files.URL,
		Streams: cfg.Limits.Streams, StreamsPerAddress: cfg.Limits.StreamsPerAddress,
		Instance: mastodon.Instance{
			Name: cfg.Instance.Name, Description: cfg.Instance.Description, Contact: cfg.Instance.Contact,
			Legal: cfg.Instance.LegalNotice, Languages: cfg.Instance.Languages, Version: Version,
		},
	})
	a.store.OnEvents(apps.Tell)
	return apps
}
