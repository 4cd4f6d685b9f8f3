package forum

import "context"

// ActionVideo is the recording that an action asks people to share.
const ActionVideo Portrait = "video"

// SetActionVideo gives a draft of an action for sharing a video the recording that by
// uploaded before, with its description; 0 takes it away. What was published stays.
func (s *Service) SetActionVideo(ctx context.Context, by *Account, handle string, choice PictureChoice) error {
	return s.changeAction(ctx, by, handle, func(ctx context.Context, tx Tx, a *Action) error {
		switch {
		case a.Kind != VideoAction:
			return invalid("kind", "VideoOnlyActions", nil)
		case a.Public():
			return &Error{Code: Conflict, Key: "ActionFrozen"}
		}
		a.Details.Video = nil
		if err := tx.RemovePortrait(ctx, a.ID, ActionVideo); err != nil || choice.ID == 0 {
			return err
		}
		chosen, err := s.choosePictures(ctx, tx, by.ID, 0, []PictureChoice{choice}, true)
		if err != nil {
			return err
		}
		p := chosen[0]
		shown := p.Attachment(s.addresses)
		if shown.Kind() != VideoMedia {
			return invalid("file", "VideoOnly", nil)
		}
		p.AccountID, p.ActorID, p.Portrait = a.ID, a.ID, ActionVideo
		a.Details.Video = &shown
		return tx.UpdatePicture(ctx, p)
	})
}

// videoReady returns why an action for sharing a video cannot be published: there is
// none to share.
func (a *Action) videoReady() error {
	if a.Kind == VideoAction && a.Details.Video == nil && a.Details.VideoURL == "" {
		return invalid("video_url", "VideoMissing", nil)
	}
	return nil
}
