// Package forum is the domain: what exists on a Portevoix server, who may do
// what, and what follows from it.
//
// It holds the types every other package speaks in (accounts, forums, threads,
// posts, follows, reports), the rules that guard them, and [Service], whose
// methods are the only way to change anything: check the rule, then write the
// new state, what other servers are to be told, and whom to notify, in one
// transaction.
//
// It never holds SQL, HTTP, JSON-LD or HTML, and imports nothing but the
// standard library. What it needs from outside it declares as small interfaces
// next to the code that calls them ([Store], [Publisher], [Resolver],
// [Renderer], [Passwords], [Clock]).
package forum
