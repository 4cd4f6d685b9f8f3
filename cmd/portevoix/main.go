// Command portevoix runs a Portevoix server and looks after it.
//
// Here is the gatehouse: commands, configuration, and the wiring of the parts.
// No rule of the forum lives here.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/locale"
)

// Version is set by release builds.
var Version = "dev"

// commands is the command line; each command is a struct with a Run method.
type commands struct {
	Config string `help:"Configuration file; default ./config.toml if there is one." placeholder:"FILE" type:"path"`

	Serve      serveCommand      `cmd:"" help:"Run the server."`
	Account    accountCommand    `cmd:"" help:"Look after accounts."`
	Forum      forumCommand      `cmd:"" help:"Look after forums."`
	Peer       peerCommand       `cmd:"" help:"Look after other servers: how it goes with them, and rules about them."`
	Relay      relayCommand      `cmd:"" help:"Look after relays, which pass public threads on between servers."`
	RotateKeys rotateKeysCommand `cmd:"" name:"rotate-keys" help:"Replace the keys with which people or forums sign, and tell other servers."`
	Import     importCommand     `cmd:"" help:"Bring what was written in another forum software along."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database up to date (serve does so by itself)."`
	Fetch      fetchCommand      `cmd:"" help:"Resolve a remote address or handle and show what it is."`
	Demo       demoCommand       `cmd:"" help:"Fill an empty server with a small believable community."`
	Bench      benchCommand      `cmd:"" help:"Measure this program on this machine, with data of its own."`
	Doctor     doctorCommand     `cmd:"" help:"Check configuration, database, network and clock, and say how to mend."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// console is what commands talk to.
type console struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
	file     string // --config
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the command was right and could not be done
	exitUsage  = 2 // the command or the configuration was wrong
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], &console{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()})
	stop()
	os.Exit(code)
}

// run does one command.
func run(ctx context.Context, args []string, c *console) int {
	var line commands
	code, exited := exitOK, false
	parser, err := kong.New(&line, kong.Name("portevoix"), kong.Description("A federated forum where consumers turn a lone grievance into a common action."),
		kong.Writers(c.out, c.err), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(n int) { code, exited = n, true }))
	if err != nil {
		fmt.Fprintln(c.err, err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited {
		return code
	}
	if err != nil {
		fmt.Fprintf(c.err, "portevoix: %v\nTry: portevoix --help\n", err)
		return exitUsage
	}
	c.file = line.Config
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(c); err != nil {
		fmt.Fprintf(c.err, "portevoix: %s\n", explain(err))
		if _, wrong := errors.AsType[*config.Error](err); wrong {
			return exitUsage
		}
		return exitFailed
	}
	return exitOK
}

// explain writes an error for the operator: domain errors as the catalogue says
// them, with the cause where that is more than another one; others as they are.
func explain(err error) string {
	list := locale.Split(err)
	if len(list) == 0 {
		return err.Error()
	}
	messages, loadErr := locale.Load(time.UTC)
	if loadErr != nil {
		return err.Error()
	}
	printer, text := messages.Printer("en"), ""
	for i, e := range list {
		if i > 0 {
			text += "\n"
		}
		text += printer.Error(e)
		if forum.CodeOf(e.Err) == forum.Internal {
			text += " (" + e.Err.Error() + ")"
		}
	}
	return text
}

type versionCommand struct{}

func (versionCommand) Run(c *console) error {
	fmt.Fprintf(c.out, "portevoix %s\n", Version)
	return nil
}
