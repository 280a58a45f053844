"""A step without a verdict asks a person; what they decide is heard, and never goes before a verdict against green."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from engine import Engine, LambdaDied, Run
from invariants import assert_invariants
from load import calling
from person import Person, person
from queues import release
from service import RAISES, Service
from states import States

from handlers import bake
from handlers.adapters.clock import iso, now
from handlers.adapters.tools import Tools

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


def test_an_approval_releases_with_who_and_why(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0", plan="steps(100@0.001)", bake=ASK)
    asked = Asked(machine, {"action": "approve", "who": JANE, "reason": "the totals are right"})
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    (heard,) = asked.runs
    assert heard.end == "NothingToDo", heard
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


def test_a_rejection_goes_back_with_its_reason(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0", plan=TWO, bake=ASK)
    asked = Asked(
        machine,
        {"action": "reject", "reason": "the totals are wrong"},
        {"action": "reject"},
        {"action": "approve"},
    )
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    first, again, late = asked.runs
    assert "goes back to blue at its next look" in first.answer["reason"]
    assert (again.end, "was told so already" in again.answer["reason"]) == ("NothingToDo", True)
    assert (late.end, late.answer["findings"][0]["code"]) == ("Rejected", "GoesBack")
    assert ": the totals are wrong; " in run.answer["reason"]
    assert run.answer["reason"].startswith("rejected by whoever started ")
    assert shop.live() == {"api": {"version": "1", "weights": {}}}
    assert_invariants(shop, run)


def test_where_nobody_answers_it_goes_back_at_the_limit(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.upload("1.0.0", plan="steps(100@0.001)", bake=ASK)
    ahead = [0.0]
    monkeypatch.setattr(bake, "now", lambda: now() + ahead[0])
    waits: list[float] = []

    def later() -> None:
        ahead[0] += 3590
        waits.append(time.monotonic())

    Asked(machine, later)

    def at_last(phase: str, document: Mapping[str, Any]) -> None:
        waits.append(document["bake"]["waitSeconds"])
        if phase == "bake" and len(waits) > 3:
            ahead[0] += 10

    first = machine.before
    machine.before = lambda phase, document: (
        first(phase, document)
        if not waits
        else at_last(phase, document)
        if phase == "bake"
        else None
    )
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert "rolled back because nobody answered within 60 minutes: " in run.answer["reason"]
    assert_invariants(shop, run)


def test_a_failing_verdict_ends_the_question(shop: Service, machine: Engine) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0", sources={"api": RAISES}, plan="steps(50@0.001, 100@1)", bake=ASK)
    with calling(shop):
        run = machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert "green failed" in run.answer["reason"]
    (verdict,) = Tools().journal.verdicts(run.answer["deployment"])
    assert (verdict["verdict"], verdict["step"]) == ("fail", 1)
    assert machine.calls.count("bake") > 2
    assert_invariants(shop, run)


def test_a_pass_releases_what_asks(shop: Service, machine: Engine) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0", plan="steps(50@0.001, 100@0.001)", bake=ASK + "\npTol = 0.2")
    asked = Asked(machine, lambda: None)
    with calling(shop):
        run = machine.run({"release": "1.1.0"})
    assert run.end == "Released", run
    assert len(asked.looks) == 1, "it asked before it passed"
    verdicts = Tools().journal.verdicts(run.answer["deployment"])
    assert [each["verdict"] for each in verdicts] == ["pass", "pass"]


@pytest.mark.parametrize("signal", ["stop", "rejected"])
def test_an_approval_does_not_go_before_a_stop_or_a_rejection(
    shop: Service, machine: Engine, signal: str
) -> None:
    shop.upload("1.0.0", plan=TWO, bake=ASK)

    def tell() -> None:
        claim = Tools().claims.of(shop.name)
        facts = {"at": iso(now()), "by": "x:y", "step": 1, "who": "joe", "reason": ""}
        Tools().journal.signal(claim.deployment, signal, {**facts, "decision": "reject"})

    Asked(machine, {"action": "approve"}, tell)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert_invariants(shop, run)


def test_an_approval_is_of_its_step_alone_and_counts_once(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0", plan=TWO, bake=ASK)
    asked = Asked(
        machine, {"action": "approve", "who": "jane"}, {"action": "approve", "who": "joe"}
    )
    seen: list[int] = []
    first = machine.before

    def then(phase: str, document: Mapping[str, Any]) -> None:
        first(phase, document)
        if phase == "bake" and document["traffic"]["step"] == 2:
            seen.append(2)
            if len(seen) == 4:
                asked.runs.append(machine.run({"action": "reject"}))

    machine.before = then
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    again = asked.runs[1]
    assert (again.end, "was told so already" in again.answer["reason"]) == ("NothingToDo", True)
    assert "approved by jane" in again.answer["reason"]
    one, two = Tools().journal.verdicts(run.answer["deployment"])
    assert (one["told"]["who"], one["next"], two["told"]["decision"]) == ("jane", "shift", "reject")


def test_what_a_deployment_was_told_is_nothing_to_the_next(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0", bake=ASK)
    Asked(machine, {"action": "promote"}, {"action": "approve"})
    assert machine.run({"release": "1.0.0"}).end == "Released"
    shop.upload("1.1.0", bake=ASK)
    asked = Asked(machine, {"action": "reject"})
    run = machine.run({"release": "1.1.0"})
    assert (run.end, len(asked.runs)) == ("RolledBack", 1), run


def test_a_lost_answer_of_the_decision_changes_nothing(shop: Service, machine: Engine) -> None:
    lost: list[str] = []

    def lose(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "plan" and (document["request"] or {}).get("action") == "approve" and not lost:
            lost.append(document["execution"])
            raise LambdaDied("Sandbox.Timedout")

    machine.after = lose
    shop.upload("1.0.0", bake=ASK)
    asked = Asked(machine, {"action": "approve", "who": "jane"})
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    (heard,) = asked.runs
    assert (heard.end, heard.arn) == ("NothingToDo", lost[0])
    assert "is approved" in heard.answer["reason"]


def test_promote_skips_the_waits_that_are_left(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0", plan="steps(10@600, 50@600, 100@600)")
    asked = Asked(
        machine,
        {"action": "promote", "who": JANE, "reason": "the till is down"},
        {"action": "promote"},
        ready=lambda look: look["step"] == 1,
    )
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    first, again = asked.runs
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
    shop.upload("1.0.0", plan="steps(10@600, 100@600)")
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


def test_promote_never_goes_before_a_failing_verdict(shop: Service, machine: Engine) -> None:
    release(shop, machine, "1.0.0")
    shop.upload("1.1.0", sources={"api": RAISES}, plan="steps(50@600, 100@600)")

    def until_it_failed() -> None:
        time.sleep(2.5)

    Asked(machine, {"action": "promote"}, until_it_failed, ready=lambda look: True)
    with calling(shop):
        run = machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert "green failed" in run.answer["reason"]
    assert "promoted" not in run.answer["reason"]
    assert_invariants(shop, run)


NOTHING = "no deployment of {service} is running"


@pytest.mark.parametrize("decision", ["approve", "reject", "promote"])
def test_a_decision_on_nothing_is_refused_with_a_sentence(
    shop: Service, machine: Engine, decision: str
) -> None:
    run = machine.run({"action": decision})
    assert run.end == "Rejected", run
    assert NOTHING.format(service=shop.name) in run.answer["reason"]


@pytest.mark.parametrize(
    ("request_", "code", "told"),
    [
        ({"action": "approve"}, "NotAsked", "`greenshift promote {} --now`"),
        ({"action": "reject"}, "NotAsked", "`greenshift stop {}`"),
        ({"action": "promote", "deployment": "shop-0.9.0"}, "OtherRuns", "does not run any more"),
        ({"action": "approve", "reason": ""}, "BadValue", "200 characters"),
    ],
)
def test_what_was_not_asked_is_refused_and_the_deployment_is_not_disturbed(
    shop: Service, machine: Engine, request_: dict[str, Any], code: str, told: str
) -> None:
    shop.upload("1.0.0", plan="steps(100@0.02)")
    asked = Asked(machine, request_, ready=lambda look: True)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    (refused,) = asked.runs
    assert refused.end == "Rejected", refused
    assert refused.answer["findings"][0]["code"] == code
    assert told.format(shop.name) in refused.answer["reason"]


def test_promote_is_refused_on_the_way_back_and_once_the_bake_is_over(
    shop: Service, machine: Engine
) -> None:
    release(shop, machine, "1.0.0")
    refused: list[Run] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase in ("roll_back", "finalize") and document["request"].get("action") != "promote":
            refused.append(machine.run({"action": "promote"}))

    shop.upload("1.1.0")
    machine.before = ask
    assert machine.run({"release": "1.1.0"}).end == "Released"
    shop.upload("1.2.0", bake='inconclusive = "rollBack"')
    assert machine.run({"release": "1.2.0"}).end == "RolledBack"
    codes = [each.answer["findings"][0]["code"] for each in refused]
    assert codes == ["NothingToSkip", "GoesBack"]


def test_a_plan_that_could_ask_for_too_long_is_refused(shop: Service, machine: Engine) -> None:
    plan = "steps(10@5, 30@5, 50@5, 100@5)"
    shop.upload("1.0.0", plan=plan, bake=f"{ASK}\naskMinutes = 1440\n")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Rejected", run
    assert "over 15000" in run.answer["reason"]
    assert "write fewer askMinutes" in run.answer["reason"]


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
        told["json"] = somebody.status(shop.name)
        told["watch"] = somebody.tells("watch", shop.name, "--timeout", "0.01s").text
        told["approve"] = somebody.tells("approve", shop.name, "--reason", "seen")
        told["again"] = somebody.tells("approve", shop.name, "--json")

    shop.upload("1.0.0", bake=ASK)
    Asked(machine, answer)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    question = "shall it be released? It waits until "
    assert f"  it asks: not enough traffic to tell in 0.06 s: {question}" in told["status"]
    assert f"`greenshift approve {shop.name}`" in told["status"]
    assert told["json"]["running"]["asks"]["following"] == "be released"
    assert "Bake at 100 % asks: not enough traffic" in told["watch"]
    assert told["approve"].code == 0, told["approve"]
    assert f"{run.answer['deployment']} is approved: it goes on" in told["approve"].text
    again = json.loads(told["again"].text)
    assert (told["again"].code, again["outcome"]) == (0, "NothingToDo")
    assert "was told so already" in again["reason"]
    assert ": seen; nothing was asked of green" in run.answer["reason"]
    assert "approved by arn:aws:" in run.answer["reason"]
    nothing = somebody.tells("approve", shop.name)
    assert (nothing.code, NOTHING.format(service=shop.name) in nothing.text) == (2, True)


def test_a_rejection_that_is_watched_is_followed_back(
    shop: Service, machine: Engine, somebody: Person
) -> None:
    told: list[Any] = []
    shop.upload("1.0.0", bake=ASK)
    Asked(machine, lambda: told.append(somebody.tells("reject", shop.name)))
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert (told[0].code, "goes back to blue" in told[0].text) == (0, True)
    assert "rejected by arn:aws:" in run.answer["reason"]
