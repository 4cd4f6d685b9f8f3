// Package migrations holds the schema as numbered SQL files, one list per
// dialect, in step: a migration has the same number and name in both.
//
// It holds SQL only; package storage applies it. A file that was released is
// never changed, only followed by another one.
package migrations

import "embed"

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// Files returns the migrations of all dialects, in one directory each.
func Files() embed.FS { return files }
