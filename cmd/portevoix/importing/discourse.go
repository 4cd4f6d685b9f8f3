package importing

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// copyRow is one row of a COPY block, by column. NULL is the empty text.
type copyRow map[string]string

// copyBlocks reads the rows that a dump of PostgreSQL in text form holds.
func copyBlocks(in io.Reader, wanted func(table string) bool, each func(table string, row copyRow) error) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		table, columns := copyHead(string(line))
		if table == "" {
			continue
		}
		take := wanted(table)
		for {
			line, err := readLine(lines)
			if err != nil {
				return unexpected(err)
			}
			if string(line) == `\.` {
				break
			}
			if !take {
				continue
			}
			row, err := copyValues(columns, line)
			if err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
			if err := each(table, row); err != nil {
				return err
			}
		}
	}
}

// readLine reads a line without its end, of bounded length.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxValue {
			return nil, errValueTooLong
		}
		switch {
		case err == nil:
			return bytes.TrimRight(line, "\r\n"), nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// copyHead reads COPY schema.table (columns) FROM stdin; and returns "" for any
// other line.
func copyHead(line string) (table string, columns []string) {
	rest, ok := strings.CutPrefix(line, "COPY ")
	if !ok || !strings.HasSuffix(rest, " FROM stdin;") {
		return "", nil
	}
	name, list, ok := strings.Cut(strings.TrimSuffix(rest, " FROM stdin;"), " (")
	if !ok {
		return "", nil
	}
	if _, after, ok := strings.Cut(name, "."); ok {
		name = after
	}
	for column := range strings.SplitSeq(strings.TrimSuffix(list, ")"), ", ") {
		columns = append(columns, strings.Trim(column, `"`))
	}
	return strings.Trim(name, `"`), columns
}

func copyValues(columns []string, line []byte) (copyRow, error) {
	row, n := make(copyRow, len(columns)), 0
	for value := range bytes.SplitSeq(line, []byte{'\t'}) {
		if n == len(columns) {
			return nil, errors.New("a row has more values than columns")
		}
		if string(value) != `\N` {
			row[columns[n]] = strings.ToValidUTF8(copyText(value), "\ufffd")
		}
		n++
	}
	if n != len(columns) {
		return nil, errors.New("a row has fewer values than columns")
	}
	return row, nil
}

var copyEscapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

func copyText(value []byte) string {
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value)
	}
	out := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '\\' && i+1 < len(value) {
			i++
			if c = value[i]; copyEscapes[c] != 0 {
				c = copyEscapes[c]
			}
		}
		out = append(out, c)
	}
	return string(out)
}

// discourseTables are those that are read.
var discourseTables = map[string]func(*reading, copyRow) error{
	"users":      (*reading).discourseUser,
	"categories": (*reading).discourseCategory,
	"topics":     (*reading).discourseTopic,
	"posts":      (*reading).discoursePost,
}

// readDiscourse reads the dump in a backup of Discourse.
func (r *reading) readDiscourse(in io.Reader) error {
	found := false
	err := copyBlocks(in, func(table string) bool { return discourseTables[table] != nil }, func(table string, row copyRow) error {
		found = true
		if err := r.ctx.Err(); err != nil {
			return err
		}
		return discourseTables[table](r, row)
	})
	if err == nil && !found {
		err = errors.New("no table of Discourse is in the dump")
	}
	return err
}

const pgTrue = "t"

func (r *reading) discourseUser(row copyRow) error {
	return r.spool.author(author{id: row["id"], foreign: row["id"], name: row["username"], joined: readTime(row["created_at"])})
}

func (r *reading) discourseCategory(row copyRow) error {
	c := Category{ID: row["id"], Name: row["name"]}
	if row["read_restricted"] == pgTrue {
		c.Closed = "restricted"
	}
	return r.spool.category(c)
}

func (r *reading) discourseTopic(row copyRow) error {
	t := topic{id: row["id"], category: row["category_id"], title: row["title"], root: row["id"] + "/1", locked: row["closed"] == pgTrue || row["archived"] == pgTrue}
	switch {
	case row["archetype"] == "private_message":
		t.lost, t.title = LostPrivate, ""
	case row["deleted_at"] != "":
		t.lost = LostDeleted
	case row["visible"] == "f":
		t.lost = LostHidden
	}
	return r.spool.topic(t)
}

func (r *reading) discoursePost(row copyRow) error {
	const regular = "1"
	p := post{id: row["topic_id"] + "/" + row["post_number"], foreign: row["id"], topic: row["topic_id"], author: row["user_id"], guest: "Deleted",
		body: row["raw"], created: readTime(row["created_at"])}
	if row["version"] != "1" {
		p.edited = readTime(row["last_version_at"])
	}
	if number := row["reply_to_post_number"]; number != "" {
		p.parents = []string{row["topic_id"] + "/" + number}
	}
	if _, err := fmt.Sscan(row["post_number"], &p.order); err != nil {
		r.Lost.add(LostUnreadable, "post "+p.foreign)
		return nil
	}
	switch {
	case row["deleted_at"] != "", row["user_deleted"] == pgTrue:
		p.lost = LostDeleted
	case row["hidden"] == pgTrue:
		p.lost = LostHidden
	case row["post_type"] != regular:
		if p.lost = LostNotice; row["post_type"] == whisper {
			p.lost = LostHidden
		}
	}
	if p.lost != "" {
		p.body = ""
	}
	r.undated(p)
	return r.spool.post(p)
}

// whisper is the type of what only the staff may read.
const whisper = "4"
