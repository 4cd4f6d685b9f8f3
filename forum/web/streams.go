package web

import (
	"sync"

	"portevoix/forum"
)

// Streams bound how many live updates are sent at once. A quarter of them is kept
// for members.
type Streams struct {
	Total      int // 0: none at all
	PerAddress int // 0 means without bound
}

// streams are the browsers that are told what happens while they show a page.
// What happens is handed to each that it concerns without ever waiting for one:
// a stream holds numbers, and a slow browser gets the latest of them.
type streams struct {
	limits    Streams
	mu        sync.Mutex
	closed    bool
	all       map[*stream]bool
	byAddress map[string]int
	byThread  map[forum.ID]map[*stream]bool
	byAccount map[forum.ID]map[*stream]bool
	feeds     map[*stream]bool
}

// topic is what a stream tells of, besides its account's unread notifications.
type topic struct {
	Thread forum.ID // its new replies
	Feed   bool     // new threads
	Forum  forum.ID // of this forum only
	Home   bool     // of what the account follows only
	Kind   forum.ThreadKind
	Lang   string
}

// stream is one browser.
type stream struct {
	topic
	address string
	account forum.ID // 0 for visitors
	wake    chan struct{}
	over    chan struct{} // closed when the server ends it

	mu      sync.Mutex
	unread  int
	heard   bool          // of unread, since the stream was opened
	news    int           // replies or threads since the page was made
	pending []forum.Event // threads that may concern a home feed: it has to look
}

func newStreams(limits Streams) *streams {
	return &streams{limits: limits, all: map[*stream]bool{}, byAddress: map[string]int{}, byThread: map[forum.ID]map[*stream]bool{},
		byAccount: map[forum.ID]map[*stream]bool{}, feeds: map[*stream]bool{}}
}

// open adds a stream; nil when there are too many.
func (s *streams) open(address string, account forum.ID, t topic) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	most := s.limits.Total
	if account == 0 {
		most -= most / 4
	}
	if s.closed || len(s.all) >= most || s.limits.PerAddress > 0 && s.byAddress[address] >= s.limits.PerAddress {
		return nil
	}
	one := &stream{topic: t, address: address, account: account, wake: make(chan struct{}, 1), over: make(chan struct{})}
	s.all[one] = true
	s.byAddress[address]++
	if account != 0 {
		join(s.byAccount, account, one)
	}
	if t.Thread != 0 {
		join(s.byThread, t.Thread, one)
	}
	if t.Feed {
		s.feeds[one] = true
	}
	return one
}

func (s *streams) remove(one *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, one)
	delete(s.feeds, one)
	if s.byAddress[one.address]--; s.byAddress[one.address] == 0 {
		delete(s.byAddress, one.address)
	}
	leave(s.byAccount, one.account, one)
	leave(s.byThread, one.Thread, one)
}

func join(groups map[forum.ID]map[*stream]bool, id forum.ID, one *stream) {
	if groups[id] == nil {
		groups[id] = map[*stream]bool{}
	}
	groups[id][one] = true
}

func leave(groups map[forum.ID]map[*stream]bool, id forum.ID, one *stream) {
	if delete(groups[id], one); len(groups[id]) == 0 {
		delete(groups, id)
	}
}

// close ends all streams and refuses new ones.
func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	for one := range s.all {
		close(one.over)
	}
}

// tell hands events to those they concern.
func (s *streams) tell(events []forum.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		switch e.Kind {
		case forum.UnreadChanged:
			for one := range s.byAccount[e.Account] {
				one.change(func() { one.unread, one.heard = e.Unread, true })
			}
		case forum.ReplyAdded:
			for one := range s.byThread[e.Thread] {
				if e.Author != one.account {
					one.change(func() { one.news++ })
				}
			}
		case forum.ThreadAdded:
			for one := range s.feeds {
				if e.Author == one.account || !one.wants(e) {
					continue
				}
				one.change(func() {
					if one.Home {
						one.pending = append(one.pending, e)
					} else {
						one.news++
					}
				})
			}
		}
	}
}

// wants says whether a new thread would be in the list that is shown.
func (t topic) wants(e forum.Event) bool {
	return (t.Forum == 0 || t.Forum == e.Forum) && (t.Kind == "" || t.Kind == e.ThreadKind) && (t.Lang == "" || t.Lang == e.Language)
}

// change alters what the stream holds, and wakes it.
func (s *stream) change(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take returns what the stream holds, and the threads it has to look at.
func (s *stream) take() (unread, news int, pending []forum.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pending, s.pending = s.pending, nil
	return s.unread, s.news, pending
}
