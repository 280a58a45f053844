"""Bundles: everything named is there, nothing else is, and every finding is told at once."""

import zipfile
from collections.abc import Callable, Mapping

import pytest

from handlers.domain.bundle.bundle import read_bundle
from handlers.domain.bundle.migration_files import MigrationFile, parse_migration_path

Zipped = Callable[[Mapping[str, bytes]], zipfile.ZipFile]
Files = dict[str, bytes]


def test_a_good_bundle_lists_what_it_holds(orders_files: Files, zipped: Zipped) -> None:
    orders_files["migrations/0002_more.expand.sql"] = b"SELECT 1;"
    orders_files["migrations/0002_more.contract.sql"] = b"SELECT 2;"
    bundle, findings = read_bundle(zipped(orders_files))
    assert findings == []
    assert bundle is not None
    assert bundle.release.release == "1.1.0"
    assert bundle.functions == ("functions/api.zip", "functions/worker.zip")
    assert bundle.migrations == (
        "migrations/0001_orders.expand.sql",
        "migrations/0002_more.contract.sql",
        "migrations/0002_more.expand.sql",
    )
    assert bundle.statements == ("statements/read_order.sql",)
    assert bundle.events == ("checks/sqs.json",)


def test_two_functions_may_share_a_zip(orders_files: Files, zipped: Zipped) -> None:
    del orders_files["functions/worker.zip"]
    toml = orders_files["release.toml"].replace(b"functions/worker.zip", b"functions/api.zip")
    bundle, findings = read_bundle(zipped(orders_files | {"release.toml": toml}))
    assert findings == []
    assert bundle is not None
    assert bundle.functions == ("functions/api.zip",)


def test_the_registration_gives_the_defaults_of_the_bake(
    orders_files: Files, zipped: Zipped
) -> None:
    orders_files["release.toml"] = orders_files["release.toml"].partition(b"[bake]")[0]
    bundle, _ = read_bundle(zipped(orders_files), bake_defaults={"stratumSeconds": 5})
    assert bundle is not None
    assert bundle.release.bake.stratum_seconds == 5


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"release.toml": None}, "ReleaseTomlMissing", "release.toml"),
        ({"release.toml": b"format = \xff"}, "NotUtf8", "release.toml:1"),
        ({"release.toml": b"format = 1\nservice = orders"}, "NotToml", "release.toml:2"),
        ({"release.toml": b"#" * (256 * 1024 + 1)}, "EntryTooLarge", "release.toml"),
        ({"functions/api.zip": None}, "MissingEntry", "release.toml:6 functions.api.code"),
        ({"checks/sqs.json": None}, "MissingEntry", "release.toml:20 checks[1].event"),
        ({"functions/other.zip": b""}, "UnnamedEntry", "functions/other.zip"),
        ({"README.md": b""}, "UnnamedEntry", "README.md"),
        ({"checks/other.json": b"{}"}, "UnnamedEntry", "checks/other.json"),
        ({"statements/a.txt": b""}, "UnnamedEntry", "statements/a.txt"),
        ({"statements/a.sql": b"\xff"}, "NotUtf8", "statements/a.sql:1"),
        ({"statements/a.json": b"{"}, "NotJson", "statements/a.json:1"),
        ({"checks/sqs.json": b"{'Records': []}"}, "NotJson", "checks/sqs.json:1"),
        ({"functions/api.zip": b"def handler(): ..."}, "FunctionNotAZip", "functions/api.zip"),
        ({"functions/api.zip": b""}, "FunctionNotAZip", "functions/api.zip"),
        (
            {"migrations/0002_more.expand.sql": b" \n"},
            "EmptyMigration",
            "migrations/0002_more.expand.sql",
        ),
        (
            {"migrations/0002_more.expand.sql": b"\n\xe4"},
            "NotUtf8",
            "migrations/0002_more.expand.sql:2",
        ),
        (
            {"migrations/0002_more.backfill.sql": b"-- table: orders\nUPDATE orders SET a = 1"},
            "BadBackfill",
            "migrations/0002_more.backfill.sql:1",
        ),
        (
            {"migrations/2_more.expand.sql": b"1"},
            "BadMigrationName",
            "migrations/2_more.expand.sql",
        ),
        ({"migrations/0002_more.sql": b"1"}, "BadMigrationName", "migrations/0002_more.sql"),
        (
            {"migrations/0002_More.expand.sql": b"1"},
            "BadMigrationName",
            "migrations/0002_More.expand.sql",
        ),
        (
            {"migrations/0002_more.rollback.sql": b"1"},
            "BadMigrationName",
            "migrations/0002_more.rollback.sql",
        ),
        (
            {"migrations/old/0002_more.expand.sql": b"1"},
            "BadMigrationName",
            "migrations/old/0002_more.expand.sql",
        ),
        (
            {"migrations/0001_other.expand.sql": b"1"},
            "DuplicateMigrationNumber",
            "migrations/0001_other.expand.sql",
        ),
    ],
)
def test_one_fault_is_one_finding(
    orders_files: Files, zipped: Zipped, changes: dict[str, bytes | None], code: str, where: str
) -> None:
    files = {k: v for k, v in (orders_files | changes).items() if v is not None}
    bundle, findings = read_bundle(zipped(files))
    assert bundle is None
    assert [(finding.code, finding.where) for finding in findings] == [(code, where)]
    assert "\n" not in str(findings[0])


