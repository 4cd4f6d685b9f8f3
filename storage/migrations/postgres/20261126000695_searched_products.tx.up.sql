-- Cases are looked for by the product that they name.
CREATE INDEX threads_product_name ON threads (lower(product)) WHERE product <> '';
