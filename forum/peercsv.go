package forum

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// MaxPeerFile bounds a list of rules, in bytes.
const MaxPeerFile = 2 << 20

// maxPeerProblems bounds how many unreadable lines are told of at once.
const maxPeerProblems = 20

// The columns of Mastodon's list of domain blocks, and three of ours, which
// others pass over.
var peerColumns = []string{"#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate", "#reject_votes", "#allow", "#expires_at"}

// Mastodon's names of the severities.
var severityNames = map[Severity]string{SeverityNone: "noop", SeverityLimit: "silence", SeverityBlock: "suspend"}

// WritePeerRules writes rules as Mastodon's list of domain blocks.
func WritePeerRules(w io.Writer, rules []PeerRule) error {
	c := csv.NewWriter(w)
	_ = c.Write(peerColumns) // the error stays, and comes with Flush
	truth := func(b bool) string {
		if b {
			return "True"
		}
		return "False"
	}
	for _, r := range rules {
		expires := ""
		if !r.ExpiresAt.IsZero() {
			expires = r.ExpiresAt.UTC().Format(time.RFC3339)
		}
		_ = c.Write([]string{r.Host, severityNames[r.Severity], truth(r.MediaOff), truth(r.ReportsOff), SafeCell(r.Reason), truth(r.Obfuscate), truth(r.VotesOff), truth(r.Allowed), expires})
	}
	c.Flush()
	return c.Error()
}

// ReadPeerRules reads such a list, with the columns in any order; all but the
// first kind may be missing. A list without a header, or with nothing but names,
// has one name in each line, and means blocks; allowed means a list of servers
// to speak with instead. Errors name the lines.
func ReadPeerRules(file []byte, allowed bool) ([]PeerRule, error) {
	if len(file) > MaxPeerFile {
		return nil, invalid("file", "FormTooLarge", nil)
	}
	c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\ufeff"))))
	c.FieldsPerRecord, c.TrimLeadingSpace, c.LazyQuotes = -1, true, true
	columns := map[string]int{"domain": 0}
	var rules []PeerRule
	var problems []error
	for first := true; ; first = false {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := c.FieldPos(0)
		if err != nil {
			return nil, &Error{Code: Invalid, Key: "PeerLineUnreadable", Field: "file", Args: map[string]any{"Line": line}, Err: err}
		}
		if named := peerHeader(record); first && named != nil {
			columns = named
			continue
		}
		rule, skip, err := peerRuleOf(record, columns, allowed)
		switch {
		case err != nil && len(problems) < maxPeerProblems:
			problems = append(problems, &Error{Code: Invalid, Key: "PeerLineUnreadable", Field: "file", Args: map[string]any{"Line": line}, Err: err})
		case err == nil && !skip:
			rules = append(rules, rule)
		}
	}
	if len(rules) == 0 && len(problems) == 0 {
		return nil, invalid("file", "ImportEmpty", nil)
	}
	return rules, errors.Join(problems...)
}

// peerHeader reads the names of the columns; nil where a line, such as a remark,
// names none.
func peerHeader(record []string) map[string]int {
	columns := map[string]int{}
	for i, name := range record {
		name = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "#")
		if name == "host" || name == "instance" {
			name = "domain"
		}
		columns[name] = i
	}
	if _, named := columns["domain"]; !named {
		return nil
	}
	return columns
}

func peerRuleOf(record []string, columns map[string]int, allowed bool) (rule PeerRule, skip bool, err error) {
	field := func(name string) string {
		if i, ok := columns[name]; ok && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	truth := func(name string) bool {
		b, _ := strconv.ParseBool(strings.ToLower(field(name)))
		return b
	}
	name := field("domain")
	if name == "" || strings.HasPrefix(name, "#") {
		return rule, true, nil
	}
	if strings.Contains(name, "*") && !strings.HasPrefix(name, "*.") { // obfuscated: nobody knows whom it means
		return rule, true, nil
	}
	if rule.Host, err = NormalHost(name); err != nil {
		return rule, false, err
	}
	if allowed {
		rule.Allowed = true
		return rule, false, nil
	}
	switch strings.ToLower(field("severity")) {
	case "suspend", "block", "":
		rule.Severity = SeverityBlock
	case "silence", "limit":
		rule.Severity = SeverityLimit
	case "noop", "none":
		rule.Severity = SeverityNone
	default:
		return rule, false, invalid("severity", "SeverityUnknown", nil)
	}
	rule.MediaOff, rule.ReportsOff, rule.VotesOff = truth("reject_media"), truth("reject_reports"), truth("reject_votes")
	rule.Obfuscate, rule.Allowed, rule.Reason = truth("obfuscate"), truth("allow"), field("public_comment")
	if expires := field("expires_at"); expires != "" {
		if rule.ExpiresAt, err = time.Parse(time.RFC3339, expires); err != nil {
			return rule, false, err
		}
	}
	return rule, !rule.Restricts() && !rule.Allowed, nil
}

// PeerImport is what a list of rules comes to.
type PeerImport struct {
	Added []PeerRule
	Kept  []PeerRule // about names that have a rule already, which stays
	PeerEffects
}

// ImportPeerRules takes a list of rules over. Names that have a rule keep it. A
// dry run only tells what would happen. Administrators may.
func (s *Service) ImportPeerRules(ctx context.Context, by *Account, rules []PeerRule, dryRun bool) (PeerImport, error) {
	var result PeerImport
	if err := adminOnly(by); err != nil {
		return result, err
	}
	known, err := s.store.PeerRules(ctx, s.clock.Now())
	if err != nil {
		return result, err
	}
	has := map[string]bool{}
	for _, r := range known {
		has[r.Host] = true
	}
	for _, r := range rules {
		r, err := s.checkPeerRule(r)
		if err != nil {
			return PeerImport{}, err
		}
		if has[r.Host] {
			result.Kept = append(result.Kept, r)
			continue
		}
		has[r.Host] = true
		result.Added = append(result.Added, r)
	}
	if dryRun || len(result.Added) == 0 {
		return result, nil
	}
	result.PeerEffects, err = s.changePeerRules(ctx, func(ctx context.Context, tx Tx) error {
		for _, r := range result.Added {
			if err := tx.SetPeerRule(ctx, r); err != nil {
				return err
			}
			if err := s.logPeerRule(ctx, tx, &by.Actor, PeerRule{}, r); err != nil {
				return err
			}
		}
		return nil
	})
	return result, err
}
