package mastodon

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"portevoix/forum"
)

// TestEntities compares every field of our entities with those of the examples in
// Mastodon's reference, which testdata/entities.json follows: the same names, and
// the same kinds of values. What is null there may be null or not.
func TestEntities(t *testing.T) {
	file, err := os.ReadFile("testdata/entities.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples map[string]any
	if err := json.Unmarshal(file, &examples); err != nil {
		t.Fatal(err)
	}
	ours := entities(t)
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		body, err := json.Marshal(ours[name])
		if err != nil {
			t.Fatal(err)
		}
		var got any
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		compare(t, name, got, examples[name])
	}
}

// compare wants the names and kinds of an example. An example with nothing but an
// ID, or a URL, stands for an entity that is compared by itself.
func compare(t *testing.T, where string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case nil:
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s is %T, no object", where, got)
			return
		}
		if len(want) == 1 {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if _, known := want[name]; !known {
				t.Errorf("%s.%s is not in the reference", where, name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			value, there := object[name]
			if !there {
				t.Errorf("%s.%s is missing", where, name)
				continue
			}
			compare(t, where+"."+name, value, want[name])
		}
	case []any:
		list, ok := got.([]any)
		if !ok {
			t.Errorf("%s is %T, no list", where, got)
		} else if len(list) > 0 && len(want) > 0 {
			compare(t, where+"[0]", list[0], want[0])
		}
	default:
		if fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) {
			t.Errorf("%s is %T, want %T", where, got, want)
		}
	}
}

// silent renders nothing: no entity here needs it.
type silent struct{ forum.Renderer }

func (silent) Markdown(string, map[string]forum.Actor) string { return "" }
func (silent) Text(html string) string                        { return html }

// entities makes one of each.
func entities(t *testing.T) map[string]any {
	t.Helper()
	addresses, err := forum.NewAddresses("https://here.example")
	if err != nil {
		t.Fatal(err)
	}
	a := New(Options{Service: forum.NewService(forum.Options{Addresses: addresses, Renderer: silent{}}), Renderer: silent{}})
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	lea := forum.ActorCard{Actor: forum.Actor{ID: 7, Kind: forum.Person, Name: "lea", Host: "there.example", URI: "https://there.example/u/lea", Fields: []forum.Field{{Label: "Site", Value: "x"}}, CreatedAt: now}, LastPostAt: now}
	picture := forum.Attachment{
		PictureID: 9, MediaType: "image/jpeg", Alt: "a box", Width: 4, Height: 3, Blurhash: "x", Focus: forum.Focus{X: 1},
		Files: []forum.PictureFile{{Name: "s.jpg", MediaType: "image/jpeg", Width: 2, Height: 1}, {Name: "o.jpg", MediaType: "image/jpeg", Width: 4, Height: 3}},
	}
	card := &forum.Card{URL: "https://news.example/1", Title: "News"}
	post := forum.Post{
		ID: 100, ThreadID: 100, AuthorID: 7, ForumID: 8, Title: "The bill", Content: "<p>spam</p>", Language: "en", PublishedAt: now, Tags: []string{"bills"}, Attachments: []forum.Attachment{picture}, Card: card, URL: "https://there.example/t/1",
		Poll: &forum.Poll{Choices: []forum.PollChoice{{Title: "once", Votes: 1}}, ClosesAt: now, Chosen: []int{0}},
	}
	filter := forum.Filter{ID: 3, AccountID: 1, Kind: forum.FilterWords, Value: "spam", Action: forum.FilterWarn, ExpiresAt: now}
	b := &batch{
		api: a, reader: 1, filters: forum.Filters{filter}, accounts: map[forum.ID]accountEntity{7: a.accountOf(&lea)}, mentions: map[forum.ID][]forum.Byline{100: {{ID: 5, Name: "max"}}},
		statuses: map[forum.ID]*forum.StatusView{100: {PostView: forum.PostView{Post: post, Author: forum.Byline{ID: 7, Name: "lea"}}}},
	}
	status, ok := b.status(100)
	notice, shown := b.notification(&forum.NotificationView{Notification: forum.Notification{ID: 40, Kind: forum.NotifyReply, ActorID: 7, PostID: 100, At: now}})
	if !ok || !shown {
		t.Fatal("nothing is shown")
	}
	groups, _, _ := gather([]notificationEntity{notice})
	return map[string]any{
		"Account": a.accountOf(&lea), "Status": status, "MediaAttachment": a.mediaOf([]forum.Attachment{picture})[0], "Poll": a.pollOf(&post, true), "PreviewCard": a.cardOf(card),
		"Relationship": relationshipOf(forum.Relationship{ID: 7}), "Notification": notice, "NotificationGroup": groups[0], "V2Filter": filterOf(&filter), "Tag": a.wholeTag("bills", true),
		"ScheduledStatus": a.scheduledOf(&forum.Draft{ID: 6, Forum: "telecoms", Title: "t", Body: "b", DueAt: now}),
	}
}
