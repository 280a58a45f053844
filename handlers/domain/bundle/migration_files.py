"""The names of migration files: NNNN_name.expand.sql, .backfill.sql, .contract.sql; for DynamoDB's
tables they end in .json.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, cast

from handlers.domain.findings import Finding

Part = Literal["expand", "backfill", "contract"]
_NAME = re.compile(
    r"migrations/([0-9]{4})_([a-z0-9][a-z0-9_]*)\.(expand|backfill|contract)\.(?:sql|json)"
)


@dataclass(frozen=True, slots=True)
class MigrationFile:
    """One part of one schema change, and the path of its file in the bundle."""

    path: str
    number: int
    name: str
    part: Part

    @property
    def title(self) -> str:
        """What a person calls the schema change: `0002_channel`."""
        return f"{self.number:04}_{self.name}"

    @property
    def is_json(self) -> bool:
        """Whether it changes DynamoDB's tables, and not a SQL database."""
        return self.path.endswith(".json")


def parse_migration_path(path: str) -> MigrationFile | None:
    """What the path of a migration file says, or None if it is not the path of one."""
    found = _NAME.fullmatch(path)
    return found and MigrationFile(path, int(found[1]), found[2], cast(Part, found[3]))


def titles_of(paths: Iterable[str], part: Part) -> tuple[str, ...]:
    """The titles of the schema changes that have this part, in order of their numbers."""
    files = (parse_migration_path(path) for path in sorted(paths))
    return tuple(file.title for file in files if file and file.part == part)


def judge_migration_paths(paths: Collection[str]) -> list[Finding]:
    """What is wrong with the names of a bundle's migration files."""
    findings: list[Finding] = []
    names: dict[int, str] = {}
    for path in sorted(paths):
        file = parse_migration_path(path)
        if file is None:
            what = "it is not named as a migration"
            do = (
                "name it NNNN_name.expand.sql, .backfill.sql or .contract.sql, in lower case "
                "(.json for DynamoDB's tables)"
            )
            findings.append(Finding("BadMigrationName", path, what, do))
        elif names.setdefault(file.number, file.name) != file.name:
            what = f"number {file.number:04} is that of {names[file.number]} already"
            do = "give each migration a number of its own"
            findings.append(Finding("DuplicateMigrationNumber", path, what, do))
    return [*findings, *_judge_contracts(paths)]


def _judge_contracts(paths: Collection[str]) -> Iterator[Finding]:
    """An attribute of items needs no expand file to be there, so only SQL is asked for one."""
    paths = [path for path in paths if path.endswith(".sql")]
    for title in sorted({*titles_of(paths, "contract")} - {*titles_of(paths, "expand")}):
        path = f"migrations/{title}.contract.sql"
        what = f"there is no migrations/{title}.expand.sql that it would be the end of"
        do = "put the expand file back, or write the removal as the contract of the one it ends"
        yield Finding("ContractWithoutExpand", path, what, do)
