package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// benchProcess is the server that is measured.
type benchProcess struct {
	address, base string
	admin         string // address of figures and profiles
	file          string
	environ       []string
	output        io.Writer
	cmd           *exec.Cmd
}

func freeLoopbackAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// launch starts the process and returns how long it took to the first answer.
func (p *benchProcess) launch(ctx context.Context) (time.Duration, error) {
	program, err := os.Executable()
	if err != nil {
		return 0, err
	}
	p.cmd = exec.CommandContext(ctx, program, "--config", p.file, "serve")
	p.cmd.Env = append(os.Environ(), p.environ...)
	p.cmd.Stderr = p.output
	begun := time.Now()
	if err := p.cmd.Start(); err != nil {
		return 0, err
	}
	client := &http.Client{Timeout: 5 * time.Second}
	for {
		response, err := client.Get(p.base + "/readyz")
		if err == nil {
			response.Body.Close()
			return time.Since(begun), nil
		}
		if time.Since(begun) > 30*time.Second || ctx.Err() != nil {
			return 0, errors.Join(fmt.Errorf("the server does not answer: %w", err), p.stop())
		}
		time.Sleep(time.Millisecond)
	}
}

// stop ends the process as an administrator would; twice does nothing.
func (p *benchProcess) stop() error {
	if p.cmd == nil {
		return nil
	}
	cmd := p.cmd
	p.cmd = nil
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return cmd.Wait()
}

// memory reads a line of the process's status, in MiB; 0 where the system has
// none.
func (p *benchProcess) memory(line string) float64 {
	if p.cmd == nil {
		return 0
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), line+":"); ok {
			kilobytes, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kilobytes / 1024
		}
	}
	return 0
}

// start starts the server twice: what is measured is the start on a database that
// exists, with the program in the cache of files.
func (b *bench) start(ctx context.Context) error {
	b.say("Starting the server …")
	if _, err := b.process.launch(ctx); err != nil {
		return err
	}
	if err := b.process.stop(); err != nil {
		return err
	}
	took, err := b.process.launch(ctx)
	if err != nil {
		return err
	}
	b.add(measurement{Name: "start to the first answer", Value: float64(took.Microseconds()) / 1000, Unit: "ms"})
	return nil
}

// settleTime is how long the server is left alone before it counts as idle.
const settleTime = 3 * time.Second

// idle measures size and memory of a server that nobody asks for anything.
func (b *bench) idle(ctx context.Context) error {
	select {
	case <-time.After(settleTime):
	case <-ctx.Done():
		return ctx.Err()
	}
	b.add(measurement{Name: "memory idle", Value: b.process.memory("VmRSS"), Unit: "MiB resident",
		Detail: fmt.Sprintf("%.1f MiB of its own, %.1f MiB of the program's file", b.process.memory("RssAnon"), b.process.memory("RssFile"))})
	if program, err := os.Executable(); err == nil {
		if info, err := os.Stat(program); err == nil {
			b.add(measurement{Name: "program", Value: float64(info.Size()) / (1 << 20), Unit: "MiB"})
		}
	}
	size, err := b.databaseSize(ctx)
	if err != nil {
		return err
	}
	b.add(measurement{Name: "database", Value: float64(size) / (1 << 20), Unit: "MiB", Detail: fmt.Sprintf("%d bytes a post", size/int64(max(b.posts, 1)))})
	return nil
}

// databaseSize is in bytes.
func (b *bench) databaseSize(ctx context.Context) (size int64, err error) {
	if b.cmd.DSN != "" {
		db, err := sql.Open("pgx", b.cmd.DSN)
		if err != nil {
			return 0, err
		}
		err = db.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&size)
		return size, errors.Join(err, db.Close())
	}
	files, err := filepath.Glob(filepath.Join(b.dir, "portevoix.db*"))
	if err != nil {
		return 0, err
	}
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			size += info.Size()
		}
	}
	return size, nil
}

// processorName is what the system calls the processor; "" where it does not say.
func processorName() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// profile begins to record what the server spends its time on, for as long as
// something is measured, into a file of that name.
func (b *bench) profile(ctx context.Context, name string) {
	if b.cmd.Profile == "" {
		return
	}
	seconds := max(1, int(b.cmd.Duration.Seconds()))
	file := filepath.Join(b.cmd.Profile, strings.Map(func(r rune) rune {
		if r == ' ' || r == '(' || r == ')' || r == '\'' {
			return '-'
		}
		return r
	}, name)+".pprof")
	b.profiles.Go(func() {
		if err := b.process.saveProfile(ctx, seconds, file); err != nil {
			b.say("No profile of %s: %v", name, err)
		}
	})
}

func (p *benchProcess) saveProfile(ctx context.Context, seconds int, file string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", p.admin, seconds), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return errors.Join(err, fmt.Errorf("status %d", response.StatusCode))
	}
	return os.WriteFile(file, text, 0o644)
}
