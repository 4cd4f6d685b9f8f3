package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"portevoix/forum"
)

type accountCommand struct {
	Create          accountCreate          `cmd:"" help:"Open a confirmed account."`
	List            accountList            `cmd:"" help:"List the accounts."`
	SetRole         accountSetRole         `cmd:"" name:"set-role" help:"Make an account an administrator or a member."`
	Reset           accountReset           `cmd:"" help:"Take the password away and print a link that signs in once."`
	ResetSecondStep accountResetSecondStep `cmd:"" name:"reset-second-step" help:"Switch two-step sign-in off for somebody who has lost their app and codes."`
	Suspend         accountSuspend         `cmd:"" help:"Suspend an account, here or elsewhere, or lift the suspension."`
	Claim           accountClaim           `cmd:"" help:"Give somebody whose posts were imported an account."`
	Token           accountToken           `cmd:"" help:"Make an API token; it is printed alone on the last line."`
}

// withApp opens the parts, does something with them, and closes them.
func (c *console) withApp(ctx context.Context, do func(*app) error) error {
	a, err := c.openApp(ctx)
	if err != nil {
		return err
	}
	err = do(a)
	if closeErr := a.close(); err == nil {
		err = closeErr
	}
	return err
}

type accountCreate struct {
	Name          string `arg:"" help:"Name: small letters, digits and _."`
	Email         string `required:"" help:"E-mail address; never shown."`
	PasswordStdin bool   `help:"Read the password from the first line of standard input. Without it the account signs in by mailed links."`
	Role          string `default:"member" enum:"member,admin" help:"Role: member or admin."`
}

// Run opens an account.
func (cmd accountCreate) Run(ctx context.Context, c *console) error {
	n := forum.NewAccount{Name: cmd.Name, Email: cmd.Email}
	if cmd.PasswordStdin {
		line, err := bufio.NewReader(c.in).ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return fmt.Errorf("no password on standard input: %w", err)
		}
		n.Password = line
	}
	return c.withApp(ctx, func(a *app) error {
		account, err := a.service.CreateAccount(ctx, forum.Operator(), n, forum.Role(cmd.Role))
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "Created %s (%s): %s\n", account.Name, account.Role, account.URI)
		return nil
	})
}

type accountList struct{}

// Run lists accounts by name.
func (accountList) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tROLE\tSTATE\tPOSTS\tSINCE")
		for after := ""; ; {
			page, err := a.store.Accounts(ctx, after, 200)
			if err != nil {
				return err
			}
			for i := range page {
				one := &page[i]
				fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", one.Name, one.Role, accountState(one), one.Posts, one.CreatedAt.Format("2006-01-02"))
				after = one.Name
			}
			if len(page) < 200 {
				return table.Flush()
			}
		}
	})
}

func accountState(a *forum.Account) string {
	switch {
	case !a.SuspendedAt.IsZero():
		return "suspended"
	case a.EmailConfirmed.IsZero():
		return "unconfirmed"
	case a.ApprovedAt.IsZero():
		return "waiting"
	}
	return "active"
}

type accountSetRole struct {
	Name string `arg:"" help:"Name of the account."`
	Role string `arg:"" enum:"member,admin" help:"member or admin."`
}

// Run changes a role.
func (cmd accountSetRole) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		if err := a.service.SetRole(ctx, forum.Operator(), cmd.Name, forum.Role(cmd.Role)); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s is now %s\n", cmd.Name, cmd.Role)
		return nil
	})
}

type accountReset struct {
	Name string `arg:"" help:"Name of the account."`
}

// Run resets a password.
func (cmd accountReset) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		token, err := a.service.ResetPassword(ctx, forum.Operator(), cmd.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s has no password now and is signed out everywhere. This link signs in, once, within a day:\n%s/link/%s\n", cmd.Name, a.service.Addresses().Base(), token)
		return nil
	})
}

type accountResetSecondStep struct {
	Name     string `arg:"" help:"Name of the account."`
	Passkeys bool   `help:"Forget the account's passkeys too."`
}

// Run switches two-step sign-in off.
func (cmd accountResetSecondStep) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		if err := a.service.ResetSecondStep(ctx, forum.Operator(), cmd.Name, cmd.Passkeys); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s signs in without a second step now\n", cmd.Name)
		return nil
	})
}

type accountSuspend struct {
	Name   string `arg:"" help:"Name of an account here, or name@host of one elsewhere."`
	Reason string `help:"Why; the person reads it." xor:"what" required:""`
	Lift   bool   `help:"Lift the suspension." xor:"what" required:""`
}

// Run suspends an account.
func (cmd accountSuspend) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		if err := a.service.Suspend(ctx, forum.Operator(), cmd.Name, cmd.Reason); err != nil {
			return err
		}
		if cmd.Lift {
			fmt.Fprintf(c.out, "%s is no longer suspended\n", cmd.Name)
		} else {
			fmt.Fprintf(c.out, "%s is suspended\n", cmd.Name)
		}
		return nil
	})
}

type accountClaim struct {
	Name  string `arg:"" help:"Name that the import gave, such as old_marie."`
	Email string `required:"" help:"E-mail address that you have found to be theirs; never shown."`
}

// Run gives an imported author an account.
func (cmd accountClaim) Run(ctx context.Context, c *console) error {
	return c.withApp(ctx, func(a *app) error {
		account, err := a.service.ClaimImported(ctx, forum.Operator(), cmd.Name, cmd.Email)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s has an account now and signs in by links mailed to %s\n", account.Name, account.Email)
		return nil
	})
}

type accountToken struct {
	Name  string   `arg:"" help:"Name of the account."`
	Scope []string `required:"" help:"What the token may do: read, write, or a part such as write:statuses. May be repeated."`
	Label string   `default:"command line" help:"What the token is for."`
}

// Run makes a token.
func (cmd accountToken) Run(ctx context.Context, c *console) error {
	scopes := make([]forum.Scope, len(cmd.Scope))
	for i, s := range cmd.Scope {
		scopes[i] = forum.Scope(s)
	}
	return c.withApp(ctx, func(a *app) error {
		secret, err := a.service.NewAccessToken(ctx, forum.Operator(), cmd.Name, cmd.Label, scopes)
		if err != nil {
			return err
		}
		fmt.Fprintln(c.out, secret)
		return nil
	})
}
