// Package vocabulary reads and writes ActivityStreams documents: what other
// servers send becomes the core's types, and what happens here becomes JSON.
//
// Reading is done on the raw JSON, tolerantly, because go-fed takes titles such
// as "Enel: double bill" for URLs, drops languages, and knows no types beyond
// the standard's. Writing goes through go-fed's types, which keep us within the
// standard, and a normaliser that mends its habits (see normalise).
//
// Nothing here fetches, stores or decides.
package vocabulary

// Media types of ActivityPub, section 3.2.
const (
	ContentType = "application/activity+json"
	LinkedData  = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
	// Accept is sent with every fetch. One type comes first, alone: Mbin looks
	// at nothing else.
	Accept = ContentType + ", " + LinkedData
	// Public addresses everyone, section 5.6.
	Public = "https://www.w3.org/ns/activitystreams#Public"
)
