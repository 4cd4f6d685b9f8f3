package api

import (
	"errors"
	"mime"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// evidenceEntity is a document of a case. Everybody sees what it is and the SHA-256
// of the file; the rest is null for those who may not open it.
type evidenceEntity struct {
	Kind       string  `json:"kind"`
	SHA256     string  `json:"sha256"`
	AddedAt    string  `json:"added_at"`
	Key        *string `json:"key"` // in the address that opens it
	Words      *string `json:"words"`
	MediaType  *string `json:"media_type"`
	Bytes      *int    `json:"bytes"`
	ForCompany *bool   `json:"for_company"`
	ForDossier *bool   `json:"for_dossier"`
	RedactedAt *string `json:"redacted_at"`
}

// caseFileEntity is how far a case is proven, and by what.
type caseFileEntity struct {
	Level     *string          `json:"level"` // null for what is no case
	Steps     []evidenceStep   `json:"steps"`
	Documents []evidenceEntity `json:"documents"`
}

type evidenceStep struct {
	Level string `json:"level"`
	At    string `json:"at"`
}

func evidenceOf(e *forum.Evidence) evidenceEntity {
	out := evidenceEntity{Kind: string(e.Kind), SHA256: e.SHA256, AddedAt: moment(e.AddedAt)}
	if e.Key != "" {
		out.Key, out.Words, out.MediaType, out.RedactedAt = &e.Key, &e.Words, &e.MediaType, momentOrNull(e.RedactedAt)
		out.Bytes, out.ForCompany, out.ForDossier = &e.Bytes, &e.ForCompany, &e.ForDossier
	}
	return out
}

// caseFile lists the documents of a case, and how far anybody has looked.
func (a *API) caseFile(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	t, err := a.store.Thread(c.r.Context(), id)
	if err != nil {
		return err
	}
	viewer := c.viewer
	if c.viewerID() == 0 {
		viewer = nil
	}
	file, err := a.service.CaseFile(c.r.Context(), viewer, t)
	if err != nil {
		return err
	}
	out := caseFileEntity{Steps: []evidenceStep{}, Documents: []evidenceEntity{}}
	if t.Case != nil {
		out.Level = stringOrNull(string(t.Case.Evidence))
	}
	for _, s := range file.Steps {
		out.Steps = append(out.Steps, evidenceStep{string(s.Level), moment(s.At)})
	}
	for i := range file.Held {
		out.Documents = append(out.Documents, evidenceOf(&file.Held[i]))
	}
	return c.write(http.StatusOK, out)
}

// maxEvidence bounds an upload of a document, in bytes.
func (a *API) maxEvidence() int64 {
	return int64(max(forum.MaxDocument, a.service.PictureLimits().Most())) + maxBody
}

// addEvidence keeps the field file of a multipart form with one's own case.
func (a *API) addEvidence(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	until, control := time.Now().Add(uploadTime), http.NewResponseController(c.w)
	if err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(time.Minute))); err != nil {
		return err
	}
	file, header, err := c.r.FormFile("file")
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return &forum.Error{Code: forum.Invalid, Key: "DocumentTooLarge", Field: "file", Args: map[string]any{"Max": forum.MaxDocument >> 20}, Err: err}
		}
		return &forum.Error{Code: forum.Invalid, Key: "EvidenceMissing", Field: "file", Err: err}
	}
	defer file.Close()
	field := c.r.PostFormValue
	e, err := a.service.AddEvidence(c.r.Context(), by, id, forum.EvidenceUpload{
		Kind: forum.EvidenceKind(field("kind")), Words: field("words"), ForCompany: field("for_company") == "true", ForDossier: field("for_dossier") == "true", File: file, Size: header.Size})
	if err != nil {
		return err
	}
	return c.write(http.StatusCreated, evidenceOf(e))
}

func (c *call) key() string { return mux.Vars(c.r)["key"] }

// openEvidence answers with a document itself.
func (a *API) openEvidence(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	e, err := a.service.OpenEvidence(c.r.Context(), by, c.key())
	if err != nil {
		return err
	}
	defer e.Close()
	h := c.w.Header()
	h.Set("Content-Type", e.MediaType)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": e.FileName()}))
	http.ServeContent(c.w, c.r, "", time.Time{}, e.Body)
	return nil
}

func (a *API) changeEvidence(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	known, err := a.service.OwnEvidence(c.r.Context(), by, c.key())
	if err != nil {
		return err
	}
	var in struct {
		Kind       *string `json:"kind"`
		Words      *string `json:"words"`
		ForCompany *bool   `json:"for_company"`
		ForDossier *bool   `json:"for_dossier"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	change := forum.EvidenceChange{Kind: known.Kind, Words: known.Words, ForCompany: known.ForCompany, ForDossier: known.ForDossier}
	if in.Kind != nil {
		change.Kind = forum.EvidenceKind(*in.Kind)
	}
	if in.Words != nil {
		change.Words = *in.Words
	}
	if in.ForCompany != nil {
		change.ForCompany = *in.ForCompany
	}
	if in.ForDossier != nil {
		change.ForDossier = *in.ForDossier
	}
	e, err := a.service.ChangeEvidence(c.r.Context(), by, known.Key, change)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, evidenceOf(e))
}

func (a *API) deleteEvidence(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	if err := a.service.RemoveEvidence(c.r.Context(), by, c.key()); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// redactEvidence covers parts of a picture for good.
func (a *API) redactEvidence(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Boxes []struct {
			Left   float64 `json:"left"`
			Top    float64 `json:"top"`
			Width  float64 `json:"width"`
			Height float64 `json:"height"`
			Blur   bool    `json:"blur"`
		} `json:"boxes"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	var boxes []forum.Box
	for _, b := range in.Boxes {
		boxes = append(boxes, forum.Box(b))
	}
	e, err := a.service.RedactEvidence(c.r.Context(), by, c.key(), boxes)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, evidenceOf(e))
}

// evidenceViews tells an owner who opened a document.
func (a *API) evidenceViews(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	views, err := a.service.EvidenceViews(c.r.Context(), by, c.key())
	if err != nil {
		return err
	}
	type view struct {
		At       string       `json:"at"`
		By       authorEntity `json:"by"`
		Capacity string       `json:"capacity"`
	}
	out := []view{}
	for _, one := range views {
		out = append(out, view{moment(one.At), author(one.By), string(one.Capacity)})
	}
	return c.write(http.StatusOK, out)
}

// raiseEvidence says how far a moderator or the company has looked.
func (a *API) raiseEvidence(on bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		id, err := c.id()
		if err != nil {
			return err
		}
		if err := a.service.RaiseEvidence(c.r.Context(), by, id, forum.EvidenceLevel(mux.Vars(c.r)["level"]), on); err != nil {
			return err
		}
		return a.caseFile(c)
	}
}
