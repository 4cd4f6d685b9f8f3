package forum

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// Archive is the open data of a day: everything that figures are counted of,
// without names and without a word that anybody wrote.
type Archive struct {
	Day    Date   // in UTC
	File   string // on the shelf: its SHA-256 and ".zip"
	Bytes  int64
	MadeAt time.Time
	Tables []ArchiveTable
}

// ArchiveTable is one of an archive's tables.
type ArchiveTable struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

// SHA256 is the sum of the archive's content, in hexadecimal.
func (a Archive) SHA256() string { return strings.TrimSuffix(a.File, archiveExtension) }

// Name is what the archive is called when it is taken along.
func (a Archive) Name(host string) string {
	return "portevoix-" + strings.NewReplacer(":", "-").Replace(host) + "-" + string(a.Day) + archiveExtension
}

const (
	archiveExtension = ".zip"
	// archivesKept is how many archives are kept, the newest.
	archivesKept = 7
	dataPage     = 500
)

// DataStore is what open data needs of a store.
type DataStore interface {
	// Archives lists the archives that are kept, the newest first.
	Archives(ctx context.Context) ([]Archive, error)
	// DataCases lists all cases that count, in the order of IDs.
	DataCases(ctx context.Context, after ID, limit int) ([]DataCase, error)
	// DataGroups lists forums, companies and actions that are known here and are
	// for everybody, in the order of IDs.
	DataGroups(ctx context.Context, role GroupRole, after ID, limit int) ([]Forum, error)
	// ModerationFigures counts what moderators of this server did.
	ModerationFigures(ctx context.Context) (ModerationFigures, error)
}

// DataTx is what open data changes in a store.
type DataTx interface {
	// SaveArchive adds an archive, in the place of one of the same day, and forgets
	// all but the newest, whose files are removed in time.
	SaveArchive(ctx context.Context, a Archive, keep int) error
}

// DataCase is a case in open data.
type DataCase struct {
	FigureCase
	URI     string // of the thread
	Forum   Handle
	Company Handle // the zero value for none
	Product string
}

// ModerationFigures are what was decided here, in numbers.
type ModerationFigures struct {
	ReportsOpen   int `json:"reports_open"`
	ReportsClosed int `json:"reports_closed"`
	Removed       int `json:"posts_removed"`
	Bans          int `json:"bans_in_force"`
	PeerRules     int `json:"rules_about_servers"`
}

// DataJob makes the archive of the day.
type DataJob struct{}

// Kind names the job in the queue.
func (DataJob) Kind() string { return "open_data" }

// Slow implements SlowJob.
func (DataJob) Slow() {}

// planData asks for the archive of the day where there is none.
func (s *Service) planData(ctx context.Context) error {
	have, err := s.store.Archives(ctx)
	if err != nil {
		return err
	}
	if len(have) > 0 && have[0].Day >= DateOf(s.clock.Now().UTC()) {
		return nil
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.Enqueue(ctx, DataJob{}) })
}

// WorkData does a DataJob.
func (s *Service) WorkData(ctx context.Context, _ DataJob) error {
	if s.shelf == nil {
		return nil
	}
	now := s.clock.Now().UTC()
	a := Archive{Day: DateOf(now), MadeAt: now}
	file, err := os.CreateTemp("", "portevoix-data-*")
	if err != nil {
		return fmt.Errorf("make archive: %w", err)
	}
	defer func() { _ = errors.Join(file.Close(), os.Remove(file.Name())) }()
	if a.Tables, err = s.WriteData(ctx, file); err != nil {
		return fmt.Errorf("make archive: %w", err)
	}
	if a.Bytes, err = file.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("make archive: %w", err)
	}
	if a.File, err = s.shelf.Put(ctx, file, archiveExtension); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.SaveArchive(ctx, a, archivesKept) })
}

// OpenArchive opens the archive of a day.
func (s *Service) OpenArchive(ctx context.Context, day Date) (io.ReadSeekCloser, Archive, error) {
	have, err := s.store.Archives(ctx)
	if err != nil {
		return nil, Archive{}, err
	}
	for _, a := range have {
		if a.Day == day && s.shelf != nil {
			body, err := s.shelf.Open(ctx, a.File)
			return body, a, err
		}
	}
	return nil, Archive{}, &Error{Code: NotFound, Key: "NothingHere"}
}

// dataTable is a table of the open data; rows calls emit for each of its rows.
type dataTable struct {
	name    string
	about   string // for the README
	columns []string
	rows    func(ctx context.Context, emit func(values ...any) error) error
}

// WriteData writes the open data as it is now: a ZIP archive with each table as CSV
// and as JSON.
func (s *Service) WriteData(ctx context.Context, w io.Writer) ([]ArchiveTable, error) {
	archive := zip.NewWriter(w)
	d := dataWriter{zip: archive, now: s.clock.Now().UTC()}
	tables := s.dataTables()
	readme, err := d.file("README.txt")
	if err == nil {
		_, err = io.WriteString(readme, s.dataReadme(d.now, tables))
	}
	if err != nil {
		return nil, err
	}
	var list []ArchiveTable
	for _, t := range tables {
		n, err := d.table(ctx, t)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
		list = append(list, ArchiveTable{t.name, n})
	}
	return list, archive.Close()
}

