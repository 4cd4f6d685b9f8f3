package forum

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ActionKind says what people are asked to do together.
type ActionKind string

// The kinds.
const (
	Petition     ActionKind = "petition"
	FormalLetter ActionKind = "letter"    // everybody sends their own
	Pledge       ActionKind = "pledge"    // to boycott, or to switch
	Gathering    ActionKind = "gathering" // at a place and a time
	VideoAction  ActionKind = "video"     // to be seen by many
)

// ActionKinds lists the kinds in the order in which they are offered.
var ActionKinds = []ActionKind{Petition, FormalLetter, Pledge, Gathering, VideoAction}

// ActionState says how far an action has come.
type ActionState string

// The states.
const (
	ActionDraft      ActionState = "draft"      // its author alone sees it
	ActionSponsoring ActionState = "sponsoring" // whoever has its address may sponsor it
	ActionPublished  ActionState = "published"
	ActionClosed     ActionState = "closed"  // by its author, or by its deadline
	ActionStopped    ActionState = "stopped" // by a moderator
)

// Action is a joint action: a text that people sign. It is a group actor, which
// people follow, with one ballot for each version of its text.
type Action struct {
	Forum      // its actor; DisplayName is its title, Language that of its text
	Kind       ActionKind
	State      ActionState
	AuthorID   ID
	CompanyID  ID // whom it is about; 0: no company
	HomeID     ID // the forum it belongs to; 0: none
	Goal       int
	Milestones []int // that its author set beside those every action has
	Reached    int   // the highest milestone that was told of
	ClosesAt   time.Time
	Details    ActionDetails
	Version    int // of the text
	Text       string
	TextHTML   string
	SHA256     string // of the canonical form of title and text
	BallotID   ID     // the post that carries the ballot of this version; 0 before it is published
	Sponsors   int
	Outcome    string // Markdown; of closed actions
	OutcomeHTML,
	StopReason string
	PublishedAt time.Time
	EndedAt     time.Time  // when it was closed or stopped
	Telling     bool       // that other servers are told of new counts soon
	Papers      int        // signatures on paper
	Signed      int        // as lists are ordered by
	Told        *TierTally // what its own server counts, for actions elsewhere
}

// ActionDetails are what only some kinds have.
type ActionDetails struct {
	Recipient string    `json:",omitempty"` // of a letter: name and address, several lines
	StartsAt  time.Time `json:",omitzero"`  // of a gathering
	EndsAt    time.Time `json:",omitzero"`
	Place     string    `json:",omitempty"` // of a gathering: public, such as a square and a town
	Capacity  int       `json:",omitempty"` // of a gathering; 0: any number
	JoinURL   string    `json:",omitempty"` // where one registers for a gathering elsewhere
	VideoURL  string    `json:",omitempty"` // the page of the video, on PeerTube for instance
	// Video is a recording kept here; nil for none.
	Video *Attachment `json:",omitempty"`
}

// Open says whether an action takes signatures.
func (a *Action) Open(now time.Time) bool {
	return a.State == ActionPublished && now.Before(a.ClosesAt) && a.Active() == nil
}

// Public says whether everybody may see it.
func (a *Action) Public() bool {
	return a.State == ActionPublished || a.State == ActionClosed || a.State == ActionStopped
}

// Frozen says whether its text can no longer be changed without a new version.
func (a *Action) Frozen() bool { return a.State != ActionDraft }

// ActionVersion is one of the texts an action has had.
type ActionVersion struct {
	ActionID ID
	Number   int
	Title    string
	Text     string // Markdown, in its canonical form
	HTML     string
	SHA256   string
	Change   string // what is new in it, in its author's words; "" for the first
	PostID   ID     // of its ballot; 0 before it is published
	At       time.Time
}

// Milestone is a number of signatures that is worth a word.
type Milestone struct {
	Number  int
	Percent int // of the goal; 0 for one that the author set
	Reached bool
}

// milestonePercents are the parts of its goal that every action tells of.
var milestonePercents = []int{10, 25, 33, 50, 66, 75, 100}

// Steps lists an action's milestones, the smallest first, with those that so many
// signatures have reached.
func (a *Action) Steps(signed int) []Milestone {
	var list []Milestone
	add := func(number, percent int) {
		if number < 1 || slices.ContainsFunc(list, func(m Milestone) bool { return m.Number == number }) {
			return
		}
		list = append(list, Milestone{Number: number, Percent: percent, Reached: signed >= number})
	}
	add(a.Goal, 100)
	for _, n := range a.Milestones {
		add(n, 0)
	}
	for _, percent := range milestonePercents {
		add((a.Goal*percent+99)/100, percent)
	}
	slices.SortFunc(list, func(x, y Milestone) int { return x.Number - y.Number })
	return list
}

