-- 1.0.0 names its columns and goes on without this one.
ALTER TABLE orders ADD COLUMN channel text;

-- What 1.0.0 places from now on; the backfill sees to what is there already.
ALTER TABLE orders ALTER COLUMN channel SET DEFAULT 'web';

-- Beside running traffic: nobody waits for it.
CREATE INDEX CONCURRENTLY orders_by_channel ON orders (channel, placed_at);
