"""A step without a verdict asks a person; what they decide is heard, and never goes before a verdict against green."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from engine import Engine, LambdaDied, Run
from invariants import assert_invariants
from person import Person, Told, person
from queues import Meanwhile
from service import Service
from states import States

from handlers import bake
from handlers.adapters.clock import iso, now
from handlers.adapters.tools import Tools
from handlers.baking import reading
from handlers.domain.hooks.hook import HookRun
from handlers.domain.verdict.alarms import AlarmSigns

ASK = 'inconclusive = "ask"'
TWO = "steps(50@0.001, 100@0.001)"
JANE = "arn:aws:iam::000000000000:user/jane"


class Asked:
    """Does something once, as the bake of the next deployment begins, when `ready` holds of its newest look; by
    default when it asks. `runs` are the ends of what was started.
    """

    def __init__(
        self,
        machine: Engine,
        *answers: Mapping[str, Any] | Callable[[], object],
        ready: Callable[[Mapping[str, Any]], bool] = lambda look: "asks" in look,
    ) -> None:
        self.runs: list[Run] = []
        self.looks: list[Mapping[str, Any]] = []
        self._machine, self._answers, self._ready = machine, list(answers), ready
        machine.before = self

    def __call__(self, phase: str, document: Mapping[str, Any]) -> None:
        if phase != "bake" or not self._answers:
            return
        looks = Tools().journal.verdicts(document["deployment"]["id"])
        if not looks or not self._ready(looks[-1]):
            return
        answers, self._answers = self._answers, []
        self.looks.append(looks[-1])
        for each in answers:
            if callable(each):
                each()
            else:
                self.runs.append(self._machine.run(each))


def test_an_approval_releases_with_who_and_why_also_where_its_answer_was_lost(
    shop: Service, machine: Engine
) -> None:
    lost: list[str] = []

    def lose(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "plan" and document["request"].get("action") == "approve" and not lost:
            lost.append(document["execution"])
            raise LambdaDied("Sandbox.Timedout")

    machine.after = lose
    shop.upload("1.0.0", plan="steps(100@0.001)", bake=ASK)
    asked = Asked(machine, {"action": "approve", "who": JANE, "reason": "the totals are right"})
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    (heard,) = asked.runs
    assert (heard.end, lost) == ("NothingToDo", [heard.arn])
    assert heard.answer["reason"].startswith(f"{run.answer['deployment']} is approved: it goes on")
    assert run.answer["reason"].startswith(f"approved by {JANE}: the totals are right; ")
    (verdict,) = Tools().journal.verdicts(run.answer["deployment"])
    assert verdict["verdict"] == "inconclusive"
    told = {"decision": "approve", "who": JANE, "source": "input", "by": heard.arn}
    assert told.items() <= verdict["told"].items()
    assert_invariants(shop, run)


def test_the_question_names_what_it_saw_until_when_and_how_to_answer(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0", plan=TWO, bake=ASK)
    asked = Asked(machine, {"action": "approve"}, {"action": "promote"})
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    (look,) = asked.looks
    assert (look["verdict"], look["next"], look["waitSeconds"]) == ("ask", "observe", 1)
    assert look["asks"]["following"] == "go on to 100 %"
    assert look["reason"].startswith(
        "not enough traffic to tell in 0.06 s: shall it go on to 100 %? It waits until "
        f"{look['asks']['until']} for `greenshift approve {shop.name}` or `greenshift reject "
        f"{shop.name}` (in the console: start greenshift-{shop.name} with "
        '{"action": "approve"} or {"action": "reject"}), and then rolls back; nothing was asked'
    )
    assert "promoted by whoever started run-" in run.answer["reason"]
    assert "; at 50 % approved by whoever started run-" in run.answer["reason"]


def test_an_approval_is_of_its_step_alone_and_a_rejection_of_the_next_goes_back(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0", plan=TWO, bake=ASK)
    first = Asked(machine, {"action": "approve", "who": "jane"}, {"action": "approve"})
    second = Asked(
        machine,
        {"action": "reject", "reason": "the totals are wrong"},
        {"action": "reject"},
        {"action": "approve"},
        ready=lambda look: look["step"] == 2 and "asks" in look,
    )

    def both(phase: str, document: Mapping[str, Any]) -> None:
        first(phase, document)
        second(phase, document)

    machine.before = both
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    _, approved_again = first.runs
    rejected, rejected_again, late = second.runs
    for again in (approved_again, rejected_again):
        assert (again.end, "was told so already" in again.answer["reason"]) == ("NothingToDo", True)
    assert "approved by jane" in approved_again.answer["reason"]
    assert "goes back to blue at its next look" in rejected.answer["reason"]
    assert (late.end, late.answer["findings"][0]["code"]) == ("Rejected", "GoesBack")
    assert run.answer["reason"].startswith("rejected by whoever started ")
    assert ": the totals are wrong; " in run.answer["reason"]
    one, two = Tools().journal.verdicts(run.answer["deployment"])
    assert (one["told"]["who"], one["next"], two["told"]["decision"]) == ("jane", "shift", "reject")
    assert shop.live() == {"api": {"version": "1", "weights": {}}}
    assert_invariants(shop, run)


def test_where_nobody_answers_it_goes_back_at_the_limit(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = [0.0]
    monkeypatch.setattr(bake, "now", lambda: now() + ahead[0])

    def nearly_an_hour_later() -> None:
        ahead[0] += 3540

    def look(phase: str, document: Mapping[str, Any]) -> None:
        asked(phase, document)
        if phase == "bake" and ahead[0] and document["bake"]["waitSeconds"] == 60:
            ahead[0] += 60

    shop.upload("1.0.0", bake=ASK)
    asked = Asked(machine, nearly_an_hour_later)
    machine.before = look
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert "rolled back because nobody answered within 60 minutes: " in run.answer["reason"]
    assert ahead[0] == 3600, "it looked once a minute by then"
    assert_invariants(shop, run)


def test_a_stop_ends_the_question_whatever_was_approved(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0", plan=TWO, bake=ASK)
    Asked(machine, {"action": "approve"}, {"action": "rollback"})
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert run.answer["reason"].startswith("told to stop at ")
    assert_invariants(shop, run)


@pytest.fixture
def red(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when it is called on, an alarm speaks against green, and the verdict fails."""
    signs = AlarmSigns(veto="the alarm errors went red")
    return lambda: monkeypatch.setattr(reading, "_alarms", lambda *_: signs)


