package vocabulary

import (
	"time"

	"portevoix/forum"
	"portevoix/forum/locale"
)

// extendAction tells other servers of this software what a ballot is about, and
// how its counts come about. The choices of a ballot are never written as text:
// only this software among the group-aware could do anything with it.
func (w Writer) extendAction(m object, p forum.Publication) {
	a := p.Action
	if a == nil {
		return
	}
	m[extension+"action"] = object{
		"kind": string(a.Kind), "goal": a.Goal, "textSha256": a.SHA256, "version": a.Version, "state": string(a.State), "endTime": moment(a.ClosesAt),
	}
	m[extension+"tally"] = tally(p.Tally)
	if a.Details.VideoURL != "" {
		list, _ := m["attachment"].([]any)
		m["attachment"] = append(list, object{"type": "Link", "href": a.Details.VideoURL, "name": p.Post.Title})
	}
}

func tally(t forum.TierTally) object {
	return object{"email": t.Email, "local": t.Local, "known": t.Known, "new": t.New, "paper": t.Paper, "invalidated": t.Invalidated, "signed": t.Signed()}
}

// readAction reads what a ballot of this software says; nil for other posts.
func readAction(d Document) *forum.RemoteAction {
	o := d.Object(extension + "action")
	if o == nil {
		return nil
	}
	r := &forum.RemoteAction{
		Kind: forum.ActionKind(o.String("kind")), Goal: number(o, "goal"), SHA256: o.String("textSha256"), Version: number(o, "version"),
		ClosesAt: o.Time("endTime"), State: forum.ActionState(o.String("state")),
	}
	if t := d.Object(extension + "tally"); t != nil {
		r.Tally = readTally(t)
	}
	return r
}

func readTally(t Document) forum.TierTally {
	return forum.TierTally{Email: number(t, "email"), Local: number(t, "local"), Known: number(t, "known"), New: number(t, "new"), Paper: number(t, "paper"), Invalidated: number(t, "invalidated")}
}

// Event writes a gathering in the shape of Mobilizon (FEP-8a8e).
func (w Writer) Event(a *forum.Action, uri string) ([]byte, error) {
	d := a.Details
	content := a.TextHTML
	m := object{
		"id": uri, "type": "Event", "attributedTo": a.URI, "actor": a.URI, "to": []any{Public}, "cc": []any{a.FollowersURI}, "name": a.DisplayName, "content": content,
		"mediaType": "text/html", "url": a.URL, "published": moment(a.PublishedAt), "startTime": d.StartsAt.UTC().Format(time.RFC3339), "commentsEnabled": false,
		"joinMode": "free", "status": "CONFIRMED", "draft": false, "category": "ACTIVISM", "attachment": []any{}, "tag": []any{},
		"location": object{"type": "Place", "name": d.Place, "address": object{"type": "PostalAddress", "addressLocality": d.Place}},
	}
	if !d.EndsAt.IsZero() {
		m["endTime"] = d.EndsAt.UTC().Format(time.RFC3339)
	}
	if d.Capacity > 0 {
		m["maximumAttendeeCapacity"] = d.Capacity
	}
	if d.JoinURL != "" {
		m["joinMode"], m["externalParticipationUrl"] = "external", d.JoinURL
	}
	if a.State == forum.ActionStopped {
		m["status"] = "CANCELLED"
	}
	if a.Language != "" {
		m["inLanguage"] = a.Language
		m["contentMap"] = object{a.Language: content}
	}
	return encode(m, eventContext)
}

var eventContext = []any{"https://www.w3.org/ns/activitystreams", object{
	"sc":                       "http://schema.org#",
	"mz":                       "https://joinmobilizon.org/ns#",
	"pt":                       "https://joinpeertube.org/ns#",
	"ical":                     "http://www.w3.org/2002/12/cal/ical#",
	"address":                  object{"@id": "sc:address", "@type": "sc:PostalAddress"},
	"PostalAddress":            "sc:PostalAddress",
	"addressLocality":          "sc:addressLocality",
	"commentsEnabled":          object{"@id": "pt:commentsEnabled", "@type": "sc:Boolean"},
	"category":                 "sc:category",
	"inLanguage":               "sc:inLanguage",
	"joinMode":                 object{"@id": "mz:joinMode", "@type": "mz:joinModeType"},
	"externalParticipationUrl": object{"@id": "mz:externalParticipationUrl", "@type": "sc:URL"},
	"maximumAttendeeCapacity":  "sc:maximumAttendeeCapacity",
	"status":                   "ical:status",
	"draft":                    object{"@id": "mz:draft", "@type": "sc:Boolean"},
}}

// actionFields are the lines that people elsewhere see on the profile of an action.
// Its counts are those of when it was last told of: at each milestone.
func actionFields(print *locale.Printer, a *forum.Action) []forum.Field {
	return []forum.Field{
		{Label: print.T("Action.Kind"), Value: print.T("ActionKind." + string(a.Kind))},
		{Label: print.T("Action.FieldSigned"), Value: print.T("Action.FieldOf", "Count", print.Number(a.Signed), "Goal", print.Number(a.Goal))},
		{Label: print.T("Action.ClosesOn"), Value: print.Date(a.ClosesAt)},
	}
}
