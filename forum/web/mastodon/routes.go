package mastodon

import (
	"net/http"

	"portevoix/forum"
)

// The addresses, in the order of Mastodon's reference.

func (a *API) registerFirst(on adding) {
	get := func(path string, scope forum.Scope, h handler) { on(http.MethodGet, path, scope, h) }
	post := func(path string, scope forum.Scope, h handler) { on(http.MethodPost, path, scope, h) }

	post("/apps", "", a.registerApp)
	get("/apps/verify_credentials", "", a.verifyApp)
	a.registerAccounts(on)
	a.registerStatuses(on)

	get("/polls/{id:[0-9]+}", "", a.showPoll)
	post("/polls/{id:[0-9]+}/votes", "write:statuses", a.votePoll)
	get("/scheduled_statuses", "read:statuses", a.listScheduled)
	get("/scheduled_statuses/{id:[0-9]+}", "read:statuses", a.showScheduled)
	on(http.MethodPut, "/scheduled_statuses/{id:[0-9]+}", "write:statuses", a.reschedule)
	on(http.MethodDelete, "/scheduled_statuses/{id:[0-9]+}", "write:statuses", a.unschedule)
	get("/media/{id:[0-9]+}", "write:media", a.showMedia)
	on(http.MethodPut, "/media/{id:[0-9]+}", "write:media", a.describeMedia)

	get("/timelines/home", "read:statuses", a.homeTimeline)
	get("/timelines/public", "", a.publicTimeline)
	get("/timelines/tag/{tag}", "", a.tagTimeline)
	get("/timelines/link", "", none)
	get("/timelines/list/{id:[0-9]+}", "read:lists", a.listTimeline)
	get("/timelines/direct", "read:statuses", none)

	get("/notifications", "read:notifications", a.listNotifications)
	get("/notifications/unread_count", "read:notifications", a.unreadCount)
	get("/notifications/policy", "read:notifications", a.noticePolicy(true))
	get("/notifications/requests", "read:notifications", none)
	get("/notifications/requests/merged", "read:notifications", func(c *call) error { return c.ok(map[string]bool{"merged": true}) })
	get("/notifications/requests/{id}", "read:notifications", missing)
	post("/notifications/requests/accept", "write:notifications", nothing)
	post("/notifications/requests/dismiss", "write:notifications", nothing)
	get("/notifications/{id:[0-9]+}", "read:notifications", a.showNotification)
	post("/notifications/clear", "write:notifications", a.clearNotifications)
	post("/notifications/{id:[0-9]+}/dismiss", "write:notifications", a.dismissNotification)
	get("/push/subscription", forum.ScopePush, a.showPush)
	post("/push/subscription", forum.ScopePush, a.addPush)
	on(http.MethodPut, "/push/subscription", forum.ScopePush, a.changePush)
	on(http.MethodDelete, "/push/subscription", forum.ScopePush, a.removePush)

	get("/markers", "read:statuses", a.markers)
	post("/markers", "write:statuses", a.setMarkers)
	get("/preferences", "read:accounts", a.preferences)
	get("/conversations", "read:statuses", none)
	post("/reports", "write:reports", a.report)
	a.registerInstance(on)
	a.registerStreams(on)
	a.registerAdmin(on)
}

