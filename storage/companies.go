package storage

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"portevoix/forum"
	"portevoix/forum/words"
)

type companyRow struct {
	bun.BaseModel `bun:"table:companies,alias:companies"`

	ActorID        forum.ID `bun:"actor_id,pk"`
	Site           string   `bun:"site"`
	Aliases        string   `bun:"aliases"`
	RegistryScheme string   `bun:"registry_scheme"`
	RegistryNumber string   `bun:"registry_number"`
	CreatedBy      forum.ID `bun:"created_by"`
	MergedInto     forum.ID `bun:"merged_into"`
}

func newCompanyRow(c *forum.Company) *companyRow {
	return &companyRow{ActorID: c.ID, Site: c.Site, Aliases: strings.Join(c.Aliases, "\n"), RegistryScheme: c.Registry.Scheme, RegistryNumber: c.Registry.Number,
		CreatedBy: c.CreatedBy, MergedInto: c.MergedInto}
}

// readCompany adds what is known of a company beyond its group.
func (r reader) readCompany(ctx context.Context, f forum.Forum) (*forum.Company, error) {
	c := &forum.Company{Forum: f, Cases: map[forum.CaseState]int{}}
	c.Forum.Company = c
	var rows []companyRow
	if err := r.db.NewSelect().Model(&rows).Where("actor_id = ?", f.ID).Scan(ctx); err != nil {
		return nil, err
	}
	for _, row := range rows {
		c.Site, c.Registry, c.CreatedBy, c.MergedInto = row.Site, forum.Registry{Scheme: row.RegistryScheme, Number: row.RegistryNumber}, row.CreatedBy, row.MergedInto
		if row.Aliases != "" {
			c.Aliases = strings.Split(row.Aliases, "\n")
		}
	}
	var counts []struct {
		State forum.CaseState
		Cases int
	}
	if err := r.scan(ctx, &counts, "SELECT state, cases FROM case_counts WHERE company_id = ? AND cases > 0", f.ID); err != nil {
		return nil, err
	}
	for _, row := range counts {
		c.Cases[row.State] = row.Cases
	}
	all, err := r.Representatives(ctx, f.ID)
	for i := range all {
		if all[i].Verified() {
			c.Speak = append(c.Speak, all[i])
		}
	}
	return c, err
}

