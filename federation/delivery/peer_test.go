package delivery

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

const mastodon = "mastodon.example"

// What is about one subject arrives in the order of its activities, one after
// the other; different subjects go side by side, as many as the window lets.
func TestOrder(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		for i := range 200 {
			q.add(mastodon, fmt.Sprintf("thread %d", i%10))
		}
		// The queue lists what is urgent first: a Delete before the Create that
		// it must not overtake.
		q.change(mastodon, func(list []forum.Delivery) { slices.Reverse(list[:60]) })
		s.takes = func(string) time.Duration { return 100 * time.Millisecond }
	}, func(t *testing.T, _ *Deliverer, q *queue, s *sender) {
		pass(10 * time.Second)
		attempts := s.to(mastodon)
		if len(attempts) != 200 || len(q.waiting(mastodon)) != 0 {
			t.Fatalf("%d delivered, %d left", len(attempts), len(q.waiting(mastodon)))
		}
		last := map[string]attempt{}
		for _, a := range attempts {
			before := last[a.delivery.Subject]
			if a.delivery.ActivityID < before.delivery.ActivityID {
				t.Errorf("%s: %d came after %d", a.delivery.Subject, a.delivery.ActivityID, before.delivery.ActivityID)
			}
			if a.begin.Before(before.end) {
				t.Errorf("%s: %d began before %d ended", a.delivery.Subject, a.delivery.ActivityID, before.delivery.ActivityID)
			}
			last[a.delivery.Subject] = a
		}
		if s.top != 6 {
			t.Errorf("%d were under way at once", s.top)
		}
	})
}

// Two inboxes of one peer are two lines: what is about one subject need not wait
// for the other.
func TestBySubject(t *testing.T) {
	d := func(activity forum.ID, subject, inbox string, attempts int) forum.Delivery {
		return forum.Delivery{ActivityID: activity, Subject: subject, Inbox: inbox, Attempts: attempts}
	}
	for _, c := range []struct {
		name string
		list []forum.Delivery
		want string
	}{
		{"nothing", nil, ""},
		{"one", []forum.Delivery{d(1, "a", "x", 0)}, "1"},
		{"in order", []forum.Delivery{d(1, "a", "x", 0), d(2, "a", "x", 0), d(3, "b", "x", 0)}, "1 2, 3"},
		{"the urgent comes first", []forum.Delivery{d(3, "b", "x", 0), d(1, "a", "x", 0), d(2, "a", "x", 0)}, "3, 1 2"},
		{"but not before what it takes back", []forum.Delivery{d(3, "a", "x", 0), d(2, "b", "x", 0), d(1, "a", "x", 0)}, "1 3, 2"},
		{"two inboxes", []forum.Delivery{d(1, "a", "x", 0), d(2, "a", "y", 0), d(3, "a", "x", 0)}, "1 3, 2"},
		{"what failed comes last", []forum.Delivery{d(1, "a", "x", 2), d(2, "b", "x", 1), d(3, "c", "x", 0), d(4, "a", "x", 0)}, "3, 2, 1 4"},
	} {
		var lines []string
		for _, line := range bySubject(c.list) {
			var ids []string
			for _, one := range line {
				ids = append(ids, one.ActivityID.String())
			}
			lines = append(lines, strings.Join(ids, " "))
		}
		if got := strings.Join(lines, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// A peer that never answers is tried less and less often, and given up after a
// week.
func TestBackoff(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		q.add(mastodon, "thread")
		s.answer = func(forum.Delivery, forum.SignatureScheme) (int, time.Duration, error) {
			return 0, 0, errors.New("no route")
		}
	}, func(t *testing.T, _ *Deliverer, q *queue, s *sender) {
		pass(8 * 24 * time.Hour)
		attempts := s.to(mastodon)
		if len(attempts) < 30 || len(attempts) > 60 {
			t.Errorf("%d attempts in a week", len(attempts))
		}
		for i := 1; i < len(attempts); i++ {
			pause := pauseAfter(i)
			if got := attempts[i].begin.Sub(attempts[i-1].end); got < pause*8/10 || got > pause*12/10+time.Second {
				t.Errorf("pause %d is %s, want about %s", i, got, pause)
			}
		}
		settlements := q.settlements(mastodon)
		last := settlements[len(settlements)-1]
		if last.GiveUpAfter != 7*24*time.Hour || last.Error != "no route" || !last.Failed || last.Reached {
			t.Errorf("the last settlement is %+v", last)
		}
		if since := last.Now.Sub(attempts[0].end); since < 7*24*time.Hour || since > 7*24*time.Hour+8*time.Hour || len(q.waiting(mastodon)) != 0 {
			t.Errorf("given up after %s with %d left", since, len(q.waiting(mastodon)))
		}
	})
}

// pauseAfter is the middle of what a number of failures in a row earns.
func pauseAfter(failures int) time.Duration {
	pause := 10 * time.Second
	for range failures - 1 {
		pause = min(2*pause, 6*time.Hour)
	}
	return pause
}

func TestBackoffBounds(t *testing.T) {
	spread := map[time.Duration]bool{}
	for failures := 1; failures < 100; failures++ {
		want := pauseAfter(failures)
		for range 50 {
			got := backoff(failures)
			if got < want*8/10 || got > want*12/10 {
				t.Errorf("after %d failures: %s, want about %s", failures, got, want)
			}
			spread[got] = true
		}
	}
	if len(spread) < 4000 {
		t.Errorf("peers that failed together return together: %d different pauses of 4950", len(spread))
	}
}

// A peer is left alone for as long as it asks, and never for less than its
// failures earn it.
func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		asked, least, most time.Duration
	}{
		{time.Hour, time.Hour, time.Hour + time.Second},
		{time.Second, 8 * time.Second, 13 * time.Second},
		{0, 8 * time.Second, 13 * time.Second},
	} {
		deliver(t, func(o *Options, q *queue, s *sender) {
			o.Poll = 24 * time.Hour // what is due is known, and not looked for
			q.add(mastodon, "thread")
			first := true
			s.answer = func(forum.Delivery, forum.SignatureScheme) (int, time.Duration, error) {
				if first {
					first = false
					return http.StatusTooManyRequests, c.asked, nil
				}
				return http.StatusOK, 0, nil
			}
		}, func(t *testing.T, _ *Deliverer, _ *queue, s *sender) {
			pass(3 * time.Hour)
			attempts := s.to(mastodon)
			if len(attempts) != 2 {
				t.Fatalf("%d attempts", len(attempts))
			}
			if got := attempts[1].begin.Sub(attempts[0].end); got < c.least || got > c.most {
				t.Errorf("asked for %s, waited %s", c.asked, got)
			}
		})
	}
}

