"""What drivers do when a statement that they prepared answers other columns: SQLSTATE 0A000,
`cached plan must not change result type`.

psycopg 3 goes on failing until the connection is closed (psycopg/psycopg#511). asyncpg prepares
again, except in a transaction, where that one fails (asyncpg, InvalidCachedStatementError). pgjdbc
tries again except in a transaction without `autosave` (jdbc.postgresql.org, server-prepare). pgx
forgets the statement, and this one call fails (jackc/pgx#841). Drivers that prepare nothing by name
(psycopg2, pg8000's and node-postgres's plain queries) do not meet it.
"""

WARM_RISK = (
    "psycopg 3 (prepare_threshold, 5 by default) fails on until the connection is closed, pgx "
    "fails once on each connection, asyncpg and JDBC fail once in an open transaction and recover "
    "outside of one"
)
WARM_REMEDY = (
    "name the columns in blue's statement instead of *, or leave the type as it is; else connect "
    "with prepare_threshold=None or make warm connections anew after the change, and waive it"
)
