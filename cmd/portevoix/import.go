package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"portevoix/cmd/portevoix/importing"
	"portevoix/forum"
)

type importCommand struct {
	Lemmy     importLemmy     `cmd:"" help:"Bring communities of Lemmy or PieFed: answers of their API (JSON), a file or a directory of files."`
	PHPBB     importPHPBB     `cmd:"" name:"phpbb" help:"Bring forums of phpBB: the backup its administration makes (MySQL, plain, .gz or .bz2)."`
	Discourse importDiscourse `cmd:"" help:"Bring categories of Discourse: its backup (.tar.gz), or the dump.sql in it (plain or .gz)."`
}

// importFlags are what all imports take.
type importFlags struct {
	File     string   `arg:"" help:"What was exported."`
	Forum    string   `required:"" help:"Forum of this server that takes it."`
	Category []string `sep:"," help:"Bring only this part, by its number in the export: a community, a phpBB forum, a category. May be repeated. A dry run lists them."`
	From     string   `help:"Where it was written, such as forum.example.org: shown beside each author. Always the same, so that nothing is brought twice. Default: what the export says."`
	Language string   `help:"Language of the posts, such as fr; default: that of the forum."`
	DryRun   bool     `help:"Read all of it, write nothing, and tell what would be made and what could not be brought."`
	Report   string   `placeholder:"FILE" help:"Write all that could not be brought there: as JSON where the name ends in .json, else as text."`
}

type importLemmy struct {
	importFlags `embed:""`
}

// Run imports from Lemmy or PieFed.
func (cmd importLemmy) Run(ctx context.Context, c *console) error {
	return cmd.run(ctx, c, importing.Lemmy)
}

type importPHPBB struct {
	importFlags `embed:""`
}

// Run imports from phpBB.
func (cmd importPHPBB) Run(ctx context.Context, c *console) error {
	return cmd.run(ctx, c, importing.PHPBB)
}

type importDiscourse struct {
	importFlags `embed:""`
}

// Run imports from Discourse.
func (cmd importDiscourse) Run(ctx context.Context, c *console) error {
	return cmd.run(ctx, c, importing.Discourse)
}

func (cmd *importFlags) run(ctx context.Context, c *console, format importing.Format) error {
	return c.withApp(ctx, func(a *app) error {
		// A mistyped forum is told before hours of reading.
		if err := a.service.CheckBringing(ctx, forum.Operator(), forum.Bringing{Source: "?", Forum: cmd.Forum, Language: cmd.Language}); err != nil {
			return err
		}
		archive, err := c.readArchive(ctx, format, cmd.File)
		if err != nil {
			return err
		}
		defer archive.Close()
		i := &importer{app: a, importFlags: cmd, archive: archive, bringing: forum.Bringing{Source: cmd.From, Forum: cmd.Forum, Language: cmd.Language}}
		if i.bringing.Source == "" {
			i.bringing.Source = archive.Source
		}
		if i.bringing.Source == "" {
			return errors.New("the export does not say where it comes from: name it with --from, such as --from forum.example.org")
		}
		if err := i.choose(c, format); err != nil {
			return err
		}
		trouble := i.bring(ctx, c)
		if trouble != nil && ctx.Err() == nil {
			return trouble
		}
		if err := i.report(c, format); err != nil {
			return err
		}
		if trouble != nil {
			return fmt.Errorf("interrupted; the same command goes on from here: %w", trouble)
		}
		return nil
	})
}

// readArchive reads an export, and tells how far it is.
func (c *console) readArchive(ctx context.Context, format importing.Format, file string) (*importing.Archive, error) {
	const unit = 1 << 10
	var shown *progress
	told := -1
	archive, err := importing.Read(ctx, format, file, func(done, all int64) {
		if shown == nil {
			shown = newProgress(c.out, "Read (kB)", int(all/unit))
		}
		if n := int(done / unit); n < shown.all && n/100 != told { // the end is told once
			told = n / 100
			shown.done(n)
		}
	})
	if err == nil && shown != nil {
		shown.done(shown.all)
	}
	return archive, err
}

// importer is the work of bringing an archive.
type importer struct {
	*app
	*importFlags
	archive  *importing.Archive
	bringing forum.Bringing
	result   importResult
	authors  map[string]bool // that were met
	root     string          // of the thread that a dry run is in
}

// importResult is what came of it.
type importResult struct {
	DryRun  bool             `json:"dry_run"`
	Format  importing.Format `json:"format"`
	Source  string           `json:"source"`
	Forum   string           `json:"forum"`
	Authors int              `json:"authors"`
	Threads int              `json:"threads"`
	Replies int              `json:"replies"`
	Before  int              `json:"brought_before"`
	Known   int              `json:"known_by_federation"`
	Lost    []importing.Loss `json:"lost"`
}

