package web

import (
	"fmt"
	"testing"

	"portevoix/forum"
)

// What is open is bounded in total, per address and for visitors, and what was
// closed makes room.
func TestStreamLimits(t *testing.T) {
	s := newStreams(Streams{Total: 8, PerAddress: 2})
	var open []*stream
	for i := range 10 {
		if one := s.open(fmt.Sprint(i/3), 0, topic{Thread: 1}); one != nil {
			open = append(open, one)
		}
	}
	if len(open) != 6 { // three quarters
		t.Errorf("visitors have %d streams, want 6", len(open))
	}
	for i := range 4 {
		if one := s.open("member", forum.ID(i+1), topic{Feed: true, Home: true}); (one != nil) != (i < 2) {
			t.Errorf("stream %d of a member: %v", i, one)
		} else if one != nil {
			open = append(open, one)
		}
	}
	if s.open("another", 7, topic{}) != nil {
		t.Error("more streams than in total")
	}
	s.tell([]forum.Event{{Kind: forum.ReplyAdded, Thread: 1, Author: 1}, {Kind: forum.ReplyAdded, Thread: 2}, {Kind: forum.ThreadAdded, Author: 1, Thread: 3}})
	if _, news, _ := open[0].take(); news != 1 {
		t.Errorf("%d replies told", news)
	}
	if _, _, pending := open[6].take(); len(pending) != 0 {
		t.Errorf("told of one's own thread: %v", pending)
	}
	if _, _, pending := open[7].take(); len(pending) != 1 {
		t.Errorf("threads to look at: %v", pending)
	}
	for _, one := range open {
		s.remove(one)
	}
	if len(s.all)+len(s.byAddress)+len(s.byThread)+len(s.byAccount)+len(s.feeds) != 0 {
		t.Errorf("left over: %+v", s)
	}
	one := s.open("again", 0, topic{})
	s.close()
	s.close()
	<-one.over
	if s.open("again", 1, topic{}) != nil {
		t.Error("a stream after the end")
	}
}
