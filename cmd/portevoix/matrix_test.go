package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/federation/signature"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// dialect is how a peer's software says things, from testdata/peers: the shapes
// are those of the software, with gaps for addresses and times.
type dialect struct {
	Software   string
	Scheme     forum.SignatureScheme // how it signs; "" for draft-cavage
	Modes      []string              // "direct": its people act here; "group": it passes on what they do in its own group
	Actors     []map[string]any
	Actor      string
	Group      string
	Owner      string
	Follower   string // who follows forums here; "": the actor
	Activities map[string]map[string]any
	Poll       map[string]any
	Wrap       map[string]any `json:"wrap"`
	WrapPosts  map[string]any `json:"wrap posts"`
	Out        []string
}

// interactions are the columns of the matrix.
var interactions = []string{"follow", "thread", "reply", "nested reply", "edit", "delete", "like", "undo", "boost", "poll vote", "report", "lock", "pin", "moderator removal", "ban", "move"}

// software are its rows.
var matrixRows = []struct{ file, name string }{
	{"mastodon", "Mastodon"}, {"gotosocial", "GoToSocial"}, {"misskey", "Misskey"}, {"pleroma", "Pleroma, Akkoma"}, {"lemmy", "Lemmy"}, {"piefed", "PieFed"}, {"mbin", "Mbin"},
	{"nodebb", "NodeBB"}, {"discourse", "Discourse"}, {"peertube", "PeerTube"}, {"wordpress", "WordPress"}, {"mobilizon", "Mobilizon"}, {"portevoix", "Portevoix"},
}

// TestMatrix drives every interaction with every software in both directions, and
// holds the table in FEDERATION.md to what came of it.
func TestMatrix(t *testing.T) {
	t.Parallel() // deliveries to Discourse are paced
	var mu sync.Mutex
	rows := map[string]string{}
	t.Run("peers", func(t *testing.T) {
		for _, row := range matrixRows {
			t.Run(row.file, func(t *testing.T) {
				t.Parallel()
				v := newVisitor(t, row.file)
				v.comeIn()
				v.goOut()
				mu.Lock()
				defer mu.Unlock()
				rows[row.file] = v.row(row.name)
			})
		}
	})
	head := "| |"
	for _, name := range interactions {
		head += " " + name + " |"
	}
	table := head + "\n|" + strings.Repeat("---|", len(interactions)+1) + "\n"
	for _, row := range matrixRows {
		table += rows[row.file] + "\n"
	}
	t.Log("\n" + table)
	document, err := os.ReadFile("../../FEDERATION.md")
	if err != nil {
		t.Fatal(err)
	}
	if !t.Failed() && !bytes.Contains(document, []byte("\n\n"+table+"\n")) {
		t.Errorf("FEDERATION.md has another table than this one:\n%s", table)
	}
}

// visitor is a peer that speaks a dialect, and the server here that it meets.
type visitor struct {
	*peer
	d        dialect
	home     *inProcess
	gaps     map[string]any
	built    int
	keys     map[string]string         // of actors
	lea, max *forum.Account            // lea writes, max answers
	boss     *forum.Account            // keeps order
	thread   *forum.Thread             // lea's
	reply    *forum.Post               // max's, to it
	poll     *forum.Thread             // lea's
	own      map[string]map[string]any // objects that it made, by interaction
	ways     map[string]map[string]bool
}

