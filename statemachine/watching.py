"""Deployments watched: one look, look after look until the end, and the answer."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from handlers.adapters.aws import in_our_words
from handlers.adapters.clock import iso, now
from handlers.domain.attention import is_needed
from handlers.errors import Transient
from statemachine.connection import Connection
from statemachine.endings import RUNNING, needs_attention, nothing_begun, said
from statemachine.following import Journalled, Observation, asked_for, observation
from statemachine.history import History
from statemachine.problems import GaveUpWaiting, NothingRuns
from statemachine.stage import Stage
from statemachine.turns import Turn, Turns

RECOVERY_SECONDS = 180.0
"""How long a stopped execution may wait for the recovery rule before a person is called."""
PATIENCE_SECONDS = 120.0
"""How long a watcher bears AWS not answering; the deployment does not notice."""


class Watching:
    """Reads executions and the ledger, changes nothing; looks every `poll_seconds`."""

    def __init__(self, connection: Connection, *, poll_seconds: float) -> None:
        self._on, self._poll = connection, poll_seconds
        self._history = History(connection)
        self._turns = Turns(connection)

    def follow(
        self, execution: str, *, timeout_seconds: float | None = None
    ) -> Iterator[Observation]:
        """Looks until the deployment has ended and the service is whole; the last observation has
        the answer.

        What cannot be read for a moment is read later. Raises NothingRuns for an unknown execution,
        and GaveUpWaiting when `timeout_seconds` are over.
        """
        began = answered = time.monotonic()
        while True:
            try:
                with in_our_words():
                    found = self.observe(execution)
                answered = time.monotonic()
            except Transient:
                if time.monotonic() - answered > PATIENCE_SECONDS:
                    raise
            else:
                yield found
                if found.answer is not None:
                    return
            if timeout_seconds is not None and time.monotonic() - began > timeout_seconds:
                raise GaveUpWaiting(
                    f"gave up waiting after {timeout_seconds:,.0f} s; what was waited for goes on: "
                    f"watch it with `greenshift watch {execution}`"
                )
            time.sleep(self._poll)

    def answer(self, execution: str, *, timeout_seconds: float | None = None) -> dict[str, Any]:
        """What the deployment answered, waiting for its end as `follow` does."""
        *_, last = self.follow(execution, timeout_seconds=timeout_seconds)
        assert last.answer is not None
        return dict(last.answer)

    def observe(self, execution: str) -> Observation:
        """One look at an execution and its deployment; of one that waited for its turn, at the
        execution that this is. Raises NothingRuns if it is unknown.
        """
        described = self._on.executions.describe(execution) or self._remembered(execution)
        if described is None:
            raise NothingRuns(
                f"there is no execution {execution}: see with `greenshift status SERVICE` what runs"
            )
        at, started = iso(now()), iso(described["startDate"].timestamp())
        service = execution.split(":")[6].removeprefix("greenshift-")
        answer = self.ended(described, service)
        if answer is not None and "queued" in answer:
            turn = self._turns.of(answer)
            if turn.execution not in (None, execution):
                return self.observe(str(turn.execution))
            return _queued(execution, turn, answer, at)
        known = self._on.claims.execution(execution)
        record = self._on.journal.deployment(known["deployment"]) if known else None
        if record is None:
            return Observation(
                at=at,
                service=service,
                execution=execution,
                action=asked_for(described),
                started_at=started,
                answer=answer,
            )
        deployment = record["deployment"]
        phases = self._on.journal.phases(deployment)
        found = Journalled(
            record={"action": asked_for(described), **record},
            phases={**phases, **self._history.migrating(execution, phases)},
            flips=self._on.journal.flips(deployment),
            verdicts=self._on.journal.verdicts(deployment),
            hooks=self._on.journal.hooks(deployment) if record.get("hooks") else (),
            back=self._history.way_back(self._first(described, record)),
        )
        started = record.get("startedAt", started)
        return observation(found, at=at, execution=execution, started_at=started, answer=answer)

    def _remembered(self, execution: str) -> dict[str, Any] | None:
        """As DescribeExecution would answer of an execution that Step Functions has forgotten, as
        it does after 90 days, and whose deployment's end the ledger has.
        """
        known = self._on.claims.execution(execution)
        record = (self._on.journal.deployment(known["deployment"]) or {}) if known else {}
        if not record.get("answer"):
            return None
        return {
            "executionArn": execution,
            "status": "SUCCEEDED",
            "startDate": datetime.fromisoformat(record["startedAt"]),
            "output": json.dumps(record["answer"]),
        }

    def _first(self, execution: dict[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
        """The execution that began the deployment which this one may recover: its history tells
        when and why the way back began, however many recoveries followed.
        """
        began = record.get("execution", execution["executionArn"])
        if began == execution["executionArn"]:
            return execution
        return self._on.executions.describe(began) or execution

    def ended(self, execution: Mapping[str, Any], service: str) -> dict[str, Any] | None:
        """The answer of the execution that DescribeExecution answered with, or None while it runs
        or its recovery is awaited.
        """
        if execution["status"] in RUNNING:
            return None
        told = said(execution)
        known = self._on.claims.execution(execution["executionArn"])
        if told is not None:
            record = self._on.journal.deployment(told["deployment"]) if known else None
            whole = (record or {}).get("answer") or told
            # A Fail state's cause is cut to what fits; an answer of a repeat is its own.
            return dict(whole) if whole["outcome"] == told["outcome"] else told
        if known is None:
            return nothing_begun(execution, service, iso(now()))
        return self._closed(execution, service, known["deployment"])

    def _closed(
        self, execution: Mapping[str, Any], service: str, deployment: str
    ) -> dict[str, Any] | None:
        """The answer that the ledger has of a deployment whose execution told none."""
        record = self._on.journal.deployment(deployment) or {}
        known = record.get("answer")
        if known and not is_needed(record):
            return dict(known)
        if recovery := self._recovery(execution["executionArn"], service, deployment):
            return self.ended(recovery, service)
        if known:
            return dict(known)
        waited = now() - execution["stopDate"].timestamp()
        if execution.get("error") == "NeedsAttention" or waited > RECOVERY_SECONDS:
            return needs_attention(execution, record, service, iso(now()))
        return None

    def _recovery(self, execution: str, service: str, deployment: str) -> dict[str, Any] | None:
        """The execution that has taken the deployment over from this one, which has ended."""
        claim = self._on.claims.of(service)
        if claim is None or claim.deployment != deployment or claim.execution == execution:
            return None
        return self._on.executions.describe(claim.execution)


def _queued(execution: str, turn: Turn, answer: Mapping[str, Any], at: str) -> Observation:
    """The look at a deployment that waits for its turn, or that has ended without one."""
    ended, since = turn.answer, answer["queued"]["since"]
    over = None if ended is None else str(ended["endedAt"])
    stage = Stage("Queued", 0, 0, since, over, turn.told, failed=ended is not None)
    return Observation(
        at=at,
        service=answer["service"],
        execution=execution,
        deployment=answer["deployment"],
        release=answer["release"],
        action="deploy",
        phase="Queued",
        reason=turn.told,
        started_at=since,
        stages=(stage,),
        answer=ended,
    )
