"""The first layer: the pending files' statements as PostgreSQL's parser reads them."""

from collections.abc import Sequence
from contextlib import suppress

from handlers.adapters.syntax import parse
from handlers.domain.schema.backfill.backfill import Backfill
from handlers.domain.schema.gate.blue_reads import Reads, reads_of
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.gate.rules.judge import judge
from handlers.domain.schema.history import Migration
from handlers.errors import MigrationFailed


def judge_syntax(
    pending: Sequence[Migration], facts: Facts, backfills: Sequence[Backfill] = ()
) -> tuple[GateFinding, ...]:
    """What the rules find of the statements that are pending, and of backfills; those of a file
    that are applied already make what the others stand on.

    Raises MigrationFailed with file, line and column for SQL that does not parse.
    """
    parsed = [each for file in pending for each in parse(file.file.path, file.text)]
    asked = {(each.path, each.number) for file in pending for each in file.statements}
    moving = [
        (each, backfill.header.key)
        for backfill in backfills
        for each in parse(backfill.file.path, backfill.text)
    ]
    asked |= {(each.path, each.number) for each, _ in moving}
    return tuple(
        finding
        for judged in judge(parsed, facts, moving)
        for finding in judged.findings
        if (finding.path, finding.statement) in asked
    )


def what_is_read(statements: Sequence[BlueStatement]) -> tuple[Reads, ...]:
    """What each of blue's statements reads; nothing is said of one that does not parse, which the
    scratch database tells.
    """
    found = []
    for statement in statements:
        with suppress(MigrationFailed):
            path = f"statements/{statement.name}.sql"
            found.append(reads_of(statement.name, parse(path, statement.sql)))
    return tuple(found)
