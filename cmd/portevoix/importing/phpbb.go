package importing

import (
	"errors"
	"html"
	"io"
	"strconv"
	"strings"
	"time"
)

// phpbbTables are those of which rows are read; others are passed over, the one of
// private messages too, which is only counted.
var phpbbTables = []string{"config", "forums", "topics", "posts", "users", "privmsgs", "attachments", "poll_options"}

// readPHPBB reads the backup that phpBB's administration makes of a board on MySQL.
func (r *reading) readPHPBB(in io.Reader) error {
	dump, found := newMySQLDump(in), false
	name := func(table string) string {
		for _, known := range phpbbTables {
			prefix, ok := strings.CutSuffix(table, known)
			if ok && (prefix == dump.prefix && prefix != "" || dump.prefix == "" && strings.Count(prefix, "_") == 1 && strings.HasSuffix(prefix, "_")) {
				return known
			}
		}
		return ""
	}
	err := dump.each(func(table string) bool { return name(table) != "" }, func(table string, row mysqlRow) error {
		found = true
		if err := r.ctx.Err(); err != nil {
			return err
		}
		return r.phpbbRow(name(table), row)
	})
	if err == nil && !found {
		err = errors.New("no table of phpBB is in the dump")
	}
	return err
}

func (r *reading) phpbbRow(table string, row mysqlRow) error {
	switch table {
	case "config":
		if row["config_name"] == "server_name" && r.Source == "" {
			r.Source = row["config_value"]
		}
	case "forums":
		c := Category{ID: row["forum_id"], Name: html.UnescapeString(row["forum_name"])}
		if row["forum_password"] != "" {
			c.Closed = "behind a password"
		}
		return r.spool.category(c)
	case "topics":
		return r.phpbbTopic(row)
	case "posts":
		return r.phpbbPost(row)
	case "users":
		const ignored = "2" // programs that read, and the visitor
		if row["user_type"] == ignored {
			return nil
		}
		return r.spool.author(author{id: row["user_id"], foreign: row["user_id"], name: html.UnescapeString(row["username"]), joined: unixTime(row["user_regdate"])})
	case "privmsgs":
		r.Lost.add(LostPrivate, "")
	case "attachments":
		if row["in_message"] != "1" {
			r.Lost.add(LostAttachment, "post "+row["post_msg_id"]+" "+row["real_filename"])
		}
	case "poll_options":
		if row["poll_option_id"] == "1" {
			r.Lost.add(LostPoll, "topic "+row["topic_id"])
		}
	}
	return nil
}

func (r *reading) phpbbTopic(row mysqlRow) error {
	const locked, moved = "1", "2"
	if row["topic_status"] == moved {
		return nil // a sign at the place where it was
	}
	t := topic{id: row["topic_id"], category: row["forum_id"], title: row["topic_title"], root: row["topic_first_post_id"], locked: row["topic_status"] == locked}
	t.lost = phpbbVisibility(row["topic_visibility"], row["topic_approved"])
	if t.root == "0" {
		t.root = ""
	}
	return r.spool.topic(t)
}

// phpbbVisibility is why something is not shown; older boards only know whether it
// is approved.
func phpbbVisibility(visibility, approved string) Reason {
	const shown, deleted = "1", "2"
	switch {
	case visibility == deleted:
		return LostDeleted
	case first(visibility, approved, shown) != shown:
		return LostHidden
	}
	return ""
}

func (r *reading) phpbbPost(row mysqlRow) error {
	const nobody = "1" // who writes without an account, or had one
	p := post{id: row["post_id"], foreign: row["post_id"], topic: row["topic_id"], author: row["poster_id"], guest: html.UnescapeString(row["post_username"]),
		body: row["post_text"], extra: row["bbcode_uid"], created: unixTime(row["post_time"]), edited: unixTime(row["post_edit_time"])}
	p.lost = phpbbVisibility(row["post_visibility"], row["post_approved"])
	if p.author == nobody {
		p.author = ""
	}
	if p.guest == "" {
		p.guest = "Guest"
	}
	r.undated(p)
	return r.spool.post(p)
}

func unixTime(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > 1<<40 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// unescapeHTML reads texts that phpBB keeps as HTML: titles and names.
func unescapeHTML(s string) string { return html.UnescapeString(s) }