func (a *API) registerAccounts(on adding) {
	get := func(path string, scope forum.Scope, h handler) { on(http.MethodGet, path, scope, h) }
	post := func(path string, scope forum.Scope, h handler) { on(http.MethodPost, path, scope, h) }

	get("/accounts/verify_credentials", "", a.verifyCredentials)
	get("/accounts/search", "read:accounts", a.searchAccounts)
	get("/accounts/lookup", "", a.lookupAccount)
	get("/accounts/relationships", "read:follows", a.relationships)
	get("/accounts/familiar_followers", "read:follows", a.familiarFollowers)
	get("/accounts", "", a.severalAccounts)
	get("/accounts/{id:[0-9]+}", "", a.showAccount)
	get("/accounts/{id:[0-9]+}/statuses", "", a.accountStatuses)
	get("/accounts/{id:[0-9]+}/followers", "", a.people(a.followers))
	get("/accounts/{id:[0-9]+}/following", "", a.people(a.following))
	get("/accounts/{id:[0-9]+}/lists", "read:lists", a.listsWith)
	get("/accounts/{id:[0-9]+}/featured_tags", "", none)
	get("/accounts/{id:[0-9]+}/endorsements", "", none)
	get("/accounts/{id:[0-9]+}/identity_proofs", "", none)
	for path, one := range map[string]struct {
		scope forum.Scope
		do    func(*call, *forum.Actor) error
	}{
		"follow": {"write:follows", a.follow}, "unfollow": {"write:follows", byHandle(a.service.Unfollow)},
		"block": {"write:blocks", byHandle(a.service.Block)}, "unblock": {"write:blocks", byHandle(a.service.Unblock)},
		"remove_from_followers": {"write:follows", byHandle(a.service.RemoveFollower)},
		"mute":                  {"write:mutes", a.mute}, "unmute": {"write:mutes", byHandle(a.service.Unmute)},
		"note": {"write:accounts", a.noteOn},
		// Nobody is endorsed here.
		"pin": {"write:accounts", leave}, "unpin": {"write:accounts", leave}, "endorse": {"write:accounts", leave}, "unendorse": {"write:accounts", leave},
	} {
		post("/accounts/{id:[0-9]+}/"+path, one.scope, a.toward(one.do))
	}
	on(http.MethodDelete, "/profile/avatar", "write:accounts", a.removePortrait(forum.Icon))
	on(http.MethodDelete, "/profile/header", "write:accounts", a.removePortrait(forum.Banner))

	get("/bookmarks", "read:bookmarks", a.bookmarks)
	get("/favourites", "read:favourites", a.favourites)
	get("/mutes", "read:mutes", a.listed(a.store.Muted))
	get("/blocks", "read:blocks", a.listed(a.store.Blocks))
	get("/domain_blocks", "read:blocks", a.domainBlocks)
	post("/domain_blocks", "write:blocks", a.blockDomain)
	on(http.MethodDelete, "/domain_blocks", "write:blocks", a.unblockDomain)
	get("/domain_blocks/preview", "read:blocks", func(c *call) error { return c.ok(map[string]int{"following_count": 0, "followers_count": 0}) })
	get("/filters", "read:filters", a.listFirstFilters)
	post("/filters", "write:filters", a.addFirstFilter)
	get("/filters/{id:[0-9]+}", "read:filters", a.showFirstFilter)
	on(http.MethodPut, "/filters/{id:[0-9]+}", "write:filters", a.changeFirstFilter)
	on(http.MethodDelete, "/filters/{id:[0-9]+}", "write:filters", a.removeFilter)
	get("/follow_requests", "read:follows", none)
	get("/endorsements", "read:accounts", none)
	get("/featured_tags", "read:accounts", none)
	get("/featured_tags/suggestions", "read:accounts", none)
	get("/suggestions", "read:accounts", none)
	get("/lists", "read:lists", a.lists)
	post("/lists", "write:lists", a.addList)
	get("/lists/{id:[0-9]+}", "read:lists", a.showList)
	on(http.MethodPut, "/lists/{id:[0-9]+}", "write:lists", a.changeList)
	on(http.MethodDelete, "/lists/{id:[0-9]+}", "write:lists", a.deleteList)
	get("/lists/{id:[0-9]+}/accounts", "read:lists", a.listMembers)
	post("/lists/{id:[0-9]+}/accounts", "write:lists", a.setListMembers(true))
	on(http.MethodDelete, "/lists/{id:[0-9]+}/accounts", "write:lists", a.setListMembers(false))
	get("/followed_tags", "read:follows", a.followedTags)
	get("/tags/{tag}", "", a.showTag)
	post("/tags/{tag}/follow", "write:follows", a.followTag(true))
	post("/tags/{tag}/unfollow", "write:follows", a.followTag(false))
	get("/directory", "", a.directory)
}