def test_a_damaged_function_is_told_with_what_else_is_wrong(
    orders_files: Files, zipped: Zipped
) -> None:
    del orders_files["checks/sqs.json"]
    archive = zipped(orders_files)
    file = archive.fp
    assert file is not None
    # The first bytes of the compressed content become a deflate block of a kind that is none.
    entry = archive.getinfo("functions/api.zip")
    file.seek(entry.header_offset + 30 + len(entry.filename))
    file.write(b"\xff" * 8)
    found = [(finding.code, finding.where) for finding in read_bundle(archive)[1]]
    assert found == [
        ("UnreadableEntry", "functions/api.zip"),
        ("MissingEntry", "release.toml:20 checks[1].event"),
    ]


def test_all_faults_are_told_at_once(orders_files: Files, zipped: Zipped) -> None:
    del orders_files["functions/api.zip"]
    orders_files["notes.txt"] = b""
    orders_files["migrations/x.sql"] = b"1"
    orders_files["release.toml"] = orders_files["release.toml"].replace(
        b"alpha = 0.01", b"alpha = 2"
    )
    bundle, findings = read_bundle(zipped(orders_files))
    assert bundle is None
    assert sorted(finding.code for finding in findings) == [
        "BadMigrationName",
        "MissingEntry",
        "OutOfRange",
        "UnnamedEntry",
    ]


def test_a_thousand_unnamed_entries_make_a_short_answer(
    orders_files: Files, zipped: Zipped
) -> None:
    orders_files |= {f"junk/{number}": b"" for number in range(1000)}
    _, findings = read_bundle(zipped(orders_files))
    assert len(findings) == 41
    assert findings[-1].what == "there are 960 more"


def test_folders_of_named_files_may_have_entries_and_others_not(
    orders_files: Files, zipped: Zipped
) -> None:
    archive = zipped(orders_files)
    assert archive.fp is not None
    file = archive.fp
    with zipfile.ZipFile(file, "a") as more:
        for name in ("functions/", "checks/", "migrations/"):
            more.writestr(zipfile.ZipInfo(name), b"")
    assert read_bundle(zipfile.ZipFile(file))[1] == []
    with zipfile.ZipFile(file, "a") as more:
        more.writestr(zipfile.ZipInfo("docs/"), b"")
    (finding,) = read_bundle(zipfile.ZipFile(file))[1]
    assert (finding.code, finding.where) == ("UnnamedEntry", "docs/")


def test_a_migration_path_says_number_name_and_part() -> None:
    path = "migrations/0012_add_total.backfill.sql"
    assert parse_migration_path(path) == MigrationFile(path, 12, "add_total", "backfill")
    assert parse_migration_path("migrations/12_add_total.expand.sql") is None
