package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"portevoix/forum"
	"portevoix/forum/web/api"
)

// described finds the operation of the API's description that a call is of.
var described = sync.OnceValues(func() (routers.Router, error) {
	body, err := api.Document(forum.DefaultLimits)
	if err != nil {
		return nil, err
	}
	document, err := openapi3.NewLoader().LoadFromData(body)
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(document)
})

// holdAgainstDocument holds a call of the API, and its answer, against the description:
// what succeeds was sent as described, and what is answered has the fields and types
// that it says, whatever a test looks at.
func holdAgainstDocument(t testing.TB, r *http.Request, sent []byte, response *http.Response, content []byte) {
	t.Helper()
	if !strings.HasPrefix(r.URL.Path, apiPrefix+"/") || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return // the latter are answered everywhere alike
	}
	router, err := described()
	if err != nil {
		t.Fatal(err)
	}
	route, variables, err := router.FindRoute(r)
	if err != nil {
		if response.StatusCode < http.StatusBadRequest {
			t.Errorf("%s %s is answered with %d, and not described: %v", r.Method, r.URL.Path, response.StatusCode, err)
		}
		return
	}
	again := r.Clone(t.Context())
	again.Body = io.NopCloser(bytes.NewReader(sent))
	if len(sent) > 0 && again.Header.Get("Content-Type") == "" {
		again.Header.Set("Content-Type", "application/json")
	}
	request := &openapi3filter.RequestValidationInput{Request: again, PathParams: variables, Route: route,
		// What is asked for as no integer, or too much at once, is read as what is offered.
		Options: &openapi3filter.Options{ExcludeRequestQueryParams: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	if response.StatusCode < http.StatusBadRequest {
		if err := openapi3filter.ValidateRequest(t.Context(), request); err != nil {
			t.Errorf("%s %s was sent otherwise than is described: %s", r.Method, r.URL.Path, firstLine(err))
		}
	}
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: request, Status: response.StatusCode, Header: response.Header, Options: request.Options}
	answer.SetBodyBytes(content)
	if err := openapi3filter.ValidateResponse(t.Context(), answer); err != nil {
		t.Errorf("%s %s is answered otherwise than is described: %s", r.Method, r.URL.Path, firstLine(err))
	}
}

// firstLine is what is wrong, without the schema that follows.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
