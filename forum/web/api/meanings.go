package api

// meanings say what a field or parameter of that name holds, wherever it is:
// a name means the same everywhere.
var meanings = map[string]string{
	"after": "Where the next page begins, as the header Link of the page before says.", "max_id": "Only what is older than this ID.", "min_id": "Only what is newer than this ID.",
	"limit": "How many at once.", "id": "An ID, a decimal number as a string.", "uri": "The address that names it among servers.", "url": "Its page.",
	"name": "A name; of groups elsewhere with their server, as telecoms@example.org.", "handle": "A name, with its server where that is another.",
	"language": "A language tag (BCP 47), as fr.", "lang": "A language tag (BCP 47), as fr.", "body": "Text in Markdown.", "content": "The text as HTML, made safe.",
	"created_at": "When, RFC 3339 in UTC.", "edited_at": "When, RFC 3339 in UTC; null if never.", "experienced_on": "A day, YYYY-MM-DD.", "promised_on": "A day, YYYY-MM-DD.", "promise_by": "A day, YYYY-MM-DD.",
	"alt": "What is to be seen or heard, in words.", "focus": "What matters most: two numbers from -1 to 1 with a comma, to the right and upwards.", "poster": "A picture that stands for a video.",
	"late": "Kept more than a week after the day.", "overdue": "The day is over, and the author has not decided.", "broken": "Decided otherwise by the author, or closed.",
	"closes_on": "A day, YYYY-MM-DD.", "value": "An amount in units of the currency, as a decimal string.", "currency": "A currency code of ISO 4217, as EUR.", "place": "A place in words.",
	"scheduled_at": "When to publish it, RFC 3339.", "media_ids": "IDs of pictures added before.", "content_note": "What readers see before the text.", "reason": "A reason in words.",
	"confirmed": "That what the answer warns of was looked at, and is sent nevertheless.", "country": "A country code of ISO 3166-1, in small letters.", "host": "A server's name.", "key": "What names a document.", "thread": "ID of a thread.", "tag": "A tag, without #.",
	repeatHeader: "Of one's own choice, to send the call again with: it is made once.", "If-None-Match": "The ETag of what one has.",
	"level": "seen or matched.", "q": "Words to look for.", "gtin": "A product number (GTIN), digits.", "left": "A share of the width, 0 to 1.", "top": "A share of the height, 0 to 1.",
}
