"""A bake that asks a person, and what they tell it."""

from typing import Any

import pytest

from handlers.domain.asking.question import Asking, following
from handlers.domain.asking.standing import Standing, before, heeded, refusal
from handlers.domain.asking.told import Decision, Heard, Told, with_decisions
from handlers.domain.codec import encode
from handlers.domain.verdict.bake_decision import BakeDecision, decide
from handlers.domain.verdict.bake_settings import Inconclusive
from handlers.domain.verdict.verdict import Judgement

JANE = Told(decision="approve", at="then", by="arn:x:run-1", step=1, who="jane", reason="seen")
JOE = Told(decision="reject", at="then", by="arn:x:run-2", step=1, reason="the totals are wrong")
ANN = Told(decision="promote", at="then", by="arn:x:run-3", who="ann")
EARLY = "promoted by ann before the verdict; the numbers"


def at(
    age: float,
    word: Any = "wait",
    *,
    policy: Inconclusive = "ask",
    step: int = 1,
    before_: int = 0,
    last: bool = False,
    **heard: Told,
) -> BakeDecision:
    return decide(
        Judgement(word, 0, 0, 0, 0, 60, 0, 540, 3, "the numbers", None),
        step_age_seconds=age,
        step_minutes=5,
        min_minutes=None,
        last_step=last,
        inconclusive=policy,
        green_requests=60,
        green_failures=0,
        stratum_seconds=60,
        requests_before=before_,
        asking=Asking(
            service="orders",
            step=step,
            following="go on to 50 %",
            minutes=60,
            until="11:15",
            heard=Heard(**heard),
        ),
    )


def test_a_step_asks_when_its_minutes_are_over_until_its_limit() -> None:
    assert (at(299).next, at(299).asks) == ("observe", False)
    found = at(300)
    assert (found.next, found.asks, found.inconclusive) == ("observe", True, False)
    assert found.reason == (
        "not enough traffic to tell in 5 minutes: shall it go on to 50 %? It waits until 11:15 for "
        "`greenshift approve orders` or `greenshift reject orders` (in the console: start "
        'greenshift-orders with {"action": "approve"} or {"action": "reject"}), and then rolls '
        "back; the numbers"
    )
    assert (at(3899).next, at(3899).wait_seconds) == ("observe", 1)
    over = at(3900)
    assert (over.next, over.asks, over.inconclusive) == ("rollBack", False, True)
    assert over.reason == (
        "not enough traffic to tell in 65 minutes, rolled back because nobody answered within 60 "
        "minutes: green failed 0 of 60 requests; the numbers"
    )


@pytest.mark.parametrize(("age", "wait"), [(300, 10), (360, 20), (900, 60), (3890, 10)])
def test_it_looks_less_often_the_longer_it_asks(age: float, wait: int) -> None:
    assert at(age).wait_seconds == wait


@pytest.mark.parametrize(
    ("word", "heard", "following_", "reason"),
    [
        ("wait", {"approved": JANE}, "shift", "approved by jane: seen; the numbers"),
        (
            "wait",
            {"rejected": JOE},
            "rollBack",
            "rejected by whoever started run-2: the totals are wrong; the numbers",
        ),
        ("wait", {"promoted": ANN}, "shift", EARLY),
        ("wait", {"approved": JANE, "promoted": ANN}, "shift", "approved by jane: seen;"),
        ("wait", {"approved": JANE, "rejected": JOE}, "rollBack", "rejected by"),
        ("wait", {"promoted": ANN, "rejected": JOE}, "rollBack", "rejected by"),
        ("fail", {"approved": JANE, "promoted": ANN}, "rollBack", "the numbers"),
        ("inconclusive", {"approved": JANE, "promoted": ANN}, "rollBack", "the numbers"),
        ("pass", {}, "shift", "the numbers"),
        ("pass", {"rejected": JOE}, "rollBack", "rejected by"),
    ],
)
def test_what_is_told_counts_after_a_verdict_against_green(
    word: str, heard: dict[str, Told], following_: str, reason: str
) -> None:
    for age in (300, 3000, 3900):
        found = at(age, word, **heard)
        assert found.next == following_
        assert found.reason.startswith(reason)
    assert at(300, word, last=True, **heard).next == following_.replace("shift", "finalize")


def test_an_approval_is_of_the_step_that_asked_and_a_promotion_of_all() -> None:
    assert at(300, step=2, approved=JANE).asks
    assert at(0, step=2, promoted=ANN).next == "shift"
    assert at(0, policy="extend", promoted=ANN).reason == EARLY
    early = at(0, "pass", policy="extend", promoted=ANN)
    assert early.reason == "promoted by ann before its minutes were over; the numbers"
    assert (early.inconclusive, early.told) == (False, ANN)


