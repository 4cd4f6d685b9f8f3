package markup

import "golang.org/x/text/unicode/norm"

// Normal implements forum.Renderer.
func (r *Renderer) Normal(text string) string { return norm.NFC.String(text) }
