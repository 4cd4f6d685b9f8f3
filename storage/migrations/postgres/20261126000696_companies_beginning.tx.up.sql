-- Companies are offered while their name is typed.
CREATE INDEX company_keys_beginning ON company_keys (key COLLATE "C");
