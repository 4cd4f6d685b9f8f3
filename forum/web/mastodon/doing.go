package mastodon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
)

// toward does something to the account that the address names, and answers how the
// reader stands to it then.
func (a *API) toward(do func(c *call, actor *forum.Actor) error) handler {
	return func(c *call) error {
		actor, err := a.actor(c)
		if err != nil {
			return err
		}
		if err := do(c, actor); err != nil {
			return err
		}
		return a.answerRelationship(c, actor.ID)
	}
}

// byHandle makes such a doing of a method of the service.
func byHandle(do func(ctx context.Context, by *forum.Account, handle string) error) func(c *call, actor *forum.Actor) error {
	return func(c *call, actor *forum.Actor) error { return do(c.r.Context(), c.viewer, actor.Handle()) }
}

func (a *API) follow(c *call, actor *forum.Actor) error {
	_, err := a.service.Follow(c.r.Context(), c.viewer, actor.Handle())
	return err
}

// mute hides a person or a forum, for good or for a time.
func (a *API) mute(c *call, actor *forum.Actor) error {
	kind := forum.FilterPerson
	if actor.IsForum() {
		kind = forum.FilterForum
	}
	seconds := min(max(c.in.number("duration"), 0), 365*24*3600)
	return a.service.AddFilter(c.r.Context(), c.viewer, forum.NewFilter{Kind: kind, Value: actor.Handle(), Action: forum.FilterHide, Lifetime: time.Duration(seconds) * time.Second})
}

func (a *API) noteOn(c *call, actor *forum.Actor) error {
	return a.service.NoteOn(c.r.Context(), c.viewer, actor.ID, c.in.get("comment"))
}

func leave(*call, *forum.Actor) error { return nil }

// listed lists actors that only their IDs order, as the store exports them.
func (a *API) listed(read func(ctx context.Context, account, after forum.ID, limit int) ([]forum.Actor, error)) handler {
	return func(c *call) error {
		span, err := c.page(40, 80)
		if err != nil {
			return err
		}
		all, err := read(c.r.Context(), c.viewer.ID, span.Min, 1000)
		if err != nil {
			return err
		}
		var ids []forum.ID
		for i := len(all) - 1; i >= 0 && len(ids) < span.Limit; i-- {
			if id := all[i].ID; (span.Max == 0 || id < span.Max) && id > span.Since {
				ids = append(ids, id)
			}
		}
		if n := len(ids); n > 0 {
			c.linkAround(ids[0], ids[n-1])
		}
		list, err := a.accounts(c, ids)
		if err != nil {
			return err
		}
		return c.ok(list)
	}
}

// updateCredentials changes the reader's own profile: what is sent, and nothing
// else.
func (a *API) updateCredentials(c *call) error {
	by := c.viewer
	p := forum.Profile{DisplayName: by.DisplayName, Summary: by.SummarySource, Fields: by.Fields, Bot: by.Kind == forum.Bot}
	if c.in.has("display_name") {
		p.DisplayName = c.in.get("display_name")
	}
	if c.in.has("note") {
		p.Summary = c.in.get("note")
	}
	if c.in.has("bot") {
		p.Bot = c.in.is("bot")
	}
	if fields := c.fields(); fields != nil {
		p.Fields = fields
	}
	if err := a.service.UpdateProfile(c.r.Context(), by, p); err != nil {
		return err
	}
	for name, what := range map[string]forum.Portrait{"avatar": forum.Icon, "header": forum.Banner} {
		file, err := c.file(name, a.service.PictureLimits().Bytes)
		if err == nil && file != nil {
			err = a.service.SetPortrait(c.r.Context(), by, "", what, file)
		}
		if err != nil {
			return err
		}
	}
	return a.ownAccount(c)
}

// removePortrait takes the reader's picture away.
func (a *API) removePortrait(what forum.Portrait) handler {
	return func(c *call) error {
		if err := a.service.SetPortrait(c.r.Context(), c.viewer, "", what, nil); err != nil {
			return err
		}
		return a.ownAccount(c)
	}
}

// fields reads the lines of a profile; nil where none were sent.
func (c *call) fields() []forum.Field {
	var fields []forum.Field
	for i := range mostIDs {
		prefix := "fields_attributes[" + strconv.Itoa(i) + "]"
		if !c.in.has(prefix+"[name]") && !c.in.has(prefix+"[value]") {
			if i > 0 { // some apps begin with 1
				break
			}
			continue
		}
		fields = append(fields, forum.Field{Label: c.in.get(prefix + "[name]"), Value: c.in.get(prefix + "[value]")})
	}
	return fields
}

// uploaded finds a file of the form; nil for none.
func (c *call) uploaded(name string) *multipart.FileHeader {
	if c.r.MultipartForm == nil || len(c.r.MultipartForm.File[name]) == 0 {
		return nil
	}
	return c.r.MultipartForm.File[name][0]
}

