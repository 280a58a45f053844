"""Code that a migration runs, and what it says to its session."""

MIG = "CREATE FUNCTION mig() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {} END $$; SELECT mig()"
SCENARIOS = [
    ("SELECT 1; SELECT count(*) FROM users", "SAFE", ""),
    ("SELECT pg_catalog.set_config('search_path', '', false)", "SAFE", ""),
    ("DO $$ BEGIN PERFORM 1; END $$", "REVIEW opaque-code", "write its statements out"),
    (
        "DO $$ BEGIN ALTER TABLE users DROP COLUMN name; END $$",
        "REFUSE hidden-change",
        "one by one",
    ),
    ("DO $$ BEGIN EXECUTE 'drop table users'; END $$", "REFUSE hidden-change", ""),
    ("DO $$ BEGIN RAISE NOTICE 'we drop nothing'; END $$", "REVIEW opaque-code", ""),
    ("DO $$ BEGIN RAISE NOTICE 'x; END $$", "REFUSE hidden-change", ""),
    (MIG.format("ALTER TABLE users DROP COLUMN name;"), "REFUSE hidden-change", ""),
    (MIG.format("UPDATE users SET name = '';"), "REVIEW opaque-code", ""),
    (
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM t'; INSERT INTO x SELECT f()",
        "REFUSE change-function hidden-change",
        "",
    ),
    ("SELECT create_hypertable('a', 'b')", "REVIEW opaque-code", ""),
    ("CALL p(1)", "REVIEW opaque-code", ""),
    (
        "SET search_path TO app; SET client_min_messages = warning; RESET search_path; SHOW x",
        "SAFE",
        "",
    ),
    ("SET lock_timeout = 0", "REVIEW overrides-timeouts", "take it out"),
    (
        "SET statement_timeout TO '1h'; RESET ALL",
        "REVIEW overrides-timeouts overrides-timeouts",
        "",
    ),
    ("SET session_replication_role = replica", "REVIEW switches-off-triggers", ""),
    ("SET CONSTRAINTS ALL DEFERRED", "SAFE", ""),
    ("LOCK TABLE users IN SHARE MODE", "REFUSE lock-table", ""),
    ("NOTIFY x; LISTEN x; UNLISTEN x", "SAFE", ""),
    (
        "PREPARE p AS DELETE FROM users; EXECUTE p; DEALLOCATE p",
        "REVIEW prepared-statement prepared-statement",
        "",
    ),
    ("SELECT setval('s', 10)", "REVIEW alter-sequence", ""),
    ("SELECT setval(pg_get_serial_sequence('t', 'id'), 1)", "REVIEW alter-sequence", ""),
    ("SELECT set_config('lock_timeout', '0', false)", "REVIEW overrides-timeouts", ""),
    ("SET session_replication_role = origin; RESET session_replication_role", "SAFE", ""),
]
