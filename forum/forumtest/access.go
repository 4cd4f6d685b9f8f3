package forumtest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// testSessions holds that people see and end their own sessions and tokens, and
// nobody else's.
func testSessions(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	signIn := func(name, browser string) string {
		t.Helper()
		entry, err := w.Service.SignIn(w.Ctx(), name, "correct horse")
		w.Must(err)
		w.Must(w.Service.NameSession(w.Ctx(), entry.Session, browser))
		w.Clock.Advance(time.Minute)
		return entry.Session
	}
	phone, desk, library := signIn("lea", "Firefox · Android"), signIn("lea", "Firefox\n· Linux"), signIn("lea", "")
	his := signIn("max", "Safari · macOS")

	sessions, here, err := w.Service.Sessions(w.Ctx(), lea, desk)
	w.Must(err)
	var browsers []string
	for _, s := range sessions {
		browsers = append(browsers, s.Browser)
		if slices.Contains([]string{phone, desk, library}, s.TokenHash) {
			t.Error("the secret itself is listed")
		}
	}
	if !slices.Equal(browsers, []string{"", "Firefox · Linux", "Firefox · Android"}) || sessions[1].TokenHash != here {
		t.Errorf("sessions %q, here is %q", browsers, here)
	}

	isOpen := func(secret string) bool {
		_, err := w.Service.AccountOfSession(w.Ctx(), secret)
		return err == nil
	}
	w.Must(w.Service.EndSession(w.Ctx(), maxim, his, sessions[0].TokenHash)) // not his to end
	if !isOpen(library) {
		t.Error("max ended a session of lea's")
	}
	w.Must(w.Service.EndSession(w.Ctx(), lea, desk, sessions[0].TokenHash))
	if isOpen(library) || !isOpen(phone) || !isOpen(desk) {
		t.Error("ending one session ended another")
	}
	w.Must(w.Service.EndSession(w.Ctx(), lea, desk, ""))
	if isOpen(phone) || !isOpen(desk) || !isOpen(his) {
		t.Error("only this session, and others' sessions, should be left")
	}
	w.Refused(w.Service.EndSession(w.Ctx(), nil, "", ""), forum.Unauthenticated, "SignInFirst")

	secret, err := w.Service.NewAccessToken(w.Ctx(), forum.Operator(), "lea", "script", []forum.Scope{forum.ScopeRead, forum.ScopeWrite})
	w.Must(err)
	tokens, err := w.Service.AccessTokens(w.Ctx(), lea)
	w.Must(err)
	if len(tokens) != 1 || tokens[0].Name != "script" || len(tokens[0].Scopes) != 2 {
		t.Fatalf("tokens %+v", tokens)
	}
	w.Must(w.Service.RevokeAccessToken(w.Ctx(), maxim, tokens[0].ID))
	_, _, err = w.Service.AccountOfToken(w.Ctx(), secret)
	w.Must(err)
	w.Must(w.Service.RevokeAccessToken(w.Ctx(), lea, tokens[0].ID))
	_, _, err = w.Service.AccountOfToken(w.Ctx(), secret)
	w.Refused(err, forum.Unauthenticated, "TokenUnknown")
}

