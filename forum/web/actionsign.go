package web

// signing is how the viewer stands to an action.
type signing struct {
	Needed int // sponsors
	Open   bool
}

// fillSigning reads whether the viewer signed.
func (s *Site) fillSigning(v *visit, page *actionPage) error {
	return nil
}
