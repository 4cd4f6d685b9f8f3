package forum

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// exportPage is how many rows an export reads at a time; it never holds more.
const exportPage = 200

// Export writes everything an account has put in as a ZIP archive: its profile
// posts and drafts as JSON, what it supports and boosts and which threads it follows
// and has muted as lists of addresses, the hashtags it follows, whom it follows,
// blocks and mutes in the CSV files that Mastodon imports, what it is counted on, what
// it told moderators, and what groups elsewhere wrote to it. An error
// after the first byte leaves an archive that does not open.
func (s *Service) Export(ctx context.Context, by *Account, w io.Writer) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	e := export{s: s, by: by, zip: zip.NewWriter(w)}
	for _, part := range []struct {
		name  string
		write func(ctx context.Context, w io.Writer) error
	}{
		{"account.json", e.account},
		{"posts.json", e.posts},
		{"pinned.csv", e.addresses(e.pinned)},
		{"drafts.json", e.drafts},
		{"supported.csv", e.votes(false)},
		{"boosted.csv", e.votes(true)},
		{"poll_votes.json", e.pollVotes},
		{"followed_threads.csv", e.threads(false)},
		{"muted_threads.csv", e.threads(true)},
		{"followed_tags.csv", e.tags},
		{"following_accounts.csv", e.following},
		{"blocked_accounts.csv", e.blocked},
		{"muted_accounts.csv", e.muted},
		{"filters.json", e.filters},
		{"counted.json", e.participations},
		{"concerns.json", e.concerns},
		{"messages.json", e.messages},
		{"reports.json", e.reports},
	} {
		file, err := e.file(part.name, zip.Deflate)
		if err == nil {
			err = part.write(ctx, file)
		}
		if err != nil {
			return fmt.Errorf("export %s: %w", part.name, err)
		}
	}
	if err := e.pictures(ctx); err != nil {
		return fmt.Errorf("export pictures: %w", err)
	}
	if err := e.evidence(ctx); err != nil {
		return fmt.Errorf("export evidence: %w", err)
	}
	return e.zip.Close()
}

type export struct {
	s   *Service
	by  *Account
	zip *zip.Writer
}

// file begins a file of the archive.
func (e export) file(name string, method uint16) (io.Writer, error) {
	return e.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: e.s.clock.Now()})
}

func (e export) account(_ context.Context, w io.Writer) error {
	return writeIndented(w, struct {
		Handle      string          `json:"handle"`
		URI         string          `json:"uri"`
		DisplayName string          `json:"display_name"`
		Summary     string          `json:"summary"` // Markdown
		Fields      []exportedField `json:"fields,omitempty"`
		Email       string          `json:"email"`
		Locale      string          `json:"locale"`
		Theme       string          `json:"theme"`
		CreatedAt   time.Time       `json:"created_at"`
	}{e.handle(&e.by.Actor), e.by.URI, e.by.DisplayName, e.by.SummarySource, exportedFields(e.by.Fields), e.by.Email, e.by.Locale, string(e.by.Theme), e.by.CreatedAt})
}

type exportedField struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

func exportedFields(fields []Field) []exportedField {
	var list []exportedField
	for _, f := range fields {
		list = append(list, exportedField{f.Label, f.Value})
	}
	return list
}

// exportedPost is a thread or reply as an export has it; texts are Markdown as
// they were written.
type exportedPost struct {
	URI         string            `json:"uri"`
	URL         string            `json:"url"`
	Title       string            `json:"title,omitempty"`
	ContentNote string            `json:"content_note,omitempty"`
	Body        string            `json:"body"`
	Language    string            `json:"language"`
	PublishedAt time.Time         `json:"published_at"`
	EditedAt    *time.Time        `json:"edited_at"`
	RemovedAt   *time.Time        `json:"removed_at"` // by a moderator
	Case        *NewCase          `json:"case,omitempty"`
	State       CaseState         `json:"state,omitempty"` // of the case
	Pictures    []exportedPicture `json:"pictures,omitempty"`
}

