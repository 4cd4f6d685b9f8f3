package linkeddata

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const (
	maxContexts = 20  // that one document names or brings along
	maxTerms    = 300 // that one of them defines
	// maxValues bounds what a document holds. Making a graph of it compares each
	// value of a property with all the others.
	maxValues = 2000
)

// checkShape refuses what JSON-LD knows beyond plain objects with a context at the
// top: with keywords, or names for them, a document can say the same and look
// different, join what was apart, or cost much to compare.
func checkShape(document map[string]any) error {
	if err := checkContext(document["@context"]); err != nil {
		return err
	}
	values := 0
	for name, value := range document {
		if name == "@context" {
			continue
		}
		if err := checkMember(name, value); err != nil {
			return err
		}
		values += count(value)
	}
	if values > maxValues {
		return errors.New("the document holds too much")
	}
	return nil
}

// count is how many values there are in one.
func count(value any) int {
	n := 1
	switch value := value.(type) {
	case map[string]any:
		for _, one := range value {
			n += count(one)
		}
	case []any:
		for _, one := range value {
			n += count(one)
		}
	}
	return n
}

func checkMember(name string, value any) error {
	if strings.HasPrefix(name, "@") || strings.HasPrefix(name, "_:") {
		return fmt.Errorf("%.100q is not taken inside a document", name)
	}
	switch value := value.(type) {
	case map[string]any:
		for name, value := range value {
			if err := checkMember(name, value); err != nil {
				return err
			}
		}
	case []any:
		for _, one := range value {
			if err := checkMember("", one); err != nil {
				return err
			}
		}
	case string:
		if strings.HasPrefix(value, "_:") {
			return errors.New("a node without an id is named")
		}
	}
	return nil
}

func checkContext(context any) error {
	list, ok := context.([]any)
	if !ok {
		list = []any{context}
	}
	if len(list) > maxContexts {
		return errors.New("the document names too many contexts")
	}
	for _, one := range list {
		switch one := one.(type) {
		case string:
			if _, ok := known[one]; !ok {
				return fmt.Errorf("the context %.200q is not known", one)
			}
		case map[string]any:
			if len(one) > maxTerms {
				return errors.New("a context defines too many terms")
			}
			for name, value := range one {
				if err := checkTerm(name, value); err != nil {
					return fmt.Errorf("the term %.100q: %w", name, err)
				}
			}
		default:
			return errors.New("a context is neither an address nor an object")
		}
	}
	return nil
}

// checkTerm takes a plain name for an address, with the kind of its values.
func checkTerm(name string, value any) error {
	if strings.HasPrefix(name, "@") {
		return errors.New("keywords are not taken")
	}
	definition, ok := value.(map[string]any)
	if !ok {
		definition = map[string]any{"@id": value}
	}
	for key, value := range definition {
		text, ok := value.(string)
		keyword := strings.HasPrefix(text, "@")
		switch {
		case !ok || strings.HasPrefix(text, "_:"):
			return fmt.Errorf("%s is no address", key)
		case key == "@id" && (!keyword || text == "@"+name && (name == "id" || name == "type")):
		case key == "@type" && (!keyword || text == "@id"):
		case key == "@container" && (text == "@list" || text == "@set" || text == "@language"):
		default:
			return fmt.Errorf("%.100q as %.100q is not taken", text, key)
		}
	}
	return nil
}

// plain copies a value, with numbers as the library for JSON-LD compares them.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(value))
		for name, one := range value {
			copied[name] = plain(one)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i, one := range value {
			copied[i] = plain(one)
		}
		return copied
	case json.Number:
		number, err := value.Float64()
		if err != nil {
			return value.String()
		}
		return number
	}
	return value
}
