package federation

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// serve answers with a document. Public documents may be kept for a few minutes
// and are not sent again to those who have them: a thread that goes round is
// asked for by every server it reaches.
func serve(w http.ResponseWriter, r *http.Request, contentType string, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Add("Vary", "Accept")
	if status == http.StatusOK {
		sum := sha256.Sum256(body)
		tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", "W/"+tag) // weak, because it may go out compressed
		h.Set("Cache-Control", "public, max-age=180")
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func serveActivity(w http.ResponseWriter, r *http.Request, body []byte) {
	serve(w, r, vocabulary.ContentType, http.StatusOK, body)
}

// fail answers a server's request with an error, in English: it is read by
// administrators.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	switch forum.CodeOf(err) {
	case forum.Invalid:
		status = http.StatusBadRequest
	case forum.Unauthenticated:
		status = http.StatusUnauthorized
	case forum.Forbidden:
		status = http.StatusForbidden
	case forum.NotFound:
		status = http.StatusNotFound
	case forum.Gone:
		status = http.StatusGone
	case forum.Conflict:
		status = http.StatusConflict
	case forum.TooMany:
		status = http.StatusTooManyRequests
	case forum.Unavailable:
		status = http.StatusServiceUnavailable
	}
	message := ""
	if status == http.StatusInternalServerError {
		s.o.Logger.ErrorContext(r.Context(), "federation request failed", "path", r.URL.Path, "error", err)
		status, message = http.StatusServiceUnavailable, "internal error, please try again later"
	} else {
		message = err.Error()
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
}

// gone answers for something that was deleted.
func (s *Server) gone(w http.ResponseWriter, r *http.Request, uri string) {
	body, err := s.writer.Tombstone(uri)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serve(w, r, vocabulary.ContentType, http.StatusGone, body)
}

// localActor finds the actor that a path names. It answers by itself, and
// returns nil, when there is none to show.
func (s *Server) localActor(w http.ResponseWriter, r *http.Request) *forum.Actor {
	vars := mux.Vars(r)
	a, err := s.store.ActorByHandle(r.Context(), forum.Handle{Name: vars["name"]})
	if err == nil && (forum.ActorPath(a.Kind, a.GroupRole, a.Name) != "/"+vars["kind"]+"/"+a.Name || a.LocalOnly) {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	switch {
	case err != nil:
		s.fail(w, r, err)
		return nil
	case !a.DeletedAt.IsZero():
		s.gone(w, r, a.URI)
		return nil
	}
	return a
}

func (s *Server) actor(w http.ResponseWriter, r *http.Request) {
	name := mux.Vars(r)["name"]
	if strings.Contains(name, "@") { // a remote actor's page here; the actor is elsewhere
		h, _ := forum.ParseHandle(name, s.o.Addresses.Host())
		a, err := s.store.ActorByHandle(r.Context(), h)
		if err != nil || a.Local() {
			s.fail(w, r, &forum.Error{Code: forum.NotFound, Key: "NothingHere", Err: err})
			return
		}
		http.Redirect(w, r, a.URI, http.StatusFound)
		return
	}
	if a := s.localActor(w, r); a != nil {
		s.serveActor(w, r, a)
	}
}

func (s *Server) instanceActor(w http.ResponseWriter, r *http.Request) {
	a, err := s.store.InstanceActor(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	a.DisplayName, a.Summary = s.o.Instance.Name, s.o.Instance.Description
	s.serveActor(w, r, a)
}

func (s *Server) serveActor(w http.ResponseWriter, r *http.Request, a *forum.Actor) {
	key, err := s.store.KeyOf(r.Context(), a.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var f *forum.Forum
	if a.IsForum() {
		if f, err = s.group(r.Context(), a); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	body, err := s.writer.Actor(a, f, key)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serveActivity(w, r, body)
}

// postNamed finds the post that a path names. It answers by itself, and returns
// nil, when there is none of ours to show.
func (s *Server) postNamed(w http.ResponseWriter, r *http.Request) *forum.Post {
	if mux.Vars(r)["version"] != "" {
		return s.ballotNamed(w, r)
	}
	id, err := forum.ParseID(mux.Vars(r)["id"])
	if err != nil {
		s.fail(w, r, err)
		return nil
	}
	p, err := s.store.Post(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return nil
	}
	path := "/p/"
	if p.IsRoot() {
		path = "/t/"
	}
	f, err := s.store.Actor(r.Context(), p.ForumID)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case f.LocalOnly:
		s.fail(w, r, &forum.Error{Code: forum.NotFound, Key: "NothingHere"})
	case !strings.HasPrefix(r.URL.Path, path):
		s.fail(w, r, &forum.Error{Code: forum.NotFound, Key: "NothingHere"})
	case !s.o.Addresses.IsLocal(p.URI):
		http.Redirect(w, r, p.URI, http.StatusFound)
	case p.Hidden():
		s.gone(w, r, p.URI)
	default:
		return p
	}
	return nil
}

func (s *Server) post(w http.ResponseWriter, r *http.Request) {
	p := s.postNamed(w, r)
	if p == nil {
		return
	}
	publication, err := forum.PublicationOf(r.Context(), s.store, p.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := s.writer.Post(publication)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serveActivity(w, r, body)
}

// activity serves an activity at its own address: its bytes while they are kept,
// and afterwards written again from what it was about.
func (s *Server) activity(w http.ResponseWriter, r *http.Request) {
	id, err := forum.ParseID(mux.Vars(r)["id"])
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := s.store.Activity(r.Context(), id)
	if forum.CodeOf(err) == forum.NotFound {
		body, err = s.rewrite(r, id)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serveActivity(w, r, body)
}

func (s *Server) rewrite(r *http.Request, id forum.ID) ([]byte, error) {
	ctx := r.Context()
	origin, err := s.store.OriginOf(ctx, id, s.o.Addresses.Activity(id))
	if err != nil {
		return nil, err
	}
	subject := max(origin.Created, origin.Announced, origin.Liked, origin.Boosted)
	p, err := forum.PublicationOf(ctx, s.store, subject)
	if err != nil {
		return nil, err
	}
	if p.Forum.LocalOnly {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	by := p.Forum
	if origin.By != 0 {
		if by, err = s.store.Actor(ctx, origin.By); err != nil {
			return nil, err
		}
	}
	switch {
	case origin.Created != 0:
		return s.writer.Create(id, p)
	case origin.Liked != 0:
		return s.writer.Like(id, by, p.Post, p.Forum)
	}
	concerned := p.Forum
	if origin.Boosted == 0 {
		concerned = nil // the forum itself passed it on
	}
	return s.writer.Announce(id, by, p.Post.URI, p.Author, concerned, p.Post.PublishedAt)
}

// group is a forum, or the page of a company or of an action with what else that says.
func (s *Server) group(ctx context.Context, a *forum.Actor) (*forum.Forum, error) {
	switch a.GroupRole {
	case forum.RoleCompany:
		c, err := s.store.CompanyByID(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		return &c.Forum, nil
	case forum.RoleAction:
		action, err := s.store.ActionByID(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		return &action.Forum, nil
	}
	return s.store.ForumByID(ctx, a.ID)
}
