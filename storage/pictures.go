package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type pictureRow struct {
	bun.BaseModel `bun:"table:pictures,alias:pictures"`

	ID        forum.ID       `bun:"id,pk"`
	AccountID forum.ID       `bun:"account_id"`
	PostID    forum.ID       `bun:"post_id"`
	ActorID   forum.ID       `bun:"actor_id"`
	Portrait  forum.Portrait `bun:"portrait"`
	Alt       string         `bun:"alt"`
	FocusX    float64        `bun:"focus_x"`
	FocusY    float64        `bun:"focus_y"`
	Blurhash  string         `bun:"blurhash"`
	CreatedAt stamp          `bun:"created_at"`
}

func newPictureRow(p *forum.Picture) *pictureRow {
	return &pictureRow{ID: p.ID, AccountID: p.AccountID, PostID: p.PostID, ActorID: p.ActorID, Portrait: p.Portrait, Alt: p.Alt, FocusX: p.Focus.X, FocusY: p.Focus.Y,
		Blurhash: p.Blurhash, CreatedAt: at(p.CreatedAt)}
}

func (r *pictureRow) picture() forum.Picture {
	return forum.Picture{ID: r.ID, AccountID: r.AccountID, PostID: r.PostID, ActorID: r.ActorID, Portrait: r.Portrait, Alt: r.Alt, Focus: forum.Focus{X: r.FocusX, Y: r.FocusY},
		Blurhash: r.Blurhash, CreatedAt: r.CreatedAt.Time}
}

type pictureFileRow struct {
	bun.BaseModel `bun:"table:picture_files,alias:picture_files"`

	PictureID forum.ID `bun:"picture_id,pk"`
	Name      string   `bun:"name,pk"`
	MediaType string   `bun:"media_type"`
	Width     int      `bun:"width"`
	Height    int      `bun:"height"`
	Bytes     int      `bun:"bytes"`
	Duration  int64    `bun:"duration"` // milliseconds
}

func newPictureFileRow(picture forum.ID, f forum.PictureFile) *pictureFileRow {
	return &pictureFileRow{PictureID: picture, Name: f.Name, MediaType: f.MediaType, Width: f.Width, Height: f.Height, Bytes: f.Bytes, Duration: f.Duration.Milliseconds()}
}

func (r *pictureFileRow) file() forum.PictureFile {
	return forum.PictureFile{Name: r.Name, MediaType: r.MediaType, Width: r.Width, Height: r.Height, Bytes: r.Bytes,
		Duration: time.Duration(r.Duration) * time.Millisecond}
}

