"""Indexes and upkeep."""

SCENARIOS = [
    ("CREATE INDEX CONCURRENTLY i ON users (name)", "SAFE", ""),
    (
        "CREATE INDEX i ON shop.users (lower(name)) WHERE a > 0",
        "REFUSE table-scan",
        "CREATE INDEX CONCURRENTLY i ON shop.users (lower(name)) WHERE a > 0",
    ),
    (
        "CREATE INDEX IF NOT EXISTS i ON users USING gin (tags)",
        "REFUSE table-scan",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON users USING gin (tags)",
    ),
    (
        "CREATE INDEX ON users (a, b)",
        "REFUSE table-scan",
        "INDEX CONCURRENTLY users_a_b_idx ON users",
    ),
    ("CREATE INDEX i ON ONLY events (at)", "SAFE", ""),
    ("CREATE UNIQUE INDEX CONCURRENTLY u ON users (name)", "REVIEW unique-binds-blue", ""),
    (
        "CREATE UNIQUE INDEX u ON users (name)",
        "REFUSE table-scan unique-binds-blue",
        "CREATE UNIQUE INDEX CONCURRENTLY u ON users (name)",
    ),
    ("DROP INDEX CONCURRENTLY i", "REVIEW drop-index", "0002_x.contract.sql"),
    ("DROP INDEX a.i, j", "REVIEW drop-index drop-index", "DROP INDEX CONCURRENTLY a.i in"),
    ("ALTER INDEX i RENAME TO j", "SAFE", ""),
    ("ALTER INDEX i ATTACH PARTITION j", "SAFE", ""),
    ("ALTER INDEX i SET (fillfactor = 70)", "SAFE", ""),
    ("ALTER INDEX i SET TABLESPACE fast", "REFUSE table-rewrite", ""),
    (
        "CREATE STATISTICS s ON a, b FROM users; ALTER STATISTICS s SET STATISTICS 10; DROP STATISTICS s",
        "SAFE",
        "",
    ),
    ("REINDEX INDEX i", "REFUSE table-scan", "REINDEX INDEX CONCURRENTLY i"),
    ("REINDEX (VERBOSE) TABLE users", "REFUSE table-scan", "REINDEX TABLE CONCURRENTLY users"),
    ("REINDEX TABLE CONCURRENTLY users", "SAFE", ""),
    ("REINDEX (CONCURRENTLY OFF) TABLE users", "REFUSE table-scan", ""),
    ("VACUUM users; ANALYZE; VACUUM (ANALYZE, FULL FALSE) users", "SAFE", ""),
    ("VACUUM FULL users", "REFUSE table-rewrite", ""),
    ("VACUUM (FULL)", "REFUSE table-rewrite", ""),
    ("CLUSTER users USING i", "REFUSE table-rewrite", ""),
    ("CLUSTER", "REFUSE table-rewrite", ""),
]
