package forum

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestReadImport(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []string
		keys string // of the errors, with their lines
	}{
		"follows":       {"Account address,Show boosts,Notify on new posts,Languages\na@one.example,true,false,\n@b@two.example,true,false,\"fr, en\"\n", []string{"a@one.example", "b@two.example"}, ""},
		"blocks":        {"a@one.example\r\nb@two.example", []string{"a@one.example", "b@two.example"}, ""},
		"mutes":         {"\ufeffAccount address,Hide notifications\na@one.example,true\n", []string{"a@one.example"}, ""},
		"twice, blank":  {"a@one.example\n\n  \na@one.example\n", []string{"a@one.example"}, ""},
		"local":         {"lea\n", []string{"lea"}, ""},
		"bad lines":     {"a@one.example\nno one\nb@two@three\nc@four.example\n", nil, "ImportLine 2, ImportLine 3"},
		"open quote":    {"a@one.example\n\"b@two.example\n", nil, "ImportCSV 2"},
		"nothing":       {"Account address\n", nil, "ImportEmpty"},
		"empty":         {"", nil, "ImportEmpty"},
		"not text":      {"a@one.example\n\xff\xfe", nil, "ImportNotText"},
		"too large":     {strings.Repeat("x", MaxImportFile+1), nil, "ImportTooLarge"},
		"too many":      {strings.Repeat("x", 1) + numbered(maxImportEntries), nil, "ImportTooLong"},
		"many mistakes": {strings.Repeat("a b\n", 100), nil, strings.TrimSuffix(strings.Repeat("ImportLine _, ", maxImportErrors), ", ")},
	} {
		got, err := ReadImport([]byte(c.file))
		var keys []string
		for _, e := range joined(err) {
			key := e.Key
			if line, ok := e.Args["Line"].(int); ok && name == "many mistakes" {
				key += " _"
			} else if ok {
				key += " " + string(rune('0'+line))
			}
			keys = append(keys, key)
		}
		if strings.Join(keys, ", ") != c.keys || c.keys == "" && !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, errors %q", name, got, keys)
		}
	}
}

func numbered(n int) string {
	var out strings.Builder
	for i := range n + 1 {
		out.WriteString(ID(i).String() + "@a.example\n")
	}
	return out.String()
}

func joined(err error) []*Error {
	var list []*Error
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range all.Unwrap() {
			list = append(list, joined(one)...)
		}
	} else if e, ok := errors.AsType[*Error](err); ok {
		list = append(list, e)
	}
	return list
}

// FuzzReadImport holds that no file breaks the reader, and that what it takes is
// an address that can be looked up, once.
func FuzzReadImport(f *testing.F) {
	for _, seed := range []string{"Account address,Hide notifications\na@one.example,true\n", "\"a\"\"b\"@x\n", "a@b\n\n\n,\n", "\ufeff@a@b.example,\"\n\"\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		handles, err := ReadImport(file)
		if err == nil && (len(handles) == 0 || len(handles) > maxImportEntries) {
			t.Fatalf("%d handles and no error", len(handles))
		}
		seen := map[string]bool{}
		for _, handle := range handles {
			if _, ok := ParseHandle(handle, ""); !ok || seen[handle] || len(handle) > maxImportHandle {
				t.Fatalf("took %q", handle)
			}
			seen[handle] = true
		}
	})
}
