package linkeddata

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/piprate/json-gold/ld"
)

//go:embed contexts/*.jsonld
var files embed.FS

// known are the contexts that documents may name; nothing is ever fetched.
var known = contexts{
	"https://www.w3.org/ns/activitystreams": read("activitystreams"),
	"https://w3id.org/security/v1":          read("security"),
	identity:                                read("identity"),
}

// identity is the context that the options of a signature are read in.
const identity = "https://w3id.org/identity/v1"

func read(name string) any {
	text, err := files.ReadFile("contexts/" + name + ".jsonld")
	if err != nil {
		panic(err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		panic(fmt.Errorf("%s: %w", name, err))
	}
	return document
}

type contexts map[string]any

// LoadDocument implements ld.DocumentLoader.
func (c contexts) LoadDocument(address string) (*ld.RemoteDocument, error) {
	document, ok := c[address]
	if !ok {
		return nil, fmt.Errorf("the context %q is not known", address)
	}
	return &ld.RemoteDocument{DocumentURL: address, Document: document}, nil
}
