package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"portevoix/forum"
)

// jobs is the queue of background work: River on the same database, so that a
// job is enqueued by the transaction that makes it necessary, or not at all.
type jobs struct {
	store   *Store
	driver  riverdriver.Driver[*sql.Tx]
	inserts *river.Client[*sql.Tx] // enqueues only
	works   *river.Client[*sql.Tx] // nil until started
}

const (
	maxJobAttempts = 12              // with River's n⁴ seconds between them: 17 hours
	jobTimeout     = 5 * time.Minute // a job fetches, at most, one thread
	jobWorkers     = 8

	slowQueue   = "slow" // of forum.SlowJob
	slowWorkers = 2

	outwardQueue   = "outward" // of forum.OutwardJob
	outwardWorkers = 8
)

func newJobs(s *Store) (*jobs, error) {
	j := &jobs{store: s}
	if s.driver == SQLite {
		j.driver = riversqlite.New(s.writing.DB)
	} else {
		j.driver = riverdatabasesql.New(s.writing.DB)
	}
	var err error
	j.inserts, err = river.NewClient(j.driver, &river.Config{Logger: jobLogger(s.logger), MaxAttempts: maxJobAttempts})
	if err != nil {
		return nil, fmt.Errorf("open job queue: %w", err)
	}
	return j, nil
}

// jobLogger lets only warnings of the queue through: its working is not news.
func jobLogger(l *slog.Logger) *slog.Logger {
	return slog.New(levelHandler{l.With("part", "jobs").Handler(), slog.LevelWarn})
}

type levelHandler struct {
	slog.Handler
	least slog.Level
}

func (h levelHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.least && h.Handler.Enabled(ctx, l)
}

func (h levelHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return levelHandler{h.Handler.WithAttrs(attrs), h.least}
}

func (h levelHandler) WithGroup(name string) slog.Handler {
	return levelHandler{h.Handler.WithGroup(name), h.least}
}

// migrate brings the queue's own tables up to date.
func (j *jobs) migrate(ctx context.Context) ([]string, error) {
	m, err := rivermigrate.New(j.driver, &rivermigrate.Config{Logger: jobLogger(j.store.logger)})
	if err != nil {
		return nil, err
	}
	done, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return nil, fmt.Errorf("migrate job queue: %w", err)
	}
	var names []string
	for _, v := range done.Versions {
		names = append(names, fmt.Sprintf("jobs_%03d", v.Version))
	}
	return names, nil
}

// Workers are what does each kind of job.
type Workers struct {
	river    *river.Workers
	periodic []*river.PeriodicJob
	logger   *slog.Logger
}

// NewWorkers returns an empty set; jobs that will never succeed are logged.
func (s *Store) NewWorkers() *Workers {
	return &Workers{river: river.NewWorkers(), logger: s.logger}
}

// AddWorker names the function that does jobs of type T. An error makes the job
// run again later, unless its code says that it would never succeed.
func AddWorker[T forum.Job](w *Workers, work func(ctx context.Context, job T) error) {
	river.AddWorker(w.river, river.WorkFunc(func(ctx context.Context, job *river.Job[T]) error {
		err := work(ctx, job.Args)
		switch forum.CodeOf(err) {
		case forum.Invalid, forum.Forbidden, forum.NotFound, forum.Gone, forum.Conflict:
			w.logger.InfoContext(ctx, "job given up", "kind", job.Kind, "error", err)
			return river.JobCancel(err)
		}
		return err
	}))
}

// Every names the function that does jobs of type T, one of which begins at the
// start and after every interval, whatever the number of processes.
func Every[T forum.Job](w *Workers, interval time.Duration, work func(ctx context.Context, job T) error) {
	AddWorker(w, work)
	w.periodic = append(w.periodic, river.NewPeriodicJob(river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) {
			var job T
			return job, nil
		}, &river.PeriodicJobOpts{RunOnStart: true}))
}

