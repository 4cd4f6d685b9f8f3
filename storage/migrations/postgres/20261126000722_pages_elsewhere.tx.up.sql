-- Cases that name the page of a company elsewhere which is not known yet.

CREATE INDEX threads_company_uri ON threads (company_uri) WHERE company_id = 0 AND company_uri <> '';
