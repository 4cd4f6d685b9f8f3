package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"portevoix/forum"
)

// Limit bounds a field of a request.
type Limit struct {
	Length int     // characters of a text, or of each text of a list; 0: see Items
	Items  int     // of a list
	Range  *[2]int // the least and the most of a number
}

func text(length int) Limit        { return Limit{Length: length} }
func number(least, most int) Limit { return Limit{Range: &[2]int{least, most}} }

// limitsOf are the bounds of fields by call and field, from what the rules themselves
// go by. A field within another is named as in problems: "case.place".
func limitsOf(l forum.Limits) map[string]map[string]Limit {
	caseFields := map[string]Limit{
		"case.company": text(forum.MaxCompanyName + forum.MaxNameLength), "case.product": text(forum.MaxProductName),
		"case.place": text(forum.MaxPlace), "case.feeling": text(forum.MaxFeeling),
	}
	poll := map[string]Limit{
		"poll.choices":    {Length: forum.MaxPollChoice, Items: forum.MaxPollChoices},
		"poll.expires_in": number(int(forum.MinPollLasts/time.Second), int(forum.MaxPollLasts/time.Second)),
	}
	post := map[string]Limit{"body": text(l.Body), "content_note": text(forum.MaxContentNote)}
	thread := with(post, map[string]Limit{"title": text(l.Title)})
	action := map[string]Limit{
		"title": text(min(forum.MaxActionTitle, l.Title)), "text": text(l.Body), "goal": number(0, forum.MaxActionGoal), "milestones": {Items: forum.MaxMilestones},
		"recipient": text(forum.MaxRecipient), "place": text(forum.MaxActionPlace), "capacity": number(0, forum.MaxCapacity),
	}
	reason := map[string]Limit{"reason": text(forum.MaxReason)}
	report := map[string]Limit{"words": text(forum.MaxReportWords)}
	list := map[string]Limit{"title": text(forum.MaxListTitle)}
	return map[string]map[string]Limit{
		"POST /forums":                         {"name": text(forum.MaxNameLength), "title": text(forum.MaxForumTitle), "summary": text(forum.MaxForumSummary), "rules": text(forum.MaxForumRules)},
		"POST /forums/{name}/membership":       {"reason": text(forum.MaxJoinReason)},
		"POST /threads":                        with(thread, caseFields, poll),
		"PATCH /threads/{id}":                  with(thread, caseFields),
		"POST /threads/{id}/replies":           post,
		"PATCH /replies/{id}":                  post,
		"POST /drafts":                         thread,
		"PUT /drafts/{id}":                     thread,
		"PATCH /media/{id}":                    {"alt": text(forum.MaxTranscript)}, // of a recording; of a picture, forum.MaxAlt
		"POST /threads/{id}/moves":             {"note": text(forum.MaxCaseNote)},
		"POST /threads/{id}/co-claim":          {"words": text(forum.MaxParticipationWords)},
		"POST /threads/{id}/answers":           {"body": text(l.Body)},
		"POST /threads/{id}/concerns":          {"words": text(forum.MaxConcernWords)},
		"PATCH /concerns/{id}":                 with(reason, map[string]Limit{"reply": text(forum.MaxConcernWords)}),
		"PATCH /evidence/{key}":                {"words": text(forum.MaxEvidenceWords)},
		"POST /evidence/{key}/redact":          {"boxes": {Items: forum.MaxBoxes}},
		"POST /companies":                      {"name": text(forum.MaxCompanyName), "aliases": {Length: forum.MaxCompanyName, Items: forum.MaxCompanyAliases}},
		"POST /companies/{handle}/products":    {"name": text(forum.MaxProductName)},
		"POST /companies/{handle}/threats":     {"words": text(forum.MaxConcernWords)},
		"POST /actions":                        action,
		"PATCH /actions/{handle}":              action,
		"POST /actions/{handle}/close":         {"outcome": text(l.Body)},
		"POST /actions/{handle}/stop":          reason,
		"POST /actions/{handle}/versions":      {"title": text(min(forum.MaxActionTitle, l.Title)), "text": text(l.Body), "change": text(forum.MaxActionChange)},
		"POST /actions/{handle}/updates":       {"title": text(l.Title), "body": text(l.Body)},
		"POST /actions/{handle}/papers":        {"number": number(1, forum.MaxPaperSheet), "place": text(forum.MaxActionPlace), "note": text(forum.MaxReason)},
		"POST /threads/{id}/invalidations":     reason,
		"POST /actions/{handle}/invalidations": reason,
		"POST /lists":                          list,
		"PATCH /lists/{id}":                    list,
		"POST /messages/{id}/answer":           {"text": text(forum.MaxMessageAnswer)},
		"POST /threads/{id}/report":            report,
		"POST /replies/{id}/report":            report,
		"POST /reports":                        report,
		"POST /bans":                           reason,
		"POST /forums/{name}/bans":             reason,
		"PUT /peer-rules/{host}":               {"reason": text(forum.MaxPeerReason)},
	}
}

func with(parts ...map[string]Limit) map[string]Limit {
	whole := map[string]Limit{}
	for _, part := range parts {
		maps.Copy(whole, part)
	}
	return whole
}

// Call is how the operation is named in lists.
func (o *Operation) Call() string { return o.Method + " " + o.Path }

// FieldLimit is the bound of a field, in words.
type FieldLimit struct{ Field, Words string }

// Limits are the bounds of the operation's fields, by their names.
func (o *Operation) Limits(l forum.Limits) []FieldLimit {
	limits := limitsOf(l)[o.Call()]
	var list []FieldLimit
	for _, field := range slices.Sorted(maps.Keys(limits)) {
		list = append(list, FieldLimit{field, limits[field].words()})
	}
	return list
}

func (l Limit) words() string {
	switch {
	case l.Range != nil:
		return fmt.Sprintf("from %d to %d", l.Range[0], l.Range[1])
	case l.Items > 0 && l.Length > 0:
		return fmt.Sprintf("at most %d, of %d characters each", l.Items, l.Length)
	case l.Items > 0:
		return fmt.Sprintf("at most %d", l.Items)
	}
	return fmt.Sprintf("at most %d characters", l.Length)
}

// bound writes limits into the schema of a request.
func bound(schema object, limits map[string]Limit) {
	for field, limit := range limits {
		at := schema
		for name := range strings.SplitSeq(field, ".") {
			properties, _ := at["properties"].(object)
			var there bool
			if at, there = properties[name].(object); !there { // TestLimitsAreOfFields comes by here
				panic("no field " + field)
			}
		}
		limit.write(at)
	}
}

func (l Limit) write(schema object) {
	if l.Range != nil {
		schema["minimum"], schema["maximum"] = l.Range[0], l.Range[1]
		return
	}
	if l.Items > 0 {
		schema["maxItems"] = l.Items
		schema, _ = schema["items"].(object)
	}
	if l.Length > 0 {
		schema["maxLength"] = l.Length
	}
}
