package main

// What may become of a payload, besides what is plain from the words.
const (
	noType         = "400 invalid: DocumentInvalid: the activity has no type"
	noID           = "400 invalid: DocumentInvalid: the activity has no id"
	noActor        = "400 invalid: DocumentInvalid: the activity has no actor"
	noAuthor       = "400 invalid: DocumentInvalid: the post has no author"
	noForum        = "ignored: addressed to no forum here and answers nothing known here"
	noFollow       = "ignored: no such follow"
	nothingToUndo  = "ignored: nothing to undo"
	actorUnknown   = "ignored: the actor is not known here"
	postUnknown    = "ignored: the post is not known here"
	notPublic      = "ignored: not public"
	accountUnknown = "ignored: an account unknown here was deleted"
	noModerator    = "403 forbidden: ModeratorsOnly"
	groupUnknown   = "ignored: a ban from a group that is not known here"
	noPoll         = "ignored: there is no poll, or it is closed"
)

// payloadOutcomes says what becomes of a payload of each kind: what there is
// because of it, or why nothing came of it. A kind that is not here fails the
// test.
var payloadOutcomes = map[string]string{
	"?":                             noType,
	"Accept{Follow{URL}}":           noFollow,
	"Accept{QuoteRequest{URL}}":     "ignored: Accept of a QuoteRequest",
	"Accept{URL}":                   noFollow,
	"Add{URL}":                      postUnknown,
	"Announce{Add{Group}}":          postUnknown,
	"Announce{Add{URL}}":            postUnknown,
	"Announce{Block{URL}}":          "ignored: whoever is banned is not known here",
	"Announce{Create{ChatMessage}}": "ignored: a new ChatMessage is not acted upon",
	"Announce{Create{Note}}":        "a reply",
	"Announce{Create{Page}}":        "a thread",
	"Announce{Delete{Tombstone}}":   postUnknown,
	"Announce{Delete{URL}}":         postUnknown,
	"Announce{Like{URL}}":           postUnknown,
	"Announce{Note}":                "a boost",
	"Announce{Remove{Group}}":       postUnknown,
	"Announce{Remove{URL}}":         postUnknown,
	"Announce{URL}":                 "a boost",
	"Announce{Undo{Block{URL}}}":    "ignored: whoever is banned is not known here",
	"Announce{Undo{Like{URL}}}":     nothingToUndo,
	"Announce{Update{Group}}":       actorUnknown,
	"Announce{Update{Note{?}}}":     "a reply",
	"Announce{Update{Page{?}}}":     "a thread",
	"Announce{Update{Person}}":      actorUnknown,
	"Block{URL}":                    groupUnknown,
	"Create{Article}":               noForum,
	"Create{Audio}":                 noForum,
	"Create{ChatMessage}":           "ignored: a new ChatMessage is not acted upon",
	"Create{Note}":                  "a reply",
	"Create{Page}":                  "a thread",
	"Create{Question}":              noForum,
	"Create{[Note]}":                noPoll,
	"Delete{Feed}":                  "a tombstone",
	"Delete{Person}":                accountUnknown,
	"Delete{Tombstone}":             "a tombstone",
	"Delete{URL}":                   "a tombstone",
	"Dislike{URL}":                  "nothing to be seen",
	"EmojiReact{URL}":               "ignored: a reaction that is no support",
	"Event":                         "ignored: Event is not acted upon",
	"Flag{URL}":                     "a report",
	"Flag{[URL]}":                   "a report",
	"Follow{URL}":                   "a follow",
	"Like{Note}":                    "a support",
	"Like{URL}":                     "a support",
	"Lock{URL}":                     noModerator,
	"Move{URL}":                     "ignored: nobody here follows that account",
	"Question":                      "ignored: Question is not acted upon",
	"QuoteRequest{URL}":             "404 not_found: NothingHere",
	"Reject{Follow{URL}}":           noFollow,
	"Reject{QuoteRequest{URL}}":     "ignored: Reject of a QuoteRequest",
	"Reject{URL}":                   noFollow,
	"Remove{URL}":                   postUnknown,
	"Resolve{Flag{URL}}":            "ignored: Resolve is not acted upon",
	"Undo{Announce{URL}}":           "taken back",
	"Undo{Block{URL}}":              groupUnknown,
	"Undo{Delete{URL}}":             postUnknown,
	"Undo{Follow{URL}}":             "taken back",
	"Undo{Like{URL}}":               "taken back",
	"Undo{Lock{URL}}":               noModerator,
	"Undo{URL}":                     nothingToUndo,
	"Update{Group}":                 actorUnknown,
	"Update{Note{?}}":               "a reply",
	"Update{Note}":                  noAuthor,
	"Update{Page{?}}":               "a thread",
	"Update{Page}":                  "a thread",
	"Update{Person}":                "a profile",
	"Warn{URL}":                     "ignored: Warn is not acted upon",
	"not JSON":                      "400 invalid: DocumentInvalid: the document is not JSON: invalid character '/' looking for beginning of value",

	// No activities.
	"AnnounceApproval{URL}": noActor,
	"Application":           noActor,
	"Article":               noActor,
	"Audio":                 noActor,
	"ChatMessage":           noActor,
	"Collection":            noActor,
	"Feed":                  noActor,
	"Group":                 noActor,
	"Image":                 noActor,
	"LikeApproval{URL}":     noActor,
	"Note":                  noActor,
	"Object":                noActor,
	"OrderedCollection":     noActor,
	"OrderedCollectionPage": noActor,
	"Organization":          noActor,
	"Page":                  noActor,
	"Person":                noActor,
	"Place":                 noActor,
	"QuoteAuthorization":    noActor,
	"ReplyApproval{URL}":    noActor,
	"Tombstone":             noActor,
	"Video":                 noActor,
}

