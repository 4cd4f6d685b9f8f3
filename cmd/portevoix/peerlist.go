package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"portevoix/forum"
)

type peerSubscribe struct {
	URL       string `arg:"" help:"Address of the list, in Mastodon's CSV form or with one name a line."`
	Ceiling   string `enum:"media,limit,block" default:"limit" help:"The most that comes of it: media (without pictures and recordings), limit, block."`
	Automatic bool   `help:"Apply what it says; without it, it is proposed."`
	DryRun    bool   `help:"Only tell what would change."`
}

// Run follows a list.
func (cmd peerSubscribe) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		l, change, err := a.service.SubscribePeerList(ctx, forum.Operator(), forum.NewPeerList{URL: cmd.URL, Ceiling: forum.PeerCeiling(cmd.Ceiling), Automatic: cmd.Automatic}, cmd.DryRun)
		if err != nil {
			return err
		}
		c.tellPeerList(change, cmd.DryRun)
		if !cmd.DryRun {
			fmt.Fprintf(c.out, "The list %s is followed.\n", l.ID)
		}
		return nil
	})
}

// tellPeerList says what a list does.
func (c *console) tellPeerList(change forum.PeerListChange, dryRun bool) {
	for _, part := range []struct {
		name  string
		rules []forum.PeerRule
	}{{"new", change.Added}, {"changed", change.Changed}, {"lifted", change.Lifted}, {"proposed", change.Proposed}, {"kept", change.Kept}, {"protected", change.Protected}} {
		for _, r := range part.rules {
			fmt.Fprintf(c.out, "%-10s%s\n", part.name, ruleOf(r))
		}
	}
	if dryRun {
		fmt.Fprint(c.out, "Nothing was changed. ")
	}
	fmt.Fprintf(c.out, "%d new rules, %d changed, %d lifted, %d proposed; %d follows ended.\n", len(change.Added), len(change.Changed), len(change.Lifted), len(change.Proposed), change.Follows)
}

type peerUnsubscribe struct {
	List string `arg:"" help:"ID or address of the list."`
	Keep bool   `help:"Keep the rules that come from it, as if they were made by hand."`
}

// Run follows a list no more.
func (cmd peerUnsubscribe) Run(ctx context.Context, c *console) error {
	return c.withPeerList(ctx, cmd.List, func(a *app, l forum.PeerList) error {
		change, err := a.service.UnsubscribePeerList(ctx, forum.Operator(), l.ID, cmd.Keep)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "The list is not followed any more. %d rules were lifted.\n", len(change.Lifted))
		return nil
	})
}

// withPeerList finds a list by its ID or address.
func (c *console) withPeerList(ctx context.Context, name string, do func(a *app, l forum.PeerList) error) error {
	return c.withApp(ctx, func(a *app) error {
		lists, err := a.service.PeerLists(ctx, forum.Operator())
		if err != nil {
			return err
		}
		for _, l := range lists {
			if l.ID.String() == name || l.URL == name {
				return do(a, l)
			}
		}
		return fmt.Errorf("no list %s is followed; `portevoix peer lists` names them", name)
	})
}

type peerLists struct {
	List string `arg:"" optional:"" help:"ID or address of a list, to see what it proposes."`
}

// Run lists the lists, or what one proposes.
func (cmd peerLists) Run(ctx context.Context, c *console) error {
	if cmd.List != "" {
		return c.withPeerList(ctx, cmd.List, func(a *app, l forum.PeerList) error {
			_, proposed, err := a.service.PeerList(ctx, forum.Operator(), l.ID)
			for _, e := range proposed {
				fmt.Fprintln(c.out, ruleOf(e.PeerRule))
			}
			return err
		})
	}
	return c.withApp(ctx, func(a *app) error {
		lists, err := a.service.PeerLists(ctx, forum.Operator())
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tADDRESS\tCEILING\tAPPLIED\tENTRIES\tRULES\tPROPOSED\tREAD\tPROBLEM")
		for _, l := range lists {
			applied := "if accepted"
			if l.Automatic {
				applied = "at once"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\n", l.ID, l.URL, l.Ceiling, applied, l.Entries, l.Rules, l.Proposed, dateOf(l.ReadAt), l.Problem)
		}
		return table.Flush()
	})
}

type peerRead struct {
	List      string `arg:"" help:"ID or address of the list."`
	DryRun    bool   `help:"Only tell what would change."`
	Confirmed bool   `help:"Take it over although it differs much from what it was."`
}

// Run reads a list at once.
func (cmd peerRead) Run(ctx context.Context, c *console) error {
	return c.withPeerList(ctx, cmd.List, func(a *app, l forum.PeerList) error {
		change, err := a.service.ReadPeerList(ctx, forum.Operator(), l.ID, forum.PeerListReading{DryRun: cmd.DryRun, Confirmed: cmd.Confirmed})
		if err != nil {
			return err
		}
		c.tellPeerList(change, cmd.DryRun)
		return nil
	})
}

type peerDecide struct {
	List   string   `arg:"" help:"ID or address of the list."`
	Hosts  []string `arg:"" optional:"" help:"Names of the servers; without any, all that it proposes."`
	Refuse bool     `help:"Refuse them; without it, they are accepted."`
}

// Run decides about what a list proposes.
func (cmd peerDecide) Run(ctx context.Context, c *console) error {
	return c.withPeerList(ctx, cmd.List, func(a *app, l forum.PeerList) error {
		change, err := a.service.DecidePeerList(ctx, forum.Operator(), l.ID, cmd.Hosts, !cmd.Refuse)
		if err != nil {
			return err
		}
		c.tellPeerList(change, false)
		return nil
	})
}