// Company implements forum.Reader.
func (r reader) Company(ctx context.Context, h forum.Handle) (*forum.Company, error) {
	f, err := r.Forum(ctx, h)
	if err == nil && f.GroupRole != forum.RoleCompany {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if err != nil {
		return nil, err
	}
	full, err := r.Actor(ctx, f.ID) // with what lists leave out
	if err != nil {
		return nil, err
	}
	f.Actor = *full
	return r.readCompany(ctx, *f)
}

// CompanyByID implements forum.Reader.
func (r reader) CompanyByID(ctx context.Context, id forum.ID) (*forum.Company, error) {
	f, err := r.ForumByID(ctx, id)
	if err == nil && f.GroupRole != forum.RoleCompany {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if err != nil {
		return nil, err
	}
	full, err := r.Actor(ctx, f.ID)
	if err != nil {
		return nil, err
	}
	f.Actor = *full
	return r.readCompany(ctx, *f)
}

// companyName is a name as keys compare it.
func companyName(name string) string { return strings.Join(words.Texts(words.Split(name)), " ") }

// maxNameKeys bounds the words of a name that are looked for.
const maxNameKeys = 8

// nameKeys are what names have in common: the whole and its words.
func nameKeys(names []string) []string {
	var keys []string
	for _, name := range names {
		whole := companyName(name)
		if whole == "" {
			continue
		}
		keys = append(keys, "name:"+whole)
		for i, w := range strings.Fields(whole) {
			if i < maxNameKeys && len(w) > 2 && !words.Little(w) {
				keys = append(keys, "word:"+w)
			}
		}
	}
	return keys
}

// firmKeys are those that say more than words.
func firmKeys(k forum.CompanyKeys) []string {
	var keys []string
	if host := forum.SiteHost(k.Site); host != "" {
		keys = append(keys, "host:"+host)
	}
	if k.Registry.Number != "" {
		keys = append(keys, "reg:"+k.Registry.Scheme+":"+k.Registry.Number)
		if k.Registry.Scheme == "siret" && len(k.Registry.Number) == 14 {
			keys = append(keys, "reg:siren:"+k.Registry.Number[:9])
		}
	}
	if k.GTIN != "" {
		keys = append(keys, "gtin:"+k.GTIN)
	}
	return keys
}

// CompaniesLike implements forum.Reader: first those that share a number, a site or
// a whole name, then those with the most words in common.
func (r reader) CompaniesLike(ctx context.Context, k forum.CompanyKeys, limit int) ([]forum.Company, error) {
	keys := append(firmKeys(k), nameKeys(k.Names)...)
	if len(keys) == 0 {
		return nil, nil
	}
	var ids []forum.ID
	err := r.scan(ctx, &ids, `SELECT company_keys.company_id FROM company_keys JOIN actors ON actors.id = company_keys.company_id
		WHERE company_keys.key IN (?) AND actors.deleted_at = 0 AND actors.moved_to = '' AND actors.standing < 2
		GROUP BY company_keys.company_id
		ORDER BY max(CASE WHEN company_keys.key LIKE 'word:%' THEN 0 ELSE 1 END) DESC, count(*) DESC, company_keys.company_id LIMIT ?`, bun.List(keys), limit)
	if err != nil {
		return nil, err
	}
	var list []forum.Company
	for _, id := range ids {
		c, err := r.CompanyByID(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, *c)
	}
	return list, nil
}

// CompanyNamed implements forum.Reader.
func (r reader) CompanyNamed(ctx context.Context, name string) (*forum.Actor, error) {
	whole := companyName(name)
	var ids []forum.ID
	err := r.scan(ctx, &ids, `SELECT company_keys.company_id FROM company_keys JOIN actors ON actors.id = company_keys.company_id
		WHERE company_keys.key = ? AND actors.deleted_at = 0 AND actors.moved_to = '' AND actors.host = '' LIMIT 2`, "name:"+whole)
	if err == nil && (whole == "" || len(ids) != 1) {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if err != nil {
		return nil, err
	}
	return r.Actor(ctx, ids[0])
}

// Products implements forum.PageReader.
func (r reader) Products(ctx context.Context, company forum.ID, limit int) ([]forum.Product, error) {
	var list []forum.Product
	err := r.scan(ctx, &list, "SELECT id, company_id, name, gtin, created_by FROM products WHERE company_id = ? ORDER BY name, id LIMIT ?", company, limit)
	return list, err
}

// ProductNamed implements forum.Reader.
func (r reader) ProductNamed(ctx context.Context, company forum.ID, name string) (*forum.Product, error) {
	var p forum.Product
	err := r.scan(ctx, &p, "SELECT id, company_id, name, gtin, created_by FROM products WHERE company_id = ? AND lower(name) = lower(?) ORDER BY id LIMIT 1", company, name)
	return &p, err
}

// AddCompany implements forum.Tx.
func (t *tx) AddCompany(ctx context.Context, c *forum.Company, key forum.KeyPair) error {
	if err := t.AddForum(ctx, &c.Forum, key); err != nil {
		return err
	}
	if _, err := t.db.NewInsert().Model(newCompanyRow(c)).Exec(ctx); err != nil {
		return err
	}
	if err := t.setCompanyKeys(ctx, c); err != nil {
		return err
	}
	return t.adoptCases(ctx, c)
}

// adoptCases gives a new page the cases that name its company already.
func (t *tx) adoptCases(ctx context.Context, c *forum.Company) error {
	for _, name := range append([]string{c.DisplayName}, c.Aliases...) {
		var ids []forum.ID
		if err := t.scan(ctx, &ids, "SELECT post_id FROM threads WHERE company_id = 0 AND company <> '' AND lower(company) = lower(?) AND company_uri = ''", name); err != nil {
			return err
		}
		if err := t.adopt(ctx, &c.Actor, ids); err != nil {
			return err
		}
	}
	return nil
}

// adoptCasesOf gives a page elsewhere, once it is known, the cases that name it.
func (t *tx) adoptCasesOf(ctx context.Context, page *forum.Actor) error {
	var ids []forum.ID
	if err := t.scan(ctx, &ids, "SELECT post_id FROM threads WHERE company_id = 0 AND company_uri <> '' AND company_uri = ?", page.URI); err != nil {
		return err
	}
	return t.adopt(ctx, page, ids)
}

func (t *tx) adopt(ctx context.Context, page *forum.Actor, cases []forum.ID) error {
	for _, id := range cases {
		if err := t.countCase(ctx, id, -1); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "UPDATE threads SET company_id = ?, company = ?, company_handle = ?, company_uri = ? WHERE post_id = ?", page.ID, page.DisplayName, page.Handle(), page.URI, id); err != nil {
			return err
		}
		if err := t.countCase(ctx, id, 1); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) setCompanyKeys(ctx context.Context, c *forum.Company) error {
	if _, err := t.exec(ctx, "DELETE FROM company_keys WHERE company_id = ? AND key NOT LIKE 'gtin:%'", c.ID); err != nil {
		return err
	}
	keys := append(firmKeys(forum.CompanyKeys{Site: c.Site, Registry: c.Registry}), nameKeys(append([]string{c.Label()}, c.Aliases...))...)
	return t.addCompanyKeys(ctx, c.ID, keys)
}

func (t *tx) addCompanyKeys(ctx context.Context, company forum.ID, keys []string) error {
	for _, key := range keys {
		if _, err := t.exec(ctx, "INSERT INTO company_keys (key, company_id) VALUES (?, ?) ON CONFLICT DO NOTHING", key, company); err != nil {
			return err
		}
	}
	return nil
}

// UpdateCompany implements forum.Tx.
func (t *tx) UpdateCompany(ctx context.Context, c *forum.Company) error {
	if err := t.UpdateActor(ctx, &c.Actor); err != nil {
		return err
	}
	if _, err := t.db.NewUpdate().Model(newCompanyRow(c)).WherePK().Column("site", "aliases", "registry_scheme", "registry_number").Exec(ctx); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "UPDATE threads SET company = ? WHERE company_id = ? AND company <> ?", c.DisplayName, c.ID, c.DisplayName); err != nil {
		return err
	}
	return t.setCompanyKeys(ctx, c)
}

// AddProduct implements forum.Tx.
func (t *tx) AddProduct(ctx context.Context, p *forum.Product) error {
	n, err := t.exec(ctx, "INSERT INTO products (id, company_id, name, gtin, created_by) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", p.ID, p.CompanyID, p.Name, p.GTIN, p.CreatedBy)
	if err == nil && n == 0 {
		err = &forum.Error{Code: forum.Conflict, Key: "ProductExists", Field: "name", Args: map[string]any{"Name": p.Name}}
	}
	if err != nil || p.GTIN == "" {
		return err
	}
	return t.addCompanyKeys(ctx, p.CompanyID, []string{"gtin:" + p.GTIN})
}

// SetCompanyTelling implements forum.Tx.
func (t *tx) SetCompanyTelling(ctx context.Context, company forum.ID, telling bool) (bool, error) {
	n, err := t.exec(ctx, "UPDATE companies SET telling = ? WHERE actor_id = ? AND telling <> ? AND actor_id IN (SELECT id FROM actors WHERE host = '')", telling, company, telling)
	return n > 0, err
}

// MergeCompany implements forum.Tx.
func (t *tx) MergeCompany(ctx context.Context, from, into *forum.Company) error {
	for _, step := range []struct {
		query string
		args  []any
	}{
		{"UPDATE threads SET company_id = ?, company = ?, company_handle = ?, company_uri = ? WHERE company_id = ?", []any{into.ID, into.DisplayName, into.Handle(), into.URI, from.ID}},
		// Of the same product in both, the target's stays.
		{`UPDATE threads SET product_id = (SELECT kept.id FROM products AS gone JOIN products AS kept ON kept.company_id = ? AND kept.name = gone.name WHERE gone.id = threads.product_id)
			WHERE company_id = ? AND product_id IN (SELECT gone.id FROM products AS gone JOIN products AS kept ON kept.company_id = ? AND kept.name = gone.name WHERE gone.company_id = ?)`, []any{into.ID, into.ID, into.ID, from.ID}},
		{"DELETE FROM products WHERE company_id = ? AND name IN (SELECT name FROM products WHERE company_id = ?)", []any{from.ID, into.ID}},
		{"UPDATE products SET company_id = ? WHERE company_id = ?", []any{into.ID, from.ID}},
		{`INSERT INTO case_counts (company_id, state, cases) SELECT CAST(? AS BIGINT), state, cases FROM case_counts WHERE company_id = ?
			ON CONFLICT (company_id, state) DO UPDATE SET cases = case_counts.cases + excluded.cases`, []any{into.ID, from.ID}},
		{"DELETE FROM case_counts WHERE company_id = ?", []any{from.ID}},
		{"INSERT INTO company_keys (key, company_id) SELECT key, CAST(? AS BIGINT) FROM company_keys WHERE company_id = ? AND key LIKE 'gtin:%' ON CONFLICT DO NOTHING", []any{into.ID, from.ID}},
		{"DELETE FROM company_keys WHERE company_id = ?", []any{from.ID}},
		{`UPDATE forums SET threads = threads + (SELECT count(*) FROM threads WHERE threads.company_id = ? AND threads.forum_id <> ? AND NOT threads.hidden) - threads WHERE actor_id = ?`, []any{into.ID, into.ID, into.ID}},
		{"UPDATE concerns SET company_id = ? WHERE company_id = ?", []any{into.ID, from.ID}},
		{"UPDATE threats SET company_id = ? WHERE company_id = ?", []any{into.ID, from.ID}},
		{"UPDATE companies SET merged_into = ? WHERE actor_id = ?", []any{into.ID, from.ID}},
	} {
		if _, err := t.exec(ctx, step.query, step.args...); err != nil {
			return err
		}
	}
	return nil
}

// countCase moves what a company's page counts by a case as it now is stored; by
// is -1 before a change, and 1 after it.
func (t *tx) countCase(ctx context.Context, thread forum.ID, by int) error {
	return t.countCases(ctx, "post_id = ?", by, thread)
}

// countCases is countCase for several threads.
func (t *tx) countCases(ctx context.Context, where string, by int, args ...any) error {
	_, err := t.exec(ctx, `INSERT INTO case_counts (company_id, state, cases)
		SELECT company_id, state, CAST(? AS INTEGER) * count(*) FROM threads WHERE `+where+` AND company_id <> 0 AND NOT hidden AND NOT incomplete AND merged_into = 0 GROUP BY company_id, state
		ON CONFLICT (company_id, state) DO UPDATE SET cases = case_counts.cases + excluded.cases`, append([]any{by}, args...)...)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE forums SET threads = threads + ? * (SELECT count(*) FROM threads WHERE `+where+` AND threads.company_id = forums.actor_id AND threads.forum_id <> threads.company_id AND NOT threads.hidden)
		WHERE actor_id IN (SELECT company_id FROM threads WHERE `+where+` AND company_id <> 0 AND company_id <> forum_id AND NOT hidden)`, append(append([]any{by}, args...), args...)...)
	return err
}
