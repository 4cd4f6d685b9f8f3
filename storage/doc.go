// Package storage is the cellar: it implements forum.Store, the delivery queue
// and the background jobs on SQLite or PostgreSQL.
//
// All SQL is here, one file per noun; rules are not. Both databases pass the
// suite in forum/forumtest. Other packages never see a database handle.
package storage
