package web

import (
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portevoix/forum"
)

// uploadTime is how long sending pictures may take, on the slowest line.
const uploadTime = 10 * time.Minute

// maxUpload bounds a form with pictures, in bytes.
func (s *Site) maxUpload() int64 {
	limits := s.service.PictureLimits()
	return maxForm + int64(limits.PerPost)*int64(limits.Most())
}

// brings says whether a form may come with files.
func brings(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// pictureFields are the pictures of a post being written.
type pictureFields struct {
	Rows      []pictureRow
	Most      int // pictures and recordings in a post; 0: none
	Megabytes int // of one picture, at most
	Recording recordingLimits
}

// recordingLimits are what is said of recordings; zero where none are taken.
type recordingLimits struct{ Megabytes, Minutes int }

// accepted are the media types that browsers offer files of.
func (f pictureFields) accepted() string {
	if f.Recording.Megabytes == 0 {
		return acceptedPictures
	}
	return acceptedPictures + "," + acceptedRecordings
}

const (
	acceptedPictures   = "image/jpeg,image/png,image/webp,image/gif"
	acceptedRecordings = "video/mp4,video/webm,video/quicktime,audio/mpeg,audio/mp4,audio/x-m4a,audio/ogg,audio/webm,audio/wav,audio/flac,.m4a,.ogg,.opus,.weba"
)

// free are the numbers of pictures that can still be added.
func (f pictureFields) free() []int {
	list := make([]int, max(0, f.Most-len(f.Rows)))
	for i := range list {
		list[i] = i + 1
	}
	return list
}

// text is what a part of the form says: of pictures only, or of recordings too.
func (f pictureFields) text(p *Page, part string) string {
	if f.Recording.Megabytes == 0 {
		return p.T("Picture." + part)
	}
	return p.T("Recording." + part)
}

// pictureRow is one picture or recording that is uploaded already.
type pictureRow struct {
	ID      forum.ID
	Shown   forum.Attachment
	Alt     string
	Focus   string // one of the focuses
	Removed bool
}

// question asks for the description of what was uploaded, hint says what is meant.
func (r pictureRow) question(p *Page) string {
	switch r.Shown.Kind() {
	case forum.VideoMedia:
		return p.T("Recording.VideoAlt")
	case forum.AudioMedia:
		return p.T("Recording.AudioAlt")
	}
	return p.T("Picture.Alt")
}

func (r pictureRow) hint(p *Page) string {
	if r.Shown.Kind() == forum.ImageMedia {
		return p.T("Picture.AltHint")
	}
	return p.T("Recording.AltHint")
}

// focuses are what may be chosen to stay in sight; people point at no numbers.
var focuses = []string{"centre", "top", "bottom", "left", "right"}

var focusPoints = map[string]forum.Focus{"centre": {}, "top": {Y: .8}, "bottom": {Y: -.8}, "left": {X: -.8}, "right": {X: .8}}

// focusName is the choice that comes nearest.
func focusName(f forum.Focus) string {
	across := math.Abs(f.X) >= math.Abs(f.Y)
	switch {
	case max(math.Abs(f.X), math.Abs(f.Y)) < .34:
		return "centre"
	case across && f.X < 0:
		return "left"
	case across:
		return "right"
	case f.Y < 0:
		return "bottom"
	}
	return "top"
}

func (s *Site) pictureFields(rows ...pictureRow) pictureFields {
	limits := s.service.PictureLimits()
	return pictureFields{
		Rows: rows, Most: limits.PerPost, Megabytes: limits.Bytes >> 20,
		Recording: recordingLimits{Megabytes: limits.RecordingBytes >> 20, Minutes: int(limits.RecordingTime.Minutes())},
	}
}

// shownPictures are the fields for the pictures that a post shows.
func (s *Site) shownPictures(p *forum.Post) pictureFields {
	var rows []pictureRow
	for _, a := range p.Pictures() {
		rows = append(rows, pictureRow{ID: a.PictureID, Shown: a, Alt: a.Alt, Focus: focusName(a.Focus)})
	}
	return s.pictureFields(rows...)
}

func (s *Site) rowOf(p *forum.Picture) pictureRow {
	return pictureRow{ID: p.ID, Shown: p.Attachment(s.service.Addresses()), Alt: p.Alt, Focus: focusName(p.Focus)}
}

// takePictures reads the pictures of a form: those uploaded before, as they are
// described now, and new files, which are uploaded. They stay in the form also
// where something else in it is wrong.
func (s *Site) takePictures(v *visit) (pictureFields, []forum.PictureChoice, error) {
	var (
		rows    []pictureRow
		choices []forum.PictureChoice
		errs    []error
	)
	for _, text := range v.r.PostForm["picture_id"] {
		if len(rows) > s.service.PictureLimits().PerPost {
			break // the service will say that there are too many
		}
		id, err := forum.ParseID(text)
		if err != nil {
			continue
		}
		p, err := s.service.Picture(v.ctx(), v.viewer, id)
		if forum.CodeOf(err) == forum.NotFound {
			choices = append(choices, forum.PictureChoice{ID: id}) // the service will say so
			continue
		}
		if err != nil {
			return pictureFields{}, nil, err
		}
		row := s.rowOf(p)
		choice := forum.PictureChoice{ID: id}
		if values, ok := v.r.PostForm["alt-"+text]; ok {
			row.Alt = values[0]
			choice.Alt = &row.Alt
		}
		if name := v.r.PostFormValue("focus-" + text); name != row.Focus { // what was finer stays so
			if point, ok := focusPoints[name]; ok {
				row.Focus, choice.Focus = name, &point
			}
		}
		row.Removed = v.r.PostFormValue("remove-"+text) != ""
		rows = append(rows, row)
		if !row.Removed {
			choices = append(choices, choice)
		}
	}
	for n := 1; n <= s.service.PictureLimits().PerPost; n++ {
		p, err := s.takePicture(v, fmt.Sprintf("picture-%d", n), v.r.PostFormValue(fmt.Sprintf("new-alt-%d", n)))
		if err != nil {
			errs = append(errs, err)
		} else if p != nil {
			rows, choices = append(rows, s.rowOf(p)), append(choices, forum.PictureChoice{ID: p.ID})
		}
	}
	return s.pictureFields(rows...), choices, errors.Join(errs...)
}

// takePicture uploads the file of a field, and the poster that a script made of
// it; nil where it has none.
func (s *Site) takePicture(v *visit, field, alt string) (*forum.Picture, error) {
	header := uploaded(v, field)
	if header == nil {
		return nil, nil
	}
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	upload := forum.PictureUpload{File: file, Size: header.Size, Alt: alt}
	if poster := uploaded(v, "poster"); poster != nil {
		if upload.Poster, err = readUpload(poster, s.service.PictureLimits().Bytes); err != nil {
			return nil, err
		}
	}
	return s.service.UploadPicture(v.ctx(), v.viewer, upload)
}

// uploaded is the file of a field; nil where there is none. Browsers send a field
// without a file as an empty one.
func uploaded(v *visit, field string) *multipart.FileHeader {
	if v.r.MultipartForm == nil || len(v.r.MultipartForm.File[field]) == 0 || v.r.MultipartForm.File[field][0].Size == 0 {
		return nil
	}
	return v.r.MultipartForm.File[field][0]
}

// readUpload reads a file, and no more than a byte beyond the limit, by which
// the service sees that it is too large.
func readUpload(header *multipart.FileHeader, limit int) ([]byte, error) {
	f, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(limit)+1))
}

