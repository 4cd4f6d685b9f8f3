package storage

import (
	"context"

	"portevoix/forum"
)

// companyKeysConsidered bounds what is read of the index for one beginning.
const companyKeysConsidered = 500

// CompaniesBeginning implements forum.PageReader: first those whose whole name
// begins so, then those with the most cases.
func (r reader) CompaniesBeginning(ctx context.Context, begun string, limit int) ([]forum.Company, error) {
	whole := companyName(begun)
	if whole == "" {
		return nil, nil
	}
	key := r.bytewise("key")
	from := "SELECT * FROM (SELECT key, company_id FROM company_keys WHERE " + key + " >= ? AND " + key + " < ? ORDER BY " + key + " LIMIT ?) AS "
	var ids []forum.ID
	err := r.scan(ctx, &ids, `SELECT actors.id FROM (`+from+`names UNION ALL `+from+`words) AS begun JOIN actors ON actors.id = begun.company_id
		WHERE actors.deleted_at = 0 AND actors.moved_to = '' AND actors.standing < 2
		GROUP BY actors.id
		ORDER BY max(CASE WHEN begun.key LIKE 'name:%' THEN 1 ELSE 0 END) DESC, COALESCE((SELECT max(threads) FROM forums WHERE forums.actor_id = actors.id), 0) DESC, actors.id LIMIT ?`,
		"name:"+whole, past("name:"+whole), companyKeysConsidered, "word:"+whole, past("word:"+whole), companyKeysConsidered, limit)
	if err != nil {
		return nil, err
	}
	list := make([]forum.Company, len(ids))
	for i, id := range ids {
		c, err := r.CompanyByID(ctx, id)
		if err != nil {
			return nil, err
		}
		list[i] = *c
	}
	return list, nil
}
