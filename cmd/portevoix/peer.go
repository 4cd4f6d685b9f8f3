package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"portevoix/forum"
)

type peerCommand struct {
	List   peerList   `cmd:"" help:"List other servers, what waits for them and how long already."`
	Show   peerShow   `cmd:"" help:"Show all there is to know of a server."`
	Block  peerBlock  `cmd:"" help:"Block or limit a server and its subdomains."`
	Allow  peerAllow  `cmd:"" help:"Lift the rule about a server; with federation.mode = \"allowlist\", add it to the list."`
	Import peerImport `cmd:"" help:"Take over a list of domain blocks in Mastodon's CSV form."`
	Export peerExport `cmd:"" help:"Write the rules in Mastodon's CSV form."`
	Retry  peerRetry  `cmd:"" help:"Try a server again at once, also one that was given up."`

	Lists       peerLists       `cmd:"" help:"List the lists of servers that are followed, or what one proposes."`
	Subscribe   peerSubscribe   `cmd:"" help:"Follow a list of servers to block."`
	Unsubscribe peerUnsubscribe `cmd:"" help:"Follow such a list no more."`
	Read        peerRead        `cmd:"" help:"Read such a list at once."`
	Decide      peerDecide      `cmd:"" help:"Accept or refuse what such a list proposes."`
}

type peerList struct {
	Show  string `enum:"all,failing,waiting" default:"all" help:"Which: all, failing (out of reach or given up), waiting (with a backlog)."`
	Rules bool   `help:"List the rules instead."`
}

// Run lists servers, or rules.
func (cmd peerList) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		now := a.service.Now()
		if cmd.Rules {
			rules, err := a.store.PeerRules(ctx, now)
			if err != nil {
				return err
			}
			return forum.WritePeerRules(c.out, rules)
		}
		table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "HOST\tSOFTWARE\tSTATE\tBACKLOG\tLAG\tLAST SUCCESS\tSENT\tRECEIVED\tLAST ERROR")
		q := forum.PeerQuery{Filter: forum.PeerFilter(cmd.Show), Limit: 200}
		if cmd.Show == "all" {
			q.Filter = forum.AllPeers
		}
		for {
			page, err := a.store.Peers(ctx, q, now)
			if err != nil {
				return err
			}
			for i := range page.Peers {
				p := &page.Peers[i]
				fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\t%d\t%d\t%s\n", p.Host, p.Software+" "+p.Version, peerStateOf(p), p.Pending, lagOf(p, now), dateOf(p.LastSuccessAt),
					p.Delivered, p.Received.Accepted, p.LastError)
			}
			if q.After = page.Next; q.After == "" {
				return table.Flush()
			}
		}
	})
}

func peerStateOf(p *forum.PeerView) string {
	switch {
	case p.Standing == forum.Blocked:
		return "blocked"
	case !p.DeadAt.IsZero():
		return "given up"
	case !p.FailingSince.IsZero():
		return "failing"
	case p.Standing == forum.Limited:
		return "limited"
	}
	return "ok"
}

// lagOf is how long the oldest delivery waits already.
func lagOf(p *forum.PeerView, now time.Time) string {
	if p.OldestAt.IsZero() {
		return "-"
	}
	return now.Sub(p.OldestAt).Round(time.Second).String()
}

func dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

type peerShow struct {
	Host string `arg:"" help:"Name of the server."`
}

// Run shows one server.
func (cmd peerShow) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		host, err := forum.NormalHost(cmd.Host)
		if err != nil {
			return err
		}
		now := a.service.Now()
		p, err := a.store.PeerView(ctx, host, now)
		if err != nil {
			return err
		}
		return c.showFields([][2]string{
			{"host", p.Host}, {"software", p.Software + " " + p.Version}, {"state", peerStateOf(p)}, {"rule", ruleOf(p.Rule)}, {"known here", fmt.Sprint(p.People)},
			{"backlog", fmt.Sprint(p.Pending)}, {"lag", lagOf(p, now)}, {"failing since", dateOf(p.FailingSince)}, {"next try", dateOf(p.NextTryAt)},
			{"given up", dateOf(p.DeadAt)}, {"last success", dateOf(p.LastSuccessAt)}, {"last error", p.LastError},
			{"sent", fmt.Sprintf("%d taken, %d refused, %d bytes", p.Delivered, p.Undeliverable, p.BytesOut)},
			{"received", fmt.Sprintf("%d accepted, %d refused, %d bytes", p.Received.Accepted, p.Received.Refused, p.Received.Bytes)},
			{"last received", dateOf(p.Received.LastAt)}, {"last refusal", p.Received.LastRefusal}, {"signatures", string(p.Signature)},
		})
	})
}

