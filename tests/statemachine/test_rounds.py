"""A look reads signals each time, and metrics only where CloudWatch can have new ones."""

from typing import Any

import pytest
from engine import Engine, LambdaDied
from invariants import assert_invariants
from service import Service

from handlers.adapters.metrics import Metrics
from handlers.adapters.tools import Tools
from handlers.baking import reading


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When the metrics were read, in a time in which CloudWatch has nothing new."""
    found: list[float] = []
    counts = Metrics.counts

    def counted(self: Metrics, *watched: Any, **times: Any) -> Any:
        found.append(times["end"])
        return counts(self, *watched, **times)

    monkeypatch.setattr(Metrics, "counts", counted)
    monkeypatch.setattr(reading, "metrics_turn", lambda at, **_: 0)
    return found


def test_looks_within_a_turn_judge_what_was_read_and_the_last_one_reads_again(
    shop: Service, machine: Engine, read: list[float]
) -> None:
    shop.upload("1.0.0", plan="steps(100@0.02)")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert machine.calls.count("bake") > 2
    assert len(read) == 2, "the first look, and the one that ended the step"
    (verdict,) = Tools().journal.verdicts(run.answer["deployment"])
    assert verdict["readAt"] == pytest.approx(read[-1])
    assert_invariants(shop, run)


def test_a_look_whose_answer_was_lost_reads_nothing_twice(
    shop: Service, machine: Engine, read: list[float]
) -> None:
    lost: list[int] = []

    def lose(phase: str, document: Any) -> None:
        if phase == "bake" and len(read) == 2 and not lost:
            lost.append(len(machine.calls))
            raise LambdaDied("Sandbox.Timedout")

    machine.after = lose
    shop.upload("1.0.0", plan="steps(100@0.02)")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert machine.calls[lost[0] - 1 : lost[0] + 1] == ["bake", "bake"]
    assert len(read) == 2
    assert_invariants(shop, run)


def test_a_stop_between_two_readings_is_seen_by_the_next_look(
    shop: Service, machine: Engine, read: list[float]
) -> None:
    def stop(phase: str, document: Any) -> None:
        if phase == "bake" and machine.calls.count("bake") == 3:
            Tools().journal.signal(document["deployment"]["id"], "stop", {"at": "now"})

    machine.before = stop
    shop.upload("1.0.0", plan="steps(100@1)")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert run.answer["reason"] == "told to stop at now"
    assert (machine.calls.count("bake"), len(read)) == (3, 1)
    assert_invariants(shop, run)


def test_the_plan_says_what_watching_costs(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0", plan="steps(100@10)", bake='inconclusive = "promote"')
    told = machine.run({"release": "1.0.0", "dryRun": True}).answer["reason"]
    assert "watching takes at most " in told
    assert " in all at the list prices of us-east-1" in told
