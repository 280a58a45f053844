"""A folder as a bundle has it, `migrations/` and `statements/`, read for the gate."""

from dataclasses import dataclass, field
from pathlib import Path

from handlers.domain.bundle.bundle import LARGEST_SQL
from handlers.domain.bundle.migration_files import (
    MigrationFile,
    judge_migration_paths,
    parse_migration_path,
)
from handlers.domain.findings import Finding
from handlers.domain.reading.parsing import decode_utf8
from handlers.domain.schema.backfill.backfill import Backfill, judge_backfill, read_backfill
from handlers.domain.schema.history import Migration
from handlers.domain.schema.statements import split
from handlers.errors import MigrationFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFolder:
    """What a folder holds: migrations in the order in which they are applied, and the texts of
    `statements/*.sql` by their paths.

    `applied` is what counts as applied, `pending` the expand files to be judged, `backfills` what
    runs after them, and `contracts` what runs much later. `findings` say what cannot be read.
    """

    applied: tuple[Migration, ...] = ()
    pending: tuple[Migration, ...] = ()
    backfills: tuple[Backfill, ...] = ()
    contracts: tuple[Migration, ...] = ()
    statements: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def read_folder(folder: Path, first: int | None) -> SchemaFolder:
    """Reads the folder; migrations from number `first` on are pending, by default the last expand.

    A contract below `first` counts as applied, since its release was live before this one.
    """
    texts, findings = read_texts(folder, "migrations", "sql")
    findings += judge_migration_paths(texts)
    migrations: list[Migration] = []
    backfills: list[Backfill] = []
    for path, text in texts.items():
        file = parse_migration_path(path)
        if file is None:
            continue
        try:
            if file.part != "backfill":
                migrations.append(Migration(file, split(path, text), text))
            elif wrong := judge_backfill(path, text):
                findings += wrong
            else:
                backfills.append(read_backfill(file, text))
        except MigrationFailed as failed:
            findings.append(_refused(path, str(failed)))
    migrations.sort(key=lambda each: _order(each.file))
    last = max((m.file.number for m in migrations if m.file.part == "expand"), default=0)
    start = last if first is None else first
    statements, about = read_texts(folder, "statements", "sql")
    return SchemaFolder(
        applied=tuple(m for m in migrations if m.file.number < start),
        pending=tuple(m for m in migrations if m.file.number >= start and m.file.part == "expand"),
        backfills=tuple(each for each in backfills if each.file.number >= start),
        contracts=tuple(
            m for m in migrations if m.file.number >= start and m.file.part == "contract"
        ),
        statements=statements,
        findings=tuple(findings + about),
    )


def read_texts(folder: Path, name: str, ending: str) -> tuple[dict[str, str], list[Finding]]:
    """The files of one of its folders by their paths in the bundle, in the order of names; and what
    cannot be read.
    """
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    for file in sorted((folder / name).glob(f"*.{ending}")):
        path = f"{name}/{file.name}"
        size = file.stat().st_size
        if size > LARGEST_SQL:
            what = f"it has {size:,} bytes, and {LARGEST_SQL:,} are read at most"
            do = "split it, and move data by a backfill file"
            findings.append(Finding("TooLarge", path, what, do))
            continue
        text, about = decode_utf8(file.read_bytes(), path)
        findings += about
        if text is not None and not text.strip():
            do = "write its statements, or leave it out"
            findings.append(Finding("EmptyMigration", path, "the file is empty", do))
        elif text is not None:
            texts[path] = text.removeprefix("\ufeff")
    return texts, findings


def _order(file: MigrationFile) -> tuple[int, int]:
    return file.number, ("expand", "backfill", "contract").index(file.part)


def _refused(path: str, sentence: str) -> Finding:
    """A sentence of the splitter, `path:line: what; do` or `…, do`, as a finding."""
    where, _, rest = sentence.partition(": ")
    what, _, do = rest.rpartition("; " if "; " in rest else ", ")
    return Finding("NotSql", where if where.startswith(path) else path, what, do)
