package forum

import (
	"archive/zip"
	"context"
	"io"
)

// exportedPicture names a file of the archive.
type exportedPicture struct {
	File string `json:"file"`
	Alt  string `json:"alt"`
}

func exportedPictures(p *Post) []exportedPicture {
	var list []exportedPicture
	for _, a := range p.Pictures() {
		list = append(list, exportedPicture{File: pictureFolder + a.Files[len(a.Files)-1].Name, Alt: a.Alt})
	}
	return list
}

const pictureFolder = "pictures/"

// pictures writes what the account uploaded, each in its largest size and once.
// A file that is missing from the shelf does not spoil the rest.
func (e export) pictures(ctx context.Context) error {
	written := map[string]bool{}
	for after := ID(0); ; {
		list, err := e.s.store.PicturesOf(ctx, e.by.ID, after, exportPage)
		if err != nil {
			return err
		}
		for _, p := range list {
			after = p.ID
			name := p.Files[len(p.Files)-1].Name
			if written[name] {
				continue
			}
			written[name] = true
			if err := e.picture(ctx, name); err != nil && CodeOf(err) != NotFound {
				return err
			}
		}
		if len(list) < exportPage {
			return nil
		}
	}
}

func (e export) picture(ctx context.Context, name string) error {
	body, err := e.s.shelf.Open(ctx, name)
	if err != nil {
		return err
	}
	defer body.Close()
	file, err := e.file(pictureFolder+name, zip.Store) // pictures are compressed already
	if err != nil {
		return err
	}
	_, err = io.Copy(file, body)
	return err
}

const evidenceFolder = "evidence/"

// evidence writes the documents that the account keeps with its cases, unsealed.
func (e export) evidence(ctx context.Context) error {
	for after := ID(0); ; {
		list, err := e.s.store.EvidenceBy(ctx, e.by.ID, after, exportPage)
		if err != nil {
			return err
		}
		for i := range list {
			after = list[i].ID
			if err := e.document(ctx, &list[i]); err != nil && CodeOf(err) != NotFound {
				return err
			}
		}
		if len(list) < exportPage {
			return nil
		}
	}
}

func (e export) document(ctx context.Context, d *Evidence) error {
	body, closing, err := e.s.unseal(ctx, d.File)
	if err != nil {
		return err
	}
	defer closing.Close()
	file, err := e.file(evidenceFolder+d.ThreadID.String()+"/"+d.FileName(), zip.Store)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, body)
	return err
}
