package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// benchCommand measures this program on this machine; docs/performance.md says
// how.
type benchCommand struct {
	Posts    []int         `default:"5000" help:"Posts in the database; may be repeated, everything is measured for each."`
	Duration time.Duration `default:"3s" help:"How long pages and objects are asked for."`
	Clients  int           `default:"16" help:"Connections that ask at once."`
	Replies  int           `default:"1000" help:"Signed replies sent to the inbox."`
	Peers    int           `default:"100" help:"Other servers that a forum's threads are delivered to."`
	Threads  int           `default:"5" help:"Threads that are opened for them."`
	Profile  string        `help:"Directory for CPU profiles of the server, one for each thing that is measured."`
	JSON     string        `help:"File for the figures as JSON; without it they follow the table."`
	DSN      string        `name:"dsn" help:"An empty PostgreSQL database to measure with instead of SQLite; with one number of posts."`
	Keep     string        `help:"Directory to work in and leave behind, instead of a temporary one."`
}

// benchReport is everything that was measured.
type benchReport struct {
	Version   string        `json:"version"`
	Go        string        `json:"go"`
	Cores     int           `json:"cores"`
	Processor string        `json:"processor,omitempty"`
	At        time.Time     `json:"at"`
	Floors    []measurement `json:"floors"`
	Scales    []benchScale  `json:"scales"`
}

// benchScale is what was measured with a number of posts.
type benchScale struct {
	Posts    int           `json:"posts"`
	Measured []measurement `json:"measured"`
}

// measurement is one figure, and the floor that the machine sets to it.
type measurement struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	P50    float64 `json:"p50_ms,omitempty"`
	P99    float64 `json:"p99_ms,omitempty"`
	Bytes  int64   `json:"bytes,omitempty"` // of one answer
	Floor  float64 `json:"floor,omitempty"`
	Ratio  float64 `json:"ratio,omitempty"`
	Detail string  `json:"detail,omitempty"`
}

// against adds the floor.
func (m measurement) against(floor float64) measurement {
	if m.Floor = floor; floor > 0 {
		m.Ratio = m.Value / floor
	}
	return m
}

// Run measures, and prints a table and JSON.
func (cmd benchCommand) Run(ctx context.Context, c *console) error {
	if cmd.DSN != "" && len(cmd.Posts) > 1 {
		return errors.New("--dsn names one empty database: give --posts once")
	}
	dir := cmd.Keep
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "portevoix-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	report := benchReport{Version: Version, Go: runtime.Version(), Cores: runtime.GOMAXPROCS(0), Processor: processorName(), At: time.Now().UTC().Truncate(time.Second)}
	fmt.Fprintln(c.err, "Measuring what the machine can do …")
	floors, err := cmd.measureFloors(ctx, dir)
	if err != nil {
		return fmt.Errorf("measure floors: %w", err)
	}
	report.Floors = floors.list()
	for _, posts := range cmd.Posts {
		b := &bench{cmd: cmd, console: c, floors: floors, posts: posts, dir: filepath.Join(dir, fmt.Sprint(posts))}
		measured, err := b.run(ctx)
		if err != nil {
			return fmt.Errorf("with %d posts: %w", posts, err)
		}
		report.Scales = append(report.Scales, benchScale{Posts: posts, Measured: measured})
	}
	if err := report.table(c.out); err != nil {
		return err
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	if cmd.JSON != "" {
		return os.WriteFile(cmd.JSON, append(text, '\n'), 0o644)
	}
	_, err = fmt.Fprintf(c.out, "\n%s\n", text)
	return err
}

// bench measures with one number of posts.
type bench struct {
	cmd     benchCommand
	console *console
	floors  *floors
	posts   int
	dir     string

	seeded   seeded
	process  *benchProcess
	profiles sync.WaitGroup
	measured []measurement
}

func (b *bench) add(m measurement) { b.measured = append(b.measured, m) }

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.console.err, format+"\n", args...)
}

// run seeds a server, starts it as a process of its own, and measures it from
// outside.
func (b *bench) run(ctx context.Context) ([]measurement, error) {
	if err := b.seed(ctx); err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	peers, err := newBenchPeers(b.cmd.Peers, nil)
	if err != nil {
		return nil, err
	}
	defer peers.close()
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	defer b.process.stop()
	if err := b.idle(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, *benchPeers) error{b.reads, b.inbox, b.fanOut} {
		if err := step(ctx, peers); err != nil {
			return nil, err
		}
	}
	b.profiles.Wait()
	b.add(measurement{Name: "memory under load", Value: b.process.memory("VmHWM"), Unit: "MiB resident, at most"})
	return b.measured, b.process.stop()
}

// reads asks for pages and objects. Each is compared with a bare handler that
// sends the same bytes to the same clients. What is kept of answers is asked for as
// many do at once, and then without, as in the first of each second.
func (b *bench) reads(ctx context.Context, _ *benchPeers) error {
	const activity, page = "application/activity+json", "text/html"
	base := b.process.base
	for _, read := range []struct{ name, address, accept, control string }{
		{"thread page (50 posts)", base + b.seeded.thread, page, ""},
		{"thread page, made anew", base + b.seeded.thread, page, "no-cache"},
		{"front page", base + "/", page, ""},
		{"front page, made anew", base + "/", page, "no-cache"},
		{"thread as ActivityPub object", base + b.seeded.thread, activity, ""},
		{"the same, made anew", base + b.seeded.thread, activity, "no-cache"},
		{"forum's actor", base + "/f/" + benchForum, activity, ""},
		{"WebFinger", base + "/.well-known/webfinger?resource=acct:" + benchForum + "@" + b.process.address, "", ""},
	} {
		b.say("Asking for the %s …", read.name)
		b.profile(ctx, read.name)
		m, body, err := loadGET(ctx, read.address, read.accept, read.control, b.cmd.Clients, b.cmd.Duration)
		if err != nil {
			return fmt.Errorf("%s: %w", read.name, err)
		}
		floor, err := bareHandler(ctx, body, b.cmd.Clients, b.cmd.Duration/2)
		if err != nil {
			return fmt.Errorf("floor of %s: %w", read.name, err)
		}
		m.Name = read.name
		b.add(m.against(floor))
	}
	return nil
}