// testExport holds that an export has all of an account's own things, however
// many, and nothing of others.
func testExport(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	remote := w.Remote(forum.Person, "ines", "there.example")

	if posts, files := w.exported(lea); len(posts) != 0 || files["supported.csv"] != "" {
		t.Errorf("an account without posts exports %v", posts)
	}

	hers, his := w.Thread(lea, "telecoms", "hers"), w.Thread(maxim, "telecoms", "his")
	const replies = 205 // more than it reads at a time
	for range replies {
		w.Reply(lea, his.ID, 0, "a *reply* by lea")
	}
	gone := w.Reply(lea, his.ID, 0, "taken back")
	w.Must(w.Service.Delete(w.Ctx(), lea, gone.ID, ""))
	w.Must(w.Service.Support(w.Ctx(), lea, his.ID, true))
	w.Must(w.Service.Boost(w.Ctx(), lea, his.ID, true))
	w.Must(w.Service.Boost(w.Ctx(), lea, hers.ID, true))
	w.Must(w.Service.Boost(w.Ctx(), lea, hers.ID, false))
	_, err := w.Service.Follow(w.Ctx(), lea, "telecoms")
	w.Must(err)
	w.Must(w.Service.Block(w.Ctx(), lea, remote.Handle()))
	w.Must(w.Service.MuteThread(w.Ctx(), lea, his.ID, true))
	w.Must(w.Service.Mute(w.Ctx(), lea, "max"))
	w.Must(w.Service.FollowTag(w.Ctx(), lea, "Énergie", true))
	w.Must(w.Service.AddFilter(w.Ctx(), lea, forum.NewFilter{Kind: forum.FilterWords, Value: "Black Friday", Action: forum.FilterWarn}))

	asked, err := w.Service.StartThread(w.Ctx(), w.Person("eve"), forum.NewThread{Forum: "telecoms", Title: "who?", Body: "b", Poll: &forum.NewPoll{Choices: []string{"I", "not I"}, Lasts: time.Hour}})
	w.Must(err)
	w.Must(w.Service.Vote(w.Ctx(), lea, asked.ID, []int{1}))

	posts, files := w.exported(lea)
	if len(posts) != 1+replies || posts[0].URI != hers.URI || posts[0].Title != "hers" || posts[1].Body != "a *reply* by lea" {
		t.Errorf("%d posts exported, the first is %+v", len(posts), posts[0])
	}
	host := w.Service.Addresses().Host()
	for name, want := range map[string]string{
		"supported.csv":          his.URI + "\n",
		"boosted.csv":            his.URI + "\n",
		"followed_threads.csv":   hers.URI + "\n" + his.URI + "\n",
		"muted_threads.csv":      his.URI + "\n",
		"followed_tags.csv":      "#Énergie\n",
		"following_accounts.csv": "Account address,Show boosts,Notify on new posts,Languages\ntelecoms@" + host + ",true,false,\n",
		"blocked_accounts.csv":   "ines@there.example\n",
		"muted_accounts.csv":     "Account address,Hide notifications\nmax@" + host + ",true\n",
	} {
		if files[name] != want {
			t.Errorf("%s is %q, want %q", name, files[name], want)
		}
	}
	if account := files["account.json"]; !strings.Contains(account, lea.Email) || strings.Contains(account, "argon2id") {
		t.Errorf("account.json is %s", account)
	}
	if filters := files["filters.json"]; !strings.Contains(filters, `"value": "black friday"`) || !strings.Contains(filters, `"value": "@max"`) {
		t.Errorf("filters.json is %s", filters)
	}
	if votes := files["poll_votes.json"]; !strings.Contains(votes, asked.URI) || !strings.Contains(votes, `"not I"`) || strings.Contains(votes, `"I"`) {
		t.Errorf("poll_votes.json is %s", votes)
	}
	w.Refused(w.Service.Export(w.Ctx(), nil, io.Discard), forum.Unauthenticated, "SignInFirst")
}

// testExportOfSides exports what an account is counted on, and what it told moderators.
func testExportOfSides(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	grievance, theirs := w.Case(lea, "telecoms", "billed twice", facts()), w.Case(max, "telecoms", "billed thrice", facts())
	_, err := w.Service.RaiseConcern(w.Ctx(), lea, forum.NewConcern{Kind: forum.ConcernPressure, ThreadID: grievance.ID, Reason: "insistence", Words: "They call daily."})
	w.Must(err)
	_, err = w.Service.Join(w.Ctx(), lea, theirs.ID, forum.RoutePage, forum.ParticipationDetails{Words: "twice here", Consents: forum.Consents{Dossier: true}})
	w.Must(err)
	w.Must(w.Service.Report(w.Ctx(), lea, forum.NewReport{PostID: theirs.ID, Words: "An advert."}))
	_, files := w.exported(lea)
	for name, words := range map[string][]string{
		"counted.json": {theirs.URI, `"twice here"`, `"dossier": true`}, "concerns.json": {grievance.URI, `"They call daily."`}, "reports.json": {`"max@here.example"`, `"An advert."`}, "messages.json": {"[]"},
	} {
		for _, word := range words {
			if !strings.Contains(files[name], word) {
				t.Errorf("%s lacks %s: %s", name, word, files[name])
			}
		}
	}
	if _, others := w.exported(max); strings.Contains(others["concerns.json"]+others["reports.json"]+others["counted.json"], "{") {
		t.Errorf("max has what lea said: %v", others)
	}
}

// exportedPost is what the tests read of a post in an export.
type exportedPost struct{ URI, Title, Body string }

// exported returns the posts of an account's export, and the texts of all its
// files by their names.
func (w *World) exported(by *forum.Account) (posts []exportedPost, files map[string]string) {
	w.T.Helper()
	var archive bytes.Buffer
	w.Must(w.Service.Export(w.Ctx(), by, &archive))
	r, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	w.Must(err)
	files = map[string]string{}
	for _, f := range r.File {
		opened, err := f.Open()
		w.Must(err)
		text, err := io.ReadAll(opened)
		w.Must(err)
		files[f.Name] = string(text)
	}
	w.Must(json.Unmarshal([]byte(files["posts.json"]), &posts))
	return posts, files
}
