package main

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the repository's directory, seen from this package.
const root = "../.."

// goPackage is what `go list` says of a package.
type goPackage struct {
	ImportPath   string
	Dir          string
	Imports      []string
	TestImports  []string
	XTestImports []string
	GoFiles      []string
}

// listPackages lists the module's packages.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,TestImports,XTestImports,GoFiles", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p goPackage
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// wing is the part of the house a package belongs to, "" for those that are not
// ours.
func wing(path string) string {
	path, ours := strings.CutPrefix(path, "portevoix/")
	if !ours {
		return ""
	}
	for _, w := range []string{"cmd", "forum/web", "federation", "storage", "static"} {
		if path == w || strings.HasPrefix(path, w+"/") {
			return w
		}
	}
	return "forum"
}

// TestArrows holds that imports run one way: cmd → {forum/web, federation,
// storage, static} → forum, forum/web → static, and no arrow between the walls.
func TestArrows(t *testing.T) {
	allowed := map[string][]string{
		"cmd":        {"cmd", "forum/web", "federation", "storage", "static", "forum"},
		"forum/web":  {"forum/web", "forum", "static"},
		"federation": {"federation", "forum"},
		"storage":    {"storage", "forum"},
		"static":     {"static"},
		"forum":      {"forum"},
	}
	for _, p := range listPackages(t) {
		from := wing(p.ImportPath)
		for _, imported := range p.Imports {
			to := wing(imported)
			if to != "" && !slices.Contains(allowed[from], to) {
				t.Errorf("%s imports %s: no arrow leads from %s to %s", p.ImportPath, imported, from, to)
			}
			if strings.HasPrefix(imported, "github.com/go-fed/") && from != "federation" {
				t.Errorf("%s imports %s: only federation does", p.ImportPath, imported)
			}
			if p.ImportPath == "portevoix/forum" && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
				t.Errorf("forum imports %s: it imports the standard library only", imported)
			}
			if p.ImportPath == "portevoix/forum" && slices.Contains([]string{"database/sql", "net/http", "html/template", "encoding/xml"}, imported) {
				t.Errorf("forum imports %s: no SQL, HTTP or HTML lives there", imported)
			}
			if strings.HasSuffix(imported, "/forumtest") || strings.HasSuffix(imported, "/storagetest") || imported == "testing" {
				if !strings.HasSuffix(p.ImportPath, "test") {
					t.Errorf("%s links %s into the program", p.ImportPath, imported)
				}
			}
		}
		// Tests of a package are as bound as the package; only those of the
		// gatehouse, which knows everyone, may use all of it.
		for _, imported := range append(p.TestImports, p.XTestImports...) {
			if to := wing(imported); to != "" && !slices.Contains(allowed[from], to) {
				t.Errorf("the tests of %s import %s", p.ImportPath, imported)
			}
		}
	}
}

// TestPackagesAreDocumented holds that every package says what belongs in it.
func TestPackagesAreDocumented(t *testing.T) {
	for _, p := range listPackages(t) {
		documented := false
		for _, file := range p.GoFiles {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			documented = documented || parsed.Doc != nil && len(parsed.Doc.Text()) > 80
		}
		if !documented {
			t.Errorf("%s has no doc comment that says what belongs in it and what does not", p.ImportPath)
		}
	}
}

// TestRoot holds that nothing stray lies at the top.
func TestRoot(t *testing.T) {
	known := []string{"cmd", "federation", "forum", "storage", "static", "docs",
		"README.md", "CONTRIBUTING.md", "FEDERATION.md", "LICENSE", "config.example.toml", "go.mod", "go.sum",
		"data", "config.toml"} // the last two appear where a server runs
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(known, e.Name()) {
			t.Errorf("%s does not belong at the top of the repository", e.Name())
		}
	}
}

// TestDependenciesAreListed holds that every library is named, with its reason,
// in docs/dependencies.md, and no other.
func TestDependenciesAreListed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(module), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.HasPrefix(fields[1], "v") && !strings.Contains(string(text), "`"+fields[0]+"`") {
			t.Errorf("docs/dependencies.md does not say why %s is needed", fields[0])
		}
	}
	for _, part := range strings.Split(string(text), "| `")[1:] {
		name, _, _ := strings.Cut(part, "`")
		if !strings.Contains(string(module), name+" v") {
			t.Errorf("docs/dependencies.md lists %s, which go.mod does not require", name)
		}
	}
}

// TestLinksInDocs holds that the files that documents point at exist.
func TestLinksInDocs(t *testing.T) {
	documents := []string{"README.md", "CONTRIBUTING.md", "FEDERATION.md"}
	err := fs.WalkDir(os.DirFS(root), "docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			documents = append(documents, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range documents {
		text, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, part := range strings.Split(string(text), "](")[1:] {
			target, _, _ := strings.Cut(part, ")")
			target, _, _ = strings.Cut(target, "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(document), target)); err != nil {
				t.Errorf("%s points at %s: %v", document, target, err)
			}
		}
	}
}
