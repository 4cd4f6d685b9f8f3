package storage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"portevoix/forum"
	"portevoix/forum/words"
)

// The dictionary is the words of titles and hashtags, found by how they are
// misspelt (symmetric deletes): whoever leaves one letter out of the word that was
// typed and of one that is known gets the same for every slip of one letter, and a
// lookup is a few reads of an index, however many words there are. What the
// dictionary suggests is searched for before it is shown, so what was deleted or
// hidden is not given away.
const (
	shortestKnown = 4 // in characters; shorter words are too much alike
	longestKnown  = 24
	longWord      = 8  // from here on one letter may be in another place: two slips
	wordsLearned  = 30 // of one title
	readPerWord   = 100
	offeredByWord = 3
)

// knowable says whether a folded word is kept: one that tells something, in
// letters.
func knowable(word string) bool {
	n := utf8.RuneCountInString(word)
	return n >= shortestKnown && n <= longestKnown && !words.Little(word) && !strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) })
}

// variants are a word, and the word with each of its letters left out.
func variants(word string) []string {
	letters := []rune(word)
	list := []string{word}
	for i := range letters {
		list = append(list, string(letters[:i])+string(letters[i+1:]))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

type dictionaryRow struct {
	bun.BaseModel `bun:"table:dictionary"`

	Word    string `bun:"word,pk"`
	Written string `bun:"written"`
}

type variantRow struct {
	bun.BaseModel `bun:"table:dictionary_variants"`

	Variant string `bun:"variant,pk"`
	Word    string `bun:"word,pk"`
}

// learn takes the words of a thread's title and its hashtags into the dictionary.
// They are written in one order, so that no two writers wait for each other.
func (t *tx) learn(ctx context.Context, p *forum.Post) error {
	text := p.Title + "\n" + strings.Join(p.Tags, "\n")
	fresh := map[string]string{}
	for _, w := range words.Split(text) {
		if len(fresh) < wordsLearned && knowable(w.Text) {
			fresh[w.Text] = strings.ToLower(text[w.Start:w.End])
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	list := make([]string, 0, len(fresh))
	for word := range fresh {
		list = append(list, word)
	}
	slices.Sort(list)
	var known []string
	if err := t.scan(ctx, &known, "SELECT word FROM dictionary WHERE word IN (?)", listOf(list)); err != nil {
		return err
	}
	var entries []dictionaryRow
	var spellings []variantRow
	for _, word := range list {
		if slices.Contains(known, word) {
			continue
		}
		entries = append(entries, dictionaryRow{Word: word, Written: fresh[word]})
		for _, v := range variants(word) {
			spellings = append(spellings, variantRow{Variant: v, Word: word})
		}
	}
	if len(entries) == 0 {
		return nil
	}
	if _, err := t.db.NewInsert().Model(&entries).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return err
	}
	slices.SortFunc(spellings, func(a, b variantRow) int {
		return cmp.Or(cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.Word, b.Word))
	})
	_, err := t.db.NewInsert().Model(&spellings).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// Respell implements forum.PageReader.
func (r reader) Respell(ctx context.Context, written string) ([]string, error) {
	split := words.Split(written)
	if len(split) != 1 || !knowable(split[0].Text) {
		return nil, nil
	}
	word := split[0].Text
	var rows []dictionaryRow
	err := r.scan(ctx, &rows, `SELECT word, written FROM dictionary WHERE word IN (SELECT word FROM dictionary_variants WHERE variant IN (?) LIMIT ?)`,
		listOf(variants(word)), readPerWord)
	if err != nil {
		return nil, err
	}
	slips := 1
	if utf8.RuneCountInString(word) >= longWord {
		slips = 2
	}
	type candidate struct {
		dictionaryRow
		slips int
	}
	var list []candidate
	for _, row := range rows {
		switch n := slipsBetween([]rune(word), []rune(row.Word)); {
		case n == 0: // it is spelt as others spell it
			return nil, nil
		case n <= slips:
			list = append(list, candidate{row, n})
		}
	}
	slices.SortFunc(list, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.slips, b.slips), cmp.Compare(a.Word, b.Word)) })
	var offered []string
	for _, c := range list[:min(len(list), offeredByWord)] {
		offered = append(offered, c.Written)
	}
	return offered, nil
}

// slipsBetween counts the letters to leave out, put in, change, or swap with the
// next one, that lead from one word to another (optimal string alignment).
func slipsBetween(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			n := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				n = min(n, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = n
		}
	}
	return rows[len(a)][len(b)]
}
