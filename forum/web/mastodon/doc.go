// Package mastodon is the client API of Mastodon, so that apps made for it work
// here unchanged: /api/v1 and /api/v2, /oauth, and streaming.
//
// What belongs here is how our things look in such apps and what their calls mean
// here; it decides nothing, and calls the service like the pages do. A thread or a
// reply is a status, and a forum, company or action is an account with group set.
// What Mastodon has no word for is in forum/web/api.
//
// What does not exist here answers as Mastodon does where the feature is empty.
// Addresses, field names, and what is null or left out follow Mastodon's own
// reference; apps rely on them.
package mastodon
