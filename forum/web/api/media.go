package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
)

// mediaEntity is a picture, a recording or another file of a post. What comes from
// elsewhere has neither id nor sizes.
type mediaEntity struct {
	ID        *string      `json:"id"`
	URL       string       `json:"url"`
	MediaType string       `json:"media_type"`
	Alt       string       `json:"alt"`
	Width     *int         `json:"width"`
	Height    *int         `json:"height"`
	Blurhash  *string      `json:"blurhash"`
	Focus     []float64    `json:"focus"`    // x and y from -1 to 1, left to right and bottom to top
	Duration  *float64     `json:"duration"` // of recordings, in seconds
	Poster    *string      `json:"poster"`   // of videos: the address of the largest of sizes
	Sizes     []sizeEntity `json:"sizes"`    // of the picture, or of the poster; the smallest first
}

type sizeEntity struct {
	URL       string `json:"url"`
	MediaType string `json:"media_type"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
}

func (a *API) mediaOf(list []forum.Attachment) []mediaEntity {
	out := []mediaEntity{}
	for _, one := range list {
		e := mediaEntity{URL: one.URL, MediaType: one.MediaType, Alt: one.Alt, Sizes: []sizeEntity{}}
		if one.PictureID != 0 {
			e.ID, e.Blurhash = stringOrNull(one.PictureID.String()), stringOrNull(one.Blurhash)
			if one.Kind() != forum.AudioMedia {
				e.Width, e.Height, e.Focus = &one.Width, &one.Height, []float64{one.Focus.X, one.Focus.Y}
			}
			files := one.Files
			if one.Kind() != forum.ImageMedia {
				duration := one.Whole().Duration.Seconds()
				e.Duration, files = &duration, one.Stills()
			}
			for _, f := range files {
				e.Sizes = append(e.Sizes, sizeEntity{URL: a.service.Addresses().Picture(f.Name), MediaType: f.MediaType, Width: f.Width, Height: f.Height})
			}
			if one.Kind() == forum.VideoMedia && len(e.Sizes) > 0 {
				e.Poster = &e.Sizes[len(e.Sizes)-1].URL
			}
		}
		out = append(out, e)
	}
	return out
}

// answerMedia answers with a picture that was uploaded.
func (a *API) answerMedia(c *call, status int, p *forum.Picture) error {
	return c.write(status, a.mediaOf([]forum.Attachment{p.Attachment(a.service.Addresses())})[0])
}

// uploadTime is how long sending a file may take, on the slowest line.
const uploadTime = 10 * time.Minute

// createMedia uploads a picture or a recording, as the field file of a multipart
// form; poster is a picture that stands for a video.
func (a *API) createMedia(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	limits := a.service.PictureLimits()
	until, control := time.Now().Add(uploadTime), http.NewResponseController(c.w)
	if err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(time.Minute))); err != nil {
		return err
	}
	file, header, err := c.r.FormFile("file")
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return &forum.Error{Code: forum.Invalid, Key: "UploadTooLarge", Field: "file", Args: map[string]any{"Max": limits.Most() >> 20}, Err: err}
		}
		return &forum.Error{Code: forum.Invalid, Key: "PictureMissing", Field: "file", Err: err}
	}
	defer file.Close()
	upload := forum.PictureUpload{File: file, Size: header.Size, Alt: c.r.PostFormValue("alt")}
	if upload.Poster, err = readPoster(c.r, limits.Bytes); err != nil {
		return err
	}
	if text := c.r.PostFormValue("focus"); text != "" {
		if upload.Focus, err = readFocus(strings.Split(text, ",")); err != nil {
			return err
		}
	}
	p, err := a.service.UploadPicture(c.r.Context(), by, upload)
	if err != nil {
		return err
	}
	return a.answerMedia(c, http.StatusCreated, p)
}

// readPoster reads the picture that stands for a video, and no more than a byte
// beyond the limit; nil where there is none.
func readPoster(r *http.Request, limit int) ([]byte, error) {
	file, _, err := r.FormFile("poster")
	if errors.Is(err, http.ErrMissingFile) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, int64(limit)+1))
}

// readFocus reads the two numbers of a focus.
func readFocus(parts []string) (f forum.Focus, err error) {
	if len(parts) == 2 {
		var errX, errY error
		f.X, errX = strconv.ParseFloat(strings.TrimSpace(parts[0]), 64)
		f.Y, errY = strconv.ParseFloat(strings.TrimSpace(parts[1]), 64)
		err = errors.Join(errX, errY)
	}
	if len(parts) != 2 || err != nil {
		return f, &forum.Error{Code: forum.Invalid, Key: "FocusOutside", Field: "focus", Err: err}
	}
	return f, nil
}

// describeMedia changes a picture that no post shows yet.
func (a *API) describeMedia(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	var in struct {
		Alt   *string       `json:"alt"`
		Focus []json.Number `json:"focus"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	choice := forum.PictureChoice{ID: id, Alt: in.Alt}
	if in.Focus != nil {
		parts := make([]string, len(in.Focus))
		for i := range parts {
			parts[i] = in.Focus[i].String()
		}
		f, err := readFocus(parts)
		if err != nil {
			return err
		}
		choice.Focus = &f
	}
	p, err := a.service.DescribePicture(c.r.Context(), by, choice)
	if err != nil {
		return err
	}
	return a.answerMedia(c, http.StatusOK, p)
}

// chosen reads media_ids: the pictures that a post shows.
func chosen(ids []string) ([]forum.PictureChoice, error) {
	var list []forum.PictureChoice
	for _, text := range ids {
		id, err := forum.ParseID(text)
		if err != nil {
			return nil, &forum.Error{Code: forum.Invalid, Key: "PictureUnknown", Field: "media_ids", Err: err}
		}
		list = append(list, forum.PictureChoice{ID: id})
	}
	return list, nil
}

// chosenAnew is chosen for an edit, which leaves the pictures alone where it
// does not name any list.
func chosenAnew(ids *[]string, p *forum.Post) ([]forum.PictureChoice, error) {
	if ids == nil {
		return p.ShownPictures(), nil
	}
	return chosen(*ids)
}

// cardEntity is what a page that a post links to says of itself.
type cardEntity struct {
	URL         string  `json:"url"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	Site        string  `json:"site"`
	Player      *string `json:"player"` // of a video, for a frame

	Picture *sizeEntity `json:"picture"` // a copy on this server
}

func (a *API) cardOf(c *forum.Card) *cardEntity {
	if c == nil {
		return nil
	}
	e := &cardEntity{URL: c.URL, Title: c.Title, Description: c.Description, Site: c.Site, Player: stringOrNull(c.Player)}
	if c.Picture.Name != "" {
		e.Picture = &sizeEntity{a.service.Addresses().Picture(c.Picture.Name), c.Picture.MediaType, c.Picture.Width, c.Picture.Height}
	}
	return e
}
