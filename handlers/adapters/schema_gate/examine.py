"""The gate's second and third layer in one: what pending migrations do to a scratch database, and
what blue notices of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.postgres import Session
from handlers.adapters.schema_gate.blue_runner import BlueRunner, WarmSessions
from handlers.adapters.schema_gate.catalog_reader import read_catalog
from handlers.adapters.schema_gate.grants import copy_grants, grant_where_nobody_does
from handlers.adapters.schema_gate.measure import Bench
from handlers.adapters.schema_gate.replay import Replay
from handlers.adapters.schema_gate.scratch import Scratch, scratch_database
from handlers.domain.schema.backfill.backfill import Backfill
from handlers.domain.schema.gate.blue_outcomes import (
    Baseline,
    Outcomes,
    Problem,
    outcome_findings,
    warm_problems,
)
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.catalog.compare import compare
from handlers.domain.schema.gate.catalog.snapshot import Snapshot
from handlers.domain.schema.gate.examined import Examined
from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.gate.measured import Measured, measured_findings
from handlers.domain.schema.gate.reach import Mode
from handlers.domain.schema.history import Migration
from handlers.domain.schema.statements import Statement

ROLE_UNKNOWN = (
    "blue's role is not known: its statements ran as the migrator, whose rights may be more"
)
NO_STATEMENTS = "static and catalog only: the bundle has no statements"


def examine(
    home: Session,
    *,
    history: Sequence[Migration],
    pending: Sequence[Migration],
    backfills: Sequence[Backfill] = (),
    statements: Sequence[BlueStatement],
    role: str | None,
    mode: Mode,
    deadline: Deadline,
) -> Examined:
    """Replays the history on a scratch database of the session's server, runs the pending
    statements there one after the other, then one batch of each backfill, and after each compares
    the catalog and what blue's statements answer. `role` is blue's where a statement does not name
    its own.

    The scratch database is dropped at the end, whatever happens; the session's own database is not
    touched. Raises MigrationFailed where the gate cannot judge (the history does not replay, a
    privilege is missing), and TransientDatabase.
    """
    with scratch_database(home, mode, deadline) as scratch:
        blue = BlueRunner(scratch, statements, role, deadline)
        blue.admit()
        replay = Replay(scratch)
        replay_ms = replay.run(history)
        granted = _grant(scratch, blue)
        before = read_catalog(scratch.session)
        baseline = Baseline({each.name: each for each in statements}, blue.run(), blue.run())
        with blue.warm() as warm:
            course = _Course(replay, blue, baseline, warm, warm.run(), before)
            course.run(pending)
            course.fill(backfills)
        return Examined(
            statements=tuple(course.measured),
            findings=course.findings(),
            notes=(
                *granted,
                *_notes(statements, role, baseline),
                *course.notes(len(replay.untried)),
            ),
            before=before,
            after=read_catalog(scratch.session),
            replay_ms=replay_ms,
        )


def _grant(scratch: Scratch, blue: BlueRunner) -> tuple[str, ...]:
    """Gives blue's roles the rights that they have outside of migrations; answers the notes."""
    if scratch.mode == "shared":
        refused = copy_grants(scratch.home, scratch.session)
        return tuple(f"a grant of the live database was not made on scratch: {x}" for x in refused)
    without = grant_where_nobody_does(scratch.session, blue.roles)
    return tuple(
        f"no migration grants {role} anything: on scratch it may do everything" for role in without
    )


def _notes(
    statements: Sequence[BlueStatement], role: str | None, baseline: Baseline
) -> tuple[str, ...]:
    if not statements:
        return (NO_STATEMENTS,)
    if role is None and any(each.role is None for each in statements):
        return (ROLE_UNKNOWN, *baseline.notes())
    return baseline.notes()


@dataclass(slots=True)
class _Course:
    """The pending statements, and what was seen after each."""

    replay: Replay
    blue: BlueRunner
    baseline: Baseline
    warm: WarmSessions
    was_warm: Outcomes
    before: Snapshot
    measured: list[Measured] = field(default_factory=list)
    catalogs: list[tuple[Statement, Snapshot]] = field(default_factory=list)
    problems: list[tuple[Statement, Mapping[tuple[str, str], Problem]]] = field(
        default_factory=list
    )
    failed: Statement | None = None
    left: int = 0

    @property
    def scratch(self) -> Scratch:
        return self.replay.scratch

    def run(self, pending: Sequence[Migration]) -> None:
        """Runs every statement, up to the first that does not apply."""
        bench = Bench(self.replay)
        for migration in pending:
            self.scratch.session.fresh()
            for statement in migration.statements:
                if self.failed:
                    self.left += 1
                else:
                    self._step(bench, statement)

    def fill(self, backfills: Sequence[Backfill]) -> None:
        """Runs each backfill as one batch of all the keys that there are."""
        bench = Bench(self.replay)
        for backfill in backfills:
            self.scratch.session.fresh()
            if self.failed:
                self.left += 1
            else:
                self._step(bench, backfill.keyset.statement, backfill)

    def _step(self, bench: Bench, statement: Statement, backfill: Backfill | None = None) -> None:
        measured = bench.measure_backfill(backfill) if backfill else bench.measure(statement)
        self.measured.append(measured)
        if measured.failed is not None:
            self.failed = statement
            return
        if self.before.anything:
            self.catalogs.append((statement, read_catalog(self.scratch.session)))
        if self.blue.statements:
            now = self.blue.run()
            found = self.baseline.problems(now)
            found |= warm_problems(self.was_warm, self.warm.run(), now)
            self.problems.append((statement, found))

    def findings(self) -> tuple[GateFinding, ...]:
        """All of both layers, in the order of the statements."""
        found = [finding for each in self.measured for finding in measured_findings(each)]
        found += compare(self.before, self.catalogs)
        found += outcome_findings(self.problems)
        at = {
            (each.statement.path, each.statement.number): i for i, each in enumerate(self.measured)
        }
        return tuple(sorted(found, key=lambda each: at[each.path, each.statement]))

    def notes(self, untried: int) -> tuple[str, ...]:
        """What was not tried."""
        notes = [
            f"{each.statement.place()}: not tried on scratch: it changes more than its database"
            for each in self.measured
            if not each.tried
        ]
        if untried:
            notes.append(f"{untried} statements of the history were not tried on scratch")
        if self.left:
            notes.append(f"the {self.left} statements after the one that failed were not examined")
        return tuple(notes)
