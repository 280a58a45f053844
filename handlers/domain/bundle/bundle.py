"""The bundle: the zip that a release arrives in. Everything named is there, nothing else is."""

import re
import zipfile
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from handlers.domain.bundle.archive import LARGEST_ENTRY, is_folder, judge_directory
from handlers.domain.bundle.entries import iterate_entry, read_text
from handlers.domain.bundle.migration_files import judge_migration_paths, parse_migration_path
from handlers.domain.bundle.recordings import judge_recordings, recordings
from handlers.domain.findings import Finding
from handlers.domain.items.migrations import read_items_migration
from handlers.domain.items.shapes import read_shape
from handlers.domain.probe.json_schema import schema_error
from handlers.domain.reading.inspection import at_most
from handlers.domain.reading.parsing import load_json
from handlers.domain.reading.places import Path
from handlers.domain.release.release import RELEASE_TOML, Release, inspect_release
from handlers.domain.schema.backfill.backfill import judge_backfill
from handlers.errors import PlanRejected

LARGEST_RELEASE_TOML = 256 * 1024
LARGEST_SQL = 4 * 1024**2
LARGEST_EVENT = 6 * 1024**2
"""What Lambda takes as the payload of a synchronous invocation."""
_STATEMENT = re.compile(r"statements/[A-Za-z0-9_][A-Za-z0-9._-]*\.(sql|json)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a zip holds: paths of entries, each sorted, and the release that names them. `tables`
    are the DynamoDB tables that its shapes and migrations name, each with the first file that does.
    """

    release: Release
    functions: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    tables: Mapping[str, str] = field(default_factory=dict)


def read_bundle(
    archive: zipfile.ZipFile, *, bake_defaults: Mapping[str, object] | None = None
) -> tuple[Bundle | None, list[Finding]]:
    """The bundle in an open zip, or all findings at once. Reads no more than the limits allow.

    `bake_defaults` is the registration's `bake`.
    """
    findings = judge_directory(archive)
    sound = not findings
    release, about_release = _read_release(archive, findings, bake_defaults)
    findings += about_release
    files = {entry.filename for entry in archive.infolist() if not is_folder(entry)}
    migrations = sorted(name for name in files if name.startswith("migrations/"))
    statements = sorted(name for name in files if _STATEMENT.fullmatch(name))
    functions, events = _named(release)
    schemas = {check.expect.schema for check in release.checks} if release else set()
    tables: dict[str, str] = {}
    if sound:
        findings += judge_migration_paths(migrations)
        findings += _judge_texts(archive, migrations, statements, tables)
        findings += _judge_functions(archive, [path for path in functions if path in files])
        findings += _judge_events(archive, [path for path in events if path in files], schemas)
        findings += judge_recordings(archive, release, files)
    if sound and release:
        named = {RELEASE_TOML: (), **functions, **events, **recordings(release)}
        findings += _judge_missing(release, named, files)
        findings += _judge_unnamed(archive, {*named, *migrations, *statements})
    if findings or release is None:
        return None, at_most(findings)
    return Bundle(
        release=release,
        functions=tuple(sorted(functions)),
        migrations=tuple(migrations),
        statements=tuple(statements),
        events=tuple(sorted(events)),
        tables=tables,
    ), []


def _read_release(
    archive: zipfile.ZipFile, known: list[Finding], defaults: Mapping[str, object] | None
) -> tuple[Release | None, list[Finding]]:
    if any(finding.where == RELEASE_TOML for finding in known):
        return None, []
    if RELEASE_TOML not in archive.namelist():
        what = "the bundle has no release.toml at its top"
        do = "pack the folder that holds it with greenshift pack"
        return None, [Finding("ReleaseTomlMissing", RELEASE_TOML, what, do)]
    text, findings = read_text(archive, RELEASE_TOML, LARGEST_RELEASE_TOML)
    if text is None:
        return None, findings
    return inspect_release(text, bake_defaults=defaults)


def _named(release: Release | None) -> tuple[dict[str, Path], dict[str, Path]]:
    functions: dict[str, Path] = {}
    events: dict[str, Path] = {}
    for key, source in release.functions.items() if release else ():
        if source.code:
            functions.setdefault(source.code, ("functions", key, "code"))
    for index, check in enumerate(release.checks if release else ()):
        for inner, path in check.files:
            events.setdefault(path, ("checks", index, *inner))
    return functions, events


def _judge_missing(
    release: Release, named: Mapping[str, Path], files: Iterable[str]
) -> Iterator[Finding]:
    for name in sorted(named.keys() - set(files)):
        what = f"the bundle has no {name}"
        do = "put the file there, or correct its path"
        yield Finding("MissingEntry", release.where(*named[name]), what, do)


def _judge_unnamed(archive: zipfile.ZipFile, known: set[str]) -> Iterator[Finding]:
    folders = {"functions/", "migrations/", "statements/"}
    folders |= {f"{folder}/" for name in known for folder in map(str, PurePosixPath(name).parents)}
    for entry in archive.infolist():
        if entry.filename not in (folders if is_folder(entry) else known):
            do = "leave it out, or name it in release.toml"
            yield Finding("UnnamedEntry", entry.filename, "nothing names this entry", do)


def _judge_functions(archive: zipfile.ZipFile, paths: Iterable[str]) -> Iterator[Finding]:
    for path in paths:
        try:
            start = next(iterate_entry(archive, path, LARGEST_ENTRY), b"")
        except PlanRejected as rejected:
            yield from rejected.findings
        else:
            if not start.startswith(b"PK\x03\x04"):
                what = "it is not a zip with at least one file, as Lambda needs"
                yield Finding("FunctionNotAZip", path, what, "zip the function's code")


def _judge_texts(
    archive: zipfile.ZipFile,
    migrations: Iterable[str],
    statements: Iterable[str],
    tables: dict[str, str],
) -> Iterator[Finding]:
    """Also notes in `tables` which tables the shapes and migrations of items name."""
    for path in migrations:
        text, findings = read_text(archive, path, LARGEST_SQL)
        yield from findings
        if text is not None and not text.strip():
            do = "write its statements, or leave it out"
            yield Finding("EmptyMigration", path, "the migration is empty", do)
        elif text is not None and path.endswith(".backfill.sql"):
            yield from judge_backfill(path, text)
        elif text is not None and (file := parse_migration_path(path)) and file.is_json:
            migration, findings = read_items_migration(text, file)
            yield from findings
            if migration is not None:
                tables.setdefault(migration.change.table, path)
    for path in statements:
        text, findings = read_text(archive, path, LARGEST_SQL)
        yield from findings
        if text is not None and path.endswith(".json"):
            shape, findings = read_shape(text, path)
            yield from findings
            if shape is not None:
                tables.setdefault(shape.table, path)


def _judge_events(
    archive: zipfile.ZipFile, paths: Iterable[str], schemas: Container[str | None]
) -> Iterator[Finding]:
    for path in paths:
        text, findings = read_text(archive, path, LARGEST_EVENT)
        yield from findings
        if text is None:
            continue
        value, findings = load_json(text, path)
        yield from findings
        if not findings and path in schemas and (what := schema_error(value)):
            yield Finding("BadJsonSchema", path, what, "correct the schema")
