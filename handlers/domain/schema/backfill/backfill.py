"""A backfill file, read and judged as far as the file itself can tell."""

import hashlib
from dataclasses import dataclass

from handlers.domain.bundle.migration_files import MigrationFile, parse_migration_path
from handlers.domain.findings import Finding
from handlers.domain.schema.backfill.header import Header, read_header
from handlers.domain.schema.backfill.keyset import Keyset, read_keyset
from handlers.errors import MigrationFailed


@dataclass(frozen=True, slots=True)
class Backfill:
    """One backfill file with its whole `text`; `title` is what a person calls it.

    `checksum` is that of what it does by which key, white space folded: how fast it goes may change
    while it is under way.
    """

    file: MigrationFile
    header: Header
    keyset: Keyset
    checksum: str
    text: str = ""

    @property
    def title(self) -> str:
        """`0002_channel`."""
        return f"{self.file.number:04}_{self.file.name}"

    @property
    def place(self) -> str:
        """File and line of its statement."""
        return self.keyset.statement.place()


def judge_backfill(path: str, text: str) -> list[Finding]:
    """What is wrong with the backfill at this path of a bundle; nothing for a path of another
    form.
    """
    file = parse_migration_path(path)
    try:
        if file is not None:
            read_backfill(file, text.removeprefix("\ufeff"))
    except MigrationFailed as failed:
        where, _, rest = str(failed).partition(": ")
        what, _, do = rest.rpartition("; " if "; " in rest else ", ")
        return [Finding("BadBackfill", where, what, do)]
    return []


def read_backfill(file: MigrationFile, text: str) -> Backfill:
    """The backfill of a file's text. Raises MigrationFailed, in one sentence with file and line,
    for one that could not be run in batches.
    """
    header = read_header(file.path, text)
    keyset = read_keyset(file.path, text, header.key)
    about = "\0".join([*header.table, header.key, keyset.statement.checksum])
    checksum = f"sha256:{hashlib.sha256(about.encode()).hexdigest()}"
    return Backfill(file, header, keyset, checksum, text)
