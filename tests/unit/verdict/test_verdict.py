"""What the verdict is and how it is told: counts in, word and sentence out."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.verdict import Judgement
from handlers.domain.verdict.verdict import judge as judge_evidence

SETTINGS = BakeSettings()


def judge(
    functions: Mapping[str, Sequence[Stratum]], settings: BakeSettings, **more: Any
) -> Judgement:
    return judge_evidence(Evidence(strata=functions, **more), settings)


def over(minutes: int, green: int, x_green: int, blue: int, x_blue: int) -> list[Stratum]:
    """The same counts in each of so many minutes."""
    return [Stratum(60 * n, green, x_green, blue, x_blue) for n in range(minutes)]


@pytest.mark.parametrize(
    ("functions", "word", "by", "reason"),
    [
        (
            {"api": over(7, 60, 0, 540, 3)},
            "pass",
            "absolute",
            "green failed 0 of 420 requests, blue 21 of 3,780: odds 0.0, pass (e = 45, needs 40)",
        ),
        (
            {"api": [*over(1, 600, 1, 5_400, 4), *over(3, 800, 0, 2_400, 0)]},
            "pass",
            "absolute",
            "green failed 1 of 3,000 requests, blue 4 of 12,600: odds 2.3, "
            "pass (e over 1,000,000, needs 40)",
        ),
        (
            {"api": over(7, 60, 0, 0, 0)},
            "pass",
            "absolute",
            "green failed 0 of 420 requests, no blue to compare with: pass (e = 43, needs 40)",
        ),
        (
            {"api": over(5, 60, 0, 540, 0)},
            "wait",
            None,
            "green failed 0 of 300 requests, blue 0 of 2,700: "
            "wait (pass e = 14, needs 40; fail e = 1.0, needs 100)",
        ),
        (
            {"api": over(4, 60, 3, 540, 3)},
            "fail",
            "odds",
            "green failed 12 of 240 requests, blue 12 of 2,160: odds 9.4, "
            "fail (e = 57,430, needs 100)",
        ),
        (
            {"api": over(4, 60, 3, 540, 0)},
            "fail",
            "odds",
            "green failed 12 of 240 requests, blue 0 of 2,160: fail (e over 1,000,000, needs 100)",
        ),
        (
            {"api": over(10, 600, 48, 0, 0)},
            "wait",
            None,
            "green failed 480 of 6,000 requests, no blue to compare with: "
            "wait (pass e under 0.01, needs 40; fail e = 1.0, needs 100)",
        ),
        (
            {"api": [Stratum(0, 1, 0, 9, 1)]},
            "wait",
            None,
            "green failed 0 of 1 request, blue 1 of 9: odds 0.0, "
            "wait (pass e = 1.1, needs 40; fail e = 0.69, needs 100)",
        ),
        ({"api": []}, "wait", None, "nothing was asked of green yet, nor of blue: wait"),
        ({}, "wait", None, "nothing was asked of green yet, nor of blue: wait"),
        (
            {"api": over(3, 0, 0, 400, 2), "worker": []},
            "wait",
            None,
            "nothing was asked of green yet, blue failed 6 of 1,200 requests: wait",
        ),
    ],
)
def test_a_judgement_is_one_sentence_with_its_numbers(
    functions: dict[str, list[Stratum]], word: str, by: str | None, reason: str
) -> None:
    found = judge(functions, SETTINGS)

    assert (found.word, found.by, found.reason) == (word, by, reason)


def test_what_has_not_settled_yet_is_not_said_to_be_nothing() -> None:
    found = judge({"api": [Stratum(0, 0, 0, 45, 0)]}, SETTINGS, green_requests=34)
    assert found.reason == "nothing of green has settled yet, blue failed 0 of 45 requests: wait"


@pytest.mark.parametrize(
    ("worker", "word", "reason"),
    [
        (
            over(7, 60, 0, 540, 0),
            "pass",
            "green failed 0 of 840 requests, blue 0 of 7,560: pass (e = 43, needs 40)",
        ),
        (
            over(3, 4, 0, 40, 1),
            "pass",
            "green failed 0 of 432 requests, blue 3 of 3,900: odds 0.0, "
            "pass (e = 43, needs 40); worker had too few requests to tell",
        ),
        (
            over(3, 0, 0, 2, 0),
            "pass",
            "green failed 0 of 420 requests, blue 0 of 3,786: "
            "pass (e = 43, needs 40); nothing was asked of green worker",
        ),
        (
            [Stratum(0, 20, 1, 180, 1)],
            "wait",
            "worker: green failed 1 of 20 requests, blue 1 of 180: odds 9.4, "
            "wait (pass e = 0.47, needs 40; fail e = 1.5, needs 100)",
        ),
        (
            over(10, 60, 1, 540, 9),
            "pass",
            "green failed 10 of 1,020 requests, blue 90 of 9,180: odds 1.0, "
            "pass (e = 43, needs 40)",
        ),
        (
            over(5, 30, 1, 270, 9),
            "wait",
            "worker: green failed 5 of 150 requests, blue 45 of 1,350: odds 1.0, "
            "wait (pass e = 31, needs 40; fail e = 0.58, needs 100)",
        ),
        (
            over(10, 60, 4, 0, 0),
            "wait",
            "worker: green failed 40 of 600 requests, no blue to compare with: "
            "wait (pass e under 0.01, needs 40; fail e = 1.0, needs 100)",
        ),
        (
            over(4, 60, 4, 540, 3),
            "fail",
            "worker: green failed 16 of 240 requests, blue 12 of 2,160: odds 13, "
            "fail (e over 1,000,000, needs 100)",
        ),
    ],
)
def test_a_second_function_is_judged_by_its_own_record(
    worker: list[Stratum], word: str, reason: str
) -> None:
    found = judge({"api": over(7, 60, 0, 540, 0), "worker": worker}, SETTINGS)

    assert (found.word, found.reason) == (word, reason)


def test_several_open_functions_are_named_together() -> None:
    quiet, silent = over(1, 4, 0, 40, 0), over(1, 0, 0, 40, 0)
    functions = {"api": over(7, 60, 0, 0, 0), "a": quiet, "b": quiet, "c": quiet, "d": silent}

    assert judge(functions, SETTINGS).reason.endswith(
        "; a, b and c had too few requests to tell; nothing was asked of green d"
    )


@pytest.mark.parametrize(
    ("requests", "failures", "vetoed"),
    [(9, 5, True), (10, 5, False), (4, 4, False), (5, 5, True), (600, 301, True), (0, 0, False)],
)
def test_gross_failure_in_one_poll_vetoes(requests: int, failures: int, vetoed: bool) -> None:
    found = judge(
        {"api": over(7, 60, 0, 540, 0)},
        SETTINGS,
        newest={"api": Stratum(420, requests, failures, 90, 0)},
    )

    assert (found.by == "veto") is vetoed
    assert found.word == ("fail" if vetoed else "pass")


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({}, "green failed 12 of its newest 15 requests, more than half: fail (veto)"),
        (
            {"worker": []},
            "api: green failed 12 of its newest 15 requests, more than half: fail (veto)",
        ),
    ],
)
def test_a_veto_says_what_it_saw(others: dict[str, list[Stratum]], reason: str) -> None:
    found = judge({"api": [], **others}, SETTINGS, newest={"api": Stratum(0, 15, 12, 0, 0)})

    assert found.reason == reason


def test_functions_without_traffic_dilute_the_evidence_against_green_as_an_average_must() -> None:
    alone = judge({"api": over(4, 60, 3, 540, 3)}, SETTINGS)
    with_nine = judge({"api": over(4, 60, 3, 540, 3)} | {f"f{n}": [] for n in range(9)}, SETTINGS)

    assert math.exp(with_nine.log_e_fail) == pytest.approx((math.exp(alone.log_e_fail) + 9) / 10)


def test_at_100_per_cent_the_odds_stay_what_they_were() -> None:
    before = over(5, 60, 1, 540, 3)
    after = judge({"api": [*before, *over(60, 600, 7, 0, 0)]}, SETTINGS)

    assert after.log_e_fail == judge({"api": before}, SETTINGS).log_e_fail
    assert after.word == "wait"


def test_at_100_per_cent_green_is_held_against_what_blue_did_beside_it() -> None:
    found = judge({"api": [*over(5, 60, 1, 540, 3), *over(60, 600, 40, 0, 0)]}, SETTINGS)

    assert (found.word, found.by) == ("inconclusive", "before")
    assert (
        "green, alone, failed 2,400 of 36,000 requests, where blue failed 15 of 2,7" in found.reason
    )


def test_thresholds_follow_alpha_and_beta() -> None:
    found = judge({"api": over(1, 9, 0, 9, 0)}, BakeSettings(alpha=0.03, beta=0.001))

    assert found.reason.endswith("needs 2,000; fail e = 1.0, needs 33.3)")


def test_a_judgement_carries_the_sums_over_all_functions() -> None:
    found = judge({"api": over(2, 10, 1, 90, 2), "worker": over(3, 5, 0, 7, 1)}, SETTINGS)

    counts = (found.green_requests, found.green_failures, found.blue_requests, found.blue_failures)
    assert counts == (35, 2, 201, 7)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(*[st.integers(0, 400), st.integers(0, 400)] * 2).map(
            lambda c: Stratum(0, max(c[:2]), min(c[:2]), max(c[2:]), min(c[2:]))
        ),
        max_size=6,
    )
)
def test_any_counts_give_finite_numbers_and_a_sentence(strata: list[Stratum]) -> None:
    found = judge({"api": strata, "worker": strata[:1]}, SETTINGS)

    assert math.isfinite(found.log_e_fail)
    assert math.isfinite(found.log_e_pass)
    assert "nan" not in found.reason
    assert found == judge({"worker": strata[:1], "api": strata[::-1]}, SETTINGS)
