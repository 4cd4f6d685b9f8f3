package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// inbox has the peers send replies to a thread, signed beforehand, and counts
// what is answered, and what stands in the thread.
func (b *bench) inbox(ctx context.Context, peers *benchPeers) error {
	b.say("Letting %d servers follow …", len(peers.hosts))
	if err := peers.follow(ctx, b.process.base); err != nil {
		return err
	}
	before, err := b.repliesOf(ctx)
	if err != nil {
		return err
	}
	requests, err := b.signReplies(ctx, peers)
	if err != nil {
		return err
	}
	held, err := b.used(ctx)
	if err != nil {
		return err
	}
	b.say("Sending %d replies …", len(requests))
	b.profile(ctx, "inbox")
	var all latencies
	var next atomic.Int64
	var wait sync.WaitGroup
	failed := make(chan error, b.cmd.Clients)
	begun := time.Now()
	for range b.cmd.Clients {
		wait.Go(func() {
			var own []time.Duration
			for {
				i := int(next.Add(1)) - 1
				if i >= len(requests) {
					break
				}
				one := time.Now()
				if err := peers.send(requests[i]); err != nil {
					failed <- err
					return
				}
				own = append(own, time.Since(one))
			}
			all.add(own)
		})
	}
	wait.Wait()
	answered := time.Since(begun)
	select {
	case err := <-failed:
		return fmt.Errorf("send replies: %w", err)
	default:
	}
	stored := answered
	for {
		now, err := b.repliesOf(ctx)
		if err != nil {
			return err
		}
		if now-before >= len(requests) {
			break
		}
		if stored = time.Since(begun); stored > answered+time.Minute {
			return fmt.Errorf("only %d of %d replies are stored", now-before, len(requests))
		}
		time.Sleep(5 * time.Millisecond)
	}
	m := measurement{Name: "inbox: replies accepted and stored", Value: float64(len(requests)) / stored.Seconds(), Unit: "/s", P50: all.quantile(.5), P99: all.quantile(.99),
		Detail: fmt.Sprintf("floor: the smaller of verifications and durable inserts; answered after %d ms, stored after %d", answered.Milliseconds(), stored.Milliseconds())}
	b.add(m.against(min(b.floors.verifications, b.floors.shared)))
	return b.growth(ctx, "a reply from elsewhere leaves", held, len(requests))
}

// signReplies makes the requests, from all servers in turn.
func (b *bench) signReplies(ctx context.Context, peers *benchPeers) ([]*http.Request, error) {
	b.say("Signing %d replies …", b.cmd.Replies)
	requests := make([]*http.Request, b.cmd.Replies)
	for i := range requests {
		host := peers.hosts[i%len(peers.hosts)]
		note := fmt.Sprintf("http://%s/notes/%d", host, i)
		var err error
		requests[i], err = peers.request(ctx, b.process.base+"/inbox", host, map[string]any{
			"id": note + "/create", "type": "Create", "to": []any{"https://www.w3.org/ns/activitystreams#Public"},
			"object": map[string]any{"id": note, "type": "Note", "attributedTo": actorAt(host), "inReplyTo": b.seeded.uri, "content": fmt.Sprintf("<p>Me too, for the %dth time.</p>", i),
				"to": []any{"https://www.w3.org/ns/activitystreams#Public"}, "published": time.Now().UTC().Format(time.RFC3339)},
		})
		if err != nil {
			return nil, err
		}
	}
	return requests, nil
}

// call asks the API.
func (b *bench) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, b.process.base+"/api/portevoix/v1"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+b.seeded.token)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: status %d", method, path, response.StatusCode)
	}
	return json.NewDecoder(response.Body).Decode(out)
}

func (b *bench) repliesOf(ctx context.Context) (int, error) {
	var thread struct{ Counts struct{ Replies int } }
	err := b.call(ctx, http.MethodGet, "/threads/"+b.seeded.id.String(), nil, &thread)
	return thread.Counts.Replies, err
}

// waiting is how many deliveries the server has still to make, as its figures say.
func (b *bench) waiting(ctx context.Context) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.process.admin+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "portevoix_deliveries_pending "); ok {
			return strconv.Atoi(value)
		}
	}
	return 0, errors.New("the figures say nothing of deliveries")
}

// fanOut opens threads in a forum that all peers follow, and watches them arrive.
func (b *bench) fanOut(ctx context.Context, peers *benchPeers) error {
	want := b.cmd.Threads * len(peers.hosts)
	before := len(peers.arrived("Announce"))
	b.say("Opening %d threads for %d servers …", b.cmd.Threads, len(peers.hosts))
	held, err := b.used(ctx)
	if err != nil {
		return err
	}
	b.profile(ctx, "fan-out")
	begun := time.Now()
	for i := range b.cmd.Threads {
		var thread struct{ ID string }
		if err := b.call(ctx, http.MethodPost, "/threads", map[string]any{"forum": followedForum, "title": fmt.Sprintf("Fan-out %d", i), "body": "To everybody.", "language": "en"}, &thread); err != nil {
			return err
		}
	}
	if err := peers.await(ctx, "Announce", before+want, 2*time.Minute); err != nil {
		return err
	}
	arrivals := peers.arrived("Announce")
	slices.SortFunc(arrivals, time.Time.Compare)
	last := arrivals[before+want-1].Sub(begun)
	m := measurement{Name: "fan-out: deliveries", Value: float64(want) / last.Seconds(), Unit: "/s",
		Detail: fmt.Sprintf("floor: signatures; %d threads to %d servers, the last after %d ms", b.cmd.Threads, len(peers.hosts), last.Milliseconds())}
	b.add(m.against(b.floors.signatures))
	for waited := time.Now(); ; time.Sleep(20 * time.Millisecond) { // a delivery is done when its answer was noted
		waiting, err := b.waiting(ctx)
		if err != nil {
			return err
		}
		if waiting == 0 {
			break
		}
		if time.Since(waited) > time.Minute {
			return fmt.Errorf("%d deliveries still wait", waiting)
		}
	}
	return b.growth(ctx, "a delivery leaves, with its thread", held, want)
}