// Picture implements forum.Reader.
func (r reader) Picture(ctx context.Context, id forum.ID) (*forum.Picture, error) {
	list, err := r.picturesWhere(ctx, 1, "id = ?", id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return &list[0], nil
}

// PicturesOf implements forum.ExportReader.
func (r reader) PicturesOf(ctx context.Context, account, after forum.ID, limit int) ([]forum.Picture, error) {
	return r.picturesWhere(ctx, limit, "account_id = ? AND id > ? AND portrait <> 'card'", account, after)
}

// picturesWhere takes two queries: one for the pictures, one for their files.
func (r reader) picturesWhere(ctx context.Context, limit int, where string, args ...any) ([]forum.Picture, error) {
	var rows []pictureRow
	if err := r.find(ctx, &rows, "WHERE "+where+" ORDER BY id LIMIT ?", append(args[:len(args):len(args)], limit)...); err != nil || len(rows) == 0 {
		return nil, err
	}
	list := make([]forum.Picture, len(rows))
	place := map[forum.ID]*forum.Picture{}
	ids := make([]forum.ID, len(rows))
	for i := range rows {
		list[i] = rows[i].picture()
		place[list[i].ID], ids[i] = &list[i], list[i].ID
	}
	var files []pictureFileRow
	err := r.db.NewSelect().Model(&files).Where("picture_id IN (?)", listOf(ids)).OrderExpr("picture_id, CASE WHEN media_type IN ('image/jpeg', 'image/png') THEN 0 ELSE 1 END, width").Scan(ctx)
	for i := range files {
		p := place[files[i].PictureID]
		p.Files = append(p.Files, files[i].file())
	}
	return list, err
}

// LoosePictures implements forum.Reader.
func (r reader) LoosePictures(ctx context.Context, account forum.ID) (int, error) {
	var n int
	err := r.scan(ctx, &n, "SELECT count(*) FROM pictures WHERE account_id = ? AND post_id = 0 AND actor_id = 0 AND draft_id = 0", account)
	return n, err
}

// samePicture bounds how many places are looked at where a file is shown: first
// those that everybody reads.
const samePicture = 20

// PictureFile implements forum.Reader.
func (r reader) PictureFile(ctx context.Context, name string) (*forum.PictureFile, error) {
	var rows []struct {
		pictureFileRow `bun:",extend"`
		Post           closedPost `bun:"embed:post__"`
	}
	err := r.scan(ctx, &rows, `SELECT picture_files.*, COALESCE(posts.private, owner.private, FALSE) AS post__private, COALESCE(posts.forum_id, owner.id, 0) AS post__forum_id
		FROM picture_files JOIN pictures ON pictures.id = picture_files.picture_id
		LEFT JOIN posts ON posts.id = pictures.post_id AND pictures.post_id <> 0
		LEFT JOIN actors AS owner ON owner.id = pictures.actor_id AND pictures.actor_id <> 0
		WHERE picture_files.name = ? AND COALESCE(posts.deleted_at, 0) = 0 AND COALESCE(posts.removed_at, 0) = 0 ORDER BY post__private LIMIT ?`, name, samePicture)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	f := rows[0].file()
	f.Private = rows[0].Post.Private
	return &f, nil
}

// AddPicture implements forum.Tx.
func (t *tx) AddPicture(ctx context.Context, p *forum.Picture) error {
	if _, err := t.db.NewInsert().Model(newPictureRow(p)).Exec(ctx); err != nil {
		return err
	}
	for _, f := range p.Files {
		if _, err := t.db.NewInsert().Model(newPictureFileRow(p.ID, f)).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// UpdatePicture implements forum.Tx.
func (t *tx) UpdatePicture(ctx context.Context, p *forum.Picture) error {
	_, err := t.db.NewUpdate().Model(newPictureRow(p)).WherePK().Column("account_id", "actor_id", "portrait", "post_id", "alt", "focus_x", "focus_y").Exec(ctx)
	return err
}

// RemovePicture implements forum.Tx.
func (t *tx) RemovePicture(ctx context.Context, id forum.ID) error {
	return t.forgetPictures(ctx, "id = ?", id)
}

// RemovePortrait implements forum.Tx.
func (t *tx) RemovePortrait(ctx context.Context, actor forum.ID, what forum.Portrait) error {
	return t.forgetPictures(ctx, "actor_id = ? AND actor_id <> 0 AND portrait = ?", actor, what)
}

// RemoveCardPicture implements forum.Tx.
func (t *tx) RemoveCardPicture(ctx context.Context, post forum.ID) error {
	return t.forgetPictures(ctx, "post_id = ? AND post_id <> 0 AND portrait = 'card'", post)
}

// forgetPictures deletes pictures and leaves their files to the sweep.
func (t *tx) forgetPictures(ctx context.Context, where string, args ...any) error {
	chosen := "picture_id IN (SELECT id FROM pictures WHERE " + where + ")"
	for _, query := range []string{
		"INSERT INTO discarded_files (name) SELECT DISTINCT name FROM picture_files WHERE " + chosen + " ON CONFLICT DO NOTHING",
		"DELETE FROM picture_files WHERE " + chosen,
		"DELETE FROM pictures WHERE " + where,
	} {
		if _, err := t.exec(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// sweepLoosePictures forgets uploads that nothing shows.
func (t *tx) sweepLoosePictures(ctx context.Context, before int64) (int64, error) {
	var ids []int64
	err := t.scan(ctx, &ids, "SELECT id FROM pictures WHERE post_id = 0 AND actor_id = 0 AND draft_id = 0 AND created_at < ? LIMIT ?", before, sweepSlice)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return int64(len(ids)), t.forgetPictures(ctx, "id IN (?)", listOf(ids))
}

// sweepFiles removes discarded files from the shelf, but for those that another
// picture has too. It does so inside the transaction: whoever uploads the same
// file at this moment either is seen here, or puts it back afterwards.
func (t *tx) sweepFiles(ctx context.Context, shelf forum.Shelf) (int64, error) {
	var files []struct {
		Name   string
		Needed bool
	}
	err := t.scan(ctx, &files, `SELECT name, EXISTS (SELECT 1 FROM picture_files WHERE picture_files.name = discarded_files.name)
			OR EXISTS (SELECT 1 FROM remote_pictures WHERE remote_pictures.file = discarded_files.name AND remote_pictures.file <> '') AS needed
		FROM discarded_files LIMIT ?`, fileSlice)
	if err != nil || shelf == nil {
		return 0, err
	}
	for _, f := range files {
		if !f.Needed {
			if err := shelf.Remove(ctx, f.Name); err != nil {
				return 0, err
			}
		}
		if _, err := t.exec(ctx, "DELETE FROM discarded_files WHERE name = ?", f.Name); err != nil {
			return 0, err
		}
	}
	return int64(len(files)), nil
}
