// Listens and acts with masto, unchanged, as web apps do.
//
// Run by TestMasto with the server's address and where npm put masto. The address
// where somebody allows the app goes out on a line that begins with "AUTHORIZE "; the
// code is read from standard input.
import { createRequire } from "node:module";
import { createInterface } from "node:readline/promises";

const [base, modules] = process.argv.slice(2);
const { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } = createRequire(modules + "/here.js")("masto");

function check(what, ok) {
  if (!ok) {
    console.error("failed: " + what);
    process.exit(1);
  }
}

// next waits for the first message that fits; what comes before is passed over.
async function next(what, stream, fits) {
  const late = setTimeout(() => check("in time: " + what, false), 30000);
  for await (const event of stream) {
    if (fits(event)) {
      clearTimeout(late);
      return event;
    }
  }
  check("a stream that goes on: " + what, false);
}

const redirect = "urn:ietf:wg:oauth:2.0:oob";
const scopes = "read write follow push";
const anyone = createRestAPIClient({ url: base });
const app = await anyone.v1.apps.create({ clientName: "masto", redirectUris: redirect, scopes });
const query = new URLSearchParams({ client_id: app.clientId, redirect_uri: redirect, response_type: "code", scope: scopes });
console.log("AUTHORIZE " + base + "/oauth/authorize?" + query);
const code = await createInterface({ input: process.stdin }).question("");
const oauth = createOAuthAPIClient({ url: base });
const token = await oauth.token.create({ grantType: "authorization_code", clientId: app.clientId, clientSecret: app.clientSecret, redirectUri: redirect, code, scope: scopes });
const accessToken = token.accessToken;
const api = createRestAPIClient({ url: base, accessToken });

const instance = await anyone.v2.instance.fetch();
check("instance", instance.domain === new URL(base).host && instance.configuration.urls.streaming.startsWith("ws://") && instance.apiVersions.mastodon >= 2);
const forum = await api.v1.accounts.lookup({ acct: "telecoms" });
await api.v1.accounts.$select(forum.id).follow();

const streaming = createStreamingAPIClient({ streamingApiUrl: instance.configuration.urls.streaming, accessToken });
const user = streaming.user.subscribe();
const hashtag = streaming.hashtag.subscribe({ tag: "fibre" });
const open = streaming.public.local.subscribe();
await streaming._prepare?.();
const early = [next("a notification", user, (e) => e.event === "notification"), next("a hashtag", hashtag, (e) => e.event === "update"), next("a thread", open, (e) => e.event === "update")];
console.log("LISTENING");

const status = await api.v1.statuses.create({ status: "@telecoms Fibre is late\n\nThree weeks now. #fibre" }, { requestInit: { headers: { "Idempotency-Key": "one" } } });
console.log("OPENED " + status.id);
const [notice, tagged, thread] = await Promise.all(early);
check("notification", notice.payload.type === "mention" && notice.payload.account.acct === "max" && notice.payload.status.inReplyToId === status.id);
check("hashtag", tagged.payload.id === status.id && tagged.payload.tags[0].name === "fibre");
check("public", thread.payload.id === status.id && thread.payload.account.acct === "lea");

const updates = streaming.user.subscribe();
const changed = next("an edit", updates, (e) => e.event === "status.update");
await api.v1.statuses.$select(status.id).update({ status: "Fibre is here\n\nAt last. #fibre" });
check("edit", (await changed).payload.content.includes("Fibre is here"));
const gone = next("a deletion", streaming.user.subscribe(), (e) => e.event === "delete");
await api.v1.statuses.$select(status.id).remove();
check("delete", (await gone).payload === status.id);

const upload = await api.v2.media.create({ file: new Blob([Buffer.from(process.env.PICTURE, "base64")], { type: "image/png" }), description: "A box" });
check("media", upload.url !== null && upload.meta.original.width > 0);
const shown = await api.v1.statuses.create({ status: "@telecoms The box", mediaIds: [upload.id] });
check("picture", shown.mediaAttachments[0].id === upload.id);
const groups = await api.v2.notifications.list({ limit: 10 });
check("grouped notifications", Array.isArray(groups.notificationGroups) && groups.accounts.length === 1 && groups.notificationGroups.length > 0);
const filter = await api.v2.filters.create({ title: "spam", context: ["home"], filterAction: "warn", keywordsAttributes: [{ keyword: "spam" }] });
check("filters", (await api.v2.filters.list())[0].keywords[0].keyword === "spam" && filter.filterAction === "warn");
await api.v2.filters.$select(filter.id).remove();
check("no filters", (await api.v2.filters.list()).length === 0);
const found = await api.v2.search.list({ q: "@telecoms@" + instance.domain, resolve: true });
check("search", found.accounts[0].id === forum.id);
const tag = await api.v1.tags.$select("fibre").follow();
check("tags", tag.following && (await api.v1.followedTags.list())[0].name === "fibre");
const policy = await api.v2.notifications.policy.fetch();
check("policy", policy.forNotFollowing === "accept");
streaming.close();
console.log("DONE");
process.exit(0);
