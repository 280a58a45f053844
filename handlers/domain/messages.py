"""What flows from state to state: one frozen section for each phase, every key always there.

A section holds references and counts, never contents: 60 functions stay under 8 KiB. What a phase
needs beyond it, it reads from the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

UNCHANGED = "unchanged"
"""Stands for the green version of a function that the release leaves as it is."""

Outcome = Literal["Released", "NothingToDo", "Rejected", "RolledBack", "NeedsAttention"]


@dataclass(frozen=True, slots=True)
class BundleRef:
    """The very object version that a bundle was read from, and the SHA-256 digest of its bytes."""

    bucket: str
    key: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class FunctionBlue:
    """One function as the deployment found it: its kind, and the version that `live` served."""

    kind: Literal["entry", "consumer", "internal"]
    blue: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """Written by Plan. `blue_bundle` is that of the release that is live, None before the first
    one. `next` is `migrateSchema` for a contract, which moves no traffic; it is `nothingToDo`, and
    `answer` is set, when there is nothing to deploy.
    """

    id: str
    service: str
    release: str
    digest: str
    token: int
    registration_version: int
    functions: Mapping[str, FunctionBlue]
    bundle: BundleRef | None
    blue_bundle: BundleRef | None
    shift_plan: str
    steps: int
    note: str
    next: Literal["provisionGreen", "migrateSchema", "nothingToDo"]
    answer: Mapping[str, Any] | None

    @property
    def contracts(self) -> bool:
        """Whether it removes from the schema what only earlier releases needed."""
        return self.next == "migrateSchema"


@dataclass(frozen=True, slots=True)
class Green:
    """Written by ProvisionGreen: green's version of each function, or `unchanged`."""

    versions: Mapping[str, str]
    published: int
    found: int
    seconds: float


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """How far the backfill `name` has come: `rows` are passed of about `total`, `share` in whole
    per cent. `per_second` and `seconds_left` go by the last slice, `seconds_left` is None where it
    cannot tell; `seconds` is how long this deployment has backfilled so far.
    """

    name: str
    rows: int
    total: int
    share: int
    per_second: int
    seconds_left: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Schema:
    """Written by MigrateSchema: which files were applied now and how many before, what the gate
    found of them in one sentence, and what comes next: `contracted` after the contract files,
    `done` after the others. `backfill` is the one that was worked on last, None before the first.
    """

    applied: tuple[str, ...]
    already_applied: int
    statements: int
    longest_lock_ms: float
    gate: str
    backfill: BackfillProgress | None
    next: Literal["again", "done", "contracted"]
    reason: str


@dataclass(frozen=True, slots=True)
class Checks:
    """Written by VerifyGreen when all declared checks have passed; latency of the slowest in
    milliseconds.
    """

    passed: int
    slowest: str
    slowest_ms: float
    reason: str


@dataclass(frozen=True, slots=True)
class Hooks:
    """Written by RunHooks: the hook that was asked last at this point, and what comes next. `again`
    and `watch` wait for one that is in progress, the second with the bake going on.
    """

    point: str
    calls: int
    reason: str
    next: Literal["again", "watch", "shift", "observe", "finalize"]
    wait_seconds: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """Written by ShiftTraffic: the step (from 1), its weight in whole per cent, and how far the
    flips lay apart.
    """

    step: int
    steps: int
    weight: int
    at: str
    flips: int
    skew_ms: float


@dataclass(frozen=True, slots=True)
class Bake:
    """Written by Bake: the verdict with its reason in one sentence, and what the
    machine does next. `ask` waits for a person.
    """

    verdict: Literal["pass", "fail", "wait", "inconclusive", "ask"]
    reason: str
    green_requests: int
    green_failures: int
    blue_requests: int
    blue_failures: int
    log_e_fail: float
    log_e_pass: float
    next: Literal["shift", "observe", "finalize", "rollBack"]
    wait_seconds: int


@dataclass(frozen=True, slots=True)
class Ended:
    """Written by Finalize and RollBack: the outcome, the whole answer, and the answer as text for a
    Fail state.
    """

    outcome: Outcome
    answer: Mapping[str, Any]
    cause: str
