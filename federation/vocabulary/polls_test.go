package vocabulary

import (
	"fmt"
	"testing"
)

func TestReadPoll(t *testing.T) {
	for _, c := range []struct {
		name, json string
		want       string // PollState
		multiple   bool
		closed     bool
	}{
		{"Mastodon's", `{"type":"Question","oneOf":[{"type":"Note","name":"a","replies":{"type":"Collection","totalItems":3}},{"type":"Note","name":"b","replies":{"totalItems":0}}],"endTime":"2026-03-14T12:00:00Z","votersCount":3}`, "3/0/3 true", false, false},
		{"several", `{"type":"Question","anyOf":[{"name":"a"},{"name":"b"}]}`, "0/0/0 true", true, false},
		{"one choice alone, not in a list", `{"type":"Question","anyOf":{"name":"a"}}`, "0/0 true", true, false},
		{"closed with a time", `{"type":"Question","oneOf":[{"name":"a"}],"closed":"2026-03-14T12:00:00Z"}`, "0/0 false", false, true},
		{"closed with true", `{"type":"Question","oneOf":[{"name":"a"}],"closed":true,"endTime":"2026-03-14T12:00:00Z"}`, "0/0 false", false, true},
		{"of another type", `{"type":"Note","oneOf":[{"name":"a"}]}`, "0/0 true", false, false},
		{"without names", `{"type":"Question","oneOf":[{"type":"Note"},"a"]}`, "", false, false},
		{"counts that are none", `{"type":"Question","oneOf":[{"name":"a","replies":{"totalItems":-4}}],"votersCount":1e30}`, "0/0 true", false, false},
		{"none", `{"type":"Question"}`, "", false, false},
	} {
		d, err := Parse([]byte(c.json))
		if err != nil {
			t.Fatal(err)
		}
		if got := PollState(d); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if p := poll(d); p != nil && (p.Multiple != c.multiple || p.ClosedAt.IsZero() == c.closed) {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
}

func TestMembers(t *testing.T) {
	for json, want := range map[string]string{
		`{"items":["https://a.example/1","not an address",null,7,{"id":"https://a.example/2"},{"href":"https://a.example/3"},[]]}`: "[https://a.example/1 https://a.example/2 https://a.example/3]",
		`{"orderedItems":"https://a.example/1"}`: "[https://a.example/1]",
		`{}`:                                     "[]",
	} {
		d, err := Parse([]byte(json))
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, m := range d.Members() {
			got = append(got, MemberURI(m))
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v", json, got)
		}
	}
}