@pytest.mark.parametrize("told", [{"approved": JANE}, {"promoted": ANN}])
def test_where_counts_went_missing_nobody_makes_it_go_on(told: dict[str, Told]) -> None:
    found = at(300, before_=61, **told)
    assert (found.next, found.told) == ("observe", None)
    assert "counts are missing" in found.reason
    over = at(3900, before_=61, **told)
    assert (over.next, "counts of green went missing" in over.reason) == ("rollBack", True)


def test_signals_are_heard_as_they_were_told_and_others_passed_over() -> None:
    signals = {
        "stop": {"at": "now"},
        "approved": {**JANE.facts(), "name": "approved", "pk": "DEPLOYMENT#d", "schema": 1},
        "promote": ANN.facts(),
    }
    assert Heard.of(signals) == Heard(approved=JANE, promoted=ANN)
    assert (JANE.facts()["source"], JOE.facts()["source"]) == ("input", "cloudtrail")
    assert JANE.facts() == {**encode(JANE), "source": "input"}


def test_an_answer_tells_what_was_decided_at_earlier_steps_once() -> None:
    looks = [
        {"weight": 10, "told": JANE.facts()},
        {"weight": 30, "told": ANN.facts()},
        {"weight": 50, "told": ANN.facts()},
        {"weight": 100},
    ]
    reason = with_decisions("the numbers", looks)
    assert reason == ("the numbers; at 10 % approved by jane: seen; at 30 % promoted by ann")
    looks[-1] = {"weight": 100, "told": ANN.facts()}
    assert with_decisions(EARLY, looks) == f"{EARLY}; at 10 % approved by jane: seen"
    assert with_decisions("the numbers", []) == "the numbers"


def test_what_follows_an_approval() -> None:
    assert [following(step, (10, 50, 100)) for step in (1, 2, 3)] == [
        "go on to 50 %",
        "go on to 100 %",
        "be released",
    ]


ASKS = {"step": 1, "next": "observe", "waitSeconds": 60, "asks": {"until": "then"}}
WATCHES = {"step": 1, "next": "observe", "waitSeconds": 30}
ENDS = {"step": 2, "next": "finalize", "waitSeconds": 1}


def standing(look: dict[str, Any] | None, **changes: Any) -> Standing:
    found = {"service": "orders", "deployment": "orders-1", "action": "deploy", "heard": Heard()}
    return Standing(**{**found, "look": look, **changes})


@pytest.mark.parametrize(
    ("decision", "found", "code"),
    [
        ("approve", standing(ASKS), None),
        ("reject", standing(ASKS), None),
        ("promote", standing(ASKS), None),
        ("promote", standing(WATCHES), None),
        ("promote", standing(None), None),
        ("approve", standing(WATCHES), "NotAsked"),
        ("approve", standing(None), "NotAsked"),
        ("reject", standing(WATCHES), "NotAsked"),
        ("reject", standing(ENDS), "NotAsked"),
        ("promote", standing(ENDS), "NothingToSkip"),
        ("promote", standing(None, action="contract"), "NotAsked"),
        ("promote", standing(None, action="rollback"), "NotAsked"),
        ("promote", standing(WATCHES, back="it was told to stop"), "GoesBack"),
        ("approve", standing(ASKS, heard=Heard(rejected=JOE)), "GoesBack"),
        ("reject", standing(ASKS, heard=Heard(rejected=JOE)), None),
        ("approve", standing(ASKS, heard=Heard(approved=JANE)), None),
    ],
)
def test_a_decision_is_heard_or_refused_with_a_sentence(
    decision: Decision, found: Standing, code: str | None
) -> None:
    refused = refusal(decision, found)
    assert (refused and refused.code) == code
    if refused:
        assert refused.what.startswith(("orders-1 ", "the bake of orders-1 "))
        assert "`greenshift " in refused.do


def test_told_twice_is_told_once() -> None:
    heard = Heard(approved=JANE, rejected=JOE, promoted=ANN)
    assert before("approve", standing(ASKS, heard=heard)) == (
        "orders-1 was told so already at then: approved by jane: seen"
    )
    assert before("approve", standing({**ASKS, "step": 2}, heard=heard)) is None
    assert before("reject", standing(ASKS, heard=heard)) is not None
    assert before("promote", standing(None, heard=heard)) is not None
    assert before("promote", standing(ASKS)) is None


def test_it_says_what_becomes_of_it() -> None:
    told = heeded("approve", standing(ASKS), "Bake")
    assert told == "orders-1 is approved: it goes on at its next look, within 65 s"
    assert "goes back to blue at its next look" in heeded("reject", standing(ASKS), "Bake")
    assert "each step that is left takes one look" in heeded("promote", standing(ASKS), "Bake")
    early = heeded("promote", standing(None), "VerifyGreen")
    assert early.startswith(
        "orders-1 is promoted: it is at VerifyGreen, of which nothing is skipped"
    )
