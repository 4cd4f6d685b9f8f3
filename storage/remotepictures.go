package storage

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type remotePictureRow struct {
	bun.BaseModel `bun:"table:remote_pictures,alias:remote_pictures"`

	Key       string                  `bun:"key,pk"`
	Kind      forum.RemotePictureKind `bun:"kind"`
	URL       string                  `bun:"url"`
	Host      string                  `bun:"host"`
	File      string                  `bun:"file"`
	MediaType string                  `bun:"media_type"`
	Width     int                     `bun:"width"`
	Height    int                     `bun:"height"`
	Bytes     int                     `bun:"bytes"`
	FetchedAt stamp                   `bun:"fetched_at"`
	FailedAt  stamp                   `bun:"failed_at"`
}

func packEmojis(list []forum.Emoji) string {
	if len(list) == 0 {
		return ""
	}
	packed, err := json.Marshal(list)
	if err != nil {
		return ""
	}
	return string(packed)
}

func unpackEmojis(packed string) []forum.Emoji {
	var list []forum.Emoji
	if packed == "" || json.Unmarshal([]byte(packed), &list) != nil {
		return nil
	}
	return list
}

// knowEmojis lets the pictures of emoji be fetched that a post or a profile of a
// server shows.
func (t *tx) knowEmojis(ctx context.Context, host string, list []forum.Emoji) error {
	for _, e := range list {
		if err := t.knowPicture(ctx, e.Picture, forum.EmojiPicture, host, e.URL); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) knowPicture(ctx context.Context, key string, kind forum.RemotePictureKind, host, url string) error {
	row := remotePictureRow{Key: key, Kind: kind, URL: url, Host: host}
	_, err := t.db.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// RemotePicture implements forum.Reader.
func (r reader) RemotePicture(ctx context.Context, key string) (*forum.RemotePicture, error) {
	var row remotePictureRow
	if err := r.scan(ctx, &row, "SELECT * FROM remote_pictures WHERE key = ?", key); err != nil {
		return nil, err
	}
	return &forum.RemotePicture{Key: row.Key, Kind: row.Kind, URL: row.URL, Host: row.Host, FetchedAt: row.FetchedAt.Time, FailedAt: row.FailedAt.Time,
		File: forum.PictureFile{Name: row.File, MediaType: row.MediaType, Width: row.Width, Height: row.Height, Bytes: row.Bytes}}, nil
}

// forgetCopies leaves the files of copies to the sweep.
func (t *tx) forgetCopies(ctx context.Context, where string, args ...any) (int, error) {
	where = "file <> '' AND (" + where + ")"
	if _, err := t.exec(ctx, "INSERT INTO discarded_files (name) SELECT DISTINCT file FROM remote_pictures WHERE "+where+" ON CONFLICT DO NOTHING", args...); err != nil {
		return 0, err
	}
	n, err := t.exec(ctx, "UPDATE remote_pictures SET file = '', bytes = 0, fetched_at = 0 WHERE "+where, args...)
	return int(n), err
}

// KeepRemotePicture implements forum.Tx.
func (t *tx) KeepRemotePicture(ctx context.Context, key string, f forum.PictureFile, when time.Time) error {
	if _, err := t.forgetCopies(ctx, "key = ? AND file <> ?", key, f.Name); err != nil {
		return err
	}
	_, err := t.exec(ctx, "UPDATE remote_pictures SET file = ?, media_type = ?, width = ?, height = ?, bytes = ?, fetched_at = ?, failed_at = 0 WHERE key = ?",
		f.Name, f.MediaType, f.Width, f.Height, f.Bytes, millis(when), key)
	return err
}

// FailRemotePicture implements forum.Tx.
func (t *tx) FailRemotePicture(ctx context.Context, key string, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE remote_pictures SET failed_at = ? WHERE key = ?", millis(when), key)
	return err
}

// ForgetRemotePictures implements forum.Tx.
func (t *tx) ForgetRemotePictures(ctx context.Context, before time.Time, most int64) (int, error) {
	n, err := t.forgetCopies(ctx, "fetched_at < ?", millis(before))
	if err != nil {
		return n, err
	}
	var bytes int64
	if err := t.scan(ctx, &bytes, "SELECT COALESCE(sum(bytes), 0) FROM remote_pictures WHERE file <> ''"); err != nil || bytes <= most {
		return n, err
	}
	over, err := t.forgetCopies(ctx, `key IN (SELECT key FROM (SELECT key, sum(bytes) OVER (ORDER BY fetched_at DESC, key) AS newer FROM remote_pictures WHERE file <> '') AS copies WHERE newer > ?)`, most)
	return n + over, err
}
