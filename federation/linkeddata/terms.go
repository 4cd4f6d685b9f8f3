package linkeddata

import "strings"

const activity = "https://www.w3.org/ns/activitystreams#"

// terms are the properties and types that are read besides those of
// ActivityStreams, whose names are their addresses without its own.
var terms = map[string]string{
	"http://www.w3.org/ns/ldp#inbox": "inbox",

	"https://w3id.org/security#publicKey":    "publicKey",
	"https://w3id.org/security#owner":        "owner",
	"https://w3id.org/security#publicKeyPem": "publicKeyPem",

	"http://joinmastodon.org/ns#Emoji":       "Emoji",
	"http://joinmastodon.org/ns#blurhash":    "blurhash",
	"http://joinmastodon.org/ns#featured":    "featured",
	"http://joinmastodon.org/ns#focalPoint":  "focalPoint",
	"http://joinmastodon.org/ns#votersCount": "votersCount",

	"https://w3id.org/fep/044f#quote":              "quote",
	"https://w3id.org/fep/044f#quoteAuthorization": "quoteAuthorization",
	"https://w3id.org/fep/044f#QuoteRequest":       "QuoteRequest",
	"http://fedibird.com/ns#quoteUri":              "quoteUri",
	"https://misskey-hub.net/ns#_misskey_quote":    "_misskey_quote",

	"http://litepub.social/ns#EmojiReact":         "EmojiReact",
	"https://joinpeertube.org/ns#commentsEnabled": "commentsEnabled",
	"http://schema.org#PropertyValue":             "PropertyValue",
	"http://schema.org/PropertyValue":             "PropertyValue",
	"http://schema.org#value":                     "value",
	"http://schema.org/value":                     "value",
	"https://gotosocial.org/ns#interactionPolicy": "interactionPolicy",
	"https://gotosocial.org/ns#canQuote":          "canQuote",
	"https://gotosocial.org/ns#automaticApproval": "automaticApproval",
	"https://gotosocial.org/ns#manualApproval":    "manualApproval",
	"https://gotosocial.org/ns#interactingObject": "interactingObject",
	"https://gotosocial.org/ns#interactionTarget": "interactionTarget",
}

// lists are properties that are arrays, of one value too.
var lists = map[string]bool{"focalPoint": true, "orderedItems": true, "items": true}

// propertyName is the name of a property, "" for those that are not read.
func propertyName(address string) string {
	if name, ok := strings.CutPrefix(address, activity); ok && plainName(name) {
		return name
	}
	return terms[address]
}

// typeName is the name of a type, its address where there is none: a type that is
// not known is still one.
func typeName(address string) string {
	if name := propertyName(address); name != "" {
		return name
	}
	return address
}

// plainName says whether a name cannot be taken for another thing: id and type have
// addresses of their own.
func plainName(name string) bool {
	return name != "" && name != "id" && name != "type" && !strings.ContainsAny(name, "@:")
}
