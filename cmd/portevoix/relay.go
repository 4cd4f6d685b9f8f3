package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"portevoix/forum"
)

type relayCommand struct {
	Add    relayAdd    `cmd:"" help:"Follow a relay: it gets the threads of public forums, and sends what others get to it."`
	List   relayList   `cmd:"" help:"List the relays, what they answered, and how much came and went."`
	Remove relayRemove `cmd:"" help:"Follow a relay no more."`
}

type relayAdd struct {
	URL string `arg:"" help:"Address of its inbox (as for Mastodon), or of its actor (as for Pleroma)."`
}

// Run follows a relay.
func (cmd relayAdd) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		r, err := a.service.AddRelay(ctx, forum.Operator(), cmd.URL)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s is asked, in the way of %s. `portevoix relay list` tells what it answers.\n", r.Inbox, r.Style)
		return nil
	})
}

type relayList struct{}

// Run lists the relays.
func (relayList) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		relays, err := a.service.Relays(ctx, forum.Operator())
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "ADDRESS\tSTYLE\tSTATE\tSINCE\tRECEIVED\tTAKEN\tSENT")
		for i := range relays {
			r := &relays[i]
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%d\n", r.URL, r.Style, r.State, dateOf(r.Since()), r.Received, r.Taken, r.Sent)
		}
		return table.Flush()
	})
}

type relayRemove struct {
	URL string `arg:"" help:"Address that it was added with."`
}

// Run ends it.
func (cmd relayRemove) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		if err := a.service.RemoveRelay(ctx, forum.Operator(), cmd.URL); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s is not followed any more.\n", cmd.URL)
		return nil
	})
}