// choose checks which parts are brought. A dump of phpBB does not plainly say which
// of its forums everybody may read: there an administrator names them.
func (i *importer) choose(c *console, format importing.Format) error {
	list, err := i.archive.Categories()
	if err != nil {
		return err
	}
	for _, id := range i.Category {
		if !slices.ContainsFunc(list, func(c importing.Category) bool { return c.ID == id }) {
			return fmt.Errorf("no thread of the export is in category %q; a dry run without --category lists them", id)
		}
	}
	unnamed := format == importing.PHPBB && len(i.Category) == 0 && len(list) > 1
	if i.DryRun || unnamed {
		table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "CATEGORY\tNAME\tTHREADS\t")
		for _, one := range list {
			fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", one.ID, one.Name, one.Threads, one.Closed)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	if unnamed && !i.DryRun {
		return errors.New("name the forums that everybody may read with --category: what is brought is public")
	}
	return nil
}

// importBatch is how many posts are stored in one transaction: others wait for it.
const importBatch = 50

// bring stores what can be stored, or, on a dry run, looks whether it could be.
func (i *importer) bring(ctx context.Context, c *console) error {
	_, all, err := i.archive.Size(i.Category)
	if err != nil {
		return err
	}
	i.authors = map[string]bool{}
	what := "Brought"
	if i.DryRun {
		what = "Looked at"
	}
	shown, n := newProgress(c.out, what, all), 0
	var batch []forum.BroughtPost
	store := func() error {
		err := i.store(ctx, batch)
		n, batch = n+len(batch), batch[:0]
		if n < all {
			shown.done(n)
		}
		return err
	}
	err = i.archive.Posts(i.Category, func(p forum.BroughtPost) error {
		if batch = append(batch, p); len(batch) < importBatch {
			return nil
		}
		return store()
	})
	if err == nil && len(batch) > 0 {
		err = store()
	}
	if err == nil {
		shown.done(all)
	}
	return err
}

func (i *importer) store(ctx context.Context, batch []forum.BroughtPost) error {
	var ids []string
	for _, p := range batch {
		if !i.authors[p.Author.ForeignID] {
			ids = append(ids, p.Author.ForeignID)
		}
	}
	known, err := i.app.store.Brought(ctx, i.bringing.Source, forum.BroughtAuthors, ids)
	if err != nil {
		return err
	}
	for id := range known {
		i.authors[id] = true
	}
	var fates []forum.BroughtFate
	if i.DryRun {
		fates, err = i.foresee(ctx, batch)
	} else {
		fates, err = i.service.Bring(ctx, forum.Operator(), i.bringing, batch)
	}
	if err != nil {
		return err
	}
	for n := range batch {
		i.count(&batch[n], fates[n])
	}
	return nil
}

// count takes the fate of a post to the books.
func (i *importer) count(p *forum.BroughtPost, fate forum.BroughtFate) {
	switch fate {
	case forum.FateAdded:
		if !i.authors[p.Author.ForeignID] {
			i.authors[p.Author.ForeignID] = true
			i.result.Authors++
		}
		if p.Thread == p.ForeignID {
			i.result.Threads++
		} else {
			i.result.Replies++
		}
	case forum.FateBefore:
		i.result.Before++
	case forum.FateKnown:
		i.result.Known++
	default:
		i.archive.Lost.Add(importing.Reason(fate), "post "+p.ForeignID)
	}
}

// foresee tells what Bring would do, as far as that can be seen without doing it.
func (i *importer) foresee(ctx context.Context, batch []forum.BroughtPost) ([]forum.BroughtFate, error) {
	var ids []string
	for _, p := range batch {
		ids = append(ids, p.ForeignID, p.Thread)
	}
	known, err := i.app.store.Brought(ctx, i.bringing.Source, forum.BroughtPosts, ids)
	if err != nil {
		return nil, err
	}
	fates := make([]forum.BroughtFate, len(batch))
	for n, p := range batch {
		switch {
		case known[p.ForeignID] != 0:
			fates[n] = forum.FateBefore
			continue
		case p.URI != "":
			if _, err := i.app.store.PostByURI(ctx, p.URI); err == nil {
				fates[n] = forum.FateKnown
				continue
			} else if forum.CodeOf(err) != forum.NotFound {
				return nil, err
			}
		}
		if fates[n] = forum.FateAdded; p.Thread == p.ForeignID {
			i.root = p.ForeignID
		} else if p.Thread != i.root && known[p.Thread] == 0 {
			fates[n] = forum.FateNoThread
		}
	}
	return fates, nil
}

// report tells what was done and what could not be.
func (i *importer) report(c *console, format importing.Format) error {
	i.result.DryRun, i.result.Format, i.result.Source, i.result.Forum = i.DryRun, format, i.bringing.Source, strings.ToLower(i.Forum)
	i.result.Lost = i.archive.Lost.List()
	if err := i.result.writeText(c.out, 0); err != nil {
		return err
	}
	if i.Report == "" {
		return nil
	}
	return i.result.writeFile(i.Report)
}
