package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// benchClient asks without compression, so that what is compared is the same
// bytes, over as many connections as ask at once.
func benchClient(connections int) *http.Client {
	return &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConns: connections * 2, MaxIdleConnsPerHost: connections * 2},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// latencies are how long requests took.
type latencies struct {
	mu   sync.Mutex
	list []time.Duration
}

func (l *latencies) add(own []time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, own...)
}

// quantile is in milliseconds.
func (l *latencies) quantile(q float64) float64 {
	if len(l.list) == 0 {
		return 0
	}
	slices.Sort(l.list)
	at := min(int(q*float64(len(l.list))), len(l.list)-1)
	return float64(l.list[at].Microseconds()) / 1000
}

// loadGET asks for an address over and over, and returns an answer's body too.
func loadGET(ctx context.Context, address, accept, control string, connections int, duration time.Duration) (measurement, []byte, error) {
	client := benchClient(connections)
	defer client.CloseIdleConnections()
	get := func() ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		if control != "" {
			r.Header.Set("Cache-Control", control)
		}
		response, err := client.Do(r)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err == nil && response.StatusCode != http.StatusOK {
			err = fmt.Errorf("status %d", response.StatusCode)
		}
		return body, err
	}
	body, err := get() // what is kept for a while is there afterwards
	if err != nil {
		return measurement{}, nil, err
	}
	var all latencies
	var wait sync.WaitGroup
	failed := make(chan error, connections)
	begun := time.Now()
	for range connections {
		wait.Go(func() {
			var own []time.Duration
			for time.Since(begun) < duration {
				one := time.Now()
				if _, err := get(); err != nil {
					failed <- err
					return
				}
				own = append(own, time.Since(one))
			}
			all.add(own)
		})
	}
	wait.Wait()
	took := time.Since(begun)
	select {
	case err := <-failed:
		return measurement{}, nil, err
	default:
	}
	return measurement{Value: float64(len(all.list)) / took.Seconds(), Unit: "requests/s", P50: all.quantile(.5), P99: all.quantile(.99), Bytes: int64(len(body))}, body, nil
}

// bareHandler is how many requests a handler answers that does nothing but send
// the given bytes.
func bareHandler(ctx context.Context, body []byte, connections int, duration time.Duration) (float64, error) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }))
	defer server.Close()
	m, _, err := loadGET(ctx, server.URL, "", "", connections, duration)
	return m.Value, err
}
