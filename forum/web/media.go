package web

import (
	"io"
	"net/http"
	"time"

	"portevoix/forum"
)

const (
	// mediaAge is how long caches keep a file. Its content never changes, but its
	// post may be deleted.
	mediaAge = 7 * 24 * time.Hour
	// mediaTime is how long sending one may take, on a slow line.
	mediaTime = 30 * time.Minute
)

// media serves a file of a picture or a recording, also in parts (RFC 9110,
// section 14), by which players begin in the middle.
func (s *Site) media(v *visit) error {
	name := v.variable("name")
	body, file, err := s.service.OpenPicture(v.ctx(), name)
	if forum.CodeOf(err) == forum.NotFound { // or members see it
		if err := v.findViewer(); err != nil {
			return err
		}
		body, file, err = s.service.OpenPicture(v.ctx(), name)
	}
	if err != nil {
		return err
	}
	defer body.Close()
	if file.Bytes > maxForm {
		if err := http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(mediaTime)); err != nil {
			return err
		}
	}
	v.cacheable(file.MediaType, `"`+name[:32]+`"`, mediaAge)
	v.w.Header().Set("Cache-Control", v.w.Header().Get("Cache-Control")+", immutable")
	v.sendFile(body, file)
	return nil
}

// sendFile sends a file of the shelf.
func (v *visit) sendFile(body io.ReadSeeker, file forum.PictureFile) {
	h := v.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if file.Kind() != forum.ImageMedia { // shown alone, browsers make a page with a player of it
		h.Set("Content-Security-Policy", "default-src 'none'; media-src 'self'; sandbox")
	}
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if file.Private { // and nobody who was a member once
		h.Set("Cache-Control", "private, no-cache")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Vary", "Cookie")
		h.Del("Access-Control-Allow-Origin")
	}
	http.ServeContent(v.w, v.r, "", time.Time{}, body)
}
