package federation

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestReadHead(t *testing.T) {
	const page = `<!doctype html><html><head><title>Plain &amp; simple</title>
		<meta property="og:title" content="Open &quot;graph&quot;"><meta property="og:title" content="second"><META NAME="Description" CONTENT="what it is">
		<script>var x = '<meta name="og:site_name" content="no">'</script></head><body><title>no</title><meta name="og:site_name" content="no"></body>`
	got := readHead(html.NewTokenizer(strings.NewReader(page)))
	for key, want := range map[string]string{"title": "Plain & simple", "og:title": `Open "graph"`, "description": "what it is", "og:site_name": ""} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
}

func TestKnownVideos(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3":      "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
		"https://m.youtube.com/watch?v=dQw4w9WgXcQ":            "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
		"https://youtu.be/dQw4w9WgXcQ?si=x":                    "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
		"https://youtube.com/shorts/dQw4w9WgXcQ":               "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
		"https://vimeo.com/76979871":                           "https://player.vimeo.com/video/76979871?dnt=1",
		"https://vimeo.com/about":                              "",
		"https://www.youtube.com/@someone":                     "",
		"https://youtu.be/../../evil":                          "",
		"https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ": "",
		"http://youtu.be/dQw4w9WgXcQ":                          "",
	} {
		if got, _ := knownVideo(address); got.player != want {
			t.Errorf("%s plays %q, want %q", address, got.player, want)
		}
	}
	for address, want := range map[string]string{
		"https://tube.example/w/9c9de5e8-0a1e-484a-b099-e80766180a6d":   "https://tube.example/videos/embed/9c9de5e8-0a1e-484a-b099-e80766180a6d",
		"https://tube.example/videos/watch/kkGMgK9ZtnKfYAgnEtQxbv":      "https://tube.example/videos/embed/kkGMgK9ZtnKfYAgnEtQxbv",
		"https://tube.example/w/p/9c9de5e8-0a1e-484a-b099-e80766180a6d": "",
		"https://tube.example/about":                                    "",
	} {
		if got := peerTubePlayer(address); got != want {
			t.Errorf("%s plays %q, want %q", address, got, want)
		}
	}
}
