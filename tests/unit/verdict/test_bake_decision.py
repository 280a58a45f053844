"""A step and its end: what the bake decides at each moment, and how it says so."""

from typing import Literal

import pytest

from handlers.domain.verdict.bake_decision import decide
from handlers.domain.verdict.bake_settings import Inconclusive
from handlers.domain.verdict.verdict import Judgement

Word = Literal["pass", "fail", "wait"]


def judged(word: Word, *, green: int = 60, failed: int = 0) -> Judgement:
    return Judgement(word, 0.0, 0.0, 0.0, 0.0, green, failed, 540, 3, f"the numbers, {word}", None)


@pytest.mark.parametrize(
    ("word", "age", "min_minutes", "last", "following"),
    [
        ("fail", 1, None, False, "rollBack"),
        ("fail", 10_000, 1, True, "rollBack"),
        ("wait", 10, None, False, "observe"),
        ("pass", 299, None, False, "observe"),
        ("pass", 300, None, False, "shift"),
        ("pass", 300, None, True, "finalize"),
        ("pass", 59, 1, False, "observe"),
        ("pass", 60, 1, False, "shift"),
        ("pass", 60, 1, True, "finalize"),
        ("pass", 0, 0, False, "shift"),
        ("wait", 60, 1, False, "observe"),
        ("pass", 299, 9, False, "observe"),
        ("pass", 300, 9, False, "shift"),
        ("pass", 450, None, False, "shift"),
    ],
)
def test_a_verdict_ends_its_step(
    word: Word, age: float, min_minutes: float | None, last: bool, following: str
) -> None:
    found = decide(
        judged(word),
        step_age_seconds=age,
        step_minutes=5,
        min_minutes=min_minutes,
        last_step=last,
        inconclusive="extend",
        green_requests=60,
        green_failures=0,
        stratum_seconds=60,
    )

    assert (found.next, found.inconclusive) == (following, False)
    assert found.reason == f"the numbers, {word}"
    assert (found.wait_seconds > 0) is (following == "observe")


UP = "not enough traffic to tell in"


@pytest.mark.parametrize(
    ("policy", "age", "requests", "failures", "following", "reason"),
    [
        ("extend", 299, 60, 0, "observe", ""),
        ("extend", 300, 60, 0, "observe", ""),
        ("extend", 599, 60, 3, "observe", ""),
        (
            "extend",
            600,
            60,
            0,
            "shift",
            f"{UP} 10 minutes, promoted because green answered and never failed",
        ),
        (
            "extend",
            600,
            1_060,
            3,
            "rollBack",
            "no verdict in 10 minutes, rolled back because green failed 3 of 1,060 requests, settled or not",
        ),
        (
            "extend",
            600,
            0,
            0,
            "rollBack",
            f"{UP} 10 minutes, rolled back because nothing at all was asked of green",
        ),
        ("promote", 299, 0, 0, "observe", ""),
        (
            "promote",
            300,
            60,
            3,
            "shift",
            'no verdict in 5 minutes, promoted as inconclusive = "promote" asks: green failed 3 of 60 requests, settled or not',
        ),
        (
            "promote",
            300,
            0,
            0,
            "shift",
            f'{UP} 5 minutes, promoted as inconclusive = "promote" asks: nothing at all was asked of green',
        ),
        (
            "rollBack",
            300,
            60,
            0,
            "rollBack",
            f'{UP} 5 minutes, rolled back as inconclusive = "rollBack" asks: green failed 0 of 60 requests',
        ),
    ],
)
def test_without_a_verdict_the_policy_decides(
    policy: Inconclusive, age: float, requests: int, failures: int, following: str, reason: str
) -> None:
    found = decide(
        judged("wait"),
        step_age_seconds=age,
        step_minutes=5,
        min_minutes=None,
        last_step=False,
        inconclusive=policy,
        green_requests=requests,
        green_failures=failures,
        stratum_seconds=60,
    )

    assert found.next == following
    assert found.inconclusive is (following != "observe")
    if reason:
        told = f"{reason}; the numbers, wait" if requests else reason
        assert found.reason == told


def at(
    age: float,
    *,
    minutes: float = 5,
    min_minutes: float | None = None,
    last: bool = False,
    stratum: int = 60,
    extensions: int = 1,
) -> tuple[str, int, str]:
    found = decide(
        judged("wait"),
        step_age_seconds=age,
        step_minutes=minutes,
        min_minutes=min_minutes,
        last_step=last,
        inconclusive="extend",
        green_requests=60,
        green_failures=0,
        stratum_seconds=stratum,
        extensions=extensions,
    )
    return found.next, found.wait_seconds, found.reason


def test_the_last_step_is_finalized_by_its_policy() -> None:
    assert at(600, last=True)[0] == "finalize"


@pytest.mark.parametrize(("extensions", "ends"), [(0, 300), (1, 600), (2, 900)])
def test_extend_gives_the_minutes_again_as_often_as_it_is_told(extensions: int, ends: int) -> None:
    assert at(ends - 1, extensions=extensions)[0] == "observe"
    assert at(ends, extensions=extensions)[0] == "shift"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (5, "no verdict in 5 minutes, extended to 10 minutes"),
        (0.5, "no verdict in 30 s, extended to 1 minute"),
        (0.75, "no verdict in 45 s, extended to 1.5 minutes"),
    ],
)
def test_an_extended_step_says_so(minutes: float, words: str) -> None:
    assert at(minutes * 60, minutes=minutes)[2] == f"the numbers, wait; {words}"


@pytest.mark.parametrize(
    ("age", "minutes", "min_minutes", "stratum", "wait"),
    [
        (0, 60, None, 60, 10),
        (600, 60, None, 60, 30),
        (1_200, 60, None, 60, 60),
        (3_570, 60, None, 60, 30),
        (3_599.5, 60, None, 60, 1),
        (7_190, 60, None, 60, 10),
        (1_770, 60, 30, 60, 30),
        (0, 1, None, 2, 2),
        (59, 1, None, 2, 1),
    ],
)
def test_it_waits_as_the_plan_observes_but_never_past_the_next_moment_of_decision(
    age: float, minutes: float, min_minutes: float | None, stratum: int, wait: int
) -> None:
    found = at(age, minutes=minutes, min_minutes=min_minutes, stratum=stratum)

    assert found[:2] == ("observe", wait)


@pytest.mark.parametrize("policy", ["extend", "promote", "rollBack"])
def test_where_things_got_worse_since_the_shift_no_policy_promotes(policy: Inconclusive) -> None:
    found = decide(
        Judgement("inconclusive", 0, 0, 0, 0, 60, 0, 540, 99, "blue got worse", "before"),
        step_age_seconds=30,
        step_minutes=5,
        min_minutes=None,
        last_step=False,
        inconclusive=policy,
        green_requests=60,
        green_failures=0,
        stratum_seconds=60,
    )

    assert (found.next, found.inconclusive) == ("rollBack", True)
    assert found.reason == "blue got worse"


@pytest.mark.parametrize(
    ("age", "following", "told"),
    [
        (300, "observe", "; counts are missing, green had 61 requests a look ago"),
        (600, "rollBack", "rolled back because counts of green went missing"),
    ],
)
def test_counts_that_shrink_never_pass(age: float, following: str, told: str) -> None:
    found = decide(
        judged("pass"),
        step_age_seconds=age,
        step_minutes=5,
        min_minutes=None,
        last_step=False,
        inconclusive="extend",
        green_requests=60,
        green_failures=0,
        stratum_seconds=60,
        requests_before=61,
    )

    assert found.next == following
    assert told in found.reason