// otherwise are the files whose outcome is another than their kind's.
var otherwise = map[string]string{
	// Announce{Add{URL}}
	"spec-examples/from-julianlam-feps/fep-1b12_5.json": noID,
	// Announce{Create{Note}}
	"mbin/from-mbin-snapshots/AnnounceTest__testAnnounceCreatePost__1.json": "a thread",
	// Announce{Update{Note{?}}}
	"mbin/from-mbin-snapshots/AnnounceTest__testAnnounceUpdatePost__1.json": "a thread",
	// Block{URL}
	"mastodon/from-bonfire-activity_pub/mastodon/mastodon-block-activity.json":        "a block",
	"spec-examples/from-mastodon-documentation/content__en__spec__activitypub_0.json": "a block",
	// Create{Note}
	"spec-examples/from-julianlam-feps/fep-7458_0.json":                                   noAuthor,
	"spec-examples/from-julianlam-feps/fep-7458_1.json":                                   noAuthor,
	"spec-examples/from-mastodon-documentation/content__en__spec__webfinger_1.json":       noAuthor,
	"lotide/from-lemmy-main/activities/create_page_image.json":                            "a thread",
	"mastodon/from-bonfire-activity_pub/mastodon/mastodon-post-activity-contentmap.json":  "a thread",
	"mastodon/from-bonfire-activity_pub/mastodon/mastodon-post-activity-contentmaps.json": "a thread",
	"mastodon/from-bonfire-activity_pub/mastodon/mastodon-post-activity-hashtag.json":     "a thread",
	"mastodon/from-bonfire-activity_pub/mastodon/mastodon-post-activity-nsfw.json":        "a thread",
	"mastodon/from-bonfire-activity_pub/mastodon/mastodon-post-activity.json":             "a thread",
	"mbin/from-mbin-snapshots/CreateTest__testCreatePost__1.json":                         "a thread",
	"kroeg/from-bonfire-activity_pub/kroeg-array-less-emoji.json":                         noForum,
	"kroeg/from-bonfire-activity_pub/kroeg-array-less-hashtag.json":                       noForum,
	"kroeg/from-bonfire-activity_pub/kroeg-post-activity.json":                            noForum,
	"mastodon/from-bonfire-activity_pub/mastodon/mastodon-create-with-attachment.json":    noForum,
	"lemmy/from-lemmy-main/activities/create_or_update/create_private_message.json":       notPublic,
	"mastodon/from-bonfire-activity_pub/mastodon/mastodon-vote.json":                      noPoll,
	"spec-examples/from-julianlam-feps/fep-8b32_1.json":                                   notPublic,
	"spec-examples/from-julianlam-feps/fep-8b32_2.json":                                   notPublic,
	"spec-examples/from-mastodon-documentation/content__en__spec__activitypub_4.json":     noPoll,
	"spec-examples/from-mastodon-documentation/content__en__spec__activitypub_5.json":     noPoll,
	// Delete{URL}
	"spec-examples/from-gotosocial-docs/posts_10.json":           noID,
	"spec-examples/from-gotosocial-docs/posts_11.json":           noID,
	"lemmy/from-lemmy-0.19/activities/deletion/remove_note.json": "403 forbidden: WrongOrigin: the deleted object is not on its actor's server",
	"lemmy/from-lemmy-main/activities/deletion/remove_note.json": "403 forbidden: WrongOrigin: the deleted object is not on its actor's server",
	"lemmy/from-lemmy-main/activities/deletion/delete_user.json": accountUnknown,
	// EmojiReact{URL}
	"pleroma/from-bonfire-activity_pub/emoji-reaction.json": "a support",
	// Note
	"spec-examples/from-gotosocial-docs/posts_8.json":                           noID,
	"spec-examples/from-julianlam-feps/fep-7888_0.json":                         noID,
	"spec-examples/from-julianlam-feps/fep-e232_0.json":                         noID,
	"spec-examples/from-julianlam-feps/fep-e232_1.json":                         noID,
	"pleroma/from-bonfire-activity_pub/https__info.pleroma.site_activity.json":  "403 forbidden: WrongOrigin: the activity's id is not on its actor's server",
	"pleroma/from-bonfire-activity_pub/https__info.pleroma.site_activity2.json": "403 forbidden: WrongOrigin: the activity's id is not on its actor's server",
	"pleroma/from-bonfire-activity_pub/spoofed_pleroma_note.json":               "403 forbidden: WrongOrigin: the activity's id is not on its actor's server",
	"spec-examples/from-julianlam-feps/fep-7628_1.json":                         "ignored: Move is acted upon for accounts only",
	"misc/from-bonfire-activity_pub/statuses/note.json":                         "ignored: Note is not acted upon",
	"pleroma/from-bonfire-activity_pub/emoji-in-summary.json":                   "ignored: Note is not acted upon",
	"pleroma/from-bonfire-activity_pub/fetch_mocks/9wTkLEnuq47B25EehM.json":     "ignored: Note is not acted upon",
	"pleroma/from-bonfire-activity_pub/p.helene.moe-AM7S6vZQmL6pI9TgPY.json":    "ignored: Note is not acted upon",
	"pleroma/from-bonfire-activity_pub/pleroma_note.json":                       "ignored: Note is not acted upon",
	"pleroma/from-bonfire-activity_pub/pleroma_private_note.json":               "ignored: Note is not acted upon",
	"pleroma/from-bonfire-activity_pub/spoofed-object.json":                     "ignored: Note is not acted upon",
	"pleroma/from-lemmy-0.19/objects/note.json":                                 "ignored: Note is not acted upon",
	"pleroma/from-lemmy-main/objects/note.json":                                 "ignored: Note is not acted upon",
	"spec-examples/from-julianlam-feps/fep-fffd_0.json":                         "ignored: Note is not acted upon",
	"spec-examples/from-julianlam-feps/fep-fffd_1.json":                         "ignored: Note is not acted upon",
	"spec-examples/from-julianlam-feps/fep-fffd_2.json":                         "ignored: Note is not acted upon",
	// Question
	"piefed/from-pyfedi-docs/posts/posts_5_Question.json":                             noActor,
	"spec-examples/from-mastodon-documentation/content__en__spec__activitypub_3.json": noActor,
	// Undo{Block{URL}}
	"mastodon/from-bonfire-activity_pub/mastodon/mastodon-unblock-activity.json": "taken back",
	// Update{Note{?}}
	"mbin/from-mbin-snapshots/UpdateTest__testUpdatePost__1.json": "a thread",
	// Update{Person}
	"mbin/from-mbin-snapshots/UpdateTest__testUpdateUser__1.json": actorUnknown,
	// not JSON
	"piefed/from-pyfedi-docs/feeds/feeds_1_nonstrict.json":             "400 invalid: DocumentInvalid: the document is not JSON: invalid character '+' in string escape code",
	"piefed/from-pyfedi-docs/communities/communities_2_nonstrict.json": "400 invalid: DocumentInvalid: the document is not JSON: invalid character '.' looking for beginning of value",
}
