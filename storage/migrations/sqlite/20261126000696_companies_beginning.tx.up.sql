-- Companies are offered while their name is typed: by the primary key of
-- company_keys, which is bytewise here. The other database needs an index for that.
SELECT 1;