func (a *API) registerStatuses(on adding) {
	get := func(path string, h handler) { on(http.MethodGet, "/statuses"+path, "", h) }
	post := func(path string, scope forum.Scope, h handler) { on(http.MethodPost, "/statuses"+path, scope, h) }
	const one = "/{id:[0-9]+}"

	post("", "write:statuses", a.createStatus)
	get("", a.severalStatuses)
	get(one, a.showStatus)
	on(http.MethodPut, "/statuses"+one, "write:statuses", a.editStatus)
	on(http.MethodDelete, "/statuses"+one, "write:statuses", a.deleteStatus)
	get(one+"/context", a.contextOf)
	get(one+"/history", a.history)
	on(http.MethodGet, "/statuses"+one+"/source", "read:statuses", a.source)
	get(one+"/card", a.card)
	get(one+"/favourited_by", a.supporters(false))
	get(one+"/reblogged_by", a.supporters(true))
	get(one+"/quotes", none)
	post(one+"/favourite", "write:favourites", a.favourite(true))
	post(one+"/unfavourite", "write:favourites", a.favourite(false))
	post(one+"/reblog", "write:statuses", a.reblog)
	post(one+"/unreblog", "write:statuses", a.unreblog())
	post(one+"/bookmark", "write:bookmarks", a.bookmark(true))
	post(one+"/unbookmark", "write:bookmarks", a.bookmark(false))
	post(one+"/mute", "write:mutes", a.muteThread(true))
	post(one+"/unmute", "write:mutes", a.muteThread(false))
	post(one+"/pin", "write:accounts", a.pin(true))
	post(one+"/unpin", "write:accounts", a.pin(false))
}

func (a *API) registerInstance(on adding) {
	get := func(path string, h handler) { on(http.MethodGet, path, "", h) }
	get("/instance", a.instanceFirst)
	get("/instance/peers", a.peers)
	get("/instance/activity", none)
	get("/instance/rules", none)
	get("/instance/domain_blocks", none)
	get("/instance/languages", none)
	get("/instance/translation_languages", nothing)
	get("/instance/extended_description", a.words(a.o.Instance.Description))
	get("/instance/privacy_policy", a.words(a.o.Instance.Legal))
	get("/instance/terms_of_service", missing)
	get("/custom_emojis", none)
	get("/announcements", none)
	get("/trends", a.trendingTags)
	get("/trends/tags", a.trendingTags)
	get("/trends/statuses", a.trendingStatuses)
	get("/trends/links", none)
	get("/streaming/health", a.healthy)
}

func (a *API) registerSecond(on adding) {
	get := func(path string, scope forum.Scope, h handler) { on(http.MethodGet, path, scope, h) }
	get("/instance", "", a.instanceSecond)
	get("/search", "", a.search)
	get("/suggestions", "read:accounts", none)
	get("/admin/accounts", "admin:read:accounts", adminsOnly(a.adminAccounts(secondQuery)))
	get("/filters", "read:filters", a.listFilters)
	on(http.MethodPost, "/filters", "write:filters", a.addFilter)
	get("/filters/{id:[0-9]+}", "read:filters", a.showFilter)
	on(http.MethodPut, "/filters/{id:[0-9]+}", "write:filters", a.changeFilter)
	on(http.MethodDelete, "/filters/{id:[0-9]+}", "write:filters", a.removeFilter)
	get("/filters/{id:[0-9]+}/keywords", "read:filters", a.filterKeywords)
	get("/filters/{id:[0-9]+}/statuses", "read:filters", none)
	get("/notifications", "read:notifications", a.groupedNotifications)
	get("/notifications/unread_count", "read:notifications", a.unreadCount)
	get("/notifications/policy", "read:notifications", a.noticePolicy(false))
	on(http.MethodPatch, "/notifications/policy", "write:notifications", a.noticePolicy(false))
	get("/notifications/{key}", "read:notifications", a.showGroup)
	get("/notifications/{key}/accounts", "read:notifications", a.groupAccounts)
	on(http.MethodPost, "/notifications/{key}/dismiss", "write:notifications", a.dismissGroup)
}
