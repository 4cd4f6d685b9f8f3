package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

type pollEntity struct {
	Choices  []choiceEntity `json:"choices"`
	Multiple bool           `json:"multiple"`
	Voters   int            `json:"voters"`
	ClosesAt *string        `json:"closes_at"`
	Closed   bool           `json:"closed"`
	Chosen   []int          `json:"chosen"` // by whom the token acts for; empty in lists
}

type choiceEntity struct {
	Title string `json:"title"`
	Votes int    `json:"votes"`
}

func (a *API) pollOf(p *forum.Poll) *pollEntity {
	if p == nil {
		return nil
	}
	e := &pollEntity{Multiple: p.Multiple, Voters: p.Voters, ClosesAt: momentOrNull(p.ClosesAt), Closed: p.Closed(a.service.Now()), Choices: []choiceEntity{}, Chosen: append([]int{}, p.Chosen...)}
	for _, c := range p.Choices {
		e.Choices = append(e.Choices, choiceEntity(c))
	}
	return e
}

// newPoll is a poll in a new thread.
type newPoll struct {
	Choices   []string `json:"choices"`
	Multiple  bool     `json:"multiple"`
	Claims    bool     `json:"claims"`     // asks whether the same happened to others, in place of choices
	ExpiresIn int      `json:"expires_in"` // seconds
}

func (n *newPoll) poll() *forum.NewPoll {
	if n == nil {
		return nil
	}
	// What is longer than a year is refused; as nanoseconds it might not be.
	seconds := min(max(n.ExpiresIn, 0), int(2*forum.MaxPollLasts/time.Second))
	return &forum.NewPoll{Choices: n.Choices, Multiple: n.Multiple, Claims: n.Claims, Lasts: time.Duration(seconds) * time.Second}
}

// votePoll votes in the poll of a post, and answers with the post.
func (a *API) votePoll(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	root := mux.Vars(c.r)["kind"] == "threads"
	p, err := a.post(c, root)
	if err != nil {
		return err
	}
	var in struct {
		Choices []int `json:"choices"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if err := a.service.Vote(c.r.Context(), by, p.ID, in.Choices); err != nil {
		return err
	}
	if root {
		return a.answerThread(c, http.StatusOK, p.ID)
	}
	return a.answerReply(c, http.StatusOK, p.ID)
}
