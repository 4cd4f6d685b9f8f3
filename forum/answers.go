package forum

import "context"

// represents says whether somebody speaks for the company that a case is about.
func (s *Service) represents(ctx context.Context, r Reader, actor ID, t *Thread) (bool, error) {
	return false, nil
}
