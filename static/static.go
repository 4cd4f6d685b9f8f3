// Package static holds the files that pages load: stylesheet, icons, images.
// They are embedded into the binary and served under addresses that change with
// their content, so that browsers keep them for ever.
//
// It holds no page and no rule.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed files
var embedded embed.FS

// Prefix is where the files are served.
const Prefix = "/static/"

// Files serves the embedded files. It is safe for concurrent use.
type Files struct {
	content map[string][]byte
	version map[string]string
}

// Load reads the embedded files.
func Load() (*Files, error) {
	f := &Files{content: map[string][]byte{}, version: map[string]string{}}
	err := fs.WalkDir(embedded, "files", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		short := strings.TrimPrefix(name, "files/")
		sum := sha256.Sum256(body)
		f.content[short], f.version[short] = body, hex.EncodeToString(sum[:6])
		return nil
	})
	return f, err
}

// URL is the address of a file in its present version.
func (f *Files) URL(name string) string {
	if v, ok := f.version[name]; ok {
		return Prefix + name + "?v=" + v
	}
	return Prefix + name
}

// Content is what a file holds; nil for one that does not exist.
func (f *Files) Content(name string) []byte { return f.content[name] }

var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png", ".ico": "image/x-icon", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
}

// ServeHTTP serves the file whose path follows Prefix.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	f.Serve(w, r, name)
}

// Serve serves one file, also from another address (robots.txt, favicon.ico).
func (f *Files) Serve(w http.ResponseWriter, r *http.Request, name string) {
	body, ok := f.content[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", types[path.Ext(name)])
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", `W/"`+f.version[name]+`"`) // weak, because it may go out compressed
	if r.URL.Query().Get("v") == f.version[name] {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "public, max-age=3600")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), `"`+f.version[name]+`"`) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body)
}
