"""The backfills of a deployment, one after the other, for as long as one invocation's slice."""

import time
from collections.abc import Sequence
from typing import Literal

from handlers.adapters.database.backfill.cursors import Cursors
from handlers.adapters.database.backfill.replicas import Replicas
from handlers.adapters.database.backfill.runner import BackfillRunner
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.migrations import StatementLedger
from handlers.adapters.database.session import Session
from handlers.domain.schema.backfill.history import BackfillEntry, BackfillTask
from handlers.domain.schema.backfill.pace import slice_seconds
from handlers.domain.schema.backfill.progress import Slice


def run_backfills(
    tasks: Sequence[BackfillTask],
    session: Session,
    ledger: StatementLedger,
    cursors: Cursors,
    deadline: Deadline,
    *,
    spent: float,
    all_to_the_end: bool = False,
) -> Slice:
    """Runs the backfills for one slice; `spent` is how many seconds those before it took.

    A backfill that green need not wait for is left where it stands once the deployment has spent
    that backfill's patience, unless `all_to_the_end`. Raises what BackfillRunner.run raises.
    """
    began = time.monotonic()
    until = began + slice_seconds(spent)
    runner = BackfillRunner(session, ledger, cursors, deadline, Replicas(session))
    worked: BackfillEntry | None = None
    worked_since, passed_before = began, 0
    left: list[BackfillEntry] = []
    following: Literal["again", "done"] = "again"
    for task in tasks:
        header = task.backfill.header
        patience = began + header.wait_seconds - spent
        may_wait = header.before_traffic and not all_to_the_end
        if may_wait and time.monotonic() >= patience:
            left.append(task.entry)
            continue
        if worked is not None and time.monotonic() > until:
            break
        worked_since, passed_before = time.monotonic(), runner.passed
        worked = runner.run(task, min(until, patience) if may_wait else until)
        if worked.state != "done":
            if may_wait and time.monotonic() >= patience:
                left.append(worked)
                continue
            break
    else:
        following = "done"
    now = time.monotonic()
    return Slice(
        next=following,
        entry=worked,
        passed=runner.passed - passed_before,
        seconds=now - worked_since,
        spent=spent + now - began,
        longest_ms=runner.longest_ms,
        left=tuple(left),
        note=_note(runner),
    )


def _note(runner: BackfillRunner) -> str:
    if runner.behind:
        return f"it pauses for a replica that is {runner.behind:.0f} s behind"
    return runner.replicas.note
