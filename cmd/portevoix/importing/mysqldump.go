package importing

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// mysqlDump reads the statements of a MySQL dump that hold rows: those of phpBB's
// own backup, and of mysqldump.
type mysqlDump struct {
	in      *bufio.Reader
	columns map[string][]string // by table, as CREATE TABLE names them
	prefix  string              // of the tables, where the backup says it; "" else
}

// mysqlRow is one row, by column. NULL is the empty text.
type mysqlRow map[string]string

// maxValue bounds one value: a longtext is no post.
const maxValue = 32 << 20

var errValueTooLong = errors.New("a value is too long")

func newMySQLDump(in io.Reader) *mysqlDump {
	return &mysqlDump{in: bufio.NewReaderSize(in, 64<<10), columns: map[string][]string{}}
}

// each gives the rows of the tables that are wanted.
func (d *mysqlDump) each(wanted func(table string) bool, row func(table string, row mysqlRow) error) error {
	for {
		word, err := d.word()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch strings.ToUpper(word) {
		case "INSERT":
			err = d.insert(wanted, row)
		case "CREATE":
			err = d.create()
		case ";":
		default:
			err = d.skip()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
}

// insert reads INSERT INTO table [(columns)] VALUES (…), (…);
func (d *mysqlDump) insert(wanted func(string) bool, each func(string, mysqlRow) error) error {
	table := ""
	for table == "" {
		word, err := d.word()
		if err != nil {
			return unexpected(err)
		}
		switch strings.ToUpper(word) {
		case "INTO", "IGNORE":
		case ";":
			return nil
		default:
			table = word
		}
	}
	if !wanted(table) {
		return d.skip()
	}
	columns := d.columns[table]
	word, err := d.word()
	if err == nil && word == "(" {
		if columns, err = d.names(); err == nil {
			word, err = d.word()
		}
	}
	if err != nil {
		return unexpected(err)
	}
	if !strings.EqualFold(word, "VALUES") {
		return d.skip()
	}
	for {
		word, err := d.word()
		switch {
		case err != nil:
			return unexpected(err)
		case word == ";":
			return nil
		case word == ",":
			continue
		case word != "(":
			return d.skip()
		}
		values, err := d.values()
		if err != nil {
			return unexpected(err)
		}
		row := make(mysqlRow, len(values))
		for i, v := range values[:min(len(values), len(columns))] {
			row[columns[i]] = v
		}
		if err := each(table, row); err != nil {
			return err
		}
	}
}

// names reads a list of columns up to its end.
func (d *mysqlDump) names() ([]string, error) {
	var list []string
	for {
		word, err := d.word()
		switch {
		case err != nil || word == ")":
			return list, err
		case word != ",":
			list = append(list, word)
		}
	}
}

// values reads the values of a row up to its end.
func (d *mysqlDump) values() ([]string, error) {
	var list []string
	value := ""
	for {
		c, err := d.in.ReadByte()
		if err != nil {
			return nil, err
		}
		switch c {
		case ',', ')':
			list = append(list, value)
			if c == ')' {
				return list, nil
			}
			value = ""
		case '\'', '"':
			if value, err = d.quoted(c); err != nil {
				return nil, err
			}
		case ' ', '\t', '\r', '\n':
		default: // a number, NULL, 0x…, or what introduces a text (_binary)
			word, err := d.rest(c)
			if err != nil {
				return nil, err
			}
			if value = word; strings.EqualFold(word, "NULL") {
				value = ""
			}
		}
	}
}

// rest reads an unquoted word that began with c.
func (d *mysqlDump) rest(c byte) (string, error) {
	word := []byte{c}
	for {
		c, err := d.in.ReadByte()
		if err != nil {
			return "", err
		}
		if strings.IndexByte(" \t\r\n,();'\"`", c) >= 0 {
			return string(word), d.in.UnreadByte()
		}
		if word = append(word, c); len(word) > maxValue {
			return "", errValueTooLong
		}
	}
}

var mysqlEscapes = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', '0': 0, 'b': '\b', 'Z': 26}

// quoted reads a text after its opening quote, whose marks are doubled or escaped.
func (d *mysqlDump) quoted(quote byte) (string, error) {
	var text strings.Builder
	for {
		c, err := d.in.ReadByte()
		if err != nil {
			return "", unexpected(err)
		}
		switch {
		case c == '\\' && quote != '`':
			if c, err = d.in.ReadByte(); err != nil {
				return "", unexpected(err)
			}
			if known, ok := mysqlEscapes[c]; ok {
				c = known
			}
		case c == quote:
			if next, err := d.in.Peek(1); err != nil || next[0] != quote {
				return strings.ToValidUTF8(text.String(), "\ufffd"), nil
			}
			_, _ = d.in.ReadByte()
		}
		if text.WriteByte(c); text.Len() > maxValue {
			return "", errValueTooLong
		}
	}
}

// word reads the next word or mark, without comments.
func (d *mysqlDump) word() (string, error) {
	for {
		c, err := d.in.ReadByte()
		if err != nil {
			return "", err
		}
		switch c {
		case ' ', '\t', '\r', '\n', 0xef, 0xbb, 0xbf: // the last three are a byte order mark
		case '#':
			if err := d.comment(); err != nil {
				return "", err
			}
		case '-':
			if next, err := d.in.Peek(1); err == nil && next[0] == '-' {
				if err := d.comment(); err != nil {
					return "", err
				}
				continue
			}
			return d.rest(c)
		case '/':
			if next, err := d.in.Peek(1); err == nil && next[0] == '*' {
				if err := d.blockComment(); err != nil {
					return "", err
				}
				continue
			}
			return d.rest(c)
		case '(', ')', ',', ';':
			return string(c), nil
		case '`', '"', '\'':
			return d.quoted(c)
		default:
			word, err := d.rest(c)
			if errors.Is(err, io.EOF) {
				return word, nil
			}
			return word, err
		}
	}
}

// comment reads to the end of the line. phpBB's backup names its prefix in one.
func (d *mysqlDump) comment() error {
	const mark = "Dump of tables for "
	var line []byte
	for {
		c, err := d.in.ReadByte()
		if err != nil {
			return err
		}
		if c == '\n' {
			break
		}
		if len(line) < 200 {
			line = append(line, c)
		}
	}
	if _, prefix, ok := strings.Cut(string(line), mark); ok && d.prefix == "" {
		d.prefix = strings.TrimSpace(prefix)
	}
	return nil
}

func (d *mysqlDump) blockComment() error {
	last := byte(0)
	for {
		c, err := d.in.ReadByte()
		if err != nil {
			return err
		}
		if last == '*' && c == '/' {
			return nil
		}
		last = c
	}
}

// skip reads to the end of a statement.
func (d *mysqlDump) skip() error {
	for {
		c, err := d.in.ReadByte()
		if err != nil {
			return err
		}
		switch c {
		case ';':
			return nil
		case '\'', '"', '`':
			if err := d.skipQuoted(c); err != nil {
				return err
			}
		}
	}
}

// skipQuoted is quoted for what nobody wants to see.
func (d *mysqlDump) skipQuoted(quote byte) error {
	for {
		c, err := d.in.ReadByte()
		if err != nil {
			return unexpected(err)
		}
		switch {
		case c == '\\' && quote != '`':
			if _, err := d.in.ReadByte(); err != nil {
				return unexpected(err)
			}
		case c == quote: // a doubled one begins the next text at once
			return nil
		}
	}
}

// create reads CREATE TABLE for the names of its columns.
func (d *mysqlDump) create() error {
	word, err := d.word()
	if err != nil {
		return unexpected(err)
	}
	if !strings.EqualFold(word, "TABLE") {
		return d.skip()
	}
	table := ""
	for word != "(" {
		if word, err = d.word(); err != nil {
			return unexpected(err)
		}
		if word == ";" {
			return nil
		}
		if word != "(" && !strings.EqualFold(word, "IF") && !strings.EqualFold(word, "NOT") && !strings.EqualFold(word, "EXISTS") {
			table = word
		}
	}
	var columns []string
	for depth, begins := 1, true; depth > 0; {
		if word, err = d.word(); err != nil {
			return unexpected(err)
		}
		switch {
		case word == "(":
			depth++
		case word == ")":
			depth--
		case word == "," && depth == 1:
			begins = true
			continue
		case begins && depth == 1 && !notColumns[strings.ToUpper(word)]:
			columns = append(columns, word)
		}
		begins = false
		if len(columns) > maxColumns {
			return fmt.Errorf("table %q has too many columns", table)
		}
	}
	d.columns[table] = columns
	return d.skip()
}

const maxColumns = 2000

// notColumns begin other lines of CREATE TABLE.
var notColumns = map[string]bool{"PRIMARY": true, "KEY": true, "UNIQUE": true, "INDEX": true, "FULLTEXT": true, "CONSTRAINT": true, "SPATIAL": true, "FOREIGN": true}
