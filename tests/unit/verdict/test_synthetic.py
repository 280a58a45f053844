"""Synthetic requests as evidence: told apart, never added to real ones, and judged by themselves."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from handlers.domain.synthetic.requests import SyntheticCheck, SyntheticRequests
from handlers.domain.synthetic.rounds import Round, Row, strata_of, told, while_sent
from handlers.domain.synthetic.thin import missing, order, real_a_minute
from handlers.domain.verdict.bake_decision import decide
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.evidence_items import evidence_item, evidence_of
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.synthetic_strata import CheckStrata
from handlers.domain.verdict.verdict import Judgement, judge

SETTINGS = BakeSettings()


def made(*rows: tuple[int, int, int, int], check: str = "up", of: str = "api") -> CheckStrata:
    return CheckStrata(check, of, tuple(Stratum(60 * n, *row) for n, row in enumerate(rows)))


def judged(*checks: CheckStrata, real: tuple[int, ...] = (), **more: Any) -> Judgement:
    strata = [Stratum(0, *real)] if real else []
    return judge(Evidence(strata={"api": strata, **more}, synthetic=checks), SETTINGS)


GOOD = made(*[(60, 0, 60, 0)] * 8)


def test_a_silent_green_passes_on_synthetic_requests_and_the_sentence_says_so() -> None:
    found = judged(GOOD)
    assert (found.word, found.by) == ("pass", "synthetic")
    assert found.reason == (
        "nothing but synthetic requests was asked of green, which failed 0 of 480, blue 0 of 480: "
        "pass on synthetic requests (e = 75, needs 40)"
    )
    assert (found.green_requests, found.synthetic.green_requests) == (0, 480)


def test_real_requests_and_synthetic_ones_are_told_apart() -> None:
    found = judged(GOOD, real=(12, 0, 31, 0))
    assert found.reason == (
        "green failed 0 of 12 requests, blue 0 of 31, and of synthetic requests green failed 0 of "
        "480, blue 0 of 480: pass on synthetic requests (e = 75, needs 40)"
    )


def test_counts_are_never_added() -> None:
    """240 and 240 requests would pass together, and are proof of neither."""
    assert judged(made(*[(60, 0, 60, 0)] * 4), real=(240, 0, 240, 0)).word == "wait"


@pytest.mark.parametrize(
    "real",
    [(30, 1, 300, 0), (450, 2, 450, 2), (300, 2, 3_000, 2)],
    ids=["speaks against green", "could tell by itself", "worse than blue"],
)
def test_synthetic_requests_do_not_make_up_for_what_real_ones_say(real: tuple[int, ...]) -> None:
    assert judged(GOOD, real=real).word == "wait"


def test_the_function_that_passed_on_them_is_named_among_several() -> None:
    busy = [Stratum(0, 900, 0, 900, 0)]
    found = judged(GOOD, worker=busy, idle=[])
    assert found.reason.endswith(
        "pass on synthetic requests of api (e = 75, needs 40); nothing was asked of green idle"
    )


def test_a_green_that_fails_more_of_them_than_blue_fails_by_the_check() -> None:
    found = judged(made(*[(20, 4, 20, 0)] * 10))
    assert (found.word, found.by) == ("fail", "synthetic")
    assert found.reason.startswith(
        "green failed 40 of 200 synthetic requests of the check 'up', blue 0 of 200: fail (e "
    )


def test_gross_failure_in_the_newest_round_is_a_veto_but_not_where_blue_fails_too() -> None:
    found = judged(made((9, 0, 9, 0), (9, 5, 9, 0)))
    assert (found.word, found.by) == ("fail", "veto")
    assert "5 of its newest 9 synthetic requests, blue 0 of 9" in found.reason
    assert judged(made((9, 5, 9, 5))).word == "wait"
    assert judged(made((9, 5, 9, 0), (9, 0, 9, 0))).word == "wait"
    assert judged(made((9, 5, 0, 0))).word == "fail", "blue is the seed"


def test_what_blue_does_not_know_yet_hides_no_failure_and_proves_nothing() -> None:
    new = made(*[(20, 0, 20, 20)] * 20, check="new")
    broken = made(*[(20, 4, 20, 0)] * 20, check="old")
    assert judged(new, broken).by == "synthetic"
    assert judged(new, broken).word == "fail"
    assert judged(made(*[(20, 2, 20, 20)] * 20)).word == "wait", "a tenth fails, and less than blue"


def test_a_check_that_speaks_against_green_keeps_it_from_passing() -> None:
    found = judged(made((50, 4, 50, 0)), real=(900, 0, 900, 0))
    assert found.word == "wait"
    assert found.reason.endswith("; the check 'up' of api speaks against it")


def test_a_healthy_green_is_seldom_failed_on_flaky_checks() -> None:
    random, failed, runs = np.random.default_rng(5), 0, 300
    for _ in range(runs):
        rows: list[tuple[int, int, int, int]] = []
        for _minute in range(20):
            rate = random.choice([0.0, 0.02, 0.3])
            green, blue = (int(random.binomial(30, rate)) for _ in range(2))
            rows.append((30, green, 30, blue))
        looks = [judged(made(*rows[:look])) for look in range(1, 21)]
        failed += any(each.word == "fail" and each.by == "synthetic" for each in looks)
    assert failed <= binom.ppf(0.995, runs, SETTINGS.alpha)


def test_what_is_kept_is_judged_alike_and_an_item_of_before_has_none() -> None:
    evidence = Evidence(strata={"api": ()}, synthetic=(GOOD,), not_counted=("2 pairs",))
    item = evidence_item(evidence, SETTINGS)
    assert judge(evidence_of(item), SETTINGS) == judge(evidence, SETTINGS)
    assert judge(evidence, SETTINGS).reason.endswith("; 2 pairs")
    del item["synthetic"], item["notCounted"]
    assert evidence_of(item).synthetic == ()


# The end of a step


def ended(policy: Any, judgement: Judgement, green: int = 0, failures: int = 0) -> Any:
    return decide(
        judgement,
        step_age_seconds=1_000,
        step_minutes=5,
        min_minutes=None,
        last_step=True,
        inconclusive=policy,
        green_requests=green,
        green_failures=failures,
        stratum_seconds=60,
    )


def test_an_otherwise_silent_green_is_promoted_in_so_many_words() -> None:
    found = ended("extend", judged(made((60, 0, 60, 0))))
    assert found.next == "finalize"
    assert found.reason.startswith(
        "not enough traffic to tell in 10 minutes, promoted because green answered 60 synthetic "
        "requests and never failed, though nobody else asked anything of it; "
    )
    assert ended("promote", judged(made((60, 1, 60, 1)))).reason.startswith(
        'not enough traffic to tell in 5 minutes, promoted as inconclusive = "promote" asks: '
        "nothing but synthetic requests was asked of green, which failed 1 of 60"
    )


def test_a_green_that_failed_one_of_them_is_not_promoted() -> None:
    found = ended("extend", judged(made((60, 1, 60, 1)), real=(5, 0, 5, 0)), green=5)
    assert found.next == "rollBack"
    assert "green failed 0 of 5 requests and 1 of 60 synthetic ones" in found.reason


# How many, and which


def test_real_traffic_is_what_the_last_settled_minute_had() -> None:
    strata = [Stratum(start, 7, 0, 7, 0) for start in (0, 60, 120)]
    assert real_a_minute(strata, Before(), 0.5, settled_at=180, stepped_at=0) == 7
    assert real_a_minute(strata, Before(), 0.5, settled_at=300, stepped_at=0) == 0


def test_before_a_minute_has_settled_it_is_what_blue_had_before() -> None:
    before = Before(requests=600, minutes=10)
    assert real_a_minute((), before, 0.1, settled_at=100, stepped_at=90) == 6
    assert real_a_minute((), Before(), 0.1, settled_at=100, stepped_at=90) == 0


def test_only_what_is_missing_is_made() -> None:
    assert [missing(60, real) for real in (0, 12.4, 60, 900)] == [60, 48, 0, 0]


CHECKS = tuple(SyntheticCheck(name=name, function="api", event={}) for name in "abc")
REQUESTS = SyntheticRequests(per_minute=60, checks=CHECKS)


def test_each_check_is_made_as_often_as_the_others() -> None:
    names = [each.name for each in order(CHECKS, 31, 120)]
    assert sorted(map(names.count, "abc")) == [10, 10, 11]
    assert names == [each.name for each in order(CHECKS, 31, 120)] != sorted(names)


def test_rounds_become_strata_by_check_and_what_was_not_answered_is_told() -> None:
    row = Row(check="a", green_requests=3, green_failures=1, blue_requests=3, blue_failures=0)
    gone = Row(check="z", green_requests=1, green_failures=0, blue_requests=1, blue_failures=0)
    why = "shop-api:2 could not be called (TooManyRequestsException)"
    rounds = [
        Round(start=60, began=61, ended=70, rows=(row, gone), unanswered=2, why=why),
        Round(start=120, began=121, ended=122),
    ]
    found = strata_of(REQUESTS, rounds, ["api"])
    assert [len(each.strata) for each in found] == [1, 0, 0]
    assert found[0].strata == (Stratum(60, 3, 1, 3, 0),)
    assert strata_of(REQUESTS, rounds, ["worker"]) == ()
    assert list(told(rounds)) == [f"2 pairs of synthetic requests count for nothing: {why}"]
    assert while_sent(rounds, {"a": "api"}) == {"api": [(61, 70)]}


def test_the_first_weight_is_fixed_before_anything_is_sent() -> None:
    """A check that was not sent yet has its part in the average as well."""
    real = [Stratum(60 * n, 60, 6, 540, 5) for n in range(3)]
    alone = judge(Evidence(strata={"api": real}), SETTINGS).log_e_fail
    beside = judge(Evidence(strata={"api": real}, synthetic=(made(),)), SETTINGS).log_e_fail
    assert beside == pytest.approx(alone - math.log(2), abs=0.01)
