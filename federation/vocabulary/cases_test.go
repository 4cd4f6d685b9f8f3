package vocabulary_test

import (
	"reflect"
	"strings"
	"testing"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// TestCase writes a case, whose text repeats what its fields state, and reads it as
// another server of ours does.
func TestCase(t *testing.T) {
	p := published()
	stated := &forum.Case{
		Company: "Orange & Co", CompanyURI: here + "/c/about_orange", Product: "Box", ExperiencedOn: "2026-03-12", Amount: forum.Amount{Minor: 8900, Currency: "EUR"},
		Wants: []forum.Want{forum.WantRefund}, Place: "Lyon", Feeling: "Volée <deux> fois.", Evidence: forum.EvidenceDeclared, State: forum.CasePromised, PromisedOn: "2026-04-01",
		StateAt: moment.AddDate(0, 0, 1),
	}
	p.Thread.Kind, p.Thread.Case = forum.Grievance, stated
	body, err := writer(t).Create(9, p)
	if err != nil {
		t.Fatal(err)
	}
	create, err := vocabulary.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	note := create.Object("object")
	content := note.String("content")
	for _, want := range []string{"Orange &amp; Co", "Box", "12 mars 2026", "14 mars 2026", "89,00\u00a0€", "remboursement", "Lyon", "non contrôlé", "Promis pour le 1 avril 2026", "Volée &lt;deux&gt; fois."} {
		if !strings.Contains(content, want) {
			t.Errorf("the text lacks %q: %s", want, content)
		}
	}
	if note.Time("updated").IsZero() || !strings.Contains(note.Object("source").String("content"), "12 mars 2026") {
		t.Errorf("updated %v, source %v", note["updated"], note["source"])
	}
	read, err := vocabulary.ReadPost(note)
	if err != nil {
		t.Fatal(err)
	}
	want := *stated
	want.StateAt = read.Case.StateAt
	if read.Kind != forum.Grievance || !reflect.DeepEqual(*read.Case, want) {
		t.Errorf("read is %+v", read.Case)
	}
	if strings.Contains(read.Content, "mars") || !strings.Contains(read.Content, "never") || read.Source != "" {
		t.Errorf("the text is %s, of %q", read.Content, read.Source)
	}
}
