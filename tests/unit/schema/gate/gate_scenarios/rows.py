"""Rows that blue reads."""

SCENARIOS = [
    (
        "INSERT INTO settings (a, b) VALUES (1, 2), (3, lower('X')) ON CONFLICT DO NOTHING",
        "SAFE",
        "",
    ),
    ("INSERT INTO settings SELECT 1, 'x' WHERE NOT EXISTS (VALUES (1))", "SAFE", ""),
    ("INSERT INTO s VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 2", "REVIEW update-rows", ""),
    ("INSERT INTO archive SELECT * FROM orders", "REVIEW bulk-insert", "0002_x.backfill.sql"),
    ("UPDATE users SET region = 'eu'", "REFUSE update-all-rows", "migrations/0002_x.backfill.sql"),
    ("UPDATE users SET region = 'eu' WHERE true", "REFUSE update-all-rows", ""),
    ("UPDATE users SET region = 'eu' WHERE id = 5", "REVIEW update-rows", "0002_x.backfill.sql"),
    ("DELETE FROM orders", "REFUSE delete-all-rows", "0002_x.contract.sql"),
    ("DELETE FROM orders WHERE 1 = 1", "REFUSE delete-all-rows", ""),
    ("DELETE FROM orders WHERE at < now()", "REVIEW delete-rows", ""),
    (
        "WITH x AS (DELETE FROM orders WHERE a RETURNING *) SELECT count(*) FROM x",
        "REVIEW delete-rows",
        "",
    ),
    ("MERGE INTO t USING u ON a = b WHEN MATCHED THEN DELETE", "REVIEW update-rows", ""),
    ("TRUNCATE orders_archive, b CASCADE", "REFUSE truncate truncate", ""),
    ("COPY t FROM '/x'", "REVIEW copy", ""),
    ("COPY t TO PROGRAM 'x'", "REVIEW copy", ""),
    ("EXPLAIN DELETE FROM t", "SAFE", ""),
    ("EXPLAIN (ANALYZE) DELETE FROM t", "REFUSE delete-all-rows", ""),
]
