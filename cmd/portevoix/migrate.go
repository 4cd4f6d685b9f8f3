package main

import (
	"context"
	"fmt"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

type migrateCommand struct{}

// Run brings the database up to date.
func (migrateCommand) Run(ctx context.Context, c *console) error {
	cfg, err := config.Load(c.file, c.environ)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, cfg, nil, newLogger(cfg.Log, c.err), forum.SystemClock{})
	if err != nil {
		return err
	}
	applied, err := store.Migrate(ctx)
	for _, name := range applied {
		fmt.Fprintln(c.out, "applied", name)
	}
	if err == nil && len(applied) == 0 {
		fmt.Fprintln(c.out, "The database is up to date.")
	}
	if closeErr := store.Close(); err == nil {
		err = closeErr
	}
	return err
}
