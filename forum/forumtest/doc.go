// Package forumtest holds what tests of several packages share: the suite that
// every implementation of forum.Store must pass, and plain stand-ins for what a
// forum.Service needs from outside (a clock that stands still, a mailer that
// keeps the mail, a publisher that writes short JSON).
//
// Nothing here is linked into the program.
package forumtest