func ruleOf(r forum.PeerRule) string {
	if r.Host == "" {
		return ""
	}
	s := r.Host + ":"
	if r.Severity != forum.SeverityNone {
		s += " " + string(r.Severity)
	}
	for _, part := range []struct {
		on   bool
		name string
	}{{r.MediaOff, "media-off"}, {r.VotesOff, "votes-off"}, {r.ReportsOff, "reports-off"}, {r.Allowed, "allowed"}} {
		if part.on {
			s += " " + part.name
		}
	}
	if !r.ExpiresAt.IsZero() {
		s += " until " + dateOf(r.ExpiresAt)
	}
	if r.Reason != "" {
		s += " (" + r.Reason + ")"
	}
	return s
}

type peerBlock struct {
	Host       string        `arg:"" help:"Name of the server."`
	Severity   string        `enum:"block,limit,none" default:"block" help:"block: nothing is taken or sent, and what is here is hidden. limit: in no list and search but for followers. none: only what the other flags say."`
	MediaOff   bool          `help:"Take its posts without pictures and recordings."`
	VotesOff   bool          `help:"Do not count its supports and boosts."`
	ReportsOff bool          `help:"Do not take its reports."`
	Obfuscate  bool          `help:"Show only part of its name where rules are shown to everybody."`
	Reason     string        `help:"Why; may be shown to everybody."`
	For        time.Duration `help:"How long, such as 720h; without it, until the rule is lifted."`
}

// Run sets a rule.
func (cmd peerBlock) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		rule := forum.PeerRule{Host: cmd.Host, Severity: forum.Severity(cmd.Severity), MediaOff: cmd.MediaOff, VotesOff: cmd.VotesOff, ReportsOff: cmd.ReportsOff,
			Obfuscate: cmd.Obfuscate, Reason: cmd.Reason}
		if cmd.Severity == "none" {
			rule.Severity = forum.SeverityNone
		}
		if cmd.For != 0 {
			rule.ExpiresAt = a.service.Now().Add(cmd.For)
		}
		effects, err := a.service.SetPeerRule(ctx, forum.Operator(), rule)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "The rule about %s holds. %d follows ended, %d deliveries were dropped.\n", cmd.Host, effects.Follows, effects.Deliveries)
		return nil
	})
}

type peerAllow struct {
	Host string `arg:"" help:"Name of the server."`
}

// Run lifts a rule, or makes one that allows.
func (cmd peerAllow) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		if a.service.AllowlistMode() {
			if _, err := a.service.SetPeerRule(ctx, forum.Operator(), forum.PeerRule{Host: cmd.Host, Allowed: true}); err != nil {
				return err
			}
		} else if err := a.service.LiftPeerRule(ctx, forum.Operator(), cmd.Host); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "This server speaks with %s.\n", cmd.Host)
		return nil
	})
}

type peerImport struct {
	File   string `arg:"" help:"CSV file; - for standard input."`
	Allow  bool   `help:"It lists servers to speak with."`
	DryRun bool   `help:"Only tell what would change."`
}

// Run takes a list over.
func (cmd peerImport) Run(ctx context.Context, c *console) error {
	in := c.in
	if cmd.File != "-" {
		f, err := os.Open(cmd.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	list, err := io.ReadAll(io.LimitReader(in, forum.MaxPeerFile+1))
	if err != nil {
		return err
	}
	rules, err := forum.ReadPeerRules(list, cmd.Allow)
	if err != nil {
		return err
	}
	return c.withApp(ctx, func(a *app) error {
		result, err := a.service.ImportPeerRules(ctx, forum.Operator(), rules, cmd.DryRun)
		if err != nil {
			return err
		}
		for _, r := range result.Added {
			fmt.Fprintln(c.out, "new   ", ruleOf(r))
		}
		for _, r := range result.Kept {
			fmt.Fprintln(c.out, "kept  ", r.Host)
		}
		if cmd.DryRun {
			fmt.Fprint(c.out, "Nothing was changed. ")
		}
		fmt.Fprintf(c.out, "%d new rules, %d kept; %d follows ended.\n", len(result.Added), len(result.Kept), result.Follows)
		return nil
	})
}

type peerExport struct {
	File string `arg:"" optional:"" help:"Where to; standard output without it."`
}

// Run writes the rules.
func (cmd peerExport) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		rules, err := a.store.PeerRules(ctx, a.service.Now())
		if err != nil {
			return err
		}
		if cmd.File == "" {
			return forum.WritePeerRules(c.out, rules)
		}
		f, err := os.Create(cmd.File)
		if err != nil {
			return err
		}
		err = forum.WritePeerRules(f, rules)
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		return err
	})
}

type peerRetry struct {
	Host string `arg:"" help:"Name of the server."`
}

// Run ends the waiting for a server; the server that runs sees it.
func (cmd peerRetry) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		if err := a.service.RetryPeer(ctx, forum.Operator(), cmd.Host); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "What waits for %s is tried at once.\n", cmd.Host)
		return nil
	})
}
