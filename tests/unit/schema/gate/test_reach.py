"""How far a statement reaches, from its words."""

import pytest

from handlers.domain.schema.gate.reach import is_tried, on_scratch, reach

REACHES = [
    ("CREATE TABLE t ()", "database"),
    ("CREATE USER MAPPING FOR u SERVER s", "database"),
    ("GRANT SELECT ON t TO u", "database"),
    ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO u", "database"),
    ("COMMENT ON TABLE t IS 'x'", "database"),
    ("COPY t TO x", "database"),
    ("create role r", "cluster"),
    ("ALTER USER r SET a = 1", "cluster"),
    ("DROP GROUP g", "cluster"),
    ("CREATE DATABASE d", "cluster"),
    ("GRANT a TO b", "cluster"),
    ("REVOKE a FROM b", "cluster"),
    ("GRANT CONNECT ON DATABASE d TO u", "cluster"),
    ("COMMENT ON ROLE r IS 'x'", "cluster"),
    ("DROP OWNED BY r", "cluster"),
    ("ALTER SYSTEM SET a = 1", "machine"),
    ("CREATE TABLESPACE s LOCATION '/x'", "machine"),
    ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", "machine"),
    ("COPY t TO PROGRAM 'rm'", "machine"),
    ("COPY t FROM '/etc/passwd'", "machine"),
]


@pytest.mark.parametrize(("sql", "expected"), REACHES)
def test_a_statement_reaches_as_far_as_what_it_names(sql, expected):
    assert reach(sql) == expected
    assert is_tried(sql, "shared") == (expected == "database")
    assert is_tried(sql, "own") == (expected != "machine")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("ALTER DATABASE d SET a = 1", 'ALTER DATABASE "x" SET a = 1'),
        ('alter database "d d" reset ALL', 'alter database "x" reset ALL'),
        ("ALTER DATABASE d SET TABLESPACE s", None),
        ("ALTER DATABASE d RENAME TO e", None),
        ("ALTER TABLE d SET (a = 1)", None),
    ],
)
def test_a_databases_setting_is_said_of_the_scratch_database(sql, said):
    assert on_scratch(sql, "x") == said
