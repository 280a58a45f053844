-- Orders of before this release came by the web.
-- table: orders
-- key: id
UPDATE orders SET channel = 'web' WHERE id > $1 AND id <= $2 AND channel IS NULL;
