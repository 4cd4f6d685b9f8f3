package federation

import (
	"encoding/json"
	"strings"
	"testing"

	"portevoix/federation/vocabulary"
)

// An activity is the same one when its id is, and, for an edit, its time:
// GoToSocial reuses one id for all edits of a post. A key has an end, whatever
// is sent.
func TestActivityKey(t *testing.T) {
	edit := func(updated any) string {
		body, err := json.Marshal(map[string]any{"id": "https://x.example/1", "type": "Update", "object": map[string]any{"id": "https://x.example/note", "updated": updated}})
		if err != nil {
			t.Fatal(err)
		}
		d, err := vocabulary.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		return activityKey(d)
	}
	first := edit("2026-03-14T10:00:00+01:00")
	if first != "https://x.example/1 2026-03-14T09:00:00Z" {
		t.Errorf("key %q", first)
	}
	if edit("2026-03-14T09:00:00.000Z") != first {
		t.Error("the same moment makes another key")
	}
	if edit("2026-03-14T09:00:00.001Z") == first {
		t.Error("another moment makes the same key")
	}
	for _, odd := range []any{nil, 1, "soon", strings.Repeat("2026", 1<<16), []any{}, map[string]any{}} {
		if key := edit(odd); key != "https://x.example/1" {
			t.Errorf("updated %.20v: a key of %d bytes", odd, len(key))
		}
	}
	for _, text := range []string{
		`{"id":"https://x.example/1","type":"Update","object":"https://x.example/note"}`,
		`{"id":"https://x.example/1","type":"Update"}`,
		`{"id":"https://x.example/1","type":"Create","object":{"updated":"2026-03-14T09:00:00Z"}}`,
	} {
		d, err := vocabulary.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if key := activityKey(d); key != "https://x.example/1" {
			t.Errorf("%s: key %q", text, key)
		}
	}
}
