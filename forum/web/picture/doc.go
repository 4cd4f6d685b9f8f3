// Package picture draws what pages show elsewhere: the preview that a link to a
// thread brings along (PNG), and the QR code of an address (SVG).
//
// It knows shapes, fonts and colours. What is written, and in which language, is
// for its callers to say.
package picture
