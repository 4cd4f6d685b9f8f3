package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"portevoix/forum"
)

type fetchCommand struct {
	Address string `arg:"" name:"url" help:"Address of a remote post or actor, or a handle: name@host, !forum@host."`
}

// Run resolves a remote address and shows what it is here.
func (cmd fetchCommand) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		if !strings.Contains(cmd.Address, "://") {
			h, ok := forum.ParseHandle(cmd.Address, a.service.Addresses().Host())
			if !ok || h.Host == "" {
				return fmt.Errorf("%q is neither an address nor a handle such as name@host", cmd.Address)
			}
			actor, err := a.federation.ActorByHandle(ctx, h)
			if err != nil {
				return err
			}
			return c.showActor(actor)
		}
		actor, post, outcome, err := a.federation.Fetch(ctx, cmd.Address)
		switch {
		case err != nil:
			return err
		case actor != nil:
			return c.showActor(actor)
		case post == nil:
			fmt.Fprintf(c.out, "It can be read, and is not kept here: %s.\n", outcome.Reason)
			return nil
		}
		return c.showPost(ctx, a, post)
	})
}

func (c *console) showActor(actor *forum.Actor) error {
	return c.showFields([][2]string{
		{"type", string(actor.Kind)}, {"handle", "@" + actor.Handle()}, {"name", actor.Label()}, {"id", actor.URI}, {"page", actor.URL},
		{"inbox", actor.Inbox}, {"shared inbox", actor.SharedInbox}, {"outbox", actor.Outbox}, {"moderators", actor.Moderators},
	})
}

func (c *console) showPost(ctx context.Context, a *app, post *forum.Post) error {
	author, err := a.store.Actor(ctx, post.AuthorID)
	if err != nil {
		return err
	}
	f, err := a.store.Actor(ctx, post.ForumID)
	if err != nil {
		return err
	}
	kind, here := "reply", "/p/"
	if post.IsRoot() {
		kind, here = "thread", "/t/"
	}
	return c.showFields([][2]string{
		{"type", kind}, {"title", post.Title}, {"author", "@" + author.Handle()}, {"forum", "!" + f.Handle()}, {"id", post.URI},
		{"here", a.service.Addresses().Base() + here + post.ID.String()}, {"published", post.PublishedAt.Format("2006-01-02 15:04:05Z07:00")},
		{"language", post.Language}, {"text", a.renderer.Text(post.Content)},
	})
}

// showFields writes names and values; what is empty is left out.
func (c *console) showFields(fields [][2]string) error {
	table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	for _, f := range fields {
		if f[1] != "" {
			fmt.Fprintf(table, "%s\t%s\n", f[0], strings.ReplaceAll(f[1], "\n", "\n\t"))
		}
	}
	return table.Flush()
}
