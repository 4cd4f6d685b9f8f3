package api

import (
	"net/http"
	"slices"

	"portevoix/forum"
	"portevoix/forum/web/stats"
)

const (
	open  forum.Scope = "" // no token needed
	read              = forum.ScopeRead
	write             = forum.ScopeWrite
)

// paged are the parameters of lists in pages, with others.
func paged(others ...string) []string { return append(others, "after", "limit") }

func get(path string, scope forum.Scope, summary string, out any, query ...string) Operation {
	return Operation{Method: http.MethodGet, Path: path, Scope: scope, Status: http.StatusOK, Summary: summary, out: out, Query: query}
}

// change is an operation that writes. Without out it answers 204.
func change(method, path, summary string, in, out any) Operation {
	o := Operation{Method: method, Path: path, Scope: write, Status: http.StatusOK, Summary: summary, in: in, out: out}
	if out == nil {
		o.Status = http.StatusNoContent
	}
	return o
}

func (o Operation) answers(status int) Operation { o.Status = status; return o }

// mayWait is for posts, which are held where they bring a time of their own.
func (o Operation) mayWait() Operation { o.held = true; return o }

func (o Operation) uploads() Operation { o.upload = true; return o }

func (o Operation) sends(media string) Operation { o.media, o.Status = media, http.StatusOK; return o }

// both are an operation and how it is taken back.
func both(path, do, undo string, out any) []Operation {
	return []Operation{change(http.MethodPost, path, do, nil, out), change(http.MethodDelete, path, undo, nil, out)}
}

