"""Rights, roles and owners."""

SCENARIOS = [
    ("GRANT SELECT ON users TO blue_app; GRANT a TO b; GRANT USAGE ON SCHEMA s TO c", "SAFE", ""),
    ("REVOKE SELECT, INSERT ON users FROM blue_app", "REFUSE revoke", "contract.sql"),
    ("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC", "REFUSE revoke", ""),
    ("REVOKE EXECUTE ON FUNCTION f(int) FROM PUBLIC", "REFUSE revoke", ""),
    ("REVOKE USAGE ON SCHEMA s FROM blue_app", "REFUSE revoke", ""),
    ("REVOKE admin FROM blue_app", "REFUSE revoke", ""),
    ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO a", "SAFE", ""),
    ("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM a", "REVIEW revoke-default", ""),
    ("ALTER ROLE blue_app SET search_path = app", "REVIEW role-setting", ""),
    ("ALTER ROLE blue_app RESET ALL", "REVIEW role-setting", ""),
    ("ALTER ROLE ALL SET statement_timeout = 1", "REVIEW role-setting", ""),
    ("ALTER DATABASE shop SET timezone = 'UTC'", "REVIEW role-setting", ""),
    ("CREATE ROLE green_app LOGIN", "SAFE", ""),
    ("ALTER ROLE blue_app NOLOGIN", "REVIEW alter-role", ""),
    ("DROP ROLE blue_app", "REFUSE drop-role", ""),
    ("DROP OWNED BY blue_app", "REFUSE drop-owned", "0002_x.contract.sql"),
    ("REASSIGN OWNED BY blue_app TO x", "REVIEW change-owner", ""),
    ("ALTER TABLE users OWNER TO x", "REVIEW change-owner", ""),
    ("ALTER SCHEMA s OWNER TO x", "REVIEW change-owner", ""),
]
