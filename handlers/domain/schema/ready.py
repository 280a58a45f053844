"""Whether a contract may be applied as far as its own files tell, and whether one that failed has
changed anything.
"""

from collections.abc import Iterable, Sequence

from handlers.domain.schema.history import Entry, Migration, complete
from handlers.domain.schema.kinds import Setting
from handlers.errors import MigrationFailed


def judge_ready(
    contracts: Iterable[Migration],
    expands: Sequence[Migration],
    expanded: Sequence[Entry],
) -> None:
    """Returns when the expand of each contract is applied, and nothing is applied of a release
    newer than this one, which alone would say what the schema is.

    Raises MigrationFailed naming the first file that is in the way.
    """
    expand_of = {each.file.number: each for each in expands}
    for row in expanded:
        if row.version not in expand_of and row.state != "failed":
            raise MigrationFailed(
                f"migrations/{row.version:04}_{row.name}.expand.sql was applied on {row.at}, and "
                "the live release does not have it; deploy a release that does, whose contract "
                "then comes in its turn"
            )
    for contract in contracts:
        path, number = contract.file.path, contract.file.number
        expand = expand_of.get(number)
        if expand is None:
            raise MigrationFailed(
                f"{path}: there is no migrations/{contract.title}.expand.sql that it would be the "
                "end of; put the expand file back"
            )
        if not complete(expand, expanded):
            raise MigrationFailed(
                f"{path}: {expand.file.path} is not applied yet; deploy the release first"
            )


def left_a_trace(
    entries: Iterable[Entry], migrations: Iterable[Migration], deployment: str
) -> bool:
    """Whether the deployment has begun or done any statement of a contract, or an earlier one left
    a contract half applied. A setting changes no schema.
    """
    settings = {
        (migration.file.number, statement.number)
        for migration in migrations
        for statement in migration.statements
        if isinstance(statement.kind, Setting)
    }
    done: dict[int, list[Entry]] = {}
    traces: list[Entry] = []
    for entry in entries:
        if entry.state == "done":
            done.setdefault(entry.version, []).append(entry)
        if entry.state != "failed" and (entry.version, entry.number) not in settings:
            traces.append(entry)
    whole = {version for version, rows in done.items() if len(rows) == rows[-1].of}
    return any(each.deployment == deployment or each.version not in whole for each in traces)
