package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"portevoix/forum"
)

type forumCommand struct {
	Create forumCreate `cmd:"" help:"Open a forum."`
	List   forumList   `cmd:"" help:"List the forums."`

	Follow   forumFollow   `cmd:"" help:"Let a forum follow another."`
	Unfollow forumUnfollow `cmd:"" help:"End that a forum follows another."`
}

type forumCreate struct {
	Name      string   `arg:"" help:"Name in addresses: small letters, digits and _."`
	Title     string   `required:"" help:"Title."`
	Summary   string   `help:"What it is about (Markdown)."`
	Language  string   `help:"Usual language of its threads, such as fr."`
	Moderator []string `help:"Account that moderates it. May be repeated."`
	Private   bool     `help:"Only its members read it, and no other server hears of it. For good."`
	Joinable  bool     `help:"Of a private one: who knows its address may ask to join."`
}

// Run opens a forum.
func (cmd forumCreate) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		f, err := a.service.CreateForum(ctx, forum.Operator(), cmd.Name, forum.ForumDetails{Title: cmd.Title, Summary: cmd.Summary, Language: cmd.Language, Private: cmd.Private, Joinable: cmd.Joinable}, cmd.Moderator)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "Opened !%s: %s\n", f.Name, f.URI)
		return nil
	})
}

type forumList struct{}

// Run lists the forums known here.
func (forumList) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		cards, err := a.store.Forums(ctx, 0)
		if err != nil {
			return err
		}
		inside, err := a.store.ForumsInside(ctx, 0)
		if err != nil {
			return err
		}
		cards = append(cards, inside...)
		table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tTITLE\tTHREADS\tFOLLOWERS")
		for i := range cards {
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\n", cards[i].Handle(), cards[i].Label(), cards[i].Threads, cards[i].Followers)
		}
		return table.Flush()
	})
}

type forumFollow struct {
	Name   string `arg:"" help:"Forum of this server."`
	Source string `arg:"" help:"Forum to follow, as name or name@host, or hashtag, as #name."`
}

// Run lets a forum follow another.
func (cmd forumFollow) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		state, err := a.service.FollowForum(ctx, forum.Operator(), cmd.Name, cmd.Source)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(cmd.Source, "#") {
			cmd.Source = "!" + cmd.Source
		}
		fmt.Fprintf(c.out, "!%s follows %s: %s\n", cmd.Name, cmd.Source, state)
		return nil
	})
}

type forumUnfollow struct {
	Name   string `arg:"" help:"Forum of this server."`
	Source string `arg:"" help:"Forum or hashtag no longer to follow."`
}

// Run ends that a forum follows another.
func (cmd forumUnfollow) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		return a.service.UnfollowForum(ctx, forum.Operator(), cmd.Name, cmd.Source)
	})
}
