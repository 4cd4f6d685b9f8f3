package forum

import "strings"

// SafeCell is a text for a cell of a CSV file. What spreadsheet programs would take
// for a formula gets an apostrophe before it, so that a file from here runs nothing.
func SafeCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(s[0])) {
		return "'" + s
	}
	return s
}