// StartJobs begins to work off the queue, until StopJobs.
func (s *Store) StartJobs(ctx context.Context, w *Workers) error {
	Every(w, time.Hour, s.sweep)
	AddWorker(w, s.workBacklog)
	AddWorker(w, s.workRelate)
	client, err := river.NewClient(s.jobs.driver, &river.Config{
		Logger:       jobLogger(s.logger),
		Workers:      w.river,
		Queues:       map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: jobWorkers}, slowQueue: {MaxWorkers: slowWorkers}, outwardQueue: {MaxWorkers: outwardWorkers}},
		MaxAttempts:  maxJobAttempts,
		JobTimeout:   jobTimeout,
		ErrorHandler: jobErrors{s.logger},
		PeriodicJobs: w.periodic,
		// Finished jobs are of no use to anyone.
		CompletedJobRetentionPeriod: time.Hour,
		CancelledJobRetentionPeriod: 7 * 24 * time.Hour,
		DiscardedJobRetentionPeriod: 7 * 24 * time.Hour,
		RescueStuckJobsAfter:        2 * jobTimeout,
	})
	if err != nil {
		return fmt.Errorf("prepare job queue: %w", err)
	}
	if err := s.resumeJobs(ctx); err != nil {
		return fmt.Errorf("resume jobs: %w", err)
	}
	if err := s.beginBacklog(ctx); err != nil {
		return fmt.Errorf("begin to fill the search index: %w", err)
	}
	if err := client.Start(ctx); err != nil {
		return fmt.Errorf("start job queue: %w", err)
	}
	s.jobs.works = client
	return nil
}

// resumeJobs lets jobs run again that were running when their process was
// killed, and forgets that it led: only a leader looks for jobs that became due,
// and for a quarter of a minute nobody would. Only for SQLite, where one process serves; on PostgreSQL they may be
// another's, and are rescued after RescueStuckJobsAfter.
func (s *Store) resumeJobs(ctx context.Context) error {
	if s.driver != SQLite {
		return nil
	}
	return s.change(ctx, func(ctx context.Context, t *tx) error {
		for _, query := range []string{"UPDATE river_job SET state = 'available' WHERE state = 'running'", "DELETE FROM river_leader"} {
			if _, err := t.exec(ctx, query); err != nil {
				return err
			}
		}
		return nil
	})
}

// StopJobs lets running jobs finish as long as ctx lasts, then cancels them;
// cancelled ones run again at the next start.
func (s *Store) StopJobs(ctx context.Context) error {
	if s.jobs.works == nil {
		return nil
	}
	if err := s.jobs.works.Stop(ctx); err == nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return s.jobs.works.StopAndCancel(hard)
}

// enqueue asks for a job at a time, the zero one for now.
func (j *jobs) enqueue(ctx context.Context, tx *sql.Tx, job forum.Job, when time.Time) error {
	o := &river.InsertOpts{ScheduledAt: when}
	switch job.(type) {
	case forum.SlowJob:
		o.Queue = slowQueue
	case forum.OutwardJob:
		o.Queue = outwardQueue
	}
	if _, err := j.inserts.InsertTx(ctx, tx, job, o); err != nil {
		return fmt.Errorf("enqueue %s: %w", job.Kind(), err)
	}
	return nil
}

// EnqueueJob asks for a job in a transaction of its own; it is durable when this
// returns.
func (s *Store) EnqueueJob(ctx context.Context, job forum.Job) error {
	return s.Write(ctx, func(ctx context.Context, tx forum.Tx) error { return tx.Enqueue(ctx, job) })
}

// EnqueueJobAt is EnqueueJob for one that runs at that time or soon afterwards.
func (s *Store) EnqueueJobAt(ctx context.Context, job forum.Job, at time.Time) error {
	return s.Write(ctx, func(ctx context.Context, tx forum.Tx) error { return tx.EnqueueAt(ctx, job, at) })
}

// PendingJobs counts jobs that are not finished, for health checks and tests.
func (s *Store) PendingJobs(ctx context.Context) (int, error) {
	var n int
	err := s.reading.NewRaw("SELECT count(*) FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled')").Scan(ctx, &n)
	return n, err
}

// jobErrors logs failed jobs, once each, with what failed.
type jobErrors struct{ logger *slog.Logger }

func (h jobErrors) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	h.logger.WarnContext(ctx, "job failed", "kind", job.Kind, "attempt", job.Attempt, "error", err)
	return nil
}

func (h jobErrors) HandlePanic(ctx context.Context, job *rivertype.JobRow, panicked any, trace string) *river.ErrorHandlerResult {
	h.logger.ErrorContext(ctx, "job panicked", "kind", job.Kind, "attempt", job.Attempt, "panic", panicked, "trace", trace)
	return nil
}