func (e export) posts(ctx context.Context, w io.Writer) error {
	separator := "[\n"
	for after := ID(0); ; {
		posts, err := e.s.store.PostsWhole(ctx, e.by.ID, after, exportPage)
		if err != nil {
			return err
		}
		cases, err := e.s.store.CasesOf(ctx, e.by.ID, after, exportPage)
		if err != nil {
			return err
		}
		for i := range posts {
			p := &posts[i]
			var state CaseState
			if c := cases[p.ID]; c != nil {
				state = c.State
			}
			if _, err := io.WriteString(w, separator); err != nil {
				return err
			}
			separator, after = ",\n", p.ID
			if err := writeIndented(w, exportedPost{p.URI, p.URL, p.Title, p.ContentNote, p.Body, p.Language, p.PublishedAt, timeOrNil(p.EditedAt), timeOrNil(p.RemovedAt), cases[p.ID].Draft(), state, exportedPictures(p)}); err != nil {
				return err
			}
		}
		if len(posts) < exportPage {
			break
		}
	}
	if separator == "[\n" {
		separator = "["
	} else {
		separator = ""
	}
	_, err := io.WriteString(w, separator+"]\n")
	return err
}

// exportedDraft is a draft or a held post as an export has it.
type exportedDraft struct {
	Forum       string     `json:"forum,omitempty"`    // of a new thread
	InReplyTo   string     `json:"reply_to,omitempty"` // the post's address here
	Kind        ThreadKind `json:"kind,omitempty"`
	Title       string     `json:"title,omitempty"`
	ContentNote string     `json:"content_note,omitempty"`
	Body        string     `json:"body"` // Markdown
	Language    string     `json:"language"`
	Case        *NewCase   `json:"case,omitempty"`
	SavedAt     time.Time  `json:"saved_at"`
	DueAt       *time.Time `json:"scheduled_at"`
}

func (e export) drafts(ctx context.Context, w io.Writer) error {
	list := []exportedDraft{} // there are few
	for _, held := range []bool{true, false} {
		for before := ID(0); ; {
			page, err := e.s.store.Drafts(ctx, e.by.ID, held, before, exportPage)
			if err != nil {
				return err
			}
			for i := range page {
				d := &page[i]
				before = d.ID
				out := exportedDraft{Forum: d.Forum, Kind: d.Kind, Title: d.Title, ContentNote: d.Note, Body: d.Body, Language: d.Language, Case: d.Case, SavedAt: d.SavedAt, DueAt: timeOrNil(d.DueAt)}
				switch {
				case d.IsReply() && d.ParentID == d.ThreadID:
					out.InReplyTo = e.s.addresses.Thread(d.ParentID)
				case d.IsReply():
					out.InReplyTo = e.s.addresses.Reply(d.ParentID)
				}
				list = append(list, out)
			}
			if len(page) < exportPage {
				break
			}
		}
	}
	return writeIndented(w, list)
}

// votes writes the addresses of the posts that the account supports or boosts.
func (e export) votes(boosted bool) func(context.Context, io.Writer) error {
	return e.addresses(func(ctx context.Context, after ID) ([]PostURI, error) {
		return e.s.store.VotedFor(ctx, e.by.ID, boosted, after, exportPage)
	})
}

// exportedVote is what the account chose in a poll.
type exportedVote struct {
	URI     string   `json:"uri"`
	Choices []string `json:"choices"`
}

func (e export) pollVotes(ctx context.Context, w io.Writer) error {
	list := []exportedVote{}
	for after := ID(0); ; {
		posts, err := e.s.store.PollsVotedIn(ctx, e.by.ID, after, exportPage)
		if err != nil {
			return err
		}
		ids := make([]ID, len(posts))
		for i, p := range posts {
			ids[i] = p.ID
		}
		chosen, err := e.s.store.PollVotes(ctx, e.by.ID, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			after = id
			p, err := e.s.store.Post(ctx, id)
			if CodeOf(err) == NotFound { // in a forum for members, which the account has left
				continue
			}
			if err != nil {
				return err
			}
			if p.Poll == nil || p.Hidden() {
				continue
			}
			vote := exportedVote{URI: p.URI, Choices: []string{}}
			for _, i := range chosen[id] {
				if i < len(p.Poll.Choices) {
					vote.Choices = append(vote.Choices, p.Poll.Choices[i].Title)
				}
			}
			list = append(list, vote)
		}
		if len(posts) < exportPage {
			return writeIndented(w, list)
		}
	}
}

