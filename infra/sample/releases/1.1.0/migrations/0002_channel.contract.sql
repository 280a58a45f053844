-- The default was for 1.0.0, which names no channel. When nobody can go back to it, every order
-- says by itself how it came.
ALTER TABLE orders ALTER COLUMN channel DROP DEFAULT;
ALTER TABLE orders ADD CONSTRAINT orders_has_channel CHECK (channel IS NOT NULL) NOT VALID;

-- Beside running traffic; the next statement then believes it and scans nothing.
ALTER TABLE orders VALIDATE CONSTRAINT orders_has_channel;
ALTER TABLE orders ALTER COLUMN channel SET NOT NULL;
ALTER TABLE orders DROP CONSTRAINT orders_has_channel;