// TestStatuses says which answers are final.
func TestStatuses(t *testing.T) {
	for status, retried := range map[int]bool{
		200: false, 201: false, 202: false, 204: false,
		301: false, 302: false, 308: false,
		400: false, 401: true, 403: false, 404: false, 405: false, 406: false, 408: true, 409: false, 410: false, 413: false, 415: false, 418: false,
		421: false, 422: false, 424: false, 425: true, 429: true, 451: false,
		500: true, 501: true, 502: true, 503: true, 504: true, 520: true, 599: true,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			deliver(t, func(_ *Options, q *queue, s *sender) {
				q.add(mastodon, "thread")
				q.add(mastodon, "thread")
				s.answer = func(forum.Delivery, forum.SignatureScheme) (int, time.Duration, error) { return status, 0, nil }
			}, func(t *testing.T, _ *Deliverer, q *queue, s *sender) {
				pass(time.Second)
				want := 0
				if retried {
					want = 2 // and what comes after it has to wait
				}
				if left := q.waiting(mastodon); len(left) != want {
					t.Errorf("%d left, want %d", len(left), want)
				}
				settled := q.settlements(mastodon)[0]
				if settled.Failed != retried || retried && (len(settled.Retry) != 1 || settled.Error != fmt.Sprintf("status %d", status)) {
					t.Errorf("settled as %+v", settled)
				}
			})
		})
	}
}

// A 401 may be our key's absence, but not for ever.
func TestUnauthorizedForEver(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		q.add(mastodon, "thread")
		s.answer = func(forum.Delivery, forum.SignatureScheme) (int, time.Duration, error) {
			return http.StatusUnauthorized, 0, nil
		}
	}, func(t *testing.T, _ *Deliverer, q *queue, s *sender) {
		pass(24 * time.Hour)
		if n := len(s.to(mastodon)); n != 2*maxAttempts || len(q.waiting(mastodon)) != 0 { // in both forms each
			t.Errorf("%d attempts, %d left", n, len(q.waiting(mastodon)))
		}
	})
}