// addPicture uploads one picture or recording for the script of a form, and answers with the
// fields that describe it.
func (s *Site) addPicture(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	p, err := s.takePicture(v, "picture", "")
	if err == nil && p == nil {
		err = &forum.Error{Code: forum.Invalid, Key: "PictureMissing"}
	}
	if err != nil {
		code := forum.CodeOf(err)
		if code == forum.Internal {
			return err
		}
		v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		v.w.WriteHeader(statuses[code])
		_, _ = io.WriteString(v.w, strings.Join(v.print.Errors(err), " "))
		return nil
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(http.StatusCreated)
	page := v.newPage("")
	page.complete(v)
	return pictureRowView(page, s.rowOf(p)).Render(v.ctx(), v.w)
}

// mediaPath is where a file of a picture is served.
func mediaPath(f forum.PictureFile) string { return "/media/" + f.Name }

// moves says whether a picture is an animation.
func moves(a forum.Attachment) bool { return a.Whole().Moves() }

// usual is the size for browsers that do not choose one.
func usual(a forum.Attachment) forum.PictureFile {
	sizes := a.Stills()
	return sizes[min(1, len(sizes)-1)]
}

// sourceSet offers a picture's sizes to the browser.
func sourceSet(a forum.Attachment) string {
	var list []string
	for _, f := range a.Stills() {
		list = append(list, fmt.Sprintf("%s %dw", mediaPath(f), f.Width))
	}
	return strings.Join(list, ", ")
}

// shownSizes tells the browser how wide a picture is shown, one of so many, before
// it knows the stylesheet. A small one is not made larger.
func shownSizes(a forum.Attachment, among int) string {
	if among > 1 {
		return "(max-width: 42rem) 46vw, 20rem"
	}
	sizes := a.Stills()
	widest := sizes[len(sizes)-1].Width
	return fmt.Sprintf("(max-width: 42rem) min(92vw, %dpx), min(40rem, %dpx)", widest, widest)
}

// picturesOf and recordingsOf are the attachments that were uploaded here, apart.
func picturesOf(p *forum.Post) []forum.Attachment {
	return slices.DeleteFunc(p.Pictures(), func(a forum.Attachment) bool { return a.Kind() != forum.ImageMedia })
}

func recordingsOf(p *forum.Post) []forum.Attachment {
	return slices.DeleteFunc(p.Pictures(), func(a forum.Attachment) bool { return a.Kind() == forum.ImageMedia })
}

// posterOf is what stands for a video until it plays, where there is something.
func posterOf(a forum.Attachment) templ.Attributes {
	if len(a.Stills()) == 0 {
		return nil
	}
	return templ.Attributes{"poster": mediaPath(usual(a))}
}

// playing is how long a recording plays, as players write it.
func playing(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	if seconds < 3600 {
		return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

// weight is how large a file is.
func weight(p *Page, bytes int) string {
	if kilobytes := (bytes + 512) >> 10; kilobytes < 1000 {
		return p.T("Recording.Kilobytes", "Kilobytes", p.Number(max(1, kilobytes)))
	}
	return p.T("Recording.Megabytes", "Megabytes", p.Number((bytes+1<<19)>>20))
}

// linked are the attachments that are elsewhere.
func linked(p *forum.Post) []forum.Attachment {
	var list []forum.Attachment
	for _, a := range p.Attachments {
		if a.PictureID == 0 {
			list = append(list, a)
		}
	}
	return list
}

// attachmentName is what a file is called that came without a description.
func attachmentName(p *Page, a forum.Attachment) string {
	switch a.Kind() {
	case forum.VideoMedia:
		return p.T("Recording.Video")
	case forum.AudioMedia:
		return p.T("Recording.Audio")
	}
	return p.T("Thread.Attachment")
}