// threads writes the addresses of the threads that the account follows or has
// muted.
func (e export) threads(muted bool) func(context.Context, io.Writer) error {
	return e.addresses(func(ctx context.Context, after ID) ([]PostURI, error) {
		return e.s.store.ThreadsFollowed(ctx, e.by.ID, muted, after, exportPage)
	})
}

func (e export) pinned(ctx context.Context, _ ID) ([]PostURI, error) {
	list, err := e.s.store.Pinned(ctx, e.by.ID, e.by.ID)
	var posts []PostURI
	for i := range list {
		posts = append(posts, PostURI{ID: list[i].ID, URI: list[i].URI})
	}
	return posts, err
}

// tags writes the hashtags that the account follows, one a line.
func (e export) tags(ctx context.Context, w io.Writer) error {
	tags, err := e.s.store.TagsFollowed(ctx, e.by.ID)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if _, err := fmt.Fprintln(w, "#"+tag.Label); err != nil {
			return err
		}
	}
	return nil
}

// addresses writes the address of one post a line.
func (e export) addresses(read func(ctx context.Context, after ID) ([]PostURI, error)) func(context.Context, io.Writer) error {
	return func(ctx context.Context, w io.Writer) error {
		file := csv.NewWriter(w)
		for after := ID(0); ; {
			posts, err := read(ctx, after)
			if err != nil {
				return err
			}
			for _, post := range posts {
				after = post.ID
				if err := file.Write([]string{post.URI}); err != nil {
					return err
				}
			}
			if len(posts) < exportPage {
				file.Flush()
				return file.Error()
			}
		}
	}
}

// following is Mastodon's following_accounts.csv.
func (e export) following(ctx context.Context, w io.Writer) error {
	return e.relations(ctx, w, e.s.store.Follows, []string{"Account address", "Show boosts", "Notify on new posts", "Languages"}, "true", "false", "")
}

// blocked is Mastodon's blocked_accounts.csv, which has no header.
func (e export) blocked(ctx context.Context, w io.Writer) error {
	return e.relations(ctx, w, e.s.store.Blocks, nil)
}

// muted is Mastodon's muted_accounts.csv.
func (e export) muted(ctx context.Context, w io.Writer) error {
	return e.relations(ctx, w, e.s.store.Muted, []string{"Account address", "Hide notifications"}, "true")
}

// exportedFilter is a filter as an export has it.
type exportedFilter struct {
	Kind      FilterKind      `json:"kind"`
	Value     string          `json:"value"` // words, a handle or a host
	Action    FilterAction    `json:"action"`
	Contexts  []FilterContext `json:"contexts,omitempty"` // where it looks; without it, everywhere
	Within    bool            `json:"within,omitempty"`   // its words are found within longer ones too
	CreatedAt time.Time       `json:"created_at"`
	ExpiresAt *time.Time      `json:"expires_at"`
}

func (e export) filters(ctx context.Context, w io.Writer) error {
	list, err := e.s.Filters(ctx, e.by)
	if err != nil {
		return err
	}
	out := make([]exportedFilter, len(list))
	for i := range list {
		f := &list[i]
		out[i] = exportedFilter{f.Kind, f.Label(), f.Action, f.Contexts, f.Within, f.CreatedAt, timeOrNil(f.ExpiresAt)}
	}
	return writeIndented(w, out)
}

// relations writes one actor a line, with the given cells after its address.
func (e export) relations(ctx context.Context, w io.Writer, read func(ctx context.Context, account, after ID, limit int) ([]Actor, error), header []string, cells ...string) error {
	file := csv.NewWriter(w)
	if header != nil {
		if err := file.Write(header); err != nil {
			return err
		}
	}
	for after := ID(0); ; {
		actors, err := read(ctx, e.by.ID, after, exportPage)
		if err != nil {
			return err
		}
		for i := range actors {
			after = actors[i].ID
			if err := file.Write(append([]string{e.handle(&actors[i])}, cells...)); err != nil {
				return err
			}
		}
		if len(actors) < exportPage {
			file.Flush()
			return file.Error()
		}
	}
}

// handle is how other servers write an actor.
func (e export) handle(a *Actor) string {
	if a.Local() {
		return a.Name + "@" + e.s.addresses.Host()
	}
	return a.Handle()
}

func writeIndented(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