// One delivery that always fails holds up its own subject only, and is dropped
// in the end; what waited behind it goes out then.
func TestStubbornDelivery(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		bad := q.add(mastodon, "poison")
		q.add(mastodon, "poison")
		q.add(mastodon, "thread")
		s.takes = func(string) time.Duration { return 10 * time.Millisecond }
		s.answer = func(d forum.Delivery, _ forum.SignatureScheme) (int, time.Duration, error) {
			if d.ID == bad {
				return http.StatusInternalServerError, 0, nil
			}
			return http.StatusAccepted, 0, nil
		}
	}, func(t *testing.T, d *Deliverer, q *queue, s *sender) {
		pass(time.Second)
		if left := q.waiting(mastodon); !slices.Equal(left, []forum.ID{1, 2}) {
			t.Fatalf("left are %v", left)
		}
		for range 1000 {
			if len(q.waiting(mastodon)) == 0 {
				break
			}
			q.add(mastodon, "thread") // the peer takes others, and is alive
			d.Wake()
			pass(time.Second)
		}
		tries, after := 0, 0
		for _, a := range s.to(mastodon) {
			switch a.delivery.ID {
			case 1:
				tries++
			case 2:
				after++
			}
		}
		if tries != maxAttempts || after != 1 || len(q.waiting(mastodon)) != 0 {
			t.Errorf("tried %d times, %d after it, %v left", tries, after, q.waiting(mastodon))
		}
	})
}

// What failed before is tried after everything else, which it would stop by
// failing again.
func TestFailedComeLast(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		bad, worse := q.add(mastodon, "poison"), q.add(mastodon, "worse")
		for i := range 40 {
			q.add(mastodon, fmt.Sprintf("thread %d", i%4))
		}
		q.change(mastodon, func(list []forum.Delivery) { list[0].Attempts, list[1].Attempts = 2, 3 })
		s.takes = func(string) time.Duration { return 10 * time.Millisecond }
		s.answer = func(d forum.Delivery, _ forum.SignatureScheme) (int, time.Duration, error) {
			if d.ID == bad || d.ID == worse {
				return http.StatusInternalServerError, 0, nil
			}
			return http.StatusAccepted, 0, nil
		}
	}, func(t *testing.T, _ *Deliverer, q *queue, s *sender) {
		pass(time.Second)
		attempts := s.to(mastodon)
		if last := attempts[len(attempts)-1].delivery; len(attempts) != 41 || last.Subject != "poison" {
			t.Errorf("%d attempts, the last about %s, left %v", len(attempts), last.Subject, q.waiting(mastodon))
		}
	})
}

// A peer that is out of reach is no reason to drop anything.
func TestPatienceWithSilence(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		q.add(mastodon, "thread")
		s.answer = func(forum.Delivery, forum.SignatureScheme) (int, time.Duration, error) {
			return http.StatusBadGateway, 0, nil
		}
	}, func(t *testing.T, _ *Deliverer, q *queue, s *sender) {
		pass(6 * 24 * time.Hour)
		if n := len(s.to(mastodon)); n <= maxAttempts || len(q.waiting(mastodon)) != 1 {
			t.Errorf("%d attempts, %d left", n, len(q.waiting(mastodon)))
		}
	})
}