func newVisitor(t *testing.T, file string) *visitor {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "peers", file+".json"))
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{home: startInProcess(t, nil), keys: map[string]string{}, own: map[string]map[string]any{}, ways: map[string]map[string]bool{"in": {}, "out": {}}}
	if err := json.Unmarshal(raw, &v.d); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	v.peer = newPeer(t, v.d.Software)
	v.lea, v.max, v.boss = v.home.account("lea"), v.home.account("max"), v.home.account("boss")
	if err := v.home.service.SetRole(t.Context(), forum.Operator(), "boss", forum.Admin); err != nil {
		t.Fatal(err)
	}
	v.boss.Role = forum.Admin
	v.home.forum("telecoms")
	v.thread = v.home.thread(v.lea, "telecoms", "Two bills")
	v.reply = v.answers(v.max, &v.thread.Post, "Here too")
	if v.poll, err = v.home.service.StartThread(t.Context(), v.lea, forum.NewThread{Forum: "telecoms", Title: "Poll", Body: "Which?", Poll: &forum.NewPoll{Choices: []string{"This", "That"}, Lasts: time.Hour}}); err != nil {
		t.Fatal(err)
	}
	v.gaps = map[string]any{"host": v.server.URL, "home": v.home.base, "pem": v.publicKey(), "moving": v.max.URI, "later": time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)}
	for _, a := range v.d.Actors {
		actor := v.fill(a).(map[string]any)
		v.keys[actor["id"].(string)] = actor["publicKey"].(map[string]any)["id"].(string)
		v.publish(actor)
		if key := strings.TrimPrefix(v.keys[actor["id"].(string)], v.server.URL); !strings.Contains(key, "#") { // GoToSocial's are documents of their own
			v.mu.Lock()
			v.objects[key] = actor
			v.mu.Unlock()
		}
		if actor["id"] == v.fill(v.d.Actor) {
			v.gaps["followers"], v.gaps["featured"] = actor["followers"], actor["featured"]
		}
		if actor["alsoKnownAs"] != nil {
			v.gaps["other"] = actor["id"]
		}
		if actor["type"] == "Group" {
			v.gaps["their group"], v.gaps["their featured"] = actor["id"], actor["featured"]
		}
	}
	v.gaps["actor"], v.gaps["owner"] = v.fill(v.d.Actor), v.fill(v.d.Owner)
	return v
}

