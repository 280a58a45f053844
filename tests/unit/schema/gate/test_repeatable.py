"""Which statements may take other rows each time."""

import pytest

from handlers.domain.schema.gate.repeatable import has_no_order

CASES = [
    ("SELECT * FROM t", False),
    ("SELECT * FROM t LIMIT 5", True),
    ("SELECT * FROM t ORDER BY id LIMIT 5", False),
    ("SELECT * FROM t ORDER BY id FETCH FIRST 2 ROWS ONLY", False),
    ("SELECT * FROM (SELECT id FROM t LIMIT 1) AS one ORDER BY id", True),
    ("SELECT sum(a) OVER (ORDER BY id) FROM t LIMIT 5", True),
    ("SELECT string_agg(a, ',') FROM t", True),
    ("SELECT string_agg(a, ',' ORDER BY a) FROM t", False),
    ("SELECT DISTINCT ON (a) b FROM t", True),
    ("SELECT DISTINCT ON (a) b FROM t ORDER BY a, b", False),
    ("SELECT 'LIMIT'", False),
]


@pytest.mark.parametrize(("sql", "expected"), CASES)
def test_what_picks_rows_without_an_order_is_known(sql, expected):
    assert has_no_order(sql) is expected
