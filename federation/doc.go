// Package federation is the side door: it speaks ActivityPub with other
// servers. It serves our actors, posts and activities, takes theirs in, looks
// up what we lack, and (in federation/delivery) carries ours out.
//
// It turns activities into calls of forum.Service and never decides what
// follows from them; it stores nothing by itself. Its parts: vocabulary (JSON
// to types and back), signature (who sent it), client (the guarded way out),
// delivery (the queue to each peer).
package federation