type dataWriter struct {
	zip *zip.Writer
	now time.Time
}

func (d dataWriter) file(name string) (io.Writer, error) {
	return d.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: d.now})
}

// table writes a table in both forms. The rows are read once, so that both have the
// same; JSON waits in a file of its own, because an archive takes one file at a time.
func (d dataWriter) table(ctx context.Context, t dataTable) (rows int, err error) {
	waiting, err := os.CreateTemp("", "portevoix-table-*")
	if err != nil {
		return 0, err
	}
	defer func() { _ = errors.Join(waiting.Close(), os.Remove(waiting.Name())) }()
	into, err := d.file(t.name + ".csv")
	if err != nil {
		return 0, err
	}
	cells, objects := csv.NewWriter(into), bufio.NewWriter(waiting)
	if err := cells.Write(t.columns); err != nil {
		return 0, err
	}
	separator := "[\n"
	err = t.rows(ctx, func(values ...any) error {
		rows++
		_, _ = objects.WriteString(separator) // a failure shows when it is flushed
		separator = ",\n"
		if err := writeObject(objects, t.columns, values); err != nil {
			return err
		}
		return cells.Write(cellsOf(values))
	})
	if rows == 0 {
		_, _ = objects.WriteString("[")
	}
	_, _ = objects.WriteString("\n]\n")
	cells.Flush()
	if err := errors.Join(err, cells.Error(), objects.Flush()); err != nil {
		return 0, err
	}
	if into, err = d.file(t.name + ".json"); err != nil {
		return 0, err
	}
	if _, err = waiting.Seek(0, io.SeekStart); err == nil {
		_, err = io.Copy(into, waiting)
	}
	return rows, err
}

func writeObject(w *bufio.Writer, columns []string, values []any) error {
	for i, column := range columns {
		value, err := json.Marshal(values[i])
		if err != nil {
			return err
		}
		before := ", "
		if i == 0 {
			before = "{"
		}
		_, _ = w.WriteString(before + strconv.Quote(column) + ": ")
		_, _ = w.Write(value)
	}
	_, err := w.WriteString("}")
	return err
}

func cellsOf(values []any) []string {
	cells := make([]string, len(values))
	for i, value := range values {
		if value != nil {
			cells[i] = SafeCell(fmt.Sprint(value))
		}
	}
	return cells
}

// dataTables are the tables of the open data.
func (s *Service) dataTables() []dataTable {
	return []dataTable{
		{"forums", "Forums.", []string{"handle", "name", "url", "server", "threads"}, s.dataGroups(RoleForum)},
		{"companies", "Pages of companies, which are unofficial.", []string{"handle", "name", "url", "server", "threads"}, s.dataGroups(RoleCompany)},
		{"cases", "Grievances and reviews: what they state in fields, and where they stand.", []string{
			"id", "url", "forum", "company", "product", "kind", "state", "state_since", "experienced_on", "published_at",
			"amount", "currency", "evidence", "server", "first_answer_at", "promised_by",
		}, s.dataCases},
		{"actions", "Joint actions of this server, and how many signed them, by how well it is known who they are.", []string{
			"handle", "url", "kind", "state", "company", "forum", "goal", "published_at", "closes_at", "version", "text_sha256", "sponsors",
			"signed", "email", "local", "known", "new", "paper", "invalidated",
		}, s.dataActions},
		{"action_versions", "The texts of joint actions: their sums, which anybody can compute from the API.", []string{"action", "version", "sha256", "at"}, s.dataVersions},
		{"moderation", "What moderators of this server decided, in numbers.", []string{"reports_open", "reports_closed", "posts_removed", "bans_in_force", "rules_about_servers"}, s.dataModeration},
	}
}

func (s *Service) dataGroups(role GroupRole) func(ctx context.Context, emit func(values ...any) error) error {
	return func(ctx context.Context, emit func(values ...any) error) error {
		for after := ID(0); ; {
			groups, err := s.store.DataGroups(ctx, role, after, dataPage)
			if err != nil {
				return err
			}
			for i := range groups {
				g := &groups[i]
				after = g.ID
				if err := emit(s.fullHandle(Handle{Name: g.Name, Host: g.Host}), g.Label(), g.URI, s.serverOf(g.Host), g.Threads); err != nil {
					return err
				}
			}
			if len(groups) < dataPage {
				return nil
			}
		}
	}
}