const (
	post   = http.MethodPost
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// invalidations are how moderators take people out of the counts of a subject.
func invalidations(at string) []Operation {
	return []Operation{
		get(at+"/bursts", read, "Lists what looks like invented people, the largest first. For moderators.", []burstEntity{}),
		change(post, at+"/invalidations", "Takes those to whom a rule applies out of the counts. For moderators.", invalidationInput{}, invalidationEntity{}).answers(201),
		change(post, at+"/invalidations/match", "Counts to whom a rule applies, and changes nothing. For moderators.", fields("rule*:object"), matchedEntity{}),
		change(remove, at+"/invalidations/{invalidation}", "Counts them again. For moderators.", nil, nil),
	}
}

// Areas are all operations, by what they are about.
func Areas() []Area {
	return []Area{
		{"Forums", forumOperations()}, {"Threads and replies", threadOperations()}, {"Cases", caseOperations()}, {"Companies", companyOperations()},
		{"Actions", actionOperations()}, {"Own account", ownOperations()}, {"Figures and guides", figureOperations()}, {"Moderation", moderationOperations()},
	}
}

func forumOperations() []Operation {
	return slices.Concat([]Operation{
		get("/forums", open, "Lists forums.", []forumEntity{}, paged("q", "lang", "from", "sort")...),
		change(post, "/forums", "Creates a forum.", fields("name* title* summary rules language moderators:[]string restricted:boolean local_only:boolean private:boolean joinable:boolean"), forumEntity{}).answers(201),
		get("/forums/{name}", open, "Shows a forum.", forumEntity{}),
		get("/forums/{name}/members", read, "Lists who reads a forum for members, is invited to it or asks to join.", []memberEntity{}, paged("state")...),
		change(post, "/forums/{name}/members/{handle}", "Invites somebody to a forum for members, or lets in who asked.", nil, nil),
		change(remove, "/forums/{name}/members/{handle}", "Ends a membership, an invitation or a request.", nil, nil),
		change(post, "/forums/{name}/membership", "Asks to join a forum for members, or accepts its invitation.", fields("reason"), membershipEntity{}),
		change(remove, "/forums/{name}/membership", "Leaves a forum for members, declines its invitation, or takes a request back.", nil, membershipEntity{}),
		get("/forums/{name}/moderators", open, "Lists who moderates a forum.", []authorEntity{}),
		get("/forums/{name}/webhooks", read, "Lists the webhooks of a forum, as moderator.", []webhookEntity{}),
		change(post, "/forums/{name}/webhooks", "Adds a webhook to a forum.", fields("url* events*:[]string"), webhookEntity{}).answers(201),
		get("/webhooks", read, "Lists the webhooks of the server, as administrator.", []webhookEntity{}),
		change(post, "/webhooks", "Adds a webhook to the server.", fields("url* events*:[]string"), webhookEntity{}).answers(201),
		change(patch, "/webhooks/{id}", "Pauses a webhook, or has it called again.", fields("paused*:boolean"), webhookEntity{}),
		change(remove, "/webhooks/{id}", "Removes a webhook with its log.", nil, nil),
		change(post, "/webhooks/{id}/secret", "Gives a webhook another secret.", nil, webhookEntity{}),
		change(post, "/webhooks/{id}/test", "Calls the program once, as a test.", nil, webhookEntity{}).answers(202),
		get("/webhooks/{id}/calls", read, "Lists the last 50 calls of a webhook.", []webhookCallEntity{}),
		get("/forums/{name}/sources", open, "Lists what a forum takes threads from.", []sourceEntity{}),
		change(post, "/forums/{name}/sources", "Adds a source to a forum.", fields("source*"), followEntity{}),
		change(remove, "/forums/{name}/sources/{handle}", "Removes a source.", nil, nil),
	},
		both("/forums/{name}/follow", "Follows a forum.", "Stops following a forum.", followEntity{}),
		both("/forums/{name}/moderators/{handle}", "Makes somebody a moderator.", "Ends that.", []authorEntity{}),
		both("/forums/{name}/links/{id}", "Takes a thread of a source in again.", "Leaves a thread of a source out.", nil),
		both("/tags/{tag}/follow", "Follows a tag.", "Stops following a tag.", followedTagEntity{}),
	)
}

func threadOperations() []Operation {
	list := slices.Concat([]Operation{
		get("/search", open, "Searches threads, replies and groups.", []findingEntity{}, paged("q", "type", "forum", "kind", "lang", "sort")...),
		get("/threads", open, "Lists threads.", []threadEntity{}, paged("forum", "kind", "lang", "tag", "sort", "period", "linked", "featured", "max_id", "min_id")...),
		change(post, "/threads", "Starts a thread. With scheduled_at: answers 202 with what is held.", fields("forum* kind title* body* language content_note media_ids:[]string poll:poll case:case scheduled_at:time confirmed:boolean"), threadEntity{}).answers(201).mayWait(),
		change(post, "/hints", "Says what in a text may do harm before it is posted; nothing is kept.", fields("title body feeling"), []hintEntity{}),
		get("/threads/similar", open, "Lists threads like one that is being written.", []threadEntity{}, "title", "forum"),
		get("/threads/{id}", open, "Shows a thread.", threadEntity{}),
		change(patch, "/threads/{id}", "Edits a thread. What is missing stays.", fields("title body language content_note media_ids:[]string case:case confirmed:boolean"), threadEntity{}),
		get("/threads/{id}/backfill", open, "Says how far fetching replies from elsewhere is.", backfillEntity{}),
		change(post, "/threads/{id}/backfill", "Fetches replies from elsewhere.", nil, backfillEntity{}).answers(202),
		get("/threads/{id}/related", open, "Lists threads like this one.", []threadEntity{}),
		get("/threads/{id}/replies", open, "Lists the replies of a thread; parent_id makes the tree.", []replyEntity{}, paged("max_id", "min_id")...),
		change(post, "/threads/{id}/replies", "Replies. With scheduled_at: answers 202 with what is held.", fields("body* parent_id language content_note media_ids:[]string scheduled_at:time confirmed:boolean"), replyEntity{}).answers(201).mayWait(),
		get("/replies/{id}", open, "Shows a reply.", replyEntity{}),
		change(patch, "/replies/{id}", "Edits a reply. What is missing stays.", fields("body language content_note media_ids:[]string confirmed:boolean"), replyEntity{}),
		change(post, "/media", "Adds a picture or a recording.", fields("file*:file poster:file alt focus"), mediaEntity{}).answers(201).uploads(),
		change(patch, "/media/{id}", "Describes a picture.", fields("alt focus:[]number"), mediaEntity{}),
	},
		both("/threads/{id}/follow", "Follows a thread.", "Stops following a thread.", threadEntity{}),
		both("/threads/{id}/mute", "Mutes a thread.", "Hears of a thread again.", threadEntity{}),
		both("/threads/{id}/lock", "Locks a thread.", "Unlocks a thread.", threadEntity{}),
		both("/threads/{id}/feature", "Features a thread.", "Stops featuring a thread.", threadEntity{}),
	)
	for kind, out := range map[string]any{"threads": threadEntity{}, "replies": replyEntity{}} {
		at, del := "/"+kind+"/{id}", change(remove, "/"+kind+"/{id}", "Deletes it.", nil, nil)
		del.Query = []string{"reason"}
		list = append(list, slices.Concat([]Operation{
			del,
			change(post, at+"/vote", "Votes in its poll. Choices are numbers, from 0 on.", fields("choices*:[]integer"), out),
			change(post, at+"/restore", "Restores what moderators removed.", nil, out),
		},
			both(at+"/support", "Supports it.", "Takes the support back.", out), both(at+"/boost", "Boosts it.", "Takes the boost back.", out), both(at+"/pin", "Pins it to one's profile.", "Unpins it.", out))...)
	}
	return list
}

func caseOperations() []Operation {
	return slices.Concat([]Operation{
		get("/threads/{id}/moves", open, "Lists where a case stood, the last move first; 100 at most.", []moveEntity{}),
		change(post, "/threads/{id}/moves", "Moves a case.", fields("state* note"), threadEntity{}),
		change(post, "/threads/{id}/co-claim", "Joins a case: “me too”.", newClaim{}, threadEntity{}),
		change(remove, "/threads/{id}/co-claim", "Leaves a case.", nil, threadEntity{}),
		get("/threads/{id}/counted", open, "Shows who is counted, by tier.", countedEntity{}),
		change(post, "/threads/{id}/merge", "Makes a case a duplicate of another.", fields("into*"), threadEntity{}),
		change(remove, "/threads/{id}/merge", "Takes that back.", nil, threadEntity{}),
		get("/threads/{id}/answers", open, "Lists what companies answered.", []answerEntity{}),
		change(post, "/threads/{id}/answers", "Answers for a company.", fields("type* detail promise_by body* language"), replyEntity{}).answers(201),
		change(post, "/replies/{id}/verdict", "Says what the author thinks of an answer.", fields("verdict*"), nil),
		get("/threads/{id}/rights-of-reply", open, "Lists replies by right.", []rightEntity{}),
		get("/threads/{id}/concerns", read, "Lists concerns that one may see.", []concernEntity{}),
		change(post, "/threads/{id}/concerns", "Brings a concern to the moderators.", fields("kind* post_id reason words"), concernEntity{}).answers(201),
		change(patch, "/concerns/{id}", "Decides a concern, or answers it.", fields("state reason reply"), nil),
		get("/threads/{id}/evidence", open, "Shows how far a case is proven, and its documents.", caseFileEntity{}),
		change(post, "/threads/{id}/evidence", "Adds a document.", fields("file*:file kind words for_company for_dossier"), evidenceEntity{}).answers(201).uploads(),
		get("/evidence/{key}", read, "Opens a document.", nil).sends("*/*"),
		change(patch, "/evidence/{key}", "Changes what a document is said to be.", fields("kind words for_company:boolean for_dossier:boolean"), evidenceEntity{}),
		change(remove, "/evidence/{key}", "Deletes a document.", nil, nil),
		change(post, "/evidence/{key}/redact", "Covers parts of a document. Each box: left, top, width, height as shares from 0 to 1, and blur.", fields("boxes*:[]object"), evidenceEntity{}),
		get("/evidence/{key}/views", read, "Lists who opened a document.", []any{}),
		get("/threads/{id}/dossiers", read, "Lists the dossiers of a case.", []dossierEntity{}),
		change(post, "/threads/{id}/dossiers", "Makes a dossier.", nil, dossierEntity{}).answers(202),
		get("/dossiers/{id}.zip", read, "Sends a dossier.", nil).sends("application/zip"),
	}, invalidations("/threads/{id}"), both("/threads/{id}/evidence/{level}", "Raises how far a case is proven.", "Takes that back.", caseFileEntity{}))
}

func companyOperations() []Operation {
	return []Operation{
		get("/companies", open, "Lists companies.", []companyEntity{}, paged("q", "from", "sort")...),
		change(post, "/companies", "Opens the page of a company.", fields("name* site aliases:[]string registry:registry anyway:boolean"), companyEntity{}).answers(201),
		get("/companies/{handle}", open, "Shows a company.", companyEntity{}),
		change(post, "/companies/{handle}/products", "Adds a product.", fields("name* gtin"), productEntity{}).answers(201),
		change(post, "/companies/{handle}/merge", "Merges a company into another.", fields("into*"), companyEntity{}),
		get("/companies/{handle}/concerns", open, "Counts concerns about a company.", concernFiguresEntity{}),
		get("/companies/{handle}/threats", read, "Lists threats that one reported, and that wait for a case that fits.", []threatEntity{}),
		change(post, "/companies/{handle}/threats", "Seals what a representative reports of a threat.", fields("handle experienced_on amount:amount words*"), threatEntity{}).answers(201),
		change(remove, "/threats/{id}", "Forgets a threat that one reported.", nil, nil),
		get("/companies/{handle}/representatives", open, "Lists who speaks for a company.", []representativeEntity{}),
		change(post, "/companies/{handle}/representatives", "Asks to speak for a company.", fields("method* email"), []representativeEntity{}),
		change(post, "/companies/{handle}/representatives/check", "Checks the proof.", nil, []representativeEntity{}),
	}
}

func actionOperations() []Operation {
	at := "/actions/{handle}"
	return slices.Concat([]Operation{
		get("/actions", open, "Lists actions. own=true: one's own.", []actionEntity{}, paged("state", "kind", "lang", "local", "sort", "company", "forum", "own")...),
		change(post, "/actions", "Starts an action.", actionInput{}, actionEntity{}).answers(201),
		get(at, open, "Shows an action.", actionEntity{}),
		change(patch, at, "Edits a draft.", actionInput{}, actionEntity{}),
		change(remove, at, "Drops a draft.", nil, nil),
		change(post, at+"/publish", "Publishes a draft.", nil, actionEntity{}),
		change(post, at+"/signature", "Signs.", fields("name_shown:boolean updates:boolean dossier:boolean contact:boolean"), actionEntity{}),
		change(remove, at+"/signature", "Takes the signature back.", nil, actionEntity{}),
		change(post, at+"/sent", "Says that one's own letter was sent.", nil, actionEntity{}),
		change(remove, at+"/sent", "Says that it was not.", nil, actionEntity{}),
		change(post, at+"/close", "Closes an action.", fields("outcome"), actionEntity{}),
		change(post, at+"/stop", "Stops an action, as moderator.", fields("reason*"), actionEntity{}),
		get(at+"/sponsors", open, "Lists sponsors.", []sponsorEntity{}),
		change(post, at+"/invitations", "Asks an account on another server to stand behind an action.", fields("account*"), actionEntity{}),
		change(http.MethodPut, at+"/video", "Gives a draft a recording that was uploaded before.", fields("media_id*"), actionEntity{}),
		change(remove, at+"/video", "Takes the recording away.", nil, actionEntity{}),
		get(at+"/versions", open, "Lists versions of the text.", []versionEntity{}),
		change(post, at+"/versions", "Adds a version.", fields("title text change"), actionEntity{}),
		get(at+"/updates", open, "Lists news of an action.", []threadEntity{}, paged()...),
		change(post, at+"/updates", "Posts news of an action.", fields("title* body*"), threadEntity{}).answers(201),
		get(at+"/papers", open, "Lists signatures on paper.", []paperEntity{}),
		change(post, at+"/papers", "Adds signatures on paper.", fields("number*:integer place note"), actionEntity{}),
		change(remove, at+"/papers/{id}", "Takes that back.", nil, actionEntity{}),
		get(at+"/dossiers", read, "Lists the dossiers of an action.", []dossierEntity{}),
		change(post, at+"/dossiers", "Makes a dossier.", nil, dossierEntity{}).answers(202),
	},
		invalidations(at),
		both(at+"/ask", "Puts a draft before sponsors.", "Makes it a draft again, without the sponsors that it had.", actionEntity{}),
		both(at+"/sponsors", "Sponsors an action.", "Stops sponsoring it.", actionEntity{}),
		both(at+"/cases/{thread}", "Attaches a case.", "Detaches a case.", actionEntity{}))
}

func ownOperations() []Operation {
	return []Operation{
		get("/home", read, "Lists threads of what one follows.", []threadEntity{}, paged("sort")...),
		get("/lists", read, "Lists one's lists: choices among those whom one follows.", []listEntity{}),
		change(post, "/lists", "Makes a list.", fields("title* exclusive:boolean"), listEntity{}).answers(201),
		get("/lists/{id}", read, "Shows a list and who is on it.", listEntity{}),
		change(patch, "/lists/{id}", "Changes a list; whom an exclusive one holds is left out of /home.", fields("title exclusive:boolean"), listEntity{}),
		change(remove, "/lists/{id}", "Deletes a list.", nil, nil),
		get("/lists/{id}/threads", read, "Lists threads of those on a list.", []threadEntity{}, paged("sort")...),
		change(http.MethodPut, "/lists/{id}/members/{handle}", "Puts somebody whom one follows on a list.", nil, listEntity{}),
		change(remove, "/lists/{id}/members/{handle}", "Takes somebody off a list.", nil, listEntity{}),
		get("/completions", read, "Completes a word that names somebody or a tag.", []completionEntity{}, "word"),
		get("/messages", read, "Lists direct messages that wait.", []messageEntity{}),
		change(post, "/messages/{id}/answer", "Answers a message.", fields("choice text"), nil),
		change(remove, "/messages/{id}", "Deletes a message.", nil, nil),
		get("/drafts", read, "Lists what one is writing.", []draftEntity{}),
		change(post, "/drafts", "Saves a draft.", draftInput{}, draftEntity{}).answers(201),
		get("/drafts/{id}", read, "Shows a draft.", draftEntity{}),
		change(http.MethodPut, "/drafts/{id}", "Saves a draft in its place.", draftInput{}, draftEntity{}),
		change(remove, "/drafts/{id}", "Throws a draft away.", nil, nil),
		get("/scheduled", read, "Lists what is held until its time.", []scheduledEntity{}),
		get("/scheduled/{id}", read, "Shows one.", scheduledEntity{}),
		change(patch, "/scheduled/{id}", "Gives it another time.", fields("scheduled_at*:time"), scheduledEntity{}),
		change(remove, "/scheduled/{id}", "Drops it.", nil, nil),
		get("/notifications", read, "Lists notifications.", []notificationEntity{}, paged("unread", "topic")...),
		change(post, "/notifications/read", "Marks notifications as read, up to one.", fields("up_to"), nil),
		change(post, "/notifications/{id}/read", "Marks one as read.", nil, nil),
		get("/notifications/settings", read, "Shows what one is told of.", notificationSettings{}),
		change(patch, "/notifications/settings", "Changes it.", notificationSettings{}, notificationSettings{}),
	}
}

func figureOperations() []Operation {
	list := []Operation{
		get("/data", open, "Lists the archives of open data.", []archiveEntity{}),
		get("/guides", open, "Lists what people can do next, by country.", []guideEntity{}, "lang"),
		get("/guides/{country}", open, "Shows a guide.", guideEntity{}, "lang"),
	}
	for _, kind := range []string{"forums", "companies", "actions"} {
		o := get("/"+kind+"/{name}/figures", open, "Shows figures, with the definition of each.", stats.Of(&forum.Figures{}, stats.Subject{}, ""))
		if kind == "companies" {
			o.Query = []string{"product"}
		}
		list = append(list, o)
	}
	return list
}

func moderationOperations() []Operation {
	unsubscribe := change(remove, "/peer-lists/{id}", "Follows a list no more, and lifts the rules that come from it alone. keep: they stay. For administrators.", nil, nil)
	unsubscribe.Query = []string{"keep"}
	list := []Operation{
		change(post, "/threads/{id}/report", "Brings a thread to the moderators. forward: also to its server, which does not learn who reports.", fields("words* forward:boolean"), nil),
		change(post, "/replies/{id}/report", "Brings a reply to the moderators.", fields("words* forward:boolean"), nil),
		change(post, "/reports", "Brings an account, or a forum, as a whole to the administrators.", fields("account* words* forward:boolean"), nil),
		get("/reports", read, "Lists open reports. For moderators.", []reportEntity{}),
		change(remove, "/reports/{id}", "Marks a report as dealt with. For moderators.", nil, nil),
		get("/decisions", open, "Lists what moderators decided, and why: the moderation log, the newest first.", []decisionEntity{}, "forum", "kind", "max_id", "limit"),
		get("/decisions/{id}", open, "Shows a decision.", decisionEntity{}),
		get("/peers", read, "Lists servers. For administrators.", []peerEntity{}, paged("show", "q")...),
		get("/peers/{host}", read, "Shows a server. For administrators.", peerEntity{}),
		change(post, "/peers/{host}/retry", "Tries a server again. For administrators.", nil, nil),
		get("/peer-lists", read, "Lists the lists of servers that are followed. For administrators.", []peerListEntity{}),
		change(post, "/peer-lists", "Follows a list of servers to block. dry_run: only tells what would change. For administrators.", fields("url* ceiling automatic:boolean dry_run:boolean"), subscriptionEntity{}),
		unsubscribe,
		change(post, "/peer-lists/{id}/read", "Reads a list at once. confirmed: although it differs much from what it was. For administrators.", fields("dry_run:boolean confirmed:boolean"), peerListChangeEntity{}),
		get("/peer-lists/{id}/proposals", read, "Lists what a list proposes. For administrators.", []ruleEntity{}),
		change(post, "/peer-lists/{id}/proposals", "Accepts or refuses what a list proposes: these hosts, or all. For administrators.", fields("hosts:[]string accept:boolean"), peerListChangeEntity{}),
		get("/peer-rules", open, "Lists rules for servers. A token is needed where the server does not publish them.", []ruleEntity{}),
		change(http.MethodPut, "/peer-rules/{host}", "Sets a rule. For administrators.", fields("severity media_off:boolean votes_off:boolean reports_off:boolean allowed:boolean obfuscate:boolean reason expires_at:time"), ruleEntity{}),
		change(remove, "/peer-rules/{host}", "Lifts a rule. For administrators.", nil, nil),
	}
	for _, at := range []string{"", "/forums/{name}"} {
		list = append(list, get(at+"/bans", read, "Lists bans.", []banEntity{}), change(post, at+"/bans", "Bans somebody.", fields("handle* reason until:time remove_posts:boolean"), nil), change(remove, at+"/bans/{handle}", "Lifts a ban.", nil, nil))
	}
	return list
}