def test_a_failing_verdict_ends_the_question(
    shop: Service, machine: Engine, red: Callable[[], None]
) -> None:
    shop.upload("1.0.0", plan=TWO, bake=ASK)
    Asked(machine, red)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert "the alarm errors went red" in run.answer["reason"]
    assert_invariants(shop, run)


def test_promote_skips_the_waits_that_are_left(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0", plan="steps(10@3, 50@3, 100@3)")
    asked = Asked(
        machine,
        {"action": "promote", "who": JANE, "reason": "the till is down"},
        {"action": "promote"},
        ready=lambda look: look["step"] == 1,
    )
    late = Meanwhile(machine, "finalize", [{"action": "reject"}])
    machine.before = lambda phase, document: (asked if phase == "bake" else late)(phase, document)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    first, again = asked.runs
    assert late.runs[0].answer["findings"][0]["code"] == "NotAsked"
    assert "is promoted: each step that is left takes one look" in first.answer["reason"]
    assert "was told so already" in again.answer["reason"]
    assert run.states.count("ShiftTraffic") == 3
    assert run.answer["reason"].startswith(
        f"promoted by {JANE} before the verdict: the till is down; "
    )
    assert [each["weight"] for each in Tools().journal.verdicts(run.answer["deployment"])] == [
        10,
        50,
        100,
    ]
    assert_invariants(shop, run)


def test_promote_before_the_shift_skips_nothing_before_it(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0", plan="steps(10@3, 100@3)")
    asked: list[Run] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "verify_green" and not asked:
            asked.append(machine.run({"action": "promote"}))

    machine.before = ask
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert (
        "of which nothing is skipped, and then each step of its shift takes"
        in (asked[0].answer["reason"])
    )
    assert machine.calls.count("bake") == 2


def test_promote_says_that_it_waits_for_a_hook(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0")
    asked: list[Run] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "run_hooks" and not asked:
            run, deployment = HookRun("IN_PROGRESS", 1, now(), now(), {}), document["deployment"]
            journal = Tools().journal
            journal.note_hook(deployment["id"], 0, "beforeShift", run, "smoke", iso(now()))
            asked.append(machine.run({"action": "promote"}))

    machine.before = ask
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert "it is at RunHooks, of which nothing is skipped" in asked[0].answer["reason"]


def test_promote_never_goes_before_a_failing_verdict_and_is_refused_on_the_way_back(
    shop: Service, machine: Engine, red: Callable[[], None]
) -> None:
    shop.upload("1.0.0", plan="steps(50@3, 100@3)")
    asked = Asked(machine, {"action": "promote"}, red, ready=lambda look: True)
    late = Meanwhile(machine, "roll_back", [{"action": "promote"}])
    machine.before = lambda phase, document: (asked if phase == "bake" else late)(phase, document)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert "the alarm errors went red" in run.answer["reason"]
    assert asked.runs[0].end == "NothingToDo", "it was heard, and did not help"
    assert run.states.count("ShiftTraffic") == 1
    assert late.runs[0].answer["findings"][0]["code"] == "GoesBack"
    assert_invariants(shop, run)


def test_what_was_not_asked_is_refused_and_the_deployment_is_not_disturbed(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0", plan="steps(100@0.05)")
    cases = [
        ({"action": "approve"}, "NotAsked", "`greenshift promote {} --now`"),
        ({"action": "promote", "deployment": "shop-0.9.0"}, "OtherRuns", "does not run any more"),
    ]
    asked = Asked(machine, *(request for request, *_ in cases), ready=lambda look: True)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    for refused, (_, code, told) in zip(asked.runs, cases, strict=True):
        assert refused.end == "Rejected", refused
        assert refused.answer["findings"][0]["code"] == code
        assert told.format(shop.name) in refused.answer["reason"]
    nothing = machine.run({"action": "promote"})
    assert (nothing.end, nothing.answer["findings"][0]["code"]) == ("Rejected", "NothingRuns")


@pytest.fixture
def somebody(aws: Any, states: States, machine: Engine) -> Iterator[Person]:
    with person(aws, states, machine) as found:
        yield found


def test_a_person_sees_the_question_and_answers_it(
    shop: Service, machine: Engine, somebody: Person
) -> None:
    told: dict[str, Any] = {}

    def answer() -> None:
        told["status"] = somebody.tells("status", shop.name).text
        told["watch"] = somebody.tells("watch", shop.name, "--timeout", "0.01s").text
        told["approve"] = somebody.tells("approve", shop.name, "--reason", "seen")

    shop.upload("1.0.0", bake=ASK)
    Asked(machine, answer)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    question = "shall it be released? It waits until "
    assert f"  it asks: not enough traffic to tell in 0.06 s: {question}" in told["status"]
    assert f"`greenshift approve {shop.name}`" in told["status"]
    assert "Bake at 100 % asks: not enough traffic" in told["watch"]
    assert told["approve"].code == 0, told["approve"]
    assert f"{run.answer['deployment']} is approved: it goes on" in told["approve"].text
    assert ": seen; nothing was asked of green" in run.answer["reason"]
    assert "approved by arn:aws:" in run.answer["reason"]
    nothing = somebody.tells("approve", shop.name)
    assert (nothing.code, f"no deployment of {shop.name} is running" in nothing.text) == (2, True)

    shop.upload("1.1.0", bake=ASK)
    rejected: list[Told] = []
    Asked(machine, lambda: rejected.append(somebody.tells("reject", shop.name)))
    back = machine.run({"release": "1.1.0"})
    assert back.end == "RolledBack", "what the one before was told is nothing to it"
    assert (rejected[0].code, "goes back to blue" in rejected[0].text) == (0, True)
    assert "rejected by arn:aws:" in back.answer["reason"]
