package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"portevoix/forum"
)

// The door for whoever watches over the server, at server.admin_listen: figures
// for Prometheus, and profiles. It asks nobody who they are, so it is open on
// private addresses only.

// listenAdmin opens that door; nothing happens where none is configured.
func (s *server) listenAdmin() error {
	if s.config.Server.AdminListen == "" {
		return nil
	}
	listener, err := net.Listen("tcp", s.config.Server.AdminListen)
	if err != nil {
		return fmt.Errorf("listen for administration: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", s.metrics)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	s.admin = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	s.adminAddress = listener.Addr()
	go func() {
		if err := s.admin.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return nil
}

// maxMetricPeers bounds the servers with figures of their own: those that
// something waits for, or that are out of reach.
const maxMetricPeers = 500

// metrics writes figures in Prometheus's text form.
func (s *server) metrics(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if err := s.writeMetrics(r.Context(), w); err != nil {
		s.logger.WarnContext(r.Context(), "reading the figures failed", "error", err)
		http.Error(w, "the figures cannot be read", http.StatusInternalServerError)
		return
	}
	metrics.WritePrometheus(w, true)
}

func (s *server) writeMetrics(ctx context.Context, w io.Writer) error {
	deliveries, err := s.store.PendingDeliveries(ctx)
	if err != nil {
		return err
	}
	jobs, err := s.store.PendingJobs(ctx)
	if err != nil {
		return err
	}
	now := s.service.Now()
	figures, err := s.store.Statistics(ctx, now)
	if err != nil {
		return err
	}
	set := metrics.NewSet()
	add := func(name string, value float64) { set.NewGauge(name, func() float64 { return value }) }
	add(`portevoix_build_info{version=`+strconv.Quote(Version)+`}`, 1)
	add("portevoix_deliveries_pending", float64(deliveries))
	add("portevoix_jobs_pending", float64(jobs))
	add("portevoix_accounts", float64(figures.Accounts))
	add("portevoix_threads", float64(figures.Threads))
	add("portevoix_replies", float64(figures.Replies))
	add("portevoix_peers", float64(figures.Peers))
	if err := s.peerMetrics(ctx, now, add); err != nil {
		return err
	}
	set.WritePrometheus(w)
	return nil
}

// peerMetrics tells how far behind each server is.
func (s *server) peerMetrics(ctx context.Context, now time.Time, add func(name string, value float64)) error {
	seen := map[string]bool{}
	worst := 0.0
	for _, filter := range []forum.PeerFilter{forum.PeersWaiting, forum.PeersFailing} {
		page, err := s.store.Peers(ctx, forum.PeerQuery{Filter: filter, Limit: maxMetricPeers}, now)
		if err != nil {
			return err
		}
		for i := range page.Peers {
			p := &page.Peers[i]
			if seen[p.Host] {
				continue
			}
			seen[p.Host] = true
			label, lag, failing := "{host="+strconv.Quote(p.Host)+"}", 0.0, 0.0
			if !p.OldestAt.IsZero() {
				lag = now.Sub(p.OldestAt).Seconds()
			}
			if !p.FailingSince.IsZero() {
				failing = now.Sub(p.FailingSince).Seconds()
			}
			add("portevoix_peer_deliveries_pending"+label, float64(p.Pending))
			add("portevoix_peer_lag_seconds"+label, lag)
			add("portevoix_peer_failing_seconds"+label, failing)
			if p.DeadAt.IsZero() {
				worst = max(worst, lag)
			}
		}
	}
	add("portevoix_delivery_lag_seconds", worst)
	return nil
}

// requestKind sorts requests for the figures.
func requestKind(r *http.Request) string {
	switch path := r.URL.Path; {
	case r.Method == http.MethodPost && strings.HasSuffix(path, "/inbox"):
		return "inbox"
	case path == "/live", strings.HasPrefix(path, "/api/v1/streaming"):
		return "stream"
	case strings.HasPrefix(path, "/api/"):
		return "api"
	case strings.HasPrefix(path, "/static/"), strings.HasPrefix(path, "/media/"):
		return "file"
	}
	return "other"
}

// watched measures how long requests take. Streams, which last as long as a page
// is shown, are left out.
func watched(next http.Handler) http.Handler {
	durations := map[string]*metrics.Histogram{}
	for _, kind := range []string{"inbox", "api", "file", "other"} {
		durations[kind] = metrics.GetOrCreateHistogram(`portevoix_request_duration_seconds{kind="` + kind + `"}`)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := durations[requestKind(r)]; h != nil {
			defer h.UpdateDuration(time.Now())
		}
		next.ServeHTTP(w, r)
	})
}
