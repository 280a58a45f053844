"""What a folder's report tells that a deployment's does not: what lies in the folder, and what not."""

from pathlib import Path

import pytest

from infra.cli.schema.document import document_of
from infra.cli.schema.judge import judge_folder
from infra.cli.schema.sarif import sarif

ORDERS = "CREATE TABLE orders (id int PRIMARY KEY, sku text)"


def folder(path: Path, **files: str) -> Path:
    """`_0001_a__expand` is migrations/0001_a.expand.sql, and `s_read` statements/read.sql."""
    for name, text in files.items():
        stem, _, part = name[1:].partition("__")
        kind = f"migrations/{stem}.{part}.sql" if part else f"statements/{name[2:]}.sql"
        (path / kind).parent.mkdir(exist_ok=True)
        (path / kind).write_text(text)
    return path


def test_contracts_that_are_not_judged_are_named(tmp_path: Path) -> None:
    files = folder(
        tmp_path,
        _0001_a__expand=ORDERS,
        _0002_b__expand="ALTER TABLE orders ADD product text",
        _0002_b__contract="ALTER TABLE orders DROP COLUMN sku",
        s_read="SELECT sku FROM orders",
    )
    report = judge_folder(files, None, None)
    told = (
        "contracts are not judged here, but when they run, at the end of the rollback window, by "
        "the statements of the release that is live then: migrations/0002_b.contract.sql"
    )
    assert report.accepted
    assert told in report.notes
    assert told in document_of(report)["notes"]
    (invocation,) = sarif(report)["runs"][0]["invocations"]
    notes = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert told in notes
    assert not [each for each in report.notes if "has no samples" in each]


@pytest.mark.parametrize(("number", "hinted"), [("0001", False), ("0002", True)])
def test_what_a_migration_misses_may_be_made_by_one_that_is_not_in_the_folder(
    tmp_path: Path, number: str, *, hinted: bool
) -> None:
    files = folder(tmp_path, **{f"_{number}_a__expand": "ALTER TABLE orders ADD channel text"})
    (finding,) = judge_folder(files, None, None).findings
    hint = (
        "; or, where a migration before 0002 makes it, copy that file into migrations/ too: those "
        "of this folder alone are known, and of --live the statements"
    )
    assert finding.remedy == "correct the statement" + (hint if hinted else "")
