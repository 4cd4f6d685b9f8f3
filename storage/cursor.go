package storage

import (
	"strconv"
	"strings"

	"portevoix/forum"
)

// A cursor is where a page ended: the sort key and the ID of its last row, as
// "key_id". It is opaque to readers, stable while rows come and go, and costs
// the same on the thousandth page as on the first.

func writeCursor(key float64, id forum.ID) string {
	return strconv.FormatFloat(key, 'g', -1, 64) + "_" + id.String()
}

func readCursor(cursor string) (key float64, id forum.ID, err error) {
	k, i, ok := strings.Cut(cursor, "_")
	key, keyErr := strconv.ParseFloat(k, 64)
	id, idErr := forum.ParseID(i)
	if !ok || keyErr != nil || idErr != nil || key != key {
		return 0, 0, &forum.Error{Code: forum.Invalid, Key: "CursorUnreadable", Field: "after"}
	}
	return key, id, nil
}
