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

// heard gathers what a stream tells, from the beginning.
function heard(stream) {
  const events = [];
  (async () => {
    for await (const event of stream) events.push(event);
  })().catch(() => {});
  return events;
}

// until waits for something to be there, doing something again meanwhile.
async function until(what, find, again = () => {}) {
  for (const end = Date.now() + 60000; Date.now() < end; ) {
    const found = find();
    if (found) return found;
    await again();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  check("in time: " + what, false);
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
const choice = await api.v1.lists.create({ title: "Phones", exclusive: true });
check("list", choice.exclusive && choice.repliesPolicy === "none");
await api.v1.lists.$select(choice.id).accounts.create({ accountIds: [forum.id] });
check("exclusive", (await api.v1.timelines.home.list()).every((s) => s.account.id !== forum.id));

const streaming = createStreamingAPIClient({ streamingApiUrl: instance.configuration.urls.streaming, accessToken });
const user = heard(streaming.user.subscribe());
const hashtag = heard(streaming.hashtag.subscribe({ tag: "fibre" }));
const open = heard(streaming.public.local.subscribe());
const listed = heard(streaming.list.subscribe({ list: choice.id }));
const updates = [user, hashtag, open, listed];
let tries = 0;
await until(
  "the streams to be open",
  () => updates.every((list) => list.some((e) => e.event === "update")),
  () => api.v1.statuses.create({ status: "@telecoms Is anybody there? " + tries++ + "\n\n#fibre" }),
);

const status = await api.v1.statuses.create({ status: "@telecoms Fibre is late\n\nThree weeks now. #fibre" });
console.log("OPENED " + status.id);
const tells = (list, event, fits) => until(event, () => list.find((e) => e.event === event && fits(e.payload)));
const notice = await tells(user, "notification", (n) => n.status?.inReplyToId === status.id);
check("notification", notice.payload.type === "mention" && notice.payload.account.acct === "max");
const tagged = await tells(hashtag, "update", (s) => s.id === status.id);
check("hashtag", tagged.payload.tags[0].name === "fibre" && tagged.stream[1] === "fibre");
const thread = await tells(open, "update", (s) => s.id === status.id);
check("public", thread.payload.account.acct === "lea" && thread.payload.favourited === undefined);
const passed = await tells(listed, "update", (s) => s.reblog?.id === status.id);
check("list", passed.stream[0] === "list" && passed.stream[1] === choice.id);
await api.v1.statuses.$select(status.id).update({ status: "Fibre is here\n\nAt last. #fibre" });
await tells(user, "status.update", (s) => s.id === status.id && s.content.includes("Fibre is here"));
await api.v1.statuses.$select(status.id).remove();
await tells(user, "delete", (id) => id === status.id);

const upload = await api.v2.media.create({ file: new Blob([Buffer.from(process.env.PICTURE, "base64")], { type: "image/png" }), description: "A box" });
check("media", upload.url !== null && upload.meta.original.width > 0);
const shown = await api.v1.statuses.create({ status: "@telecoms The box", mediaIds: [upload.id] });
check("picture", shown.mediaAttachments[0].id === upload.id);
const groups = await api.v2.notifications.list({ limit: 10 });
check("grouped notifications", Array.isArray(groups.notificationGroups) && groups.accounts.length >= 1 && groups.notificationGroups.length > 0);
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