// file reads a file of the form, and no more than a byte beyond the limit; nil
// where there is none.
func (c *call) file(name string, limit int) ([]byte, error) {
	header := c.uploaded(name)
	if header == nil {
		return nil, nil
	}
	f, err := header.Open()
	if err != nil {
		return nil, fmt.Errorf("open upload: %w", err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(limit)+1))
}

// maxUpload bounds a file with its poster, in bytes.
func (a *API) maxUpload() int64 {
	limits := a.service.PictureLimits()
	return int64(limits.Most()+limits.Bytes) + maxBody
}

// uploadTime is how long sending a file may take, on the slowest line.
const uploadTime = 10 * time.Minute

// patient gives large requests the time they need, before they are read.
func (a *API) patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		until, control := time.Now().Add(uploadTime), http.NewResponseController(w)
		if err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(time.Minute))); err != nil {
			a.o.Logger.WarnContext(r.Context(), "the deadline of an upload stays", "error", err)
		}
		next.ServeHTTP(w, r)
	})
}

// upload stores a picture or a recording. It is ready when this answers.
func (a *API) upload(c *call) error {
	header := c.uploaded("file")
	if header == nil {
		return &forum.Error{Code: forum.Invalid, Key: "PictureMissing", Field: "file"}
	}
	f, err := header.Open()
	if err != nil {
		return fmt.Errorf("open upload: %w", err)
	}
	defer f.Close()
	u := forum.PictureUpload{File: f, Size: header.Size, Alt: c.in.get("description")}
	if u.Poster, err = c.file("thumbnail", a.service.PictureLimits().Bytes); err != nil {
		return err
	}
	if text := c.in.get("focus"); text != "" {
		if u.Focus, err = readFocus(text); err != nil {
			return err
		}
	}
	p, err := a.service.UploadPicture(c.r.Context(), c.viewer, u)
	if err != nil {
		return err
	}
	return a.answerMedia(c, p)
}

func (a *API) answerMedia(c *call, p *forum.Picture) error {
	return c.ok(a.mediaOf([]forum.Attachment{p.Attachment(a.service.Addresses())})[0])
}

// readFocus reads "x,y".
func readFocus(text string) (f forum.Focus, err error) {
	x, y, ok := strings.Cut(text, ",")
	var errX, errY error
	f.X, errX = strconv.ParseFloat(strings.TrimSpace(x), 64)
	f.Y, errY = strconv.ParseFloat(strings.TrimSpace(y), 64)
	if err = errors.Join(errX, errY); !ok || err != nil {
		return f, &forum.Error{Code: forum.Invalid, Key: "FocusOutside", Field: "focus", Err: err}
	}
	return f, nil
}

// showMedia shows an upload of the reader's that no post shows yet.
func (a *API) showMedia(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	p, err := a.store.Picture(c.r.Context(), id)
	if err != nil {
		return err
	}
	if p.AccountID != c.viewer.ID || p.ActorID != 0 {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return a.answerMedia(c, p)
}

func (a *API) describeMedia(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	choice := forum.PictureChoice{ID: id}
	if c.in.has("description") {
		choice.Alt = new(c.in.get("description"))
	}
	if text := c.in.get("focus"); text != "" {
		focus, err := readFocus(text)
		if err != nil {
			return err
		}
		choice.Focus = &focus
	}
	p, err := a.service.DescribePicture(c.r.Context(), c.viewer, choice)
	if err != nil {
		return err
	}
	return a.answerMedia(c, p)
}

// report brings posts to the moderators of their forums.
func (a *API) report(c *call) error {
	id, err := forum.ParseID(c.in.get("account_id"))
	if err != nil {
		return err
	}
	target, err := a.account(c, id)
	if err != nil {
		return err
	}
	words, category := strings.TrimSpace(c.in.get("comment")), c.in.get("category")
	if category == "" {
		category = "other"
	}
	if words == "" {
		words = category
	}
	posts := c.ids("status_ids")
	reported, reportID := []string{}, id
	if len(posts) == 0 {
		if err := a.service.Report(c.r.Context(), c.viewer, forum.NewReport{ActorID: id, Words: words, Forward: c.in.is("forward")}); err != nil {
			return err
		}
	} else {
		reportID = posts[0]
	}
	for _, one := range posts {
		post, _, err := a.postID(c, one)
		if err != nil {
			return err
		}
		if post.AuthorID != id && post.ForumID != id {
			return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		}
		if err := a.service.Report(c.r.Context(), c.viewer, forum.NewReport{PostID: post.ID, Words: words, Forward: c.in.is("forward")}); err != nil {
			return err
		}
		reported = append(reported, post.ID.String())
	}
	return c.ok(map[string]any{
		"id": reportID.String(), "action_taken": false, "action_taken_at": nil, "category": category, "comment": words, "forwarded": c.in.is("forward"),
		"created_at": moment(a.service.Now()), "status_ids": reported, "rule_ids": []string{}, "collection_ids": []string{}, "target_account": target,
	})
}
