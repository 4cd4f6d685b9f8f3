package forum

import (
	"slices"
	"time"
)

// Topic is what people choose mail by: kinds of notifications that belong
// together, or the new threads in what they follow.
type Topic string

// The topics.
const (
	TopicReplies    Topic = "replies"    // to what one wrote; mentions too
	TopicThreads    Topic = "threads"    // replies in threads one follows
	TopicModeration Topic = "moderation" // posts that could not be published too
	TopicSupport    Topic = "support"    // boosts too
	TopicFollows    Topic = "follows"
	TopicActions    Topic = "actions" // that one started or signed
	TopicNews       Topic = "news"    // new threads in what one follows; no notifications, digests only
)

// Topics lists them in the order of the form.
var Topics = []Topic{TopicReplies, TopicThreads, TopicModeration, TopicActions, TopicSupport, TopicFollows, TopicNews}

// PushTopics are those whose notifications devices can be told of.
var PushTopics = Topics[:len(Topics)-1]

// topicKinds are the kinds of notifications that make a topic.
var topicKinds = map[Topic][]NotificationKind{
	TopicReplies:    {NotifyReply, NotifyMention, NotifyMessage},
	TopicThreads:    {NotifyThread, NotifyCase},
	TopicModeration: {NotifyRemoval, NotifyBan, NotifyReport, NotifyHeld, NotifyConcern, NotifyBurst, NotifyPeerList, NotifyUnsent, NotifyInvited, NotifyAsked, NotifyAdmitted},
	TopicActions:    {NotifySponsored, NotifyStopped, NotifyEnded, NotifyMilestone, NotifyUpdate, NotifyVersion},
	TopicSupport:    {NotifySupport, NotifyBoost},
	TopicFollows:    {NotifyFollow, NotifyMove},
}

// Kinds are the kinds of notifications that make a topic; none for one without.
func (t Topic) Kinds() []NotificationKind { return topicKinds[t] }

// Topic is the topic that a kind of notification belongs to.
func (k NotificationKind) Topic() Topic {
	for topic, kinds := range topicKinds {
		if slices.Contains(kinds, k) {
			return topic
		}
	}
	return ""
}

// Pace says how soon mail about a topic is sent.
type Pace string

// The paces.
const (
	PaceAtOnce Pace = "at_once"
	PaceDaily  Pace = "daily"
	PaceWeekly Pace = "weekly"
	PaceNever  Pace = "never"
)

// Paces lists those that mail about a topic can have, the soonest first.
func (t Topic) Paces() []Pace {
	if t == TopicNews {
		return []Pace{PaceDaily, PaceWeekly, PaceNever}
	}
	return []Pace{PaceAtOnce, PaceDaily, PaceWeekly, PaceNever}
}

// defaultPaces hold for whoever chose nothing. What is said to a person, or
// decided about them, may wait for an answer, and EU law wants decisions
// explained to whom they concern without delay (Digital Services Act, article
// 17): at once. What happens in threads they follow is gathered for a week. The
// rest flatters or advertises, and is mailed to nobody who did not ask for it.
var defaultPaces = map[Topic]Pace{
	TopicReplies: PaceAtOnce, TopicModeration: PaceAtOnce, TopicActions: PaceDaily, TopicThreads: PaceWeekly,
	TopicSupport: PaceNever, TopicFollows: PaceNever, TopicNews: PaceNever,
}

// NotificationSettings are which mail an account wants, when the next is due, and
// what its devices are told of.
// The zero value is that of an account that chose nothing.
type NotificationSettings struct {
	AccountID ID
	Mail      map[Topic]Pace // as chosen; Pace knows the defaults
	// FormerMail is Mail before the last unsubscription by a link, for who did
	// not mean it; nil for none.
	FormerMail map[Topic]Pace
	Push       map[Topic]bool // as chosen; Pushes knows the defaults
	// When mail is due; zero for none.
	MailAt, DailyAt, WeeklyAt time.Time
	NewsAt                    time.Time // new threads were listed up to then; zero where they are not wanted
	SeenAt                    time.Time // what happened before needs no mail
	MailDay                   time.Time // since when Mails are counted, for a day
	Mails                     int
}

// Pace is how soon mail about a topic is sent.
func (n *NotificationSettings) Pace(t Topic) Pace {
	if pace, ok := n.Mail[t]; ok {
		return pace
	}
	return defaultPaces[t]
}

// Due is when the next mail is due; zero for none.
func (n *NotificationSettings) Due() time.Time {
	due := n.MailAt
	for _, at := range []time.Time{n.DailyAt, n.WeeklyAt} {
		if !at.IsZero() {
			due = soonest(due, at)
		}
	}
	return due
}

// kinds are the kinds of notifications that are mailed at one of the paces.
func (n *NotificationSettings) kinds(paces ...Pace) []NotificationKind {
	var list []NotificationKind
	for _, topic := range Topics {
		if slices.Contains(paces, n.Pace(topic)) {
			list = append(list, topicKinds[topic]...)
		}
	}
	return list
}
