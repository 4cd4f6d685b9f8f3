package api

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gorilla/mux"

	"portevoix/forum"
)

var (
	alternatives = regexp.MustCompile(`{kind:([a-z|]+)}`)
	pattern      = regexp.MustCompile(`{([a-z_]+):[^}]+}`)
)

// TestDocumentIsOfTheRoutes holds what is documented against what is served.
func TestDocumentIsOfTheRoutes(t *testing.T) {
	served, documented := map[string]bool{}, map[string]bool{}
	router := mux.NewRouter()
	New(Options{Service: &forum.Service{}}).Register(router)
	err := router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		methods, _ := route.GetMethods()
		if err != nil || len(methods) == 0 || !strings.HasPrefix(path, Prefix) {
			return nil //nolint:nilerr // a router below, not an address
		}
		kinds := []string{""}
		if found := alternatives.FindStringSubmatch(path); found != nil {
			kinds = strings.Split(found[1], "|")
		}
		for _, kind := range kinds {
			path := pattern.ReplaceAllString(alternatives.ReplaceAllString(path, kind), "{$1}")
			for _, method := range methods {
				if method != http.MethodHead {
					served[method+" "+strings.TrimPrefix(path, Prefix)] = true
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, area := range Areas() {
		for _, o := range area.Operations {
			key := o.Method + " " + o.Path
			if documented[key] {
				t.Errorf("%s is documented twice", key)
			}
			documented[key] = true
			if !served[key] {
				t.Errorf("%s is documented and not served", key)
			}
			if o.Summary == "" {
				t.Errorf("%s: no summary", key)
			}
		}
	}
	for key := range served {
		if !documented[key] {
			t.Errorf("%s is served and not documented", key)
		}
	}
}

// TestDocumentHoldsTogether checks that references lead somewhere and names of
// operations are one's own.
func TestDocumentHoldsTogether(t *testing.T) {
	body, err := Document(forum.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := openapi3.NewLoader().LoadFromData(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	var d struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
		}
		Components struct {
			Schemas map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &d); err != nil {
		t.Fatal(err)
	}
	if d.OpenAPI != "3.1.0" || len(d.Paths) == 0 {
		t.Fatalf("version %q, %d paths", d.OpenAPI, len(d.Paths))
	}
	var ids []string
	for _, operations := range d.Paths {
		for _, o := range operations {
			ids = append(ids, o.OperationID)
		}
	}
	slices.Sort(ids)
	if n := len(ids); len(slices.Compact(ids)) != n {
		t.Error("two operations have one name")
	}
	for _, ref := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(string(body), -1) {
		if _, ok := d.Components.Schemas[ref[1]]; !ok {
			t.Errorf("no schema %s", ref[1])
		}
	}
}

// TestLimitsAreOfFields holds the list of limits against the calls: each is of a call
// that there is, and of fields that it takes.
func TestLimitsAreOfFields(t *testing.T) {
	calls := map[string]bool{}
	for _, area := range Areas() {
		for i := range area.Operations {
			calls[area.Operations[i].Call()] = true
		}
	}
	for call, limits := range limitsOf(forum.DefaultLimits) {
		if !calls[call] || len(limits) == 0 {
			t.Errorf("no call %s", call)
		}
	}
	if _, err := Document(forum.DefaultLimits); err != nil { // it panics where there is no such field
		t.Error(err)
	}
}
