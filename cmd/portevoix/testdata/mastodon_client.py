"""Does with Mastodon.py, unchanged, what people do in apps.

Run by TestMastodonPy with the server's address. The address where somebody allows
the app goes out on a line that begins with "AUTHORIZE "; the code is read from
standard input.
"""
import sys
import tempfile

from mastodon import Mastodon, MastodonNotFoundError

base, png = sys.argv[1], sys.argv[2]


def check(what, ok):
    if not ok:
        sys.exit("failed: " + what)


client_id, client_secret = Mastodon.create_app("Mastodon.py", api_base_url=base, scopes=["read", "write", "follow"])
api = Mastodon(client_id, client_secret, api_base_url=base)
print("AUTHORIZE " + api.auth_request_url(scopes=["read", "write", "follow"]), flush=True)
api.log_in(code=sys.stdin.readline().strip(), scopes=["read", "write", "follow"])

me = api.account_verify_credentials()
check("verify_credentials", me.acct == "lea" and me.source.privacy == "public")
check("app", api.app_verify_credentials().name == "Mastodon.py")
check("instance", api.instance().uri in base and api.instance_peers() == [])
forum = api.account_lookup("telecoms")
check("a forum is a group", forum.group)
check("follow", api.account_follow(forum).following)
check("relationships", api.account_relationships(forum.id)[0].following)
check("following", [a.acct for a in api.account_following(me)] == ["telecoms"])

media = api.media_post(png, "image/png", description="A red square")
check("media", media.type == "image" and media.description == "A red square" and media.meta.original.width > 0)
thread = api.status_post("@telecoms The bill came twice\n\nAgain this month.", media_ids=[media], idempotency_key="once", language="en")
again = api.status_post("@telecoms The bill came twice\n\nAgain this month.", media_ids=[media], idempotency_key="once", language="en")
check("idempotency", thread.id == again.id)
check("title first", thread.content.startswith("<p><strong>The bill came twice</strong></p>"))
check("attachment", len(thread.media_attachments) == 1 and thread.in_reply_to_id is None)
poll = api.status_post("@telecoms How often?\n\nYour bill:", poll=api.make_poll(["once", "twice"], 3600))
check("poll", [o.title for o in poll.poll.options] == ["once", "twice"])
api.poll_vote(poll.poll, [1])
voted = api.poll(poll.poll)
check("vote", voted.voted and voted.own_votes == [1] and voted.votes_count == 1)

reply = api.status_reply(thread, "Still the same.")
check("reply", str(reply.in_reply_to_id) == str(thread.id))
context = api.status_context(thread)
check("context", [s.id for s in context.descendants] == [reply.id])
check("home", thread.id in [(s.reblog or s).id for s in api.timeline_home()])
check("public", reply.id not in [s.id for s in api.timeline_public()] and thread.id in [s.id for s in api.timeline_local()])
check("the forum passes on", [s.reblog.id for s in api.account_statuses(forum)] == [poll.id, thread.id])
pages = api.fetch_remaining(api.account_statuses(forum, limit=1))
check("pages", [s.reblog.id for s in pages] == [poll.id, thread.id])
first = api.account_statuses(forum, limit=1)
second = api.fetch_next(first)
check("next", second[0].reblog.id == thread.id)
check("previous", api.fetch_previous(second)[0].reblog.id == poll.id)

edited = api.status_update(thread, status="The bill came thrice\n\nAgain this month.")
check("edit", edited.edited_at is not None and "thrice" in edited.content)
check("history", len(api.status_history(thread)) == 2)
check("source", api.status_source(thread).text.startswith("The bill came thrice"))
check("favourite", api.status_favourite(thread).favourited and not api.status_unfavourite(thread).favourited)
api.status_favourite(thread)
check("favourites", [s.id for s in api.favourites()] == [thread.id])
check("favourited by", [a.id for a in api.status_favourited_by(thread)] == [me.id])
check("bookmark", api.status_bookmark(thread).bookmarked)
check("bookmarks", [s.id for s in api.bookmarks()] == [thread.id])
boost = api.status_reblog(thread)
check("reblog", boost.reblog.id == thread.id and boost.reblog.reblogged and boost.account.id == me.id)
check("unreblog", not api.status_unreblog(thread).reblogged)
check("pin", api.status_pin(thread).pinned)
check("pinned", [s.id for s in api.account_statuses(me, pinned=True)] == [thread.id])
check("mute", api.status_mute(thread).muted and not api.status_unmute(thread).muted)

found = api.search_v2("thrice")
check("search", [s.id for s in found.statuses] == [thread.id])
check("accounts", [a.acct for a in api.account_search("tele")] == ["telecoms"])
max = api.account_lookup("max")
check("block", api.account_block(max).blocking and not api.account_unblock(max).blocking)
check("muting", api.account_mute(max).muting and [a.acct for a in api.mutes()] == ["max"] and not api.account_unmute(max).muting)
check("note", api.account_note_set(max, "met in March").note == "met in March")
updated = api.account_update_credentials(display_name="Léa", note="Writes about bills", fields=[("Site", "https://lea.example")])
check("profile", updated.display_name == "Léa" and updated.source.note == "Writes about bills" and updated.fields[0].name == "Site")
check("preferences", api.preferences()["posting:default:visibility"] == "public")
markers = api.markers_set("home", [thread.id])
check("markers", markers.home.version == 1 and str(api.markers_get("home").home.last_read_id) == str(thread.id))

notices = api.notifications()
check("notifications", [n.type for n in notices] == ["mention"] and notices[0].account.acct == "max")
api.notifications_dismiss(notices[0])
check("dismissed", api.notifications() == [])
for name in ["custom_emojis", "lists", "follow_requests", "domain_blocks", "conversations", "suggestions", "endorsements", "featured_tags", "scheduled_statuses", "announcements", "trending_links"]:
    check(name, getattr(api, name)() == [])

api.status_delete(reply)
try:
    api.status(reply)
    sys.exit("failed: a deleted reply is shown")
except MastodonNotFoundError:
    pass
api.revoke_access_token()
print("DONE", flush=True)
