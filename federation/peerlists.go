package federation

import (
	"context"
	"fmt"
	"net/http"

	"portevoix/federation/client"
	"portevoix/forum"
)

// ListReader fetches lists of rules about servers.
type ListReader struct{ Client *client.Client }

var _ forum.PeerListReader = ListReader{}

// PeerList implements forum.PeerListReader. A list is not sent again that did not
// change (RFC 9110, section 13).
func (l ListReader) PeerList(ctx context.Context, address, etag, modified string) (forum.PeerListFile, error) {
	response, err := l.Client.GetBeginning(ctx, address, forum.MaxPeerFile+1, func(r *http.Request) error {
		r.Header.Set("Accept", "text/csv, text/plain;q=0.9, */*;q=0.1")
		if etag != "" {
			r.Header.Set("If-None-Match", etag)
		}
		if modified != "" {
			r.Header.Set("If-Modified-Since", modified)
		}
		return nil
	})
	switch {
	case err != nil:
		return forum.PeerListFile{}, err
	case response.Status == http.StatusNotModified && (etag != "" || modified != ""):
		return forum.PeerListFile{Unchanged: true}, nil
	case response.Status != http.StatusOK:
		return forum.PeerListFile{}, fmt.Errorf("status %d", response.Status)
	}
	file := forum.PeerListFile{Body: response.Body, ETag: response.Header.Get("ETag"), Modified: response.Header.Get("Last-Modified")}
	if len(file.ETag) > maxValidator {
		file.ETag = ""
	}
	if len(file.Modified) > maxValidator {
		file.Modified = ""
	}
	return file, nil
}

// maxValidator bounds what is kept to ask for changes with, in bytes.
const maxValidator = 200
