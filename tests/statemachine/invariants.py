"""What must hold when no deployment of a service runs, however the last one ended."""

from collections.abc import Mapping
from typing import Any

from engine import Run
from service import Service

from handlers.adapters.tools import Tools
from infra.cli.verdict.explanation import explanation

REACHED = {"Plan", "ProvisionGreen", "VerifyGreen", "ShiftTraffic", "Bake", "Finalize"}
"""The phases that keep their beginning in the ledger; MigrateSchema may not reach it."""


def assert_invariants(service: Service, run: Run) -> dict[str, Any]:
    """Sees that the service is whole, its claim closed, and the run's record complete; answers the record."""
    tools = Tools()
    assert_whole(service)
    claim = tools.claims.of(service.name)
    assert claim is None or claim.closed, f"I5: {claim} outlives its execution"

    known = tools.claims.execution(run.arn)
    assert known is not None, "I6: nothing is known of the execution"
    assert known["closed"], "I5: the execution's entry is open"
    record = tools.journal.deployment(known["deployment"])
    assert record is not None, f"I6: {known['deployment']} has no record"
    assert record["outcome"] == run.end, f"I6: {record['outcome']} is recorded, {run.end} was told"
    assert record["answer"] == run.answer, "I6: what was answered is what is recorded"
    for key in ("startedAt", "endedAt", "execution", "service"):
        assert record[key], f"I6: the record has no {key}"
    _assert_flips(tools, run, record)
    _assert_phases(tools, run, known["deployment"])
    return record


def assert_whole(service: Service) -> None:
    """I1: every alias points at exactly one version, and all functions are of the release of record."""
    live = service.live()
    assert all(not each["weights"] for each in live.values()), f"I1: {live}"
    of_record = Tools().journal.live(service.name)
    versions = {key: each["version"] for key, each in live.items()}
    if of_record is None:
        assert set(versions.values()) == {"1"}, f"I1: no release is live, and {versions} serve"
    else:
        assert versions == of_record["versions"], f"I1: {of_record['release']} is live"


def _assert_flips(tools: Tools, run: Run, record: Mapping[str, Any]) -> None:
    deployment = record["deployment"]
    flips = tools.journal.flips(deployment)
    if run.end != "RolledBack":
        assert all("at" in flip for flip in flips), f"I6: a flip without its time: {flips}"
    verdicts: list[Mapping[str, Any]] = tools.journal.verdicts(deployment)
    judged = {verdict["step"] for verdict in verdicts}
    if run.end == "Released":
        assert judged == {flip["step"] for flip in flips} or not flips, "I6: each step was judged"
    for verdict in verdicts:
        assert verdict["reason"] and "greenServed" in verdict, f"I6: {verdict}"
        assert explanation(record, verdict)["agrees"], f"I6: not what its counts give: {verdict}"


def _assert_phases(tools: Tools, run: Run, deployment: str) -> None:
    if run.end in ("Rejected", "NothingToDo"):
        return
    phases = tools.journal.phases(deployment)
    reached = (set(run.states) & REACHED) | ({"RollBack"} if run.end == "RolledBack" else set())
    for state in reached:
        assert state in phases, f"I6: {state} left no trace in {sorted(phases)}"
