package web

import (
	"errors"
	"io"
	"net/http"

	"portevoix/forum"
)

// importForm is the page where lists of another server are brought along.
func (s *Site) importForm(v *visit) error {
	list, err := s.service.Imports(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Import.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, importView(p, list, forum.ImportFollows, nil))
}

// startImport takes an uploaded list.
func (s *Site) startImport(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	file, err := v.upload("file", forum.MaxImportFile) // first: it reads the other fields too
	kind := forum.ImportKind(v.r.PostFormValue("kind"))
	if err == nil {
		err = s.service.StartImport(v.ctx(), v.viewer, kind, file)
	}
	if err == nil {
		return v.finish("/settings/import", "ImportStarted")
	}
	list, listErr := s.service.Imports(v.ctx(), v.viewer)
	if listErr != nil {
		return listErr
	}
	return v.again(err, v.print.T("Import.Title"), func(p *Page, problems []string) component {
		return importView(p, list, kind, problems)
	})
}

// upload reads a file of a form, and one byte more than it may have.
func (v *visit) upload(field string, max int64) ([]byte, error) {
	file, _, err := v.r.FormFile(field)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, &forum.Error{Code: forum.Invalid, Key: "FormTooLarge", Field: field, Err: err}
	}
	if err != nil {
		return nil, &forum.Error{Code: forum.Invalid, Key: "FileMissing", Field: field, Err: err}
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, max+1))
	if err != nil {
		return nil, &forum.Error{Code: forum.Invalid, Key: "FormUnreadable", Err: err}
	}
	return content, nil
}
