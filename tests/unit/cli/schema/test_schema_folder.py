"""A folder of migrations, read for the gate: what is applied, what is pending, what is wrong."""

from pathlib import Path

import pytest

from infra.cli.schema.folder import read_folder


def write(folder: Path, **files: str | bytes) -> Path:
    """Files by their names; `m_0001_a_expand` is migrations/0001_a.expand.sql."""
    for name, text in files.items():
        kind, _, rest = name.partition("_")
        stem, _, part = rest.rpartition("_")
        where = folder / "migrations" / f"{stem}.{part}.sql" if kind == "m" else None
        path = where or folder / "statements" / f"{rest}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


BACKFILL = "-- table: b\n-- key: y\nUPDATE b SET x = 1 WHERE y > $1 AND y <= $2"


def test_a_backfill_without_a_key_is_named(tmp_path: Path) -> None:
    write(tmp_path, m_0001_a_expand="SELECT 1", m_0001_a_backfill="-- table: b\nUPDATE b SET x = 1")
    (finding,) = read_folder(tmp_path, None).findings
    assert (finding.code, finding.where) == ("BadBackfill", "migrations/0001_a.backfill.sql:1")
    assert finding.what == "the backfill has no key, without which it cannot be taken up again"
    assert finding.do == "write a line like -- key: id"


def test_all_but_the_last_expand_count_as_applied(tmp_path: Path) -> None:
    write(
        tmp_path,
        m_0001_a_expand="CREATE TABLE a (x int)",
        m_0001_a_contract="DROP TABLE old",
        m_0002_b_expand="CREATE TABLE b (x int)",
        m_0002_b_backfill=BACKFILL,
        m_0002_b_contract="ALTER TABLE b DROP x",
        s_one="SELECT 1",
    )
    found = read_folder(tmp_path, None)
    assert [each.file.path for each in found.applied] == [
        "migrations/0001_a.expand.sql",
        "migrations/0001_a.contract.sql",
    ]
    assert [each.title for each in found.pending] == ["0002_b"]
    assert [each.file.part for each in found.contracts] == ["contract"]
    assert [each.file.part for each in found.backfills] == ["backfill"]
    assert found.statements == {"statements/one.sql": "SELECT 1"}
    assert found.findings == ()


@pytest.mark.parametrize(("first", "pending"), [(1, 2), (2, 1), (3, 0)])
def test_from_says_what_is_pending(tmp_path: Path, first: int, pending: int) -> None:
    write(tmp_path, m_0001_a_expand="SELECT 1", m_0002_b_expand="SELECT 2")
    assert len(read_folder(tmp_path, first).pending) == pending


@pytest.mark.parametrize(
    ("files", "code", "where"),
    [
        ({"m_0001_a_expand": b"SELECT 1;\nSELECT '\xff'"}, "NotUtf8", "0001_a.expand.sql:2"),
        ({"m_0001_a_expand": " \n"}, "EmptyMigration", "0001_a.expand.sql"),
        ({"m_0001_a_expand": b" " * 10_000_001}, "TooLarge", "0001_a.expand.sql"),
        ({"m_1_a_expand": "SELECT 1"}, "BadMigrationName", "1_a.expand.sql"),
        ({"m_0001_a_contract": "SELECT 1"}, "ContractWithoutExpand", "0001_a.contract.sql"),
        ({"m_0001_a_expand": "SELECT 1;\nCOMMIT"}, "NotSql", "0001_a.expand.sql:2"),
        ({"m_0001_a_expand": "\\d"}, "NotSql", "0001_a.expand.sql:1"),
        (
            {"m_0001_a_expand": "SELECT 1", "m_0001_b_expand": "SELECT 1"},
            "DuplicateMigrationNumber",
            "0001_b.expand.sql",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, files: dict[str, str | bytes], code: str, where: str
) -> None:
    (finding,) = read_folder(write(tmp_path, **files), None).findings
    assert (finding.code, finding.where) == (code, f"migrations/{where}")
    assert finding.what
    assert finding.do
