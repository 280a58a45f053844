"""What the release has made itself: blue does not know it, nobody waits for its locks."""

NEW = "CREATE TABLE a (id int); "
SCENARIOS = [
    (
        NEW + "CREATE INDEX i ON a (id); DROP INDEX i; CREATE UNIQUE INDEX u ON public.a (id)",
        "SAFE",
        "",
    ),
    (
        NEW
        + "ALTER TABLE a ADD b int NOT NULL, ALTER id TYPE bigint, DROP COLUMN id, ADD CHECK (b > 0)",
        "SAFE",
        "",
    ),
    (NEW + "ALTER TABLE a RENAME TO b; ALTER TABLE b RENAME id TO x; DROP TABLE b", "SAFE", ""),
    (NEW + "DROP TABLE a; DROP TABLE a", "REFUSE drop-table", ""),
    (NEW + "ALTER TABLE a RENAME TO b; DROP TABLE a", "REFUSE drop-table", ""),
    (
        NEW
        + "CREATE TRIGGER g BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f(); DROP TRIGGER g ON a",
        "SAFE",
        "",
    ),
    (
        NEW
        + "CREATE RULE r AS ON INSERT TO a DO INSTEAD NOTHING; ALTER TABLE a ENABLE ROW LEVEL SECURITY",
        "SAFE",
        "",
    ),
    (
        NEW
        + "INSERT INTO a SELECT id FROM users; UPDATE a SET id = 1; DELETE FROM a; TRUNCATE a; COPY a FROM '/x'",
        "SAFE",
        "",
    ),
    (
        NEW + "REVOKE ALL ON a FROM PUBLIC; VACUUM FULL a; CLUSTER a USING i; REINDEX TABLE a",
        "SAFE",
        "",
    ),
    (NEW + "ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES users", "REVIEW foreign-key-locks", ""),
    (NEW + "CREATE TABLE b (a int REFERENCES a)", "SAFE", ""),
    (NEW + "ALTER TABLE users ADD COLUMN a_id int REFERENCES a", "SAFE", ""),
    (NEW + "ALTER TABLE a INHERIT users", "REVIEW inherit", ""),
    (NEW + "ALTER TABLE events ATTACH PARTITION a DEFAULT", "REVIEW attach-partition", ""),
    (
        "CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE q PARTITION OF p DEFAULT; ALTER TABLE p DETACH PARTITION q",
        "SAFE",
        "",
    ),
    (
        "CREATE SCHEMA app CREATE TABLE u (a int); CREATE TABLE IF NOT EXISTS app.t (a int); ALTER TABLE app.t DROP COLUMN a; DROP TABLE app.t, app.u; DROP SCHEMA app",
        "SAFE",
        "",
    ),
    ("CREATE SCHEMA app; ALTER TABLE t DROP COLUMN a", "REFUSE drop-column", ""),
    (
        "SET search_path TO app; CREATE TABLE users (a int); RESET search_path; DROP TABLE users",
        "REFUSE drop-table",
        "",
    ),
    ("SET search_path TO app; CREATE TABLE users (a int); DROP TABLE app.users", "SAFE", ""),
    (NEW + "ALTER TABLE a SET SCHEMA app; DROP TABLE app.a", "SAFE", ""),
    (
        "CREATE TABLE IF NOT EXISTS users (a int); ALTER TABLE users DROP COLUMN name",
        "REFUSE drop-column",
        "",
    ),
    (
        "CREATE TYPE m AS ENUM ('a'); ALTER TYPE m ADD VALUE 'b'; ALTER TYPE m RENAME VALUE 'a' TO 'c'; DROP TYPE m",
        "SAFE",
        "",
    ),
    (
        "CREATE TYPE m AS (a int); ALTER TYPE m DROP ATTRIBUTE a; ALTER TYPE m RENAME TO n",
        "SAFE",
        "",
    ),
    ("CREATE DOMAIN d AS int; ALTER DOMAIN d SET NOT NULL; DROP DOMAIN d", "SAFE", ""),
    ("CREATE VIEW v AS SELECT 1; CREATE OR REPLACE VIEW v AS SELECT 2; DROP VIEW v", "SAFE", ""),
    ("CREATE OR REPLACE VIEW v AS SELECT 2; DROP VIEW v", "REFUSE change-view drop-view", ""),
    (
        "CREATE MATERIALIZED VIEW m AS SELECT 1; REFRESH MATERIALIZED VIEW m; CREATE INDEX ON m (a)",
        "SAFE",
        "",
    ),
    ("CREATE SEQUENCE s; ALTER SEQUENCE s RESTART; DROP SEQUENCE s", "SAFE", ""),
    ("CREATE EXTENSION e; DROP EXTENSION e", "SAFE", ""),
    (
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; "
        "CREATE OR REPLACE FUNCTION f(b integer) RETURNS int LANGUAGE sql AS 'SELECT 2'; "
        "ALTER FUNCTION f(int) STRICT; REVOKE ALL ON FUNCTION f(int4) FROM PUBLIC; DROP FUNCTION f(int)",
        "SAFE",
        "",
    ),
    (
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION f(text)",
        "REFUSE drop-function",
        "",
    ),
    (
        "ALTER TABLE users ADD c text; ALTER TABLE users RENAME c TO d; ALTER TABLE users DROP COLUMN d",
        "SAFE",
        "",
    ),
    (
        "ALTER TABLE users ADD c text; ALTER TABLE users RENAME c TO d; ALTER TABLE users DROP COLUMN c",
        "REFUSE drop-column",
        "",
    ),
    (
        "ALTER TABLE users ADD c text; ALTER TABLE users ALTER c SET DEFAULT 'x'; ALTER TABLE users ALTER c DROP DEFAULT",
        "SAFE",
        "",
    ),
    (
        "ALTER TABLE users ADD c text DEFAULT 'x' NOT NULL; ALTER TABLE users ALTER c DROP DEFAULT",
        "REFUSE drop-default",
        "",
    ),
    (
        "ALTER TABLE users ADD c text; ALTER TABLE users ALTER c SET NOT NULL",
        "REFUSE add-column-not-null table-scan",
        "ALTER TABLE users ALTER COLUMN c SET DEFAULT …",
    ),
    (
        "ALTER TABLE users ADD c text DEFAULT 'x'; ALTER TABLE users ALTER c SET NOT NULL",
        "REFUSE table-scan",
        "",
    ),
    (
        "ALTER TABLE users ADD c int; ALTER TABLE users ADD CONSTRAINT p CHECK (c > 0) NOT VALID; ALTER TABLE users DROP CONSTRAINT p",
        "SAFE",
        "",
    ),
    (
        "ALTER TABLE users ADD c int; ALTER TABLE users ADD CONSTRAINT p CHECK (c IS NOT NULL) NOT VALID",
        "REFUSE add-column-not-null",
        "",
    ),
    (
        "ALTER TABLE users ADD c int; ALTER TABLE users ADD CONSTRAINT p CHECK (coalesce(c, 0) > age) NOT VALID",
        "REVIEW check-binds-blue",
        "",
    ),
    (
        "ALTER TABLE users ADD c int; ALTER TABLE users ALTER c TYPE bigint",
        "REFUSE change-column-type",
        "into its ADD COLUMN",
    ),
    (
        "ALTER TABLE users ADD c int; ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES b NOT VALID",
        "REVIEW foreign-key-locks",
        "",
    ),
    ("CREATE POLICY p ON users USING (true); DROP POLICY p ON users", "REVIEW change-policy", ""),
    (
        "CREATE TRIGGER g BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE users DISABLE TRIGGER g; DROP TRIGGER g ON users",
        "REVIEW create-trigger",
        "",
    ),
    (
        "CREATE SCHEMA app; SET search_path TO app, public; ALTER TABLE users DROP COLUMN name",
        "REFUSE drop-column",
        "",
    ),
    (
        "SELECT set_config('search_path', 'app, public', false); CREATE TABLE users (a int); DROP TABLE app.users; DROP TABLE public.users",
        "REFUSE drop-table",
        "",
    ),
    (
        "CREATE TEMP TABLE users (a int); DROP TABLE users; CREATE TEMP TABLE users (a int); DROP TABLE public.users",
        "REFUSE temporary-table temporary-table drop-table",
        "",
    ),
    (NEW + "ALTER TABLE a ATTACH PARTITION users DEFAULT", "REVIEW attach-partition", ""),
    ("CREATE SEQUENCE s; SELECT setval('s', 10)", "SAFE", ""),
    ("ALTER TABLE users ADD c text; CREATE UNIQUE INDEX CONCURRENTLY u ON users (c)", "SAFE", ""),
    (
        "ALTER TABLE users ADD c text DEFAULT 'x'; CREATE UNIQUE INDEX CONCURRENTLY u ON users (c)",
        "REVIEW unique-binds-blue",
        "",
    ),
    (
        "ALTER TABLE users ADD c text; ALTER TABLE users ADD CONSTRAINT u UNIQUE (c)",
        "REFUSE table-scan",
        "",
    ),
]
