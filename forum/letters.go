package forum

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"
)

// Letter is a formal letter, ready to be printed.
type Letter struct {
	Language   string
	Sender     []string // name and address
	Recipient  []string
	Dated      string // place and date
	Subject    string
	Paragraphs []string
	Closing    string // how letters end
	Name       string // of who signs
	Footer     string // where the text comes from
	Date       time.Time
}

// LetterPrinter makes a file of a letter.
type LetterPrinter interface {
	Print(l Letter) ([]byte, error) // PDF
}

// LetterForm is what somebody tells to have a letter filled in. Nothing of it is
// kept.
type LetterForm struct {
	Name    string
	Address string // several lines
	Place   string // where it is written
}

const (
	maxLetterName    = 100
	maxLetterAddress = 300
)

// PrintLetter fills in the letter of an action with somebody's name and address.
// Anybody may have it; nothing is stored.
func (s *Service) PrintLetter(ctx context.Context, by *Account, h Handle, f LetterForm) ([]byte, error) {
	a, err := s.ViewAction(ctx, by, h)
	if err != nil {
		return nil, err
	}
	f.Name, f.Address, f.Place = oneLine(f.Name), trimText(f.Address), oneLine(f.Place)
	switch {
	case a.Kind != FormalLetter || s.letters == nil:
		return nil, notFound()
	case f.Name == "":
		return nil, invalid("name", "LetterNameMissing", nil)
	case utf8.RuneCountInString(f.Name) > maxLetterName:
		return nil, invalid("name", "TextTooLong", map[string]any{"Max": maxLetterName})
	case utf8.RuneCountInString(f.Address) > maxLetterAddress:
		return nil, invalid("address", "TextTooLong", map[string]any{"Max": maxLetterAddress})
	case utf8.RuneCountInString(f.Place) > MaxActionPlace:
		return nil, invalid("place", "TextTooLong", map[string]any{"Max": MaxActionPlace})
	}
	l := Letter{
		Language: a.Language, Sender: append([]string{f.Name}, fewLines(f.Address, 6)...), Recipient: fewLines(a.Details.Recipient, 8), Subject: a.DisplayName,
		Paragraphs: strings.Split(s.renderer.Text(a.TextHTML), "\n"), Name: f.Name, Date: s.clock.Now(),
	}
	s.phrases.DressLetter(&l, &a.Action, f.Place, s.clock.Now().In(s.zone))
	return s.letters.Print(l)
}

func fewLines(text string, most int) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && len(list) < most {
			list = append(list, line)
		}
	}
	return list
}
