package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"portevoix/federation"
	"portevoix/forum"
)

type fetchCommand struct {
	Address string `arg:"" name:"url" help:"Address of a remote post or actor, or a handle: name@host, !forum@host. With --explain also a file that holds an activity, or a whole request to an inbox with its head; - for standard input."`
	Explain bool   `help:"Say step by step why it is taken or refused, and keep nothing of it."`
}

// errRefused ends a command that said already what is wrong.
var errRefused = errors.New("it would be refused")

// explain prints the steps, and what failed.
func (cmd fetchCommand) explain(ctx context.Context, c *console, a *app) error {
	var steps []federation.Step
	switch {
	case strings.Contains(cmd.Address, "://"):
		steps = a.federation.ExplainFetch(ctx, cmd.Address)
	default:
		in := c.in
		if cmd.Address != "-" {
			f, err := os.Open(cmd.Address)
			if err != nil {
				return fmt.Errorf("neither an address nor a file: %w", err)
			}
			defer f.Close()
			in = f
		}
		raw, err := io.ReadAll(io.LimitReader(in, maxExplained))
		if err != nil {
			return err
		}
		steps = a.federation.ExplainRequest(ctx, raw)
	}
	refused := false
	for _, s := range steps {
		mark := "ok  "
		if s.Failed {
			mark, refused = "fail", true
		}
		fmt.Fprintf(c.out, "%s  %-12s  %s\n", mark, s.Name, s.Detail)
	}
	if refused {
		return errRefused
	}
	return nil
}

// maxExplained bounds a saved request, in bytes: more than an inbox takes.
const maxExplained = 4 << 20

// Run resolves a remote address and shows what it is here.
func (cmd fetchCommand) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		if cmd.Explain {
			return cmd.explain(ctx, c, a)
		}
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
