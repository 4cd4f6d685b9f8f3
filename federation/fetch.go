package federation

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"portevoix/federation/client"
	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// fetch reads a document from its own server. Its id is the address it was
// found at; a document that names another address of the same server is read
// again from there, so that what is returned always is what its id serves.
//
// Errors: NotFound and Gone when the server says so, Forbidden when it refuses
// us, Invalid when what it sends is not what it should be, Unavailable when it
// cannot be asked now.
func (s *Server) fetch(ctx context.Context, uri string) (vocabulary.Document, error) {
	if s.o.Mode == Off {
		return nil, &forum.Error{Code: forum.Unavailable, Key: "FederationOff"}
	}
	if s.o.Addresses.IsLocal(uri) {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	found, err, _ := s.fetches.Do(uri, func() (any, error) {
		d, _, err := s.fetchOnce(ctx, uri, "")
		return d, err
	})
	if err != nil {
		return nil, err
	}
	d := found.(vocabulary.Document)
	if id := d.ID(); id != uri && id != "" {
		if !forum.SameHost(id, uri) {
			return nil, invalidDocument(uri, fmt.Errorf("it claims to be %s", id))
		}
		if d, _, err = s.fetchOnce(ctx, id, ""); err != nil {
			return nil, err
		}
		if d.ID() != id {
			return nil, invalidDocument(id, fmt.Errorf("it claims to be %s", d.ID()))
		}
	}
	return d, nil
}

// errNotModified means that a document is still as it was when it had the ETag
// that was given.
var errNotModified = errors.New("not modified")

// fetchOnce reads a document and its ETag; with the ETag of an earlier time, only
// if it has changed.
func (s *Server) fetchOnce(ctx context.Context, uri, etag string) (vocabulary.Document, string, error) {
	response, err := s.signedGet(ctx, uri, etag)
	if err != nil {
		return nil, "", fetchError(uri, err)
	}
	if etag != "" && response.Status == http.StatusNotModified {
		return nil, etag, errNotModified
	}
	d, err := readDocument(uri, response)
	return d, response.Header.Get("ETag"), err
}

// readDocument sorts out an answer.
func readDocument(uri string, response *client.Response) (vocabulary.Document, error) {
	switch {
	case response.Status == http.StatusNotFound:
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingThere", Args: map[string]any{"Address": uri}}
	case response.Status == http.StatusGone:
		return nil, &forum.Error{Code: forum.Gone, Key: "NothingThere", Args: map[string]any{"Address": uri}}
	case response.Status == http.StatusUnauthorized, response.Status == http.StatusForbidden:
		return nil, &forum.Error{Code: forum.Forbidden, Key: "ServerRefuses", Args: map[string]any{"Host": forum.HostOf(uri)}, Err: fmt.Errorf("status %d", response.Status)}
	case response.Status != http.StatusOK:
		return nil, fetchError(uri, fmt.Errorf("status %d", response.Status))
	case !forum.SameHost(uri, response.URL):
		return nil, invalidDocument(uri, fmt.Errorf("it was redirected to another server: %s", response.URL))
	case !isActivityType(response.Header.Get("Content-Type")):
		return nil, invalidDocument(uri, fmt.Errorf("it is %q, not ActivityStreams", response.Header.Get("Content-Type")))
	}
	d, err := vocabulary.Parse(response.Body)
	if err != nil {
		return nil, invalidDocument(uri, err)
	}
	if d.Type() == "Tombstone" {
		return nil, &forum.Error{Code: forum.Gone, Key: "NothingThere", Args: map[string]any{"Address": uri}}
	}
	return d, nil
}

// isActivityType accepts the two media types of ActivityPub and nothing looser:
// a server that lets people upload files would otherwise serve forged
// documents.
func isActivityType(contentType string) bool {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return mediaType == vocabulary.ContentType ||
		mediaType == "application/ld+json" && params["profile"] == "https://www.w3.org/ns/activitystreams"
}

// signedGet asks in the signature form that the server is known to take, and in
// the other one when it refuses (double knock); what works is remembered.
func (s *Server) signedGet(ctx context.Context, uri, etag string) (*client.Response, error) {
	key, err := s.instanceKey(ctx)
	if err != nil {
		return nil, err
	}
	host := forum.HostOf(uri)
	scheme, known := forum.DraftCavage, false
	if peer, err := s.store.Peer(ctx, host); err == nil {
		scheme, known = peer.Signature, true
	}
	response, err := s.get(ctx, uri, etag, key, scheme)
	if err != nil || !knockAgain(response.Status) {
		return response, err
	}
	other := otherScheme(scheme)
	second, err := s.get(ctx, uri, etag, key, other)
	if err != nil || second.Status != http.StatusOK && second.Status != http.StatusNotModified {
		return response, nil // the first answer says more
	}
	if known {
		if err := s.store.SavePeerSignature(ctx, host, other); err != nil {
			return nil, err
		}
	}
	return second, nil
}

func (s *Server) get(ctx context.Context, uri, etag string, key signature.Key, scheme forum.SignatureScheme) (*client.Response, error) {
	return s.client.Get(ctx, uri, func(r *http.Request) error {
		r.Header.Set("Accept", vocabulary.Accept)
		if etag != "" {
			r.Header.Set("If-None-Match", etag)
		}
		return signature.Sign(r, nil, key, scheme, s.o.Clock.Now())
	})
}

// knockAgain says whether a status may mean that the signature was not
// understood. NodeBB answers 400.
func knockAgain(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden
}

func otherScheme(scheme forum.SignatureScheme) forum.SignatureScheme {
	if scheme == forum.RFC9421 {
		return forum.DraftCavage
	}
	return forum.RFC9421
}

// fetchError sorts out what went wrong on the way: addresses that may not be
// asked, and answers without end, will never be right.
func fetchError(uri string, err error) error {
	if forum.CodeOf(err) == forum.Forbidden { // a server that this one does not speak with
		return err
	}
	if errors.Is(err, client.ErrForbiddenAddress) || errors.Is(err, client.ErrTooLarge) {
		return invalidDocument(uri, err)
	}
	return &forum.Error{Code: forum.Unavailable, Key: "ServerUnreachable", Args: map[string]any{"Host": forum.HostOf(uri)}, Err: err}
}

func invalidDocument(uri string, err error) error {
	return &forum.Error{Code: forum.Invalid, Key: "DocumentInvalid", Args: map[string]any{"Address": uri}, Err: err}
}