func (s *Service) dataCases(ctx context.Context, emit func(values ...any) error) error {
	for after := ID(0); ; {
		cases, err := s.store.DataCases(ctx, after, dataPage)
		if err != nil {
			return err
		}
		for i := range cases {
			c := &cases[i]
			after = c.ID
			err := emit(c.ID.String(), c.URI, s.fullHandle(c.Forum), s.fullHandle(c.Company), c.Product, string(c.Kind), string(c.State), dataTime(c.StateAt), string(c.ExperiencedOn), dataTime(c.ID.Time()),
				c.Amount.Value(), c.Amount.Currency, string(c.Evidence), s.serverOf(c.Host), dataTime(c.AnsweredAt), string(c.Promised))
			if err != nil {
				return err
			}
		}
		if len(cases) < dataPage {
			return nil
		}
	}
}

// eachAction walks through the joint actions of this server that are public.
func (s *Service) eachAction(ctx context.Context, do func(v *ActionView) error) error {
	for after := ""; ; {
		page, err := s.store.Actions(ctx, ActionQuery{Local: true, Sort: ActionsNew, After: after, Limit: 100, Now: s.clock.Now()})
		if err != nil {
			return err
		}
		for i := range page.Actions {
			if err := do(&page.Actions[i]); err != nil {
				return err
			}
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

func (s *Service) dataActions(ctx context.Context, emit func(values ...any) error) error {
	return s.eachAction(ctx, func(v *ActionView) error {
		n, err := actionCounts(ctx, s.store, &v.Action)
		if err != nil {
			return err
		}
		handle := func(b *Byline) string {
			if b == nil {
				return ""
			}
			return s.fullHandle(Handle{Name: b.Name, Host: b.Host})
		}
		return emit(s.fullHandle(Handle{Name: v.Name}), v.URI, string(v.Kind), string(v.State), handle(v.Company), handle(v.Home), v.Goal, dataTime(v.PublishedAt), dataTime(v.ClosesAt), v.Version, v.SHA256, v.Sponsors,
			n.Signed(), n.Email, n.Local, n.Known, n.New, n.Paper, n.Invalidated)
	})
}

func (s *Service) dataVersions(ctx context.Context, emit func(values ...any) error) error {
	return s.eachAction(ctx, func(a *ActionView) error {
		versions, err := s.store.ActionVersions(ctx, a.ID)
		if err != nil {
			return err
		}
		for _, v := range versions {
			if err := emit(s.fullHandle(Handle{Name: a.Name}), v.Number, v.SHA256, dataTime(v.At)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) dataModeration(ctx context.Context, emit func(values ...any) error) error {
	f, err := s.store.ModerationFigures(ctx)
	if err != nil {
		return err
	}
	return emit(f.ReportsOpen, f.ReportsClosed, f.Removed, f.Bans, f.PeerRules)
}

// dataTime writes a moment; "" for none.
func dataTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// serverOf names a server, this one too.
func (s *Service) serverOf(host string) string {
	if host == "" {
		return s.addresses.Host()
	}
	return host
}

// fullHandle is name@host, also of what is here; "" for nothing.
func (s *Service) fullHandle(h Handle) string {
	if h.Name == "" {
		return ""
	}
	return h.Name + "@" + s.serverOf(h.Host)
}

// dataReadme says what is in an archive, in the words of the two languages the
// program speaks.
func (s *Service) dataReadme(now time.Time, tables []dataTable) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Open data of %s, made on %s\nDonnées ouvertes de %s, établies le %s\n\n", s.addresses.Base(), now.Format(time.RFC3339), s.addresses.Base(), now.Format(time.RFC3339))
	if s.dataLicence != "" {
		fmt.Fprintf(&b, "Licence: %s\n\n", s.dataLicence)
	}
	b.WriteString(`Each table is there as CSV (UTF-8, comma, one line of names) and as JSON, with the
same rows. There is no name of a person in it, no address, and no word that anybody
wrote: what a case states in fields only, and numbers. A case's address leads to its
page, as long as it is there; what is deleted is not in the next archive.
Left out are incomplete cases without a date, duplicates, what is hidden, and
forums that are kept to this server. A cell that a spreadsheet would take for a
formula begins with an apostrophe. Times are in UTC.
What the numbers do not mean: ` + s.addresses.Base() + `/about/figures

Chaque table existe en CSV (UTF-8, virgule, une ligne de noms) et en JSON, avec les
mêmes lignes. Il ne s'y trouve ni nom de personne, ni adresse, ni texte que quelqu'un
aurait écrit : seulement ce qu'un cas indique dans ses champs, et des nombres.
L'adresse d'un cas mène à sa page tant qu'elle existe ; ce qui est supprimé n'est pas
dans l'archive suivante. N'y sont pas les cas incomplets, sans date, les doublons, ce
qui est masqué, ni les forums réservés à ce serveur. Une cellule qu'un tableur
prendrait pour une formule commence par une apostrophe. Les heures sont en UTC.
Ce que les chiffres ne disent pas : ` + s.addresses.Base() + `/about/figures

`)
	for _, t := range tables {
		fmt.Fprintf(&b, "%s.csv, %s.json\n  %s\n  %s\n\n", t.name, t.name, t.about, strings.Join(t.columns, ", "))
	}
	return b.String()
}
