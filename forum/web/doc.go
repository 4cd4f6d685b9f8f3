// Package web is the front door: the pages that people visit, their forms, and
// (in forum/web/api) the API for programs.
//
// A handler reads its input, calls one method of forum.Service or one read of
// the store, fills what its page shows and renders it; no rule, SQL or JSON-LD
// is here. Pages are templ components, one file per page (*.templ), and work
// without a script. The generated *_templ.go files are committed.
package web

//go:generate go tool templ generate
