// Package api is the API of Portevoix for programs, under /api/portevoix/v1:
// forums, threads, replies, supports and boosts as JSON.
//
// Field names and addresses are a contract: scripts rely on them, so they are
// added to and never changed. Like pages, handlers call the service and decide
// nothing. Errors are problem details (RFC 9457) in the caller's language.
package api