// reachedBy is the highest milestone that so many signatures have reached, 0 for
// none.
func (a *Action) reachedBy(signed int) Milestone {
	var highest Milestone
	for _, m := range a.Steps(signed) {
		if m.Reached {
			highest = m
		}
	}
	return highest
}

// NewAction is what an author writes.
type NewAction struct {
	Kind       ActionKind
	Title      string
	Text       string // Markdown
	Language   string
	Goal       int
	Milestones []int
	ClosesOn   string // the last day on which it can be signed, as 2026-05-31
	Company    string // handle; "" for none
	Forum      string // handle; "" for none
	Details    ActionDetails
}

// Bounds of actions.
const (
	MaxActionTitle     = 140
	MaxActionGoal      = 10_000_000
	MaxMilestones      = 10
	maxActionDays      = 366
	MaxRecipient       = 500
	MaxActionPlace     = 200
	MaxCapacity        = 1_000_000
	MaxActionChange    = 1000 // what is new in a version
	MaxActionCases     = 200
	maxActionVersions  = 20
	defaultActionGoal  = 100
	maxActionsUnderWay = 20 // drafts and such of one account
	DefaultSponsors    = 5
	maxForeignDeadline = 10 * 366 * 24 * time.Hour
)

// CanonicalText is the form of an action's title and text that is signed: the
// title, an empty line and the text, with LF line ends, in NFC, without white
// space at the ends of lines and of the whole. normal is the NFC of a text.
func CanonicalText(title, text string, normal func(string) string) string {
	lines := strings.Split(trimText(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\u00a0")
	}
	return normal(oneLine(title) + "\n\n" + strings.Trim(strings.Join(lines, "\n"), "\n"))
}

// TextHash is the SHA-256 of a canonical form, in hexadecimal.
func TextHash(canonical string) string {
	sum := sha256.Sum256([]byte(canonical))
	return hex.EncodeToString(sum[:])
}

// Canonical is the canonical form of one of an action's versions.
func (v *ActionVersion) Canonical() string { return v.Title + "\n\n" + v.Text }

// canonical makes the title and the text what is signed, and returns the hash.
func (s *Service) canonical(title, text *string) string {
	whole := CanonicalText(*title, *text, s.renderer.Normal)
	*title, *text, _ = strings.Cut(whole, "\n\n")
	return TextHash(whole)
}

func checkActionKind(k ActionKind) error {
	if !slices.Contains(ActionKinds, k) {
		return invalid("kind", "ActionKindUnknown", map[string]any{"Kind": string(k)})
	}
	return nil
}

// check looks at what an author wrote, and returns when signing ends.
func (n *NewAction) check(l Limits, now time.Time, zone *time.Location) (closes time.Time, err error) {
	n.Title = oneLine(n.Title)
	var errs []error
	switch {
	case n.Title == "":
		errs = append(errs, invalid("title", "TitleMissing", nil))
	case utf8.RuneCountInString(n.Title) > min(MaxActionTitle, l.Title):
		errs = append(errs, invalid("title", "TitleTooLong", map[string]any{"Max": min(MaxActionTitle, l.Title)}))
	}
	closes, err = readDeadline(n.ClosesOn, now, zone)
	errs = append(errs, checkActionKind(n.Kind), l.checkActionText(&n.Text), checkLanguage(&n.Language), n.checkGoal(), err, n.checkDetails(now))
	return closes, errors.Join(errs...)
}

// checkActionText is checkBody with the field's own name.
func (l Limits) checkActionText(text *string) error {
	*text = trimText(*text)
	switch {
	case *text == "":
		return invalid("text", "BodyMissing", nil)
	case utf8.RuneCountInString(*text) > l.Body:
		return invalid("text", "TextTooLong", map[string]any{"Max": l.Body})
	}
	return nil
}

func (n *NewAction) checkGoal() error {
	if n.Goal == 0 {
		n.Goal = defaultActionGoal
	}
	if n.Goal < 1 || n.Goal > MaxActionGoal {
		return invalid("goal", "GoalRange", map[string]any{"Max": MaxActionGoal})
	}
	if len(n.Milestones) > MaxMilestones {
		return invalid("milestones", "MilestonesTooMany", map[string]any{"Max": MaxMilestones})
	}
	slices.Sort(n.Milestones)
	n.Milestones = slices.Compact(n.Milestones)
	for _, m := range n.Milestones {
		if m < 1 || m > MaxActionGoal {
			return invalid("milestones", "GoalRange", map[string]any{"Max": MaxActionGoal})
		}
	}
	return nil
}

// readDeadline reads the last day on which an action can be signed; it ends with
// that day.
func readDeadline(day string, now time.Time, zone *time.Location) (time.Time, error) {
	if strings.TrimSpace(day) == "" {
		return time.Time{}, invalid("closes_on", "DeadlineMissing", nil)
	}
	t, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(day), zone)
	if err != nil {
		return time.Time{}, invalid("closes_on", "DateUnreadable", map[string]any{"Date": day})
	}
	end := t.AddDate(0, 0, 1)
	switch {
	case !end.After(now):
		return time.Time{}, invalid("closes_on", "DeadlinePast", nil)
	case end.After(now.AddDate(0, 0, maxActionDays+1)):
		return time.Time{}, invalid("closes_on", "DeadlineFar", map[string]any{"Days": maxActionDays})
	}
	return end, nil
}

