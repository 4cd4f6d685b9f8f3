package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// writeText writes the result for people, with so many examples of each loss.
func (r *importResult) writeText(out io.Writer, examples int) error {
	begin := "Brought"
	if r.DryRun {
		begin = "Nothing was written. An import would bring"
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s from %s into !%s: %d authors, %d threads, %d replies.\n", begin, r.Source, r.Forum, r.Authors, r.Threads, r.Replies)
	if r.Before > 0 {
		fmt.Fprintf(&text, "%d posts were brought before.\n", r.Before)
	}
	if r.Known > 0 {
		fmt.Fprintf(&text, "%d posts came here by federation already.\n", r.Known)
	}
	if len(r.Lost) > 0 {
		text.WriteString("\nWhat could not be brought, or not as it was:\n")
	}
	for _, loss := range r.Lost {
		fmt.Fprintf(&text, "%6d  %s\n", loss.Count, loss.Reason)
		for n, example := range loss.Examples {
			if n == examples {
				break
			}
			fmt.Fprintf(&text, "          %s\n", strings.Join(strings.Fields(example), " "))
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// writeFile writes the result to a file, in the form that its name asks for.
func (r *importResult) writeFile(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if strings.HasSuffix(strings.ToLower(name), ".json") {
		encoder := json.NewEncoder(file)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(r)
	} else {
		err = r.writeText(file, maxReportExamples)
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// maxReportExamples is more than the reader keeps of one reason.
const maxReportExamples = 1000
