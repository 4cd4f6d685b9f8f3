package mastodon

import (
	"slices"
	"strings"

	"portevoix/forum"
)

// speaks is the version of Mastodon whose API this is, and apiVersion the number by
// which newer apps tell what there is.
const (
	speaks     = "4.4.0"
	apiVersion = 6
)

// imageTypes and recordingTypes are what people may upload.
var (
	imageTypes     = []string{"image/jpeg", "image/png", "image/gif", "image/webp"}
	recordingTypes = []string{"video/mp4", "video/webm", "video/quicktime", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/flac"}
)

func (a *API) version() string {
	return speaks + " (compatible; Portevoix " + a.o.Instance.Version + ")"
}

// streamingBase is where streams are, as apps want it.
func (a *API) streamingBase() string { return "ws" + strings.TrimPrefix(a.base, "http") }

func (a *API) configuration() map[string]any {
	pictures, limits := a.service.PictureLimits(), a.service.Limits()
	types := imageTypes
	if pictures.RecordingBytes > 0 {
		types = append(slices.Clone(types), recordingTypes...)
	}
	return map[string]any{
		"accounts": map[string]int{"max_featured_tags": 0, "max_pinned_statuses": forum.MaxPins, "max_profile_fields": forum.MaxFields, "profile_field_name_limit": forum.MaxFieldLabel, "profile_field_value_limit": forum.MaxFieldValue},
		"statuses": map[string]int{"max_characters": limits.Body, "max_media_attachments": pictures.PerPost, "characters_reserved_per_url": 23},
		"media_attachments": map[string]any{
			"supported_mime_types": types, "description_limit": forum.MaxAlt, "image_size_limit": pictures.Bytes, "image_matrix_limit": 40_000_000,
			"video_size_limit": pictures.RecordingBytes, "video_frame_rate_limit": 120, "video_matrix_limit": 40_000_000,
		},
		"polls": map[string]int{
			"max_options": forum.MaxPollChoices, "max_characters_per_option": forum.MaxPollChoice,
			"min_expiration": int(forum.MinPollLasts.Seconds()), "max_expiration": int(forum.MaxPollLasts.Seconds()),
		},
	}
}

// joining says who may open an account.
func (a *API) joining() (open, approval bool) {
	mode := a.service.Registration()
	return mode == forum.RegistrationOpen || mode == forum.RegistrationApproval, mode == forum.RegistrationApproval
}

func (a *API) instanceFirst(c *call) error {
	stats, err := a.store.Statistics(c.r.Context(), a.service.Now())
	if err != nil {
		return err
	}
	open, approval := a.joining()
	return c.ok(map[string]any{
		"uri": a.service.Addresses().Host(), "title": a.o.Instance.Name, "short_description": a.o.Renderer.Text(a.about), "description": a.about,
		"email": a.o.Instance.Contact, "version": a.version(), "urls": map[string]string{"streaming_api": a.streamingBase()},
		"stats":     map[string]int{"user_count": stats.Accounts, "status_count": stats.Threads + stats.Replies, "domain_count": stats.Peers},
		"thumbnail": a.base + "/preview.png", "languages": a.languages(), "registrations": open, "approval_required": approval, "invites_enabled": false,
		"configuration": a.configuration(), "contact_account": nil, "rules": []struct{}{},
	})
}

func (a *API) languages() []string {
	if a.o.Instance.Languages == nil {
		return []string{}
	}
	return a.o.Instance.Languages
}

func (a *API) instanceSecond(c *call) error {
	stats, err := a.store.Statistics(c.r.Context(), a.service.Now())
	if err != nil {
		return err
	}
	key, err := a.service.PushKey(c.r.Context())
	if err != nil {
		return err
	}
	open, approval := a.joining()
	configuration := a.configuration()
	configuration["urls"] = map[string]any{"streaming": a.streamingBase(), "about": a.base + "/about", "privacy_policy": a.base + "/about#legal", "terms_of_service": nil, "status": nil}
	configuration["vapid"] = map[string]string{"public_key": key}
	configuration["translation"] = map[string]bool{"enabled": false}
	return c.ok(map[string]any{
		"domain": a.service.Addresses().Host(), "title": a.o.Instance.Name, "version": a.version(), "source_url": a.base + "/about", "description": a.o.Renderer.Text(a.about),
		"usage":     map[string]any{"users": map[string]int{"active_month": stats.ActiveMonth}},
		"thumbnail": map[string]any{"url": a.base + "/preview.png", "blurhash": nil, "versions": map[string]string{}},
		"icon": []map[string]string{
			{"src": a.base + a.o.File("icon-192.png"), "size": "192x192"}, {"src": a.base + a.o.File("icon-512.png"), "size": "512x512"},
		},
		"languages": a.languages(), "configuration": configuration,
		"registrations": map[string]any{"enabled": open, "approval_required": approval, "reason_required": approval, "message": nil, "min_age": nil, "url": a.base + "/register"},
		"api_versions":  map[string]int{"mastodon": apiVersion},
		"contact":       map[string]any{"email": a.o.Instance.Contact, "account": nil}, "rules": []struct{}{},
	})
}

// peers lists the servers that are known here.
func (a *API) peers(c *call) error {
	hosts := []string{}
	page, err := a.store.Peers(c.r.Context(), forum.PeerQuery{Limit: 5000}, a.service.Now())
	if err != nil {
		return err
	}
	for _, p := range page.Peers {
		hosts = append(hosts, p.Host)
	}
	return c.ok(hosts)
}

// words answers a text of the server's, as HTML.
func (a *API) words(markdown string) handler {
	content := a.o.Renderer.Markdown(markdown, nil)
	return func(c *call) error {
		return c.ok(map[string]string{"updated_at": moment(a.started), "content": content})
	}
}

// preferences are how somebody wants to read and write.
func (a *API) preferences(c *call) error {
	return c.ok(map[string]any{
		"posting:default:visibility": "public", "posting:default:sensitive": false, "posting:default:language": stringOrNull(c.viewer.Locale), "posting:default:quote_policy": "public",
		"reading:expand:media": "default", "reading:expand:spoilers": false, "reading:autoplay:gifs": false,
	})
}

// healthy answers in plain text, as Mastodon's streaming server does.
func (a *API) healthy(c *call) error {
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = c.w.Write([]byte("OK"))
	return nil
}

// none answers with an empty list: there is no such thing here, or none yet.
func none(c *call) error { return c.ok([]struct{}{}) }

// nothing answers with an empty object.
func nothing(c *call) error { return c.done() }

// missing answers that there is no such thing.
func missing(*call) error { return &forum.Error{Code: forum.NotFound, Key: "NothingHere"} }
