package importing

import (
	"cmp"
	"slices"
)

// Reason is why something cannot be brought, or not as it was.
type Reason string

// The reasons. Posts first, then parts of posts, then what was never a post.
const (
	LostDeleted    Reason = "deleted post"
	LostHidden     Reason = "hidden post, or one that waits for approval"
	LostNoThread   Reason = "post whose thread is not in the archive, or was deleted or hidden"
	LostClosed     Reason = "post in a category that not everybody may read"
	LostEmpty      Reason = "post without any text"
	LostEnd        Reason = "end of a very long post"
	LostNotice     Reason = "notice by the software, no post"
	LostUndated    Reason = "post without a date; today's is taken"
	LostAttachment Reason = "attachment"
	LostPicture    Reason = "picture, which becomes a link"
	LostPoll       Reason = "poll, with its votes"
	LostMarkup     Reason = "markup that has no counterpart; its text stays"
	LostEmbed      Reason = "embedded media, which becomes a link"
	LostPrivate    Reason = "private message or private thread"
	LostUnreadable Reason = "entry that could not be read"
)

// Loss is one reason, how often it came up, and where first.
type Loss struct {
	Reason   Reason   `json:"reason"`
	Count    int      `json:"count"`
	Examples []string `json:"examples,omitempty"`
}

// maxExamples bounds the examples of a reason.
const maxExamples = 100

// Losses counts what cannot be brought.
type Losses struct {
	byReason map[Reason]*Loss
}

func (l *Losses) add(reason Reason, what string) {
	if l.byReason == nil {
		l.byReason = map[Reason]*Loss{}
	}
	loss := l.byReason[reason]
	if loss == nil {
		loss = &Loss{Reason: reason}
		l.byReason[reason] = loss
	}
	loss.Count++
	if what != "" && len(loss.Examples) < maxExamples {
		loss.Examples = append(loss.Examples, what)
	}
}

// Add counts something that the forum did not take.
func (l *Losses) Add(reason Reason, what string) { l.add(reason, what) }

// List is all of it, the most frequent first.
func (l *Losses) List() []Loss {
	list := make([]Loss, 0, len(l.byReason))
	for _, loss := range l.byReason {
		list = append(list, *loss)
	}
	slices.SortFunc(list, func(a, b Loss) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}