// TestDoubleKnock has peers that understand one form of signature only: the
// other is tried once, and what works is remembered.
func TestDoubleKnock(t *testing.T) {
	for _, c := range []struct {
		name          string
		known, takes  forum.SignatureScheme
		refuses       int
		schemes       string // of the attempts
		remembered    forum.SignatureScheme
		left, refused int
	}{
		{"draft-cavage at first", "", forum.DraftCavage, 401, "cavage cavage", "", 0, 0},
		{"RFC 9421 only", "", forum.RFC9421, 401, "cavage rfc9421 rfc9421", forum.RFC9421, 0, 0},
		{"RFC 9421 only, refused by 400", "", forum.RFC9421, 400, "cavage rfc9421 rfc9421", forum.RFC9421, 0, 0},
		{"RFC 9421 only, refused by 403", "", forum.RFC9421, 403, "cavage rfc9421 rfc9421", forum.RFC9421, 0, 0},
		{"RFC 9421, as is known", forum.RFC9421, forum.RFC9421, 401, "rfc9421 rfc9421", forum.RFC9421, 0, 0},
		{"no longer RFC 9421", forum.RFC9421, forum.DraftCavage, 401, "rfc9421 cavage cavage", forum.DraftCavage, 0, 0},
		{"neither, refused by 403", "", "neither", 403, "cavage rfc9421 cavage rfc9421", "", 0, 0},
		{"neither, refused by 404", "", "neither", 404, "cavage cavage", "", 0, 0},
		{"neither, refused by 401", "", "neither", 401, "cavage rfc9421", "", 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			deliver(t, func(_ *Options, q *queue, s *sender) {
				q.peer(mastodon, "mastodon")
				q.peers[mastodon].Signature = c.known
				q.add(mastodon, "thread")
				q.add(mastodon, "thread")
				s.answer = func(_ forum.Delivery, scheme forum.SignatureScheme) (int, time.Duration, error) {
					if scheme != c.takes {
						return c.refuses, 0, nil
					}
					return http.StatusAccepted, 0, nil
				}
			}, func(t *testing.T, _ *Deliverer, q *queue, s *sender) {
				pass(time.Second)
				var schemes []string
				for _, a := range s.to(mastodon) {
					schemes = append(schemes, string(a.scheme))
				}
				if got := strings.Join(schemes, " "); got != c.schemes {
					t.Errorf("tried %s, want %s", got, c.schemes)
				}
				if got := q.peers[mastodon].Signature; got != c.remembered {
					t.Errorf("remembered %q", got)
				}
				if left := q.waiting(mastodon); len(left) != c.left {
					t.Errorf("%d left", len(left))
				}
			})
		})
	}
}

// Discourse takes ten POSTs a minute from one address: it gets fewer, whatever
// they are about, and others are not slowed.
func TestDiscoursePace(t *testing.T) {
	const discourse = "discourse.example"
	deliver(t, func(_ *Options, q *queue, s *sender) {
		q.peer(discourse, "discourse")
		for i := range 40 {
			q.add(discourse, fmt.Sprintf("thread %d", i%3))
			q.add(mastodon, fmt.Sprintf("thread %d", i%3))
		}
		// What has no form for it takes no time.
		q.change(discourse, func(list []forum.Delivery) {
			for i := range list[:20] {
				list[i].Body = nil
			}
		})
		s.takes = func(string) time.Duration { return 10 * time.Millisecond }
	}, func(t *testing.T, d *Deliverer, q *queue, s *sender) {
		pass(time.Second)
		if n := len(s.to(mastodon)); n != 40 {
			t.Errorf("%d of 40 delivered elsewhere", n)
		}
		pass(5 * time.Minute)
		// Some more, one by one.
		for range 10 {
			q.add(discourse, "another")
			d.Wake()
			pass(time.Second)
		}
		pass(5 * time.Minute)
		attempts := s.to(discourse)
		if len(attempts) != 30 || len(q.waiting(discourse)) != 0 {
			t.Fatalf("%d delivered, %d left", len(attempts), len(q.waiting(discourse)))
		}
		for i, a := range attempts[10:] {
			if took := a.begin.Sub(attempts[i].begin); took <= time.Minute {
				t.Errorf("more than ten from %d on within %s", i, took)
			}
		}
		if last := attempts[19].begin.Sub(attempts[0].begin); last > 3*time.Minute {
			t.Errorf("twenty took %s", last)
		}
	})
}

// What a peer has no form for is dropped unsent, and a peer whose software
// cannot be told is delivered to all the same.
func TestUnsent(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		q.add(mastodon, "thread")
		q.add(mastodon, "thread")
		q.change(mastodon, func(list []forum.Delivery) { list[0].Body = nil })
		s.inspectErr = errors.New("no NodeInfo")
	}, func(t *testing.T, _ *Deliverer, q *queue, s *sender) {
		pass(time.Second)
		attempts := s.to(mastodon)
		if len(attempts) != 1 || attempts[0].delivery.ID != 2 || len(q.waiting(mastodon)) != 0 {
			t.Errorf("sent %+v, left %v", attempts, q.waiting(mastodon))
		}
	})
}