// fill fills the gaps of a shape.
func (v *visitor) fill(shape any) any {
	switch s := shape.(type) {
	case string:
		if name, ok := strings.CutPrefix(s, "{{"); ok && strings.Count(s, "{{") == 1 && strings.HasSuffix(name, "}}") {
			if value, ok := v.gaps[strings.TrimSuffix(name, "}}")]; ok {
				return value
			}
		}
		for name, value := range v.gaps {
			if text, ok := value.(string); ok {
				s = strings.ReplaceAll(s, "{{"+name+"}}", text)
			}
		}
		return s
	case []any:
		list := make([]any, len(s))
		for i := range s {
			list[i] = v.fill(s[i])
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for key, value := range s {
			object[key] = v.fill(value)
		}
		return object
	}
	return shape
}

// says builds an activity with some gaps filled, serves what is in it, and sends
// it; what its people do in its own group, the group passes on.
func (v *visitor) says(shape map[string]any, inGroup bool, gaps map[string]any) map[string]any {
	v.t.Helper()
	v.built++
	v.gaps["n"], v.gaps["now"] = fmt.Sprint(v.built), time.Now().UTC().Format(time.RFC3339Nano)
	v.gaps["group"] = v.home.base + "/f/telecoms"
	if inGroup {
		v.gaps["group"] = v.gaps["their group"]
	}
	maps.Copy(v.gaps, gaps)
	activity := v.fill(shape).(map[string]any)
	object, _ := activity["object"].(map[string]any)
	if id, _ := object["id"].(string); strings.HasPrefix(id, v.server.URL) && object["attributedTo"] != nil && object["to"] != nil {
		v.publish(object)
	}
	if id, _ := activity["id"].(string); !strings.Contains(id, "#") && activity["type"] != "Create" {
		v.publish(activity)
	}
	sent := activity
	if inGroup && activity["actor"] != v.gaps["their group"] {
		wrap := v.d.Wrap
		if object["attributedTo"] != nil && activity["type"] == "Create" && v.d.WrapPosts != nil {
			wrap = v.d.WrapPosts
			v.gaps["embedded"], v.gaps["object id"] = object, object["id"]
		}
		if wrap != nil {
			inner := maps.Clone(activity)
			delete(inner, "@context")
			v.gaps["activity"], v.gaps["n"] = inner, fmt.Sprint("g", v.built)
			sent = v.fill(wrap).(map[string]any)
		}
	}
	v.sends(sent)
	return activity
}

// sends posts an activity in the name of its actor.
func (v *visitor) sends(activity map[string]any) {
	v.t.Helper()
	body, err := json.Marshal(activity)
	if err != nil {
		v.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, v.home.base+"/inbox", bytes.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/activity+json")
	scheme := v.d.Scheme
	if scheme == "" {
		scheme = forum.DraftCavage
	}
	if err := signature.Sign(r, body, signature.Key{ID: v.keys[activity["actor"].(string)], Private: v.key}, scheme, time.Now()); err != nil {
		v.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusAccepted || response.Header.Get("X-Ignored") != "" {
		v.t.Errorf("%s was answered %d %s %s", body, response.StatusCode, response.Header.Get("X-Ignored"), answer)
	}
}

// answers writes a reply here.
func (v *visitor) answers(by *forum.Account, to *forum.Post, body string) *forum.Post {
	p, err := v.home.service.Reply(v.ctx(), by, forum.NewReply{ThreadID: to.ThreadID, ParentID: to.ID, Body: body})
	if err != nil {
		v.t.Fatal(err)
	}
	return p
}

// post is what is known here of an object; nil for nothing.
func (v *visitor) post(uri any) *forum.Post {
	p, err := v.home.store.PostByURI(v.ctx(), fmt.Sprint(uri))
	if err != nil {
		return nil
	}
	return p
}

// row is the visitor's line of the matrix.
func (v *visitor) row(name string) string {
	line := "| " + name + " |"
	for _, column := range interactions {
		var ways []string
		for _, way := range []string{"in", "out"} {
			if v.ways[way][column] {
				ways = append(ways, way)
			}
		}
		if len(ways) == 0 {
			ways = []string{"—"}
		}
		line += " " + strings.Join(ways, " ") + " |"
	}
	return line
}

// came waits until what came in has had its effect.
func (v *visitor) came(column string, well func() bool) {
	v.t.Helper()
	forumtest.Eventually(v.t, shortPatience, column+" from "+v.d.Software, well)
	v.ways["in"][column] = true
}

// shortPatience is for what takes a moment.
const shortPatience = 30 * time.Second

// comeIn has the visitor do all that it can.
func (v *visitor) comeIn() {
	for _, mode := range v.d.Modes {
		v.discusses(mode == "group")
		if mode == "group" {
			v.keepsOrder()
		} else {
			v.reacts()
		}
	}
	v.takesPart()
}

// discusses has it open a thread, reply, edit, delete and like: here, or in its
// own group, where somebody here follows it.
func (v *visitor) discusses(inGroup bool) {
	do := func(column string, gaps map[string]any) map[string]any {
		if v.d.Activities[column] == nil {
			return nil
		}
		return v.says(v.d.Activities[column], inGroup, gaps)
	}
	if inGroup {
		v.isFollowed()
	}
	if !inGroup || len(v.d.Modes) == 1 {
		v.follows(v.home.base + "/f/telecoms")
	}
	root, first := &v.thread.Post, v.reply
	if thread := do("thread", nil); thread != nil {
		v.own["thread"] = thread["object"].(map[string]any)
		v.came("thread", func() bool {
			p := v.post(v.own["thread"]["id"])
			return p != nil && p.IsRoot() && p.Title == "Broken box" && strings.Contains(p.Content, "They never came")
		})
		if inGroup {
			root = v.post(v.own["thread"]["id"])
			first = v.answers(v.max, root, "Here too")
		}
	}
	by := func(p *forum.Post) string {
		a, err := v.home.store.Actor(v.ctx(), p.AuthorID)
		if err != nil {
			v.t.Fatal(err)
		}
		return a.URI
	}
	for column, parent := range map[string]*forum.Post{"reply": root, "nested reply": first} {
		made := do(column, map[string]any{"parent": parent.URI, "parent by": by(parent)})
		v.own[column] = made["object"].(map[string]any)
		v.came(column, func() bool {
			p := v.post(v.own[column]["id"])
			return p != nil && p.ParentID == parent.ID && strings.Contains(p.Content, "Same here")
		})
	}
	edited, what := "reply", "Same here"
	if v.d.Software == "peertube" { // comments there cannot be edited
		edited, what = "thread", "They never came"
	}
	text, _ := json.Marshal(v.own[edited])
	var object map[string]any
	_ = json.Unmarshal(bytes.ReplaceAll(text, []byte(what), []byte("Edited text")), &object)
	object["updated"] = time.Now().UTC().Format(time.RFC3339Nano)
	v.publish(object)
	do("edit", map[string]any{"edited": object, "edited id": object["id"]})
	v.came("edit", func() bool { return strings.Contains(v.post(object["id"]).Content, "Edited text") })
	gone := v.own["nested reply"]["id"]
	v.mu.Lock()
	v.objects[strings.TrimPrefix(gone.(string), v.server.URL)] = map[string]any{"id": gone, "type": "Tombstone"}
	v.mu.Unlock()
	do("delete", map[string]any{"object": gone})
	v.came("delete", func() bool { return !v.post(gone).DeletedAt.IsZero() })
	if like := do("like", map[string]any{"object": root.URI, "parent by": by(root)}); like != nil {
		v.came("like", func() bool { return v.post(root.URI).Supports == 1 })
		delete(like, "@context")
		do("undo", map[string]any{"undone": like})
		v.came("undo", func() bool { return v.post(root.URI).Supports == 0 })
	}
}

// follows has the visitor follow somebody or something here.
func (v *visitor) follows(uri string) {
	if v.d.Activities["follow"] == nil {
		return
	}
	before := len(v.of("Accept"))
	actor := v.gaps["actor"]
	if v.d.Follower != "" {
		v.gaps["actor"] = v.fill(v.d.Follower)
	}
	follow := v.says(v.d.Activities["follow"], false, map[string]any{"object": uri})
	v.gaps["actor"] = actor
	v.await("Accept", before+1)
	v.came("follow", func() bool {
		_, err := v.home.store.FollowByURI(v.ctx(), follow["id"].(string))
		return err == nil
	})
}

// isFollowed has lea follow its group, which accepts in its own way.
func (v *visitor) isFollowed() {
	group := fmt.Sprint(v.gaps["their group"])
	found, err := v.home.service.Resolve(v.ctx(), v.lea, group)
	if err == nil {
		_, err = v.home.service.Follow(v.ctx(), v.lea, found.Actor.Handle())
	}
	if err != nil {
		v.t.Fatal(err)
	}
	follow := v.await("Follow", 1)[0]
	v.sends(v.fill(v.filled("accept", map[string]any{"follow": follow["id"], "follower": v.lea.URI})).(map[string]any))
	accepted := func() bool {
		f, err := v.home.store.FollowBetween(v.ctx(), v.lea.URI, group)
		return err == nil && f.State == forum.FollowAccepted
	}
	forumtest.Eventually(v.t, shortPatience, "the Accept of "+v.d.Software, accepted)
	v.went("follow", func(a map[string]any) bool { return a["type"] == "Follow" && a["object"] == group })
}

// filled is a shape after some gaps were set.
func (v *visitor) filled(name string, gaps map[string]any) map[string]any {
	v.built++
	v.gaps["n"], v.gaps["now"] = fmt.Sprint(v.built), time.Now().UTC().Format(time.RFC3339)
	maps.Copy(v.gaps, gaps)
	return v.d.Activities[name]
}

// keepsOrder has those who keep order in its group decide.
func (v *visitor) keepsOrder() {
	p := v.post(v.own["thread"]["id"])
	thread := func() *forum.ThreadView {
		view, err := v.home.store.ThreadView(v.ctx(), p.ID, 0)
		if err != nil {
			v.t.Fatal(err)
		}
		return view
	}
	do := func(column string, gaps map[string]any) bool {
		if v.d.Activities[column] == nil {
			return false
		}
		v.says(v.d.Activities[column], true, gaps)
		return true
	}
	if do("pin", map[string]any{"object": p.URI}) {
		v.came("pin", func() bool { return thread().Featured })
	}
	if do("lock", map[string]any{"object": p.URI}) {
		v.came("lock", func() bool { return thread().Locked() })
	}
	if do("moderator removal", map[string]any{"object": v.own["reply"]["id"]}) {
		v.came("moderator removal", func() bool { return v.post(v.own["reply"]["id"]).Hidden() })
	}
	if do("ban", map[string]any{"banned": v.boss.URI}) {
		v.came("ban", func() bool {
			why, err := v.home.service.BannedFrom(v.ctx(), v.boss, p.ForumID)
			return err == nil && why != nil && why.Args["Reason"] == "Spam"
		})
	}
}

// reacts is what else its people do with what is here.
func (v *visitor) reacts() {
	lea := map[string]any{"object": v.thread.URI, "parent by": v.lea.URI}
	if v.d.Activities["boost"] != nil {
		v.says(v.d.Activities["boost"], false, lea)
		v.came("boost", func() bool { return v.post(v.thread.URI).Boosts == 1 })
	}
	if v.d.Activities["poll vote"] != nil {
		v.says(v.d.Activities["poll vote"], false, map[string]any{"object": v.poll.URI, "parent by": v.lea.URI, "choice": "This"})
		v.came("poll vote", func() bool { return v.post(v.poll.URI).Poll.Choices[0].Votes == 1 })
	}
}

// takesPart is what does not depend on where its people write.
func (v *visitor) takesPart() {
	if v.d.Activities["report"] != nil {
		v.says(v.d.Activities["report"], false, map[string]any{"object": v.thread.URI, "parent by": v.lea.URI})
		v.came("report", func() bool {
			list, err := v.home.store.Reports(v.ctx(), nil, true)
			return err == nil && len(list) == 1 && list[0].TargetID == v.lea.ID
		})
	}
	actor, err := v.home.store.ActorByURI(v.ctx(), fmt.Sprint(v.gaps["actor"]))
	if err != nil {
		v.t.Fatal(err)
	}
	if v.d.Activities["pin"] != nil && v.d.Group == "" {
		v.says(v.d.Activities["pin"], false, map[string]any{"own": v.own["thread"]["id"]})
		v.came("pin", func() bool {
			list, err := v.home.store.Pinned(v.ctx(), actor.ID, 0)
			return err == nil && len(list) == 1
		})
	}
	if v.d.Activities["move"] != nil {
		if _, err := v.home.service.Follow(v.ctx(), v.lea, actor.Handle()); err != nil {
			v.t.Fatal(err)
		}
		v.went("follow", func(a map[string]any) bool { return a["type"] == "Follow" && a["object"] == v.gaps["actor"] })
		v.sends(map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": v.id("accepts"), "type": "Accept", "actor": v.gaps["actor"],
			"object": map[string]any{"type": "Follow", "actor": v.lea.URI, "object": v.gaps["actor"]}})
		v.says(v.d.Activities["move"], false, nil)
		other := fmt.Sprint(v.gaps["other"])
		v.came("move", func() bool {
			f, err := v.home.store.FollowBetween(v.ctx(), v.lea.URI, other)
			return err == nil && f != nil
		})
	}
}

// has says whether a list, or a single value, names something.
func has(list any, what string) bool {
	switch l := list.(type) {
	case string:
		return l == what
	case []any:
		return slices.Contains(l, any(what))
	}
	return false
}
