package forum

import "slices"

// ForumSort orders the directory of forums.
type ForumSort string

// The orders.
const (
	ForumsActive  ForumSort = "active"  // the last post first
	ForumsMembers ForumSort = "members" // the most followed first, as far as this server knows
	ForumsNamed   ForumSort = "name"
)

// ForumSorts lists them in the order in which they are offered, the usual first.
var ForumSorts = []ForumSort{ForumsActive, ForumsMembers, ForumsNamed}

// ForumOrigin says where forums are.
type ForumOrigin string

// The origins.
const (
	AllForums        ForumOrigin = ""
	LocalForums      ForumOrigin = "here"
	ForumsFromOthers ForumOrigin = "elsewhere"
)

// ForumOrigins lists them in the order in which they are offered.
var ForumOrigins = []ForumOrigin{AllForums, LocalForums, ForumsFromOthers}

// ForumQuery asks for a page of the forums that are known here. Zero values do
// not restrict; unknown ones are the usual.
type ForumQuery struct {
	Role     GroupRole // forums, or the pages of companies
	Words    string    // in the name or title, as people write them
	Language string
	Origin   ForumOrigin
	Sort     ForumSort
	Viewer   ID // to tell what they follow
	After    string
	Limit    int
}

// Usual puts the usual in place of what is unknown.
func (q ForumQuery) Usual() ForumQuery {
	if !slices.Contains(ForumSorts, q.Sort) {
		q.Sort = ForumsActive
	}
	if !slices.Contains(ForumOrigins, q.Origin) {
		q.Origin = AllForums
	}
	q.Words = clipRunes(oneLine(q.Words), maxSearch)
	return q
}

// ForumPage is a page of forums and the cursor of the next one, "" at the end.
type ForumPage struct {
	Forums []ForumCard
	Next   string
}
