package importing

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// read reads an export and writes its posts down, one paragraph each, and what was
// lost.
func read(t *testing.T, format Format, file string, categories ...string) (*Archive, string) {
	t.Helper()
	a, err := Read(t.Context(), format, file, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a, written(t, a, categories...)
}

func written(t testing.TB, a *Archive, categories ...string) string {
	t.Helper()
	var out strings.Builder
	err := a.Posts(categories, func(p forum.BroughtPost) error {
		fmt.Fprintf(&out, "%s in %s by %s (%s) at %s", p.ForeignID, p.Thread, p.Author.Name, p.Author.ForeignID, p.PublishedAt.Format(time.RFC3339))
		if !p.EditedAt.IsZero() {
			fmt.Fprintf(&out, " edited %s", p.EditedAt.Format(time.RFC3339))
		}
		if p.Locked {
			out.WriteString(" locked")
		}
		if len(p.Answers) > 0 {
			fmt.Fprintf(&out, " to %s", strings.Join(p.Answers, ", "))
		}
		if p.Title != "" {
			fmt.Fprintf(&out, "\n= %s", p.Title)
		}
		fmt.Fprintf(&out, "\n%s\n----\n", p.Body)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimLeft(want, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func lost(a *Archive) string {
	var list []string
	for _, l := range a.Lost.List() {
		list = append(list, fmt.Sprintf("%d %s", l.Count, l.Reason))
	}
	slices.Sort(list)
	return strings.Join(list, "\n") + "\n"
}

func TestLemmy(t *testing.T) {
	a, text := read(t, Lemmy, "testdata/lemmy")
	expect(t, text, `
https://old.example/post/20 in https://old.example/post/20 by marie (https://old.example/u/marie) at 2023-08-01T18:15:42Z locked
= The meter runs by itself
<https://news.example/meter>

Every night, *without* anybody at home. #meter
----
https://far.example/comment/29 in https://old.example/post/20 by Luc (https://far.example/u/luc) at 2023-08-01T18:20:00Z edited 2023-08-01T18:30:00Z
Since **when**?
----
https://old.example/comment/33 in https://old.example/post/20 by marie (https://old.example/u/marie) at 2023-08-01T18:25:00Z to https://far.example/comment/29
Since May

**the bill**

![bill](https://old.example/pictrs/image/bill.png)

----
https://far.example/comment/31 in https://old.example/post/20 by Luc (https://far.example/u/luc) at 2023-08-02T09:00:00Z to https://old.example/comment/30
An answer to what was deleted
----
`)
	expect(t, lost(a), `
1 deleted post
1 hidden post, or one that waits for approval
1 markup that has no counterpart; its text stays
1 picture, which becomes a link
1 post whose thread is not in the archive, or was deleted or hidden
`)
	if a.Source != "old.example" {
		t.Errorf("the source is %q", a.Source)
	}
	if list, err := a.Categories(); err != nil || len(list) != 1 || list[0] != (Category{ID: "3", Name: "Energy", Threads: 2}) {
		t.Errorf("categories are %+v, %v", list, err)
	}
	a, text = read(t, Lemmy, "testdata/piefed.json")
	expect(t, text, `
https://pie.example/post/7 in https://pie.example/post/7 by Ana (https://pie.example/u/ana) at 2024-02-01T10:00:00Z
= Two bills in one month
Which one is right?
----
https://pie.example/comment/8 in https://pie.example/post/7 by Ben (https://pie.example/u/ben) at 2024-02-01T11:00:00Z edited 2024-02-01T11:05:00Z
The second
----
`)
	expect(t, lost(a), "1 poll, with its votes\n")
}

func TestPHPBB(t *testing.T) {
	a, text := read(t, PHPBB, "testdata/phpbb.sql")
	expect(t, text, `
1 in 1 by Marie (2) at 2006-05-04T10:05:00Z edited 2006-05-04T10:20:00Z locked
= Cut off "by mistake"
They cut my line.
No **warning**, see http://www.example.org/a_b_c :)

- one
- two
----
2 in 1 by O'Brien (3) at 2019-01-06T01:11:40Z
> **Marie**
>
> They cut my line.

Mine *too*, it's 2 \* 3 \< 7.
[look](<https://far.example/>) ![](<https://far.example/p.png>) red
----
3 in 1 by Passer-by (guest:Passer-by) at 2019-01-06T01:13:20Z
As a guest
----
6 in 6 by O'Brien (3) at 2019-01-06T02:00:00Z
= Second
Another thread; with a semicolon
----
`)
	expect(t, lost(a), `
1 attachment
1 hidden post, or one that waits for approval
1 markup that has no counterpart; its text stays
1 picture, which becomes a link
1 poll, with its votes
1 post in a category that not everybody may read
1 private message or private thread
`)
	if a.Source != "board.example" {
		t.Errorf("the source is %q", a.Source)
	}
}

func TestDiscourse(t *testing.T) {
	a, text := read(t, Discourse, "testdata/discourse.sql")
	expect(t, text, `
101 in 101 by ana (1) at 2021-03-04T05:06:07Z edited 2021-03-05T05:06:07Z
= A fee from nowhere
A fee **appeared**.

📎 bill


* yes
* no
----
102 in 101 by luc (2) at 2021-03-04T06:06:07Z
Which one? Tell `+"`a <b> tag`"+`
----
103 in 101 by ana (1) at 2021-03-04T07:06:07Z to 102
> **luc**
>
> Which



This one
----
108 in 101 by Deleted (guest:Deleted) at 2021-03-04T10:06:07Z to 104
An author who left
----
`)
	expect(t, lost(a), `
1 attachment
1 deleted post
1 markup that has no counterpart; its text stays
1 notice by the software, no post
1 poll, with its votes
1 post in a category that not everybody may read
1 private message or private thread
`)
	for _, l := range a.Lost.List() {
		if s := strings.Join(l.Examples, " "); strings.Contains(s, "Private title") || strings.Contains(s, "Staff title") {
			t.Errorf("the report tells what was private: %s", s)
		}
	}
	if _, none := read(t, Discourse, "testdata/discourse.sql", "5"); none != "" {
		t.Errorf("the staff's category gives %q", none)
	}
}

// TestNoSecrets holds that what is nobody's business is not even spooled.
func TestNoSecrets(t *testing.T) {
	for format, file := range map[Format]string{PHPBB: "testdata/phpbb.sql", Discourse: "testdata/discourse.sql"} {
		a, _ := read(t, format, file)
		text, err := os.ReadFile(a.spool.dir + "/spool.db")
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"secret.example", "secret@", "192.0.2.9", "$H$hash", "secret; words", "Real Name", "private.pdf"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s: %q was spooled", file, secret)
			}
		}
	}
}

// TestWrapped reads a dump in what it comes wrapped in.
func TestWrapped(t *testing.T) {
	dump, err := os.ReadFile("testdata/discourse.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, want := read(t, Discourse, "testdata/discourse.sql")
	zipped := func(text []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if _, err := w.Write(text); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	backup := func(files map[string][]byte) []byte {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name]))}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(files[name]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return zipped(out.Bytes())
	}
	file := t.TempDir() + "/export"
	for what, wrapped := range map[string][]byte{"gzip": zipped(dump), "backup": backup(map[string][]byte{"a.txt": []byte("x"), "dump.sql.gz": zipped(dump)}), "old backup": backup(map[string][]byte{"x/dump.sql": dump})} {
		if err := os.WriteFile(file, wrapped, 0o600); err != nil {
			t.Fatal(err)
		}
		done, all := int64(0), int64(0)
		a, err := Read(t.Context(), Discourse, file, func(d, a int64) { done, all = d, a })
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := written(t, a); got != want || done == 0 || done > all {
			t.Errorf("%s gives %s after %d of %d bytes", what, got, done, all)
		}
		a.Close()
	}
	if err := os.WriteFile(file, backup(map[string][]byte{"a.txt": []byte("x")}), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(t.Context(), Discourse, file, nil); err == nil || !strings.Contains(err.Error(), "no dump.sql") {
		t.Errorf("an empty backup: %v", err)
	}
}

// TestWrongFiles holds that a wrong file is refused, not taken for an empty one.
func TestWrongFiles(t *testing.T) {
	for format, file := range map[Format]string{PHPBB: "testdata/discourse.sql", Discourse: "testdata/phpbb.sql", Lemmy: "testdata/phpbb.sql"} {
		if a, err := Read(context.Background(), format, file, nil); err == nil {
			a.Close()
			t.Errorf("%s was taken for one of %s", file, format)
		}
	}
}
