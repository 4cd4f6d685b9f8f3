package web

import (
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"portevoix/forum"
	"portevoix/forum/web/allow"
	"portevoix/static"
)

// Register adds every page. An address that other servers know too (a person, a
// forum, a thread, a reply) is the same for both; see federation's list.
func (s *Site) Register(r *mux.Router) {
	get := func(path string, h handler) { r.Handle(path, s.page(h)).Methods(http.MethodGet, http.MethodHead) }
	post := func(path string, h handler, limit ...int64) { // in bytes of the form, for those that bring pictures
		r.Handle(path, s.pageTaking(slices.Max(append(limit, maxForm)), h)).Methods(http.MethodPost)
	}

	r.PathPrefix(static.Prefix).Handler(s.o.Files).Methods(http.MethodGet, http.MethodHead)
	for path, file := range map[string]string{"/favicon.ico": "favicon.svg", "/service-worker.js": "service-worker.js"} {
		r.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s.o.Files.Serve(w, r, file) }).Methods(http.MethodGet, http.MethodHead)
	}

	// Reading.
	get("/", s.front)
	get("/forums", s.directory)
	get("/f/{handle}", s.forum)
	get("/t/{id:[0-9]+}", s.thread)
	get("/t/{id:[0-9]+}-{slug}", s.thread)
	get("/p/{id:[0-9]+}", s.reply)
	get("/{kind:t|p}/{id:[0-9]+}/history", s.history)
	get("/u/{handle}", s.person)
	get("/actions", s.actions)
	get("/a/{handle}", s.action)
	get("/a/{handle}/v{version:[0-9]+}", s.action)
	get("/search", s.search)
	get("/tags/{tag}", s.tag)
	get("/about", s.aboutPage)
	get("/ns", s.namespace)
	get("/guides", s.guideList)
	get("/guides/{country}", s.guide)
	if s.developing() {
		get("/about/style", s.style)
	}

	r.Handle("/live", s.page(s.live)).Methods(http.MethodGet)
	r.Handle("/t/{id:[0-9]+}/backfill", s.page(s.backfillProgress)).Methods(http.MethodGet, http.MethodHead) // a part of a page
	r.Handle("/new/complete", s.page(s.complete)).Methods(http.MethodGet, http.MethodHead)                   // for a script
	r.Handle("/new/preview", s.asking(s.livePreview)).Methods(http.MethodPost)                               // a part of a page
	r.Handle("/new/similar", s.page(s.similar)).Methods(http.MethodGet, http.MethodHead)                     // a part of a page

	// For programs, the same for everybody.
	public := func(path string, h handler) { r.Handle(path, s.public(h)).Methods(http.MethodGet, http.MethodHead) }
	public("/feed.{format:atom|json}", s.frontFeed)
	public("/f/{handle}/feed.{format:atom|json}", s.forumFeed)
	public("/u/{handle}/feed.{format:atom|json}", s.personFeed)
	public("/t/{id:[0-9]+}/feed.{format:atom|json}", s.threadFeed)
	public("/tags/{tag}/feed.{format:atom|json}", s.tagFeed)
	public("/search/feed.{format:atom|json}", s.searchFeed)
	public("/t/{id:[0-9]+}/preview.png", s.threadPreview)
	public("/actions/feed.{format:atom|json}", s.actionsFeed)
	public("/a/{handle}/feed.{format:atom|json}", s.actionFeed)
	public("/a/{handle}/preview.png", s.actionPreview)
	public("/a/{handle}/qr.svg", s.actionQR)
	public("/a/{handle}/embed", s.actionEmbed)
	public("/a/{handle}/v{version:[0-9]+}.txt", s.actionText)
	public("/t/{id:[0-9]+}/qr.svg", s.qrCode)
	public("/t/{id:[0-9]+}/embed", s.embed)
	public("/api/oembed", s.oEmbed)
	public("/preview.png", s.sitePreview)
	public("/media/{name}", s.media)
	public("/robots.txt", s.robots)
	public("/sitemap.xml", s.sitemapIndex)
	public("/sitemap/forums.xml", s.sitemapForums)
	public("/sitemap/threads-{after:[0-9]+}.xml", s.sitemapThreads)
	public("/manifest.webmanifest", s.manifest)
	public("/offline", s.offline)

	// From elsewhere, and to it.
	get("/interact", s.interactForm)
	post("/interact", s.interact)
	get("/authorize_interaction", s.authorizeInteraction)
	get("/share", s.share)
	get("/t/{id:[0-9]+}/share", s.shareThread)

	// Writing.
	get("/new", s.compose)
	get("/f/{handle}/new", s.compose)
	post("/new", s.startThread, s.maxUpload())
	get("/drafts", s.drafts)
	get("/drafts/{id:[0-9]+}", s.draft)
	post("/drafts/{id:[0-9]+}/undo", s.undoDraft)
	post("/drafts/{id:[0-9]+}/send", s.sendDraft)
	post("/drafts/{id:[0-9]+}/discard", s.discardDraft)
	post("/pictures", s.addPicture, s.maxUpload())
	get("/{kind:t|p}/{id:[0-9]+}/reply", s.composeReply)
	post("/{kind:t|p}/{id:[0-9]+}/reply", s.sendReply, s.maxUpload())
	get("/{kind:t|p}/{id:[0-9]+}/guest", s.guestReplyForm)
	post("/{kind:t|p}/{id:[0-9]+}/guest", s.replyAsGuest)
	get("/guest/{token}", s.guestLink)
	post("/guest/{token}", s.useGuestLink)
	get("/{kind:t|p}/{id:[0-9]+}/edit", s.edit)
	post("/{kind:t|p}/{id:[0-9]+}/edit", s.saveEdit, s.maxUpload())
	get("/t/{id:[0-9]+}/state", s.caseHistory)
	post("/t/{id:[0-9]+}/state", s.moveCase)
	get("/case/{token}", s.caseQuestion)
	post("/case/{token}", s.answerCaseQuestion)
	get("/{kind:t|p}/{id:[0-9]+}/delete", s.confirmDelete)
	post("/{kind:t|p}/{id:[0-9]+}/delete", s.delete)

	// Joint actions.
	get("/actions/new", s.newAction)
	post("/actions/new", s.startAction)
	get("/a/{handle}/edit", s.editAction)
	post("/a/{handle}/edit", s.saveAction)
	get("/a/{handle}/desk", s.actionDesk)
	post("/a/{handle}/{step:ask|redraft|drop|publish}", s.stepAction)
	post("/a/{handle}/sponsor", s.sponsor)
	post("/a/{handle}/cases", s.attachCase)
	post("/a/{handle}/updates", s.postUpdate)
	post("/a/{handle}/versions", s.addVersion)
	post("/a/{handle}/papers", s.addPaper)
	post("/a/{handle}/papers/{id:[0-9]+}/undo", s.undoPaper)
	post("/a/{handle}/close", s.closeAction)
	post("/a/{handle}/stop", s.stopAction)
	get("/a/{handle}/letter", s.letter)
	post("/a/{handle}/letter", s.printLetter)

	// Taking part.
	post("/{kind:t|p}/{id:[0-9]+}/support", s.support)
	post("/{kind:t|p}/{id:[0-9]+}/boost", s.boost)
	post("/{kind:t|p}/{id:[0-9]+}/pin", s.pin)
	post("/{kind:t|p}/{id:[0-9]+}/vote", s.votePoll)
	get("/{kind:t|p}/{id:[0-9]+}/quotes", s.quotes)
	post("/quotes/{id:[0-9]+}/revoke", s.revokeQuote)
	post("/{kind:f|u|c|a}/{handle}/follow", s.follow)
	post("/u/{handle}/block", s.block)
	post("/tags/{tag}/follow", s.followTag)
	get("/{kind:t|p}/{id:[0-9]+}/report", s.reportForm)
	post("/{kind:t|p}/{id:[0-9]+}/report", s.report)
	post("/t/{id:[0-9]+}/follow", s.followThread)
	post("/t/{id:[0-9]+}/mute", s.muteThread)
	post("/t/{id:[0-9]+}/backfill", s.fetchReplies)
	get("/home", s.home)
	get("/notifications", s.notifications)
	post("/notifications", s.readNotifications)

	// One's account.
	get("/register", s.registerForm)
	post("/register", s.register)
	get("/login", s.signInForm)
	post("/login", s.signIn)
	post("/login/link", s.mailLink)
	post("/logout", s.signOut)
	get("/link/{token}", s.link)
	post("/link/{token}", s.useLink)
	get("/setup/{token}", s.setupForm)
	post("/setup/{token}", s.setup)
	get("/settings", s.settings)
	post("/settings/profile", s.saveProfile)
	post("/settings/pictures", s.saveOwnPortraits, s.maxUpload())
	post("/settings/appearance", s.saveAppearance)
	post("/settings/writing", s.saveWriting)
	post("/settings/password", s.changePassword)
	post("/settings/claim", s.claimGuest)
	post("/settings/email", s.changeEmail)
	post("/settings/sessions", s.endSessions)
	post("/settings/tokens/{id:[0-9]+}/revoke", s.revokeToken)
	get("/settings/filters", s.filtersPage)
	post("/settings/filters", s.addFilter)
	post("/settings/filters/{id:[0-9]+}/remove", s.removeFilter)
	get("/settings/notifications", s.alerts)
	post("/settings/notifications", s.chooseMail)
	post("/settings/notifications/push", s.choosePush)
	post("/settings/notifications/devices", s.addDevice)
	post("/settings/notifications/devices/{id:[0-9]+}/remove", s.removeDevice)
	get("/unsubscribe/{token}", s.unsubscribeForm)
	post("/unsubscribe/{token}", s.unsubscribe)
	get("/settings/import", s.importForm)
	post("/settings/import", s.startImport)
	post("/u/{handle}/mute", s.mute)
	get("/login/second", s.secondStepForm)
	post("/login/second", s.takeSecondStep)
	post("/login/passkey/options", s.passkeyOptions)
	post("/login/passkey", s.signInWithPasskey)
	get("/login/identity", s.withProvider(s.beginIdentity))
	get("/login/identity/callback", s.withProvider(s.finishIdentity))
	get("/register/identity", s.withProvider(s.strangerForm))
	post("/register/identity", s.withProvider(s.registerStranger))
	post("/settings/identity", s.linkIdentity)
	post("/settings/identity/remove", s.unlinkIdentity)
	get("/settings/security", s.security)
	post("/settings/security/begin", s.beginSecondStep)
	post("/settings/security/confirm", s.confirmSecondStep)
	post("/settings/security/codes", s.renewRecoveryCodes)
	post("/settings/security/off", s.endSecondStep)
	post("/settings/passkeys/options", s.newPasskeyOptions)
	post("/settings/passkeys", s.addPasskey)
	post("/settings/passkeys/{id:[0-9]+}", s.changePasskey)
	get("/settings/move", s.movePage)
	post("/settings/move", s.move)
	post("/settings/move/undo", s.undoMove)
	post("/settings/move/alias", s.addAlias)
	post("/settings/move/unalias", s.removeAlias)
	get("/settings/export", s.export)
	post("/settings/delete", s.deleteAccount)
	post("/settings/keep", s.keepAccount)
	post("/language", s.chooseLanguage)

	// Apps that act for people; the rest of it is in forum/web/mastodon.
	get("/oauth/authorize", s.authorizeForm)
	post("/oauth/authorize", s.authorize)

	// Keeping order.
	get("/moderation", s.moderation)
	post("/moderation/reports/{id:[0-9]+}", s.closeReport)
	post("/moderation/accounts/{name}", s.decide)
	post("/moderation/guests/{id:[0-9]+}", s.decideGuestReply)
	post("/moderation/invite", s.invite)
	post("/moderation/suspend", s.suspend)
	get("/moderation/peers", s.peers)
	post("/moderation/peers", s.savePeerRule)
	get("/moderation/peers/new", s.newPeerRule)
	get("/moderation/peers/rules.csv", s.peerRulesFile)
	get("/moderation/peers/import", s.peerImportForm)
	post("/moderation/peers/import", s.importPeerRules, forum.MaxPeerFile+maxForm)
	post("/moderation/peers/lift", s.liftPeerRule)
	post("/moderation/peers/retry", s.retryPeer)
	get("/moderation/peers/{host}", s.peer)
	post("/{kind:t|p}/{id:[0-9]+}/restore", s.restore)
	get("/moderation/bans", s.bans)
	post("/moderation/bans", s.ban)
	post("/moderation/bans/lift", s.unban)
	get("/f/{handle}/bans", s.bans)
	post("/f/{handle}/bans", s.ban)
	post("/f/{handle}/bans/lift", s.unban)
	get("/f/{handle}/sources", s.sources)
	post("/f/{handle}/sources", s.addSource)
	post("/f/{handle}/sources/remove", s.removeSource)
	post("/f/{handle}/sources/leave-out", s.leaveOut)
	post("/t/{id:[0-9]+}/lock", s.decideThread(s.service.LockThread))
	post("/t/{id:[0-9]+}/feature", s.decideThread(s.service.Feature))
	get("/forums/new", s.forumForm)
	post("/forums/new", s.createForum)
	get("/f/{handle}/settings", s.forumSettings)
	post("/f/{handle}/settings", s.saveForum)
	post("/f/{handle}/pictures", s.saveForumPortraits, s.maxUpload())

	r.NotFoundHandler = s.page(func(v *visit) error { return v.notFound(allow.Methods(r, v.r)) })
	r.MethodNotAllowedHandler = r.NotFoundHandler
}
