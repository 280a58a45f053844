"""A hand on an alias while green is judged: the bake judges nothing that the shift did not make."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from engine import Engine, LambdaDied
from invariants import assert_invariants
from service import GOOD, Service

STEPS = "steps(50@0.001, 100@0.001)"


def on(phase: str, step: int, do: Callable[[], Any]) -> Callable[..., None]:
    """Does it each time that the phase is about to run for the step."""

    def intercept(called: str, document: Mapping[str, Any]) -> None:
        if called == phase and (document.get("traffic") or {}).get("step", 0) == step:
            do()

    return intercept


HANDS: dict[str, tuple[int, dict[str, Any], str, str]] = {
    "back to blue": (1, {"version": "1"}, "version 1 alone", "version 1, 50% on 2"),
    "on to green": (1, {"version": "2"}, "version 2 alone", "version 1, 50% on 2"),
    "another weight": (
        1,
        {"version": "1", "v2": 0.9},
        "version 1, 90% on 2",
        "version 1, 50% on 2",
    ),
    "whole green back to blue": (2, {"version": "1"}, "version 1 alone", "version 2 alone"),
    "whole green split": (2, {"version": "2", "v1": 0.1}, "version 2, 10% on 1", "version 2 alone"),
}


@pytest.mark.parametrize("hand", HANDS)
def test_an_alias_that_a_hand_has_set_to_other_weights_ends_the_bake_rolled_back(
    shop: Service, machine: Engine, hand: str
) -> None:
    step, to, seen, left = HANDS[hand]
    shop.upload("1.0.0", plan=STEPS)
    machine.before = on("bake", step, lambda: shop.point("api", **to))
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    reason = run.answer["reason"]
    assert reason.startswith(
        f"AliasMoved: {shop.function('api')}:live serves {seen}, and the shift"
    )
    assert f"left it at {left}: somebody else moved it during the bake" in reason
    assert shop.live() == {"api": {"version": "1", "weights": {}}}
    assert_invariants(shop, run)


@pytest.mark.parametrize("when", ["bake", "finalize"])
def test_a_hand_on_a_function_that_the_release_leaves_as_it_is_needs_attention(
    pair: Service, machine_of: Callable[..., Engine], when: str
) -> None:
    machine = machine_of(pair)
    pair.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    as_it_is = {"api": GOOD + "\n# 1.1.0\n", "worker": GOOD + "\n# 1.0.0\n"}
    pair.upload("1.1.0", sources=as_it_is, plan=STEPS)
    machine.before = on(when, 2, lambda: pair.point("worker", "1"))
    run = machine.run({"release": "1.1.0"})
    assert run.end == "NeedsAttention", run
    moved = f"{pair.function('worker')}:live serves version 1"
    assert moved in run.answer["errorMessage"]
    machine.before = lambda phase, document: None
    pair.point("worker", "2")
    recovery = machine.run({"action": "recover", "execution": run.arn})
    assert recovery.end == "RolledBack", recovery
    assert_invariants(pair, recovery)


def test_a_shift_whose_answer_is_lost_leaves_what_the_bake_expects(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(pair)
    pair.upload("1.0.0", plan=STEPS)
    lost: list[str] = []

    def lose(phase: str, document: Mapping[str, Any]) -> None:
        if phase in ("shift_traffic", "bake") and len(lost) < 3:
            lost.append(phase)
            raise LambdaDied("Lambda.ServiceException")

    machine.after = lose
    run = machine.run({"release": "1.0.0"})
    assert (run.end, len(lost)) == ("Released", 3), run
    assert_invariants(pair, run)


def test_a_consumer_that_is_never_weighted_is_expected_on_blue_until_the_last_step(
    aws: Any, pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine, seen = machine_of(pair), []
    name = f"{pair.name}-worker.fifo"
    aws.client("sqs").create_queue(QueueName=name, Attributes={"FifoQueue": "true"})
    pair.lambda_.create_event_source_mapping(
        FunctionName=f"{pair.function('worker')}:live",
        EventSourceArn=f"arn:aws:sqs:us-east-1:000000000000:{name}",
    )
    pair.upload("1.0.0", plan=STEPS)
    machine.before = on("bake", 1, lambda: seen.append(pair.live()))
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert seen[0]["api"] == {"version": "1", "weights": {"2": 0.5}}
    assert seen[0]["worker"] == {"version": "1", "weights": {}}
    assert_invariants(pair, run)

    pair.upload("1.1.0", plan=STEPS)
    machine.before = on("bake", 1, lambda: pair.point("worker", "3"))
    run = machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert (
        "live serves version 3 alone, and the shift to 50 % left it at version 2 alone"
        in (run.answer["reason"])
    )
    assert_invariants(pair, run)
