"""Blue's statements as files: what is read, what is refused and where, and that writing is reading's inverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.statement_files import (
    parameters_of,
    read_statements,
    write_statement,
)

READ = [
    ("SELECT 1", BlueStatement("it", "SELECT 1", ("",))),
    ("SELECT 1;\n", BlueStatement("it", "SELECT 1", ("",))),
    ("\ufeffSELECT 1", BlueStatement("it", "SELECT 1", ("",))),
    ("-- about it\n/* more */ SELECT 1 -- end\n", BlueStatement("it", "SELECT 1", ("",))),
    ("-- parameters:\nSELECT 1", BlueStatement("it", "SELECT 1", ("",))),
    ("SELECT $1", BlueStatement("it", "SELECT $1")),
    (
        "-- parameters: 5, 'x, ''y'')'\n--parameters: 6, f(1, 2)\nSELECT $1, $2",
        BlueStatement("it", "SELECT $1, $2", ("5, 'x, ''y'')'", "6, f(1, 2)")),
    ),
    ("-- Role: Blue-App\nSELECT 1", BlueStatement("it", "SELECT 1", ("",), "Blue-App")),
    ('-- role: "blue app"\nSELECT 1', BlueStatement("it", "SELECT 1", ("",), "blue app")),
    ("SELECT 1\n-- role: not_above\n", BlueStatement("it", "SELECT 1", ("",))),
    (
        "-- parameters: ARRAY[1, 2]\nSELECT '$2', $1 -- $3",
        BlueStatement("it", "SELECT '$2', $1", ("ARRAY[1, 2]",)),
    ),
]


@pytest.mark.parametrize(("text", "statement"), READ)
def test_a_file_is_read_as_one_statement(text, statement):
    assert read_statements({"statements/it.sql": text}) == ((statement,), ())


REFUSED = [
    ("", 1, "it has no statement"),
    ("-- only this\n", 1, "it has no statement"),
    ("SELECT 1;\n\nSELECT 2", 3, "a second statement begins"),
    ("SELECT 'x", 1, "the string that begins here does not end"),
    ("-- parameters: 1\nSELECT 1", 1, "the sample has 1 literal, the statement 0 parameters"),
    (
        "\n-- parameters: 1\nSELECT $1, $2",
        2,
        "the sample has 1 literal, the statement 2 parameters",
    ),
    ("-- parameters:\nSELECT $1", 1, "the sample has 0 literals, the statement 1 parameter"),
    ("-- parameters: 1,\nSELECT $1", 1, "the sample (1,) is no list of SQL literals"),
    ("-- parameters: 1); DROP TABLE t\nSELECT $1", 1, "is no list of SQL literals"),
    ("-- parameters: 1 --\nSELECT $1", 1, "is no list of SQL literals"),
    ("-- parameters: 'x\nSELECT $1", 1, "a literal of the sample does not end ('x)"),
    ("-- role: a\n-- role: b\nSELECT 1", 2, "it names a second role"),
    ("-- role: a b\nSELECT 1", 1, "the role (a b) is not one name"),
    ("SELECT $99999", 1, "it has the parameter $99999"),
]


@pytest.mark.parametrize(("text", "line", "what"), REFUSED)
def test_what_is_wrong_is_a_finding_with_its_line(text, line, what):
    statements, (finding,) = read_statements({"statements/it.sql": text})

    assert statements == ()
    assert finding.where == f"statements/it.sql:{line}"
    assert what in finding.what
    assert finding.do


def test_one_bad_file_does_not_hide_the_others():
    texts = {f"statements/{name}.sql": text for name, text in [("b", ""), ("a", "SELECT 1")]}
    statements, findings = read_statements(texts)

    assert [each.name for each in statements] == ["a"]
    assert [each.where for each in findings] == ["statements/b.sql:1"]


names = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"'), min_size=1)
literals = st.sampled_from(["5", "'x'", "NULL", "repeat('x', 3)", "ARRAY[1, 2]"])


@given(
    st.integers(0, 3).flatmap(
        lambda n: st.builds(
            BlueStatement,
            st.just("it"),
            st.just("SELECT " + ", ".join(["1", *(f"${at}" for at in range(1, n + 1))])),
            st.lists(
                st.lists(literals, min_size=n, max_size=n).map(", ".join), min_size=0 if n else 1
            ).map(tuple),
            st.none() | names,
        )
    )
)
def test_what_is_written_reads_as_the_same_statement(statement):
    assert read_statements({"statements/it.sql": write_statement(statement)}) == ((statement,), ())


def test_parameters_are_counted_by_the_highest():
    assert parameters_of("SELECT $2::int, '$7', $1 /* $9 */") == 2
