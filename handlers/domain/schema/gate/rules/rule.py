"""What a rule is, and what it says of a statement."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from handlers.domain.schema.gate.findings import GateFinding, Verdict
from handlers.domain.schema.gate.parsed import Parsed
from handlers.domain.schema.gate.rules.names import ident
from handlers.domain.schema.gate.rules.release import Release

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's stable name, its only verdict, and its meaning in one line."""

    name: str
    verdict: Literal["REVIEW", "REFUSE"]
    meaning: str

    def says(self, breaks: str, remedy: str = "") -> "Risk":
        """The risk that this rule sees in one statement."""
        return Risk(self, breaks, remedy)


@dataclass(frozen=True, slots=True)
class Risk:
    """What breaks, in one sentence, and what to do: SQL, a sentence, or nothing."""

    rule: Rule
    breaks: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement, the gravest verdict on it, and every finding of this layer."""

    statement: Parsed
    verdict: Verdict
    findings: tuple[GateFinding, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One node to be judged, within its statement and what the release has made so far.

    `statements` are those of all files; `at` is where this one stands among them, from 0.
    """

    statement: Parsed
    node: Node
    release: Release
    statements: Sequence[Parsed] = ()
    at: int = 0

    @property
    def later(self) -> Iterator[Parsed]:
        """The statements after this one."""
        return islice(self.statements, self.at + 1, None)

    def part(self, part: Literal["backfill", "contract"]) -> str:
        """The file's name with another part: `migrations/0002_x.contract.sql`."""
        path = self.statement.path
        known = path.endswith(".expand.sql")
        return (
            f"{path.removesuffix('.expand.sql')}.{part}.sql" if known else f"NNNN_name.{part}.sql"
        )

    def to_contract(self) -> str:
        """The remedy for what may only go once nobody reads it."""
        return f"move it to {self.part('contract')}, which runs once blue can no longer come back"


Judge = Callable[[Case], Iterator[Risk]]
"""What judges one kind of node; it notes in the release what the statement makes."""


@dataclass(frozen=True, slots=True)
class Change:
    """One subcommand of ALTER TABLE: `table` as SQL writes it, `key` as the release notes it."""

    case: Case
    command: Node
    relation: Node
    table: str
    key: tuple[str, ...]
    objtype: str

    @property
    def name(self) -> str:
        """What the subcommand names: a column, a constraint, a trigger."""
        return str(self.command.get("name", ""))

    @property
    def column(self) -> str:
        """The named column as SQL writes it."""
        return ident(self.name)

    def made(self, kind: str, name: str) -> bool:
        """Whether the release made this part of the table."""
        return self.case.release.made(kind, (*self.key, name))

    def make(self, kind: str, name: str) -> None:
        """Notes that the release made this part of the table."""
        self.case.release.make(kind, (*self.key, name))


JudgeChange = Callable[[Change], Iterator[Risk]]
"""What judges one kind of subcommand of ALTER TABLE on a relation that blue knows."""


def nothing(_: object) -> Iterator[Risk]:
    """What breaks nobody."""
    return iter(())
