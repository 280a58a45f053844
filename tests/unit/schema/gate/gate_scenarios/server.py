"""Schemas, sequences, extensions, replication, and what concerns the whole server."""

SCENARIOS = [
    ("CREATE SCHEMA app; CREATE SEQUENCE s; CREATE EXTENSION IF NOT EXISTS citext", "SAFE", ""),
    ("ALTER SEQUENCE s RESTART WITH 1", "REVIEW alter-sequence", ""),
    ("ALTER SEQUENCE s OWNED BY users.id", "SAFE", ""),
    ("ALTER EXTENSION postgis UPDATE TO '3.5'", "REVIEW alter-extension", ""),
    ("ALTER EXTENSION e DROP FUNCTION f(int)", "REVIEW alter-extension", ""),
    ("CREATE PUBLICATION p FOR TABLE users", "REVIEW publication", ""),
    ("ALTER PUBLICATION p ADD TABLE t", "REVIEW publication", ""),
    ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "REVIEW publication", ""),
    ("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w", "SAFE", ""),
    ("ALTER SERVER s OPTIONS (SET host 'x')", "REVIEW foreign-data", ""),
    ("DROP USER MAPPING FOR a SERVER s", "REVIEW foreign-data", ""),
    ("ALTER SYSTEM SET work_mem = '1GB'", "REFUSE server-wide", ""),
    ("CREATE DATABASE d", "REFUSE server-wide", ""),
    ("DROP DATABASE d", "REFUSE server-wide", ""),
    ("CREATE TABLESPACE t LOCATION '/x'", "REFUSE server-wide", ""),
    ("ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b", "REFUSE server-wide", ""),
    ("CHECKPOINT; LOAD 'x'", "REFUSE server-wide server-wide", ""),
    ("ALTER DATABASE d CONNECTION LIMIT 1", "REVIEW alter-database", ""),
    ("SECURITY LABEL ON TABLE users IS 'x'", "REVIEW security-label", ""),
]
