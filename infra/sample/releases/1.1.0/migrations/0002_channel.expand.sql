-- 1.0.0 names its columns and goes on without this one.
ALTER TABLE orders ADD COLUMN channel text;

-- Beside running traffic: nobody waits for it.
CREATE INDEX CONCURRENTLY orders_by_channel ON orders (channel, placed_at);
