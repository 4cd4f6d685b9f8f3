package web

import (
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
)

// evidencePage is what is held with a case, for those who may open it.
type evidencePage struct {
	Thread   *forum.Thread
	File     forum.CaseFile
	New      evidenceForm
	Most     int
	Problems []string
}

type evidenceForm struct {
	Kind       forum.EvidenceKind
	Words      string
	ForCompany bool
	ForDossier bool
}

// documentPage is one document, for its owner.
type documentPage struct {
	Document *forum.Evidence
	Views    []forum.EvidenceView
	Boxes    []int
	Problems []string
}

func evidencePath(thread forum.ID) string     { return "/t/" + thread.String() + "/evidence" }
func documentPath(e *forum.Evidence) string   { return "/evidence/" + e.Key }
func documentAction(e *forum.Evidence) string { return documentPath(e) + "/about" }
func mayOpen(e *forum.Evidence) bool          { return e.Key != "" }
func shortHash(e *forum.Evidence) string      { return e.SHA256[:12] + "…" }
func isPicture(e *forum.Evidence) bool        { return strings.HasPrefix(e.MediaType, "image/") }
func stepNeeded(s []forum.EvidenceStep, l forum.EvidenceLevel) *forum.EvidenceStep {
	for i := range s {
		if s[i].Level == l {
			return &s[i]
		}
	}
	return nil
}

// maxEvidenceForm bounds a form with a document, in bytes.
func (s *Site) maxEvidenceForm() int64 {
	return maxForm + int64(max(forum.MaxDocument, s.service.PictureLimits().Most()))
}

// caseFile reads what is held with the case in the address; NotFound for whoever
// may not open any of it.
func (s *Site) caseFile(v *visit) (evidencePage, error) {
	page := evidencePage{New: evidenceForm{Kind: forum.EvidenceInvoice}, Most: forum.MaxEvidence}
	id, err := v.postID()
	if err != nil {
		return page, err
	}
	if page.Thread, err = s.store.Thread(v.ctx(), id); err != nil {
		return page, err
	}
	page.File, err = s.service.CaseFile(v.ctx(), v.viewer, page.Thread)
	if err == nil && page.File.Capacity == "" {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return page, err
}

func (s *Site) evidence(v *visit) error {
	page, err := s.caseFile(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Evidence.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, evidenceView(p, page))
}

// addEvidence keeps a document with one's own case.
func (s *Site) addEvidence(v *visit) error {
	page, err := s.caseFile(v)
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	page.New = evidenceForm{Kind: forum.EvidenceKind(field("kind")), Words: field("words"), ForCompany: field("company") == "true", ForDossier: field("dossier") == "true"}
	err = s.takeEvidence(v, page)
	if err == nil {
		return v.finish(evidencePath(page.Thread.ID), "EvidenceKept")
	}
	return v.again(err, v.print.T("Evidence.Title"), func(p *Page, problems []string) component {
		page.Problems = problems
		return evidenceView(p, page)
	})
}

func (s *Site) takeEvidence(v *visit, page evidencePage) error {
	header := uploaded(v, "file")
	if header == nil {
		return &forum.Error{Code: forum.Invalid, Key: "EvidenceMissing", Field: "file"}
	}
	file, err := header.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = s.service.AddEvidence(v.ctx(), v.viewer, page.Thread.ID, forum.EvidenceUpload{Kind: page.New.Kind, Words: page.New.Words, ForCompany: page.New.ForCompany, ForDossier: page.New.ForDossier, File: file, Size: header.Size})
	return err
}

// raiseEvidence says how far a moderator, or the company, has looked.
func (s *Site) raiseEvidence(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	if err := s.service.RaiseEvidence(v.ctx(), v.viewer, id, forum.EvidenceLevel(field("level")), field("on") == "true"); err != nil {
		return err
	}
	return v.finish(evidencePath(id), "Saved")
}

// openEvidence serves a document to those who may see it. To everybody else there
// is nothing here, whether the key is right or not.
func (s *Site) openEvidence(v *visit) error {
	e, err := s.service.OpenEvidence(v.ctx(), v.viewer, v.variable("key"))
	if err != nil {
		return err
	}
	defer e.Close()
	h := v.w.Header()
	h.Set("Content-Type", e.MediaType)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; media-src 'self'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	disposition := "inline"
	if e.MediaType == "application/pdf" { // which may hold scripts
		disposition = "attachment"
	}
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": e.FileName()}))
	if e.Bytes > maxForm {
		if err := http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(mediaTime)); err != nil {
			return err
		}
	}
	http.ServeContent(v.w, v.r, "", time.Time{}, e.Body)
	return nil
}

