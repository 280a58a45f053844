"""The first layer: the pending files' statements as PostgreSQL's parser reads them."""

from collections.abc import Sequence

from handlers.adapters.syntax import parse
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.gate.rules.judge import judge
from handlers.domain.schema.history import Migration


def judge_syntax(pending: Sequence[Migration], facts: Facts) -> tuple[GateFinding, ...]:
    """What the rules find of the statements that are pending; those of a file that are applied
    already make what the others stand on.

    Raises MigrationFailed with file, line and column for SQL that does not parse.
    """
    parsed = [each for file in pending for each in parse(file.file.path, file.text)]
    asked = {(each.path, each.number) for file in pending for each in file.statements}
    return tuple(
        finding
        for judged in judge(parsed, facts)
        for finding in judged.findings
        if (finding.path, finding.statement) in asked
    )
