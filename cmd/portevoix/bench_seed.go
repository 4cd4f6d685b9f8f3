package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

const (
	benchForum     = "bench"
	followedForum  = "followed" // by other servers; what is in the former goes to nobody
	benchPeople    = 20
	postsPerThread = 50
	talkers        = 4  // in one thread
	seedWriters    = 32 // at once: they share commits
)

// seeded is what the measurements need of the data.
type seeded struct {
	thread  string // path of one with 50 posts
	id      forum.ID
	uri     string
	token   string // of somebody who may write
	environ []string
}

// vocabularyOfBench are the words that texts are made of; the same seed makes the
// same texts.
var vocabularyOfBench = strings.Fields(`bill refund parcel phone contract energy water bank fee charge month letter answer
	service line meter price account delivery broken late twice again nobody called waited promised cancelled paid lost
	facture remboursement colis contrat compteur prix compte livraison retard promis annulé payé perdu`)

func benchText(r *rand.Rand, words int) string {
	var out strings.Builder
	for i := range words {
		if i > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(vocabularyOfBench[r.IntN(len(vocabularyOfBench))])
		if i%12 == 11 {
			out.WriteString(".\n\n")
		}
	}
	return out.String()
}

// seed fills a fresh database through the same rules as everything else.
func (b *bench) seed(ctx context.Context) error {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	address, err := freeLoopbackAddress()
	if err != nil {
		return err
	}
	admin, err := freeLoopbackAddress()
	if err != nil {
		return err
	}
	file := filepath.Join(b.dir, "config.toml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	b.seeded.environ = []string{
		"PORTEVOIX_SERVER_DATA_DIR=" + b.dir, "PORTEVOIX_SERVER_LISTEN=" + address, "PORTEVOIX_SERVER_ADMIN_LISTEN=" + admin, "PORTEVOIX_SERVER_BASE_URL=http://" + address,
		"PORTEVOIX_FEDERATION_ALLOW_NETWORKS=127.0.0.0/8", "PORTEVOIX_LOG_LEVEL=error", "PORTEVOIX_LIMITS_WRITES_PER_MINUTE=0", "PORTEVOIX_LIMITS_API_PER_MINUTE=0", "PORTEVOIX_LIMITS_INBOX_PER_MINUTE=0", "PORTEVOIX_POSTING_UNDO_SECONDS=0",
	}
	if b.cmd.DSN != "" {
		b.seeded.environ = append(b.seeded.environ, "PORTEVOIX_STORAGE_DRIVER=postgres", "PORTEVOIX_STORAGE_DSN="+b.cmd.DSN)
	}
	b.process = &benchProcess{address: address, base: "http://" + address, admin: admin, file: file, environ: b.seeded.environ, output: b.console.err}
	cfg, err := config.Load(file, b.seeded.environ)
	if err != nil {
		return err
	}
	a, err := newApp(ctx, cfg, b.console.err, forum.SystemClock{})
	if err != nil {
		return err
	}
	err = b.fill(ctx, a)
	if closeErr := a.close(); err == nil {
		err = closeErr
	}
	return err
}

func (b *bench) fill(ctx context.Context, a *app) error {
	people := make([]*forum.Account, benchPeople)
	for i := range people {
		var err error
		name := fmt.Sprintf("person%d", i)
		if people[i], err = a.service.CreateAccount(ctx, forum.Operator(), forum.NewAccount{Name: name, Email: name + "@bench.example"}, forum.Member); err != nil {
			return err
		}
	}
	for _, name := range []string{benchForum, followedForum} {
		if _, err := a.service.CreateForum(ctx, forum.Operator(), name, forum.ForumDetails{Title: name, Language: "en"}, nil); err != nil {
			return err
		}
	}
	threads := max(1, b.posts/postsPerThread)
	progress, written := newProgress(b.console.err, "Posts", threads*postsPerThread), atomic.Int64{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(seedWriters)
	for n := range threads {
		group.Go(func() error {
			if err := b.fillThread(ctx, a, people, n); err != nil {
				return err
			}
			if done := written.Add(postsPerThread); n%20 == 0 || done == int64(threads*postsPerThread) {
				progress.done(int(done))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	var err error
	b.seeded.token, err = a.service.NewAccessToken(context.WithoutCancel(ctx), forum.Operator(), people[0].Name, "bench", []forum.Scope{forum.ScopeRead, forum.ScopeWrite})
	return err
}

// fillThread writes one thread, of which every reply answers an earlier post.
func (b *bench) fillThread(ctx context.Context, a *app, people []*forum.Account, n int) error {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	// A few people talk in each thread: whoever writes in it follows it, and is
	// notified of every reply.
	first := r.IntN(len(people))
	by := func() *forum.Account { return people[(first+r.IntN(talkers))%len(people)] }
	t, err := a.service.StartThread(ctx, by(), forum.NewThread{Forum: benchForum, Title: "Thread " + benchText(r, 6), Body: benchText(r, 60), Language: "en"})
	if err != nil {
		return err
	}
	ids := []forum.ID{t.ID}
	for range postsPerThread - 1 {
		p, err := a.service.Reply(ctx, by(), forum.NewReply{ThreadID: t.ID, ParentID: ids[r.IntN(len(ids))], Body: benchText(r, 40)})
		if err != nil {
			return err
		}
		ids = append(ids, p.ID)
	}
	if n == 0 {
		b.seeded.id, b.seeded.uri, b.seeded.thread = t.ID, t.URI, "/t/"+t.ID.String()
	}
	return nil
}
