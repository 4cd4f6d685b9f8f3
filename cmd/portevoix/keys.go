package main

import (
	"context"
	"errors"
	"fmt"

	"portevoix/forum"
)

type rotateKeysCommand struct {
	Names []string `arg:"" optional:"" help:"Names of people and forums here."`
	All   bool     `help:"Of everybody, and of the server itself: after a leak of the database."`
}

// Run replaces keys. The server may run meanwhile; it takes the new ones within
// seconds.
func (cmd rotateKeysCommand) Run(ctx context.Context, c *console) error {
	if cmd.All != (len(cmd.Names) == 0) {
		return errors.New("give names, or --all")
	}
	return c.withApp(ctx, func(a *app) error {
		if !cmd.All {
			for _, name := range cmd.Names {
				if err := c.rotate(ctx, a, name); err != nil {
					return err
				}
			}
			return nil
		}
		for after := forum.ID(0); ; {
			list, err := a.store.LocalActors(ctx, after, 200)
			if err != nil || len(list) == 0 {
				return err
			}
			for i := range list {
				if err := c.rotate(ctx, a, list[i].Name); err != nil {
					return err
				}
				after = list[i].ID
			}
		}
	})
}

func (c *console) rotate(ctx context.Context, a *app, name string) error {
	actor, err := a.service.RotateKeys(ctx, forum.Operator(), name)
	if err == nil {
		fmt.Fprintf(c.out, "%s has new keys.\n", actor.URI)
	}
	return err
}
