package federation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"time"

	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// Servers tell each other with what they send to followers which of these they
// count (FEP-8fcf), so that a follow that one side lost is found out: by a digest
// of the followers on the other's server and, where that differs, by their list.

const (
	// maxSynchronised is how many followers on one server are compared.
	maxSynchronised = 5000
	// digestFor is how long a digest serves; a follow that came meanwhile costs the
	// other side one look at the list.
	digestFor = time.Minute
	// compareAgain is how long a list that differed is not read again.
	compareAgain = 15 * time.Minute
	maxDigests   = 20_000
)

// synchronisation remembers digests, and whose lists were read.
type synchronisation struct {
	mu       sync.Mutex
	headers  map[followersOn]timedHeader
	compared map[forum.ID]time.Time
}

type followersOn struct {
	actor forum.ID
	host  string
}

type timedHeader struct {
	value string
	at    time.Time
}

const synchronisationHeader = "Collection-Synchronization"

// synchronisationFor is what a delivery to followers says of those on its server;
// "" for nothing.
func (s *Server) synchronisationFor(ctx context.Context, d forum.Delivery) string {
	if !bytes.Contains(d.Body, []byte(`/followers"`)) {
		return ""
	}
	now := s.o.Clock.Now()
	on := followersOn{d.Signer, d.Host}
	s.followerSync.mu.Lock()
	known, ok := s.followerSync.headers[on]
	s.followerSync.mu.Unlock()
	if ok && now.Sub(known.at) < digestFor {
		return known.value
	}
	value, err := s.writeSynchronisation(ctx, on)
	if err != nil {
		s.o.Logger.WarnContext(ctx, "followers could not be counted", "host", d.Host, "error", err)
		return ""
	}
	s.followerSync.mu.Lock()
	defer s.followerSync.mu.Unlock()
	if s.followerSync.headers == nil || len(s.followerSync.headers) >= maxDigests {
		s.followerSync.headers = map[followersOn]timedHeader{}
	}
	s.followerSync.headers[on] = timedHeader{value, now}
	return value
}

func (s *Server) writeSynchronisation(ctx context.Context, on followersOn) (string, error) {
	a, err := s.store.Actor(ctx, on.actor)
	if err != nil || a.FollowersURI == "" || a.Followers == 0 {
		return "", err
	}
	uris, err := s.store.FollowerURIs(ctx, a.ID, on.host, maxSynchronised+1)
	if err != nil || len(uris) == 0 || len(uris) > maxSynchronised {
		return "", err
	}
	return fmt.Sprintf(`collectionId="%s", url="%s", digest="%s"`, a.FollowersURI, a.URI+"/followers_synchronization", followersDigest(uris)), nil
}

// followersDigest is the sum, bit by bit, of the digests of all ids: in any order.
func followersDigest(uris []string) string {
	var sum [sha256.Size]byte
	for _, uri := range uris {
		for i, b := range sha256.Sum256([]byte(uri)) {
			sum[i] ^= b
		}
	}
	return hex.EncodeToString(sum[:])
}

// followersOfServer lists an actor's followers on the server that asks.
func (s *Server) followersOfServer(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Signature")
	a := s.localActor(w, r)
	if a == nil {
		return
	}
	sig, err := signature.Read(r)
	if err != nil {
		s.fail(w, r, &forum.Error{Code: forum.Unauthenticated, Key: "SignatureInvalid", Err: err})
		return
	}
	if err := s.checkHost(r.Context(), sig.KeyID); err != nil {
		s.fail(w, r, err)
		return
	}
	signer, err := s.verify(r.Context(), r, nil, sig.KeyID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	uris, err := s.store.FollowerURIs(r.Context(), a.ID, forum.HostOf(signer.Inbox), maxSynchronised)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	items := make([]any, len(uris))
	for i, uri := range uris {
		items[i] = uri
	}
	s.writeCollection(&privately{w}, r, vocabulary.Collection{URI: s.here(r), Ordered: true, Total: len(items), Items: items})
}

var synchronisationParameter = regexp.MustCompile(`(\w+)="([^"]*)"`)

// compareFollowers looks at what a verified request says of its signer's followers
// here, and asks for the list where that is not what is known.
func (s *Server) compareFollowers(ctx context.Context, r *http.Request, signer *forum.Actor) {
	header := r.Header.Get(synchronisationHeader)
	if header == "" {
		return
	}
	said := map[string]string{}
	for _, match := range synchronisationParameter.FindAllStringSubmatch(header, 10) {
		said[match[1]] = match[2]
	}
	if signer.FollowersURI == "" || said["collectionId"] != signer.FollowersURI || !forum.SameHost(said["url"], signer.URI) {
		return
	}
	uris, err := s.store.FollowerURIs(ctx, signer.ID, "", maxSynchronised+1)
	if err != nil || len(uris) > maxSynchronised || followersDigest(uris) == said["digest"] {
		return
	}
	now := s.o.Clock.Now()
	s.followerSync.mu.Lock()
	recent := now.Sub(s.followerSync.compared[signer.ID]) < compareAgain
	if !recent {
		if s.followerSync.compared == nil || len(s.followerSync.compared) >= maxDigests {
			s.followerSync.compared = map[forum.ID]time.Time{}
		}
		s.followerSync.compared[signer.ID] = now
	}
	s.followerSync.mu.Unlock()
	if recent {
		return
	}
	if err := s.store.EnqueueJob(ctx, FollowersListJob{Actor: signer.ID, URL: said["url"]}); err != nil {
		s.o.Logger.WarnContext(ctx, "a list of followers could not be asked for", "actor", signer.URI, "error", err)
	}
}

// FollowersListJob reads which people here follow an actor, as its own server has
// it.
type FollowersListJob struct {
	Actor forum.ID `json:"actor"`
	URL   string   `json:"url"`
}

// Kind names the job in the queue.
func (FollowersListJob) Kind() string { return "followers_list" }

// WorkFollowersList does a FollowersListJob.
func (s *Server) WorkFollowersList(ctx context.Context, job FollowersListJob) error {
	a, err := s.store.Actor(ctx, job.Actor)
	if err != nil || a.Local() || s.o.Mode == Off {
		return err
	}
	m := &message{s: s, signer: a, budget: newBudget()}
	uris, err := m.members(ctx, job.URL, maxSynchronised)
	if err != nil || uris == nil {
		return err
	}
	return s.service.ReceiveFollowers(ctx, a, uris)
}
