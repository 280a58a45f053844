"""Hooks in the whole machine: asked at their points, waited for, heeded, and never in the way back."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from engine import Engine, LambdaDied, Run
from invariants import assert_invariants
from load import calling
from service import GOOD, RAISES, Service, zipped

from handlers import run_hooks
from handlers.adapters.tools import Tools

# Answers what its script says for the point and the attempt, and writes down what it was told.
HOOK = """
import json
SCRIPT = json.loads(%r)
def handler(event, context):
    with open(%r, "a") as told:
        told.write(json.dumps(event) + "\\n")
    answers = SCRIPT.get(event["phase"], [{"hookStatus": "SUCCEEDED"}])
    answer = answers[min(event["attempt"], len(answers)) - 1]
    if answer == "raise":
        raise RuntimeError("the smoke test broke")
    return answer
"""
POINTS = ("beforeShift", "afterStep", "afterShift", "beforeFinalize")
YES = {"hookStatus": "SUCCEEDED"}
Hooked = Callable[..., "Told"]


class Told:
    """A hook of the service, and what it was told so far."""

    def __init__(self, shop: Service, path: Any, script: dict[str, Any], **registered: Any) -> None:
        self._path = path
        shop.lambda_.create_function(
            FunctionName=f"{shop.name}-hook",
            Runtime="python3.11",
            Handler="index.handler",
            Role="arn:aws:iam::000000000000:role/hook",
            Code={"ZipFile": zipped(HOOK % (json.dumps(script), str(path)))},
            Timeout=10,
        )
        hooks = {
            point: {"function": f"{shop.name}-hook", "timeoutSeconds": 60, **registered}
            for point in script.get("points", POINTS)
        }
        shop.register(hooks=hooks)

    def events(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text().splitlines()]

    def calls(self) -> list[tuple[str, int, int]]:
        """Point, step and attempt of each call."""
        return [(each["phase"], each["step"], each["attempt"]) for each in self.events()]


@pytest.fixture
def hooked(shop: Service, tmp_path: Any) -> Hooked:
    return lambda script=None, **registered: Told(
        shop, tmp_path / "told.jsonl", script or {}, **registered
    )


def released(shop: Service, machine: Engine, **details: Any) -> Run:
    shop.upload("1.0.0", **details)
    return machine.run({"release": "1.0.0"})


def test_hooks_are_asked_at_their_points_and_told_of_the_deployment(
    shop: Service, machine: Engine, hooked: Hooked
) -> None:
    hook = hooked()
    run = released(shop, machine, plan="steps(20@0.001, 100@0.001)")
    assert run.end == "Released", run
    assert hook.calls() == [
        ("beforeShift", 0, 1),
        ("afterStep", 1, 1),
        ("afterStep", 2, 1),
        ("afterShift", 2, 1),
        ("beforeFinalize", 2, 1),
    ]
    events = hook.events()
    assert [each["weight"] for each in events] == [0, 20, 100, 100, 100]
    (api,) = events[0]["functions"].values()
    assert [api[key].rpartition(":")[2] for key in ("alias", "blue", "green")] == ["live", "1", "2"]
    assert all(shop.function("api") in api[key] for key in ("alias", "blue", "green"))
    assert events[0]["digest"] == run.answer["digest"]
    assert events[0]["deployment"] == run.answer["deployment"]
    assert_invariants(shop, run)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"hookStatus": "FAILED", "reason": "no stock"}, "answered FAILED: no stock"),
        ({"status": "ok"}, 'answered {"status": "ok"}, which has no hookStatus'),
        ("raise", "failed with RuntimeError: the smoke test broke"),
    ],
    ids=["failed", "garbage", "raises"],
)
def test_a_hook_that_does_not_say_yes_ends_the_deployment_on_blue(
    shop: Service, machine: Engine, hooked: Hooked, point: str, answer: Any, told: str
) -> None:
    hooked({point: [answer]})
    run = released(shop, machine)
    assert run.end == "RolledBack", run
    assert f"HookFailed: the hook {shop.name}-hook at {point} {told}" in run.answer["reason"]
    assert ("ShiftTraffic" in run.states) == (point != "beforeShift")
    assert shop.live() == {"api": {"version": "1", "weights": {}}}
    assert_invariants(shop, run)


@pytest.mark.parametrize("point", POINTS)
def test_a_hook_in_progress_is_asked_again_with_its_own_state(
    shop: Service, machine: Engine, hooked: Hooked, point: str
) -> None:
    later = {"hookStatus": "IN_PROGRESS", "callBackDelay": 0, "hookDetails": {"run": "r-17"}}
    hook = hooked({"points": [point], point: [later, YES]})
    run = released(shop, machine)
    assert run.end == "Released", run
    assert [attempt for _, _, attempt in hook.calls()] == [1, 2]
    assert [each["hookDetails"] for each in hook.events()] == [{}, {"run": "r-17"}]
    assert_invariants(shop, run)


def test_green_is_watched_while_a_hook_is_in_progress(
    shop: Service, slow_machine: Engine, hooked: Hooked
) -> None:
    assert released(shop, slow_machine).end == "Released"
    hooked({"points": ["afterStep"], "afterStep": [{"hookStatus": "IN_PROGRESS"}]})
    shop.upload("1.1.0", sources={"api": RAISES}, plan="steps(50@2, 100@2)")
    with calling(shop):
        run = slow_machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert "green failed" in run.answer["reason"], "the bake ended it, not the hook's time-out"
    assert "WatchMeanwhile" in run.states
    assert_invariants(shop, run)


def test_a_step_that_passed_waits_for_its_hook(
    shop: Service, machine: Engine, hooked: Hooked
) -> None:
    later = {"hookStatus": "IN_PROGRESS", "callBackDelay": 2}
    hook = hooked({"points": ["afterStep"], "afterStep": [later, YES]})
    run = released(shop, machine, plan="steps(20@0.001, 100@0.001)")
    assert run.end == "Released", run
    assert hook.calls() == [("afterStep", step, attempt) for step in (1, 2) for attempt in (1, 2)]
    shifts = [i for i, state in enumerate(run.states) if state == "ShiftTraffic"]
    between = run.states[shifts[0] : shifts[1]]
    assert "Bake" in between
    assert between.index("WatchMeanwhile") < between.index("Observe")
    assert_invariants(shop, run)


@pytest.mark.parametrize("point", ["beforeShift", "afterStep"])
def test_a_hook_that_is_in_progress_for_longer_than_its_time_out_has_failed(
    shop: Service, machine: Engine, hooked: Hooked, point: str
) -> None:
    hook = hooked({"points": [point], point: [{"hookStatus": "IN_PROGRESS"}]}, timeoutSeconds=1)
    run = released(shop, machine)
    assert run.end == "RolledBack", run
    assert len(hook.calls()) == 2, "the last call is at the end of its time"
    assert f"at {point} is still IN_PROGRESS after 2 calls in 1 s" in run.answer["reason"]
    assert_invariants(shop, run)


def test_a_hook_that_never_answers_is_not_waited_for_longer_than_a_call_may_take(
    shop: Service, machine: Engine, hooked: Hooked
) -> None:
    hooked({"points": ["beforeShift"]})
    code = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
    name = f"{shop.name}-hook"
    shop.lambda_.update_function_configuration(FunctionName=name, Timeout=1)
    shop.lambda_.update_function_code(FunctionName=name, ZipFile=zipped(code))
    run = released(shop, machine)
    assert run.end == "RolledBack", run
    assert "at beforeShift failed with Sandbox.Timedout" in run.answer["reason"]


def test_a_hook_that_is_gone_is_told(shop: Service, machine: Engine) -> None:
    shop.register(hooks={"beforeShift": {"function": "no-such-hook"}})
    run = released(shop, machine)
    assert run.end == "RolledBack", run
    assert "the hook no-such-hook at beforeShift is not there" in run.answer["reason"]


def test_a_stop_is_heeded_while_a_hook_is_waited_for(
    shop: Service, machine: Engine, hooked: Hooked
) -> None:
    asked = {"hookStatus": "IN_PROGRESS", "callBackDelay": 1}
    hooked({"points": ["beforeShift"], "beforeShift": [asked]})

    def stop(phase: str, document: Any) -> None:
        if phase == "run_hooks":
            deployment = document["deployment"]["id"]
            Tools().journal.signal(deployment, "stop", {"at": "2026-11-23T10:15:02.123Z"})

    machine.after = stop
    run = released(shop, machine)
    assert run.end == "RolledBack", run
    assert "told to stop at 2026-11-23T10:15:02.123Z" in run.answer["reason"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_hook_that_succeeded_is_not_called_again_when_the_answer_is_lost(
    shop: Service, machine: Engine, hooked: Hooked, when: str
) -> None:
    hook = hooked()
    lost: list[str] = []

    def lose(phase: str, document: Any) -> None:
        if phase == "run_hooks" and not lost:
            lost.append(phase)
            raise LambdaDied("Lambda.Unknown")

    setattr(machine, when, lose)
    run = released(shop, machine)
    assert run.end == "Released", run
    assert hook.calls().count(("beforeShift", 0, 1)) == 1
    assert_invariants(shop, run)


def test_the_way_back_asks_no_hook(shop: Service, machine: Engine, hooked: Hooked) -> None:
    assert released(shop, machine).end == "Released"
    shop.upload("1.1.0", sources={"api": f"{GOOD}# 1.1.0"})
    assert machine.run({"release": "1.1.0"}).end == "Released"
    hook = hooked({point: [{"hookStatus": "FAILED"}] for point in POINTS})
    run = machine.run({"action": "rollback"})
    assert run.end == "RolledBack", run
    assert hook.calls() == []
    assert_invariants(shop, run)


def test_a_service_without_hooks_is_not_held_up(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_hooks, "_ask", lambda *_: pytest.fail("there is no hook"))
    run = released(shop, machine)
    assert run.end == "Released", run
    assert "AwaitHook" not in run.states
    assert "WatchMeanwhile" not in run.states