// ClosesOn is the last day on which an action can be signed.
func (s *Service) ClosesOn(a *Action) string {
	return a.ClosesAt.Add(-time.Millisecond).In(s.zone).Format(time.DateOnly)
}

// checkDetails drops what another kind would have, and looks at the rest.
func (n *NewAction) checkDetails(now time.Time) error {
	d := n.Details
	n.Details = ActionDetails{}
	switch n.Kind {
	case FormalLetter:
		n.Details.Recipient = trimText(d.Recipient)
		switch {
		case n.Details.Recipient == "":
			return invalid("recipient", "RecipientMissing", nil)
		case utf8.RuneCountInString(n.Details.Recipient) > MaxRecipient:
			return invalid("recipient", "TextTooLong", map[string]any{"Max": MaxRecipient})
		}
	case Gathering:
		n.Details.StartsAt, n.Details.EndsAt, n.Details.Place, n.Details.Capacity, n.Details.JoinURL = d.StartsAt, d.EndsAt, oneLine(d.Place), d.Capacity, d.JoinURL
		return errors.Join(n.Details.checkGathering(now), checkPage("join_url", &n.Details.JoinURL))
	case VideoAction:
		n.Details.VideoURL = d.VideoURL
		return checkPage("video_url", &n.Details.VideoURL)
	}
	return nil
}

func (d *ActionDetails) checkGathering(now time.Time) error {
	switch {
	case d.StartsAt.IsZero():
		return invalid("starts_at", "StartMissing", nil)
	case d.StartsAt.Before(now):
		return invalid("starts_at", "StartPast", nil)
	case !d.EndsAt.IsZero() && d.EndsAt.Before(d.StartsAt):
		return invalid("ends_at", "EndBeforeStart", nil)
	case d.Place == "":
		return invalid("place", "PlaceMissing", nil)
	case utf8.RuneCountInString(d.Place) > MaxActionPlace:
		return invalid("place", "TextTooLong", map[string]any{"Max": MaxActionPlace})
	case d.Capacity < 0 || d.Capacity > MaxCapacity:
		return invalid("capacity", "CapacityRange", map[string]any{"Max": MaxCapacity})
	}
	return nil
}

// checkPage looks at the address of a page on the web; "" for none.
func checkPage(field string, address *string) error {
	*address = strings.TrimSpace(*address)
	if *address == "" {
		return nil
	}
	u, err := url.Parse(*address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(*address) > maxAddress {
		return invalid(field, "PageUnreadable", map[string]any{"Address": clip(*address, 100)})
	}
	return nil
}

// foldedLetters are letters with marks, and what an address writes for them.
var foldedLetters = strings.NewReplacer("à", "a", "á", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "æ", "ae", "ç", "c", "è", "e", "é", "e", "ê", "e", "ë", "e",
	"ì", "i", "í", "i", "î", "i", "ï", "i", "ñ", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ø", "o", "œ", "oe", "ß", "ss",
	"ù", "u", "ú", "u", "û", "u", "ü", "u", "ý", "y", "ÿ", "y", "š", "s", "ž", "z", "č", "c", "ł", "l")

// nameOf makes the name of an actor of a title: whole words, as far as they fit,
// and a number where the first choice is taken.
func nameOf(title, otherwise string, taken int) string {
	var out strings.Builder
	gap := false
	for _, r := range foldedLetters.Replace(strings.ToLower(title)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if gap && out.Len() > 0 {
				out.WriteByte('_')
			}
			gap = false
			out.WriteRune(r)
		case r == '’' || r == '\'':
			gap = true
		default:
			gap = true
		}
	}
	suffix := ""
	if taken > 0 {
		suffix = "_" + ID(taken+1).String()
	}
	name := out.String()
	if most := MaxNameLength - len(suffix); len(name) > most {
		name = name[:most]
		if cut := strings.LastIndexByte(name, '_'); cut > most/2 {
			name = name[:cut]
		}
	}
	name = strings.Trim(name, "_")
	if len(name) < 3 || reservedNames[name] || strings.HasPrefix(name, companyPrefix) {
		name = otherwise + strings.TrimSuffix("_"+name, "_")
		name = name[:min(len(name), MaxNameLength-len(suffix))]
	}
	return name + suffix
}