func (s *Site) documentPage(v *visit) (documentPage, error) {
	page := documentPage{Boxes: []int{1, 2, 3, 4}}
	var err error
	if page.Document, err = s.service.OwnEvidence(v.ctx(), v.viewer, v.variable("key")); err != nil {
		return page, err
	}
	page.Views, err = s.service.EvidenceViews(v.ctx(), v.viewer, v.variable("key"))
	return page, err
}

// document is where an owner says what a document is, covers parts of it, and sees
// who opened it.
func (s *Site) document(v *visit) error {
	page, err := s.documentPage(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Evidence.Document"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, documentView(p, page))
}

func (s *Site) changeDocument(v *visit) error {
	if _, err := s.service.OwnEvidence(v.ctx(), v.viewer, v.variable("key")); err != nil {
		return err // before what is wrong with the form tells that there is something
	}
	field := v.r.PostFormValue
	e, err := s.service.ChangeEvidence(v.ctx(), v.viewer, v.variable("key"), forum.EvidenceChange{Kind: forum.EvidenceKind(field("kind")), Words: field("words"), ForCompany: field("company") == "true", ForDossier: field("dossier") == "true"})
	if err != nil {
		return err
	}
	return v.finish(documentAction(e), "Saved")
}

func (s *Site) deleteDocument(v *visit) error {
	e, err := s.service.OwnEvidence(v.ctx(), v.viewer, v.variable("key"))
	if err == nil {
		err = s.service.RemoveEvidence(v.ctx(), v.viewer, e.Key)
	}
	if err != nil {
		return err
	}
	return v.finish(evidencePath(e.ThreadID), "EvidenceDeleted")
}

// redactDocument covers parts of a picture: boxes in hundredths of its sides.
func (s *Site) redactDocument(v *visit) error {
	page, err := s.documentPage(v)
	if err != nil {
		return err
	}
	boxes, err := readBoxes(v.r)
	if err == nil {
		_, err = s.service.RedactEvidence(v.ctx(), v.viewer, page.Document.Key, boxes)
	}
	if err == nil {
		return v.finish(documentAction(page.Document), "EvidenceCovered")
	}
	return v.again(err, v.print.T("Evidence.Document"), func(p *Page, problems []string) component {
		page.Problems = problems
		return documentView(p, page)
	})
}

// readBoxes reads the boxes of a form; rows without a width are left out.
func readBoxes(r *http.Request) ([]forum.Box, error) {
	var boxes []forum.Box
	var errs []error
	for n := 1; n <= forum.MaxBoxes; n++ {
		field := func(name string) string { return strings.TrimSpace(r.PostFormValue(name + "-" + strconv.Itoa(n))) }
		if field("width") == "" {
			continue
		}
		number := func(name string) float64 {
			f, err := strconv.ParseFloat(strings.Replace(field(name), ",", ".", 1), 64)
			if err != nil {
				errs = append(errs, &forum.Error{Code: forum.Invalid, Key: "BoxOutside", Field: "boxes", Err: err})
			}
			return f
		}
		boxes = append(boxes, forum.Box{Left: number("left"), Top: number("top"), Width: number("width"), Height: number("height"), Blur: field("cover") == "blur"})
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs[0])
	}
	return boxes, nil
}

// documentAlt stands for a picture that cannot be seen.
func documentAlt(p *Page, e *forum.Evidence) string {
	if e.Words != "" {
		return e.Words
	}
	return p.T("Evidence.Kind." + string(e.Kind))
}
