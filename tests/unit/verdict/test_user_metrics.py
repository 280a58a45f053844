"""Metrics of the service's own: which of their counts are evidence, and what they do to a verdict."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.counts import FunctionCounts, PairCounts, VersionCounts
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.evidence_items import evidence_item, evidence_of
from handlers.domain.verdict.gather import gather_evidence
from handlers.domain.verdict.metric_record import MetricRecord, foreseen
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.user_metric import UserMetric
from handlers.domain.verdict.verdict import Judgement, judge
from handlers.domain.verdict.when import Flip

SETTINGS = BakeSettings()
PAYMENTS = UserMetric(
    name="payments",
    function="api",
    namespace="Shop",
    total="PaymentsAttempted",
    part="PaymentsFailed",
    counts="failed",
)


def gathered(green: PairCounts, blue: PairCounts, *, now: float = 10_000) -> Evidence:
    arms = VersionCounts({660: 60, 720: 60})
    return gather_evidence(
        {"api": FunctionCounts(arms, arms, pairs={"payments": (blue, green)})},
        [Flip(630.4, 10)],
        now=now,
        stratum_seconds=60,
        settle_seconds=90,
    )


def over(minutes: int, green: int, x_green: int, blue: int, x_blue: int) -> list[Stratum]:
    return [Stratum(60 * n, green, x_green, blue, x_blue) for n in range(minutes)]


def judged(metrics: dict[str, list[Stratum]], **more: Any) -> Judgement:
    return judge(
        Evidence(strata={"api": over(7, 60, 0, 540, 1)}, metrics=metrics, **more), SETTINGS
    )


def test_blues_and_greens_counts_of_one_minute_meet_in_one_stratum() -> None:
    found = gathered(PairCounts({660: 30, 720: 31}, {720: 2}), PairCounts({660: 270}, {660: 3}))

    assert found.metrics == {"payments": (Stratum(660, 30, 0, 270, 3), Stratum(720, 31, 2, 0, 0))}
    assert found.damaged == 0


def test_what_did_not_succeed_has_failed() -> None:
    green = PairCounts({660: 30, 720: 10}, {660: 28}, succeeded=True)

    found = gathered(green, PairCounts({660: 270}, {660: 270}, succeeded=True))

    assert found.metrics == {"payments": (Stratum(660, 30, 2, 270, 0), Stratum(720, 10, 10, 0, 0))}


@pytest.mark.parametrize("succeeded", [True, False])
@pytest.mark.parametrize(
    ("total", "part"),
    [
        (-1.0, 0.0),
        (math.nan, 0.0),
        (math.inf, 0.0),
        (2e9, 0.0),
        (30.0, -1.0),
        (30.0, math.nan),
        (30.0, 31.0),
    ],
    ids=["negative", "nan", "inf", "measures", "part negative", "part nan", "part beyond total"],
)
def test_a_minute_whose_counts_cannot_be_is_left_out_and_told(
    total: float, part: float, succeeded: bool
) -> None:
    blue = PairCounts({660: 270, 720: 270}, {660: 270, 720: 270}, succeeded)

    found = gathered(PairCounts({660: 30, 720: total}, {660: 30, 720: part}, succeeded), blue)

    assert [each.start for each in found.metrics["payments"]] == [660]
    assert found.damaged == 1
    assert [each.start for each in found.strata["api"]] == [660, 720], "Lambda's counts stay"


def test_a_part_that_comes_before_its_total_is_no_evidence_yet_and_no_damage() -> None:
    early = gathered(PairCounts({}, {660: 3}), PairCounts({720: 270}))
    young = gathered(PairCounts({720: 1}, {720: 3}), PairCounts(), now=800)

    assert early.metrics == {"payments": (Stratum(720, 0, 0, 270, 0),)}
    assert (early.damaged, young.damaged, young.metrics) == (0, 0, {"payments": ()})


def test_the_minute_of_a_flip_and_those_before_the_shift_are_no_evidence() -> None:
    counts = PairCounts({540: 30, 600: 30, 660: 30})

    assert [each.start for each in gathered(counts, counts).metrics["payments"]] == [660]


def test_a_metric_can_fail_a_green_that_lambda_saw_answer_everything() -> None:
    found = judged({"payments": over(7, 30, 6, 270, 3)})

    assert (found.word, found.by) == ("fail", "metric")
    assert found.reason.startswith(
        "payments: green failed 42 of 210, blue 21 of 1,890: odds 22, fail (e "
    )


def test_a_metric_cannot_pass_a_green_and_holds_it_back_where_it_suits_a_bad_one() -> None:
    quiet = judge(
        Evidence(strata={"api": []}, metrics={"payments": over(60, 60, 0, 540, 5)}), SETTINGS
    )
    doubtful = judged({"payments": over(1, 30, 1, 270, 1)})

    assert quiet.word == "wait"
    assert doubtful.word == "wait"
    assert doubtful.reason.endswith("; payments speaks against it")
    assert judged({"payments": over(7, 30, 0, 270, 3)}).word == "pass"


@pytest.mark.parametrize(
    ("strata", "told"),
    [
        (over(7, 30, 20, 0, 0), "; payments was counted by green alone and says nothing"),
        (over(7, 0, 0, 270, 20), "; payments was counted by blue alone and says nothing"),
        ([], "; payments was counted by neither and says nothing"),
    ],
)
def test_a_metric_that_one_version_lacks_is_no_evidence_and_is_told(
    strata: list[Stratum], told: str
) -> None:
    found = judged({"payments": strata})

    assert found.word == "pass"
    assert found.reason.endswith(told)


def test_failures_keep_half_of_the_average_and_metrics_share_the_rest() -> None:
    bad = over(4, 60, 3, 540, 3)
    alone = judge(Evidence(strata={"api": bad}), SETTINGS)

    found = judge(Evidence(strata={"api": bad}, metrics={"a": [], "b": bad}), SETTINGS)

    e = math.exp(alone.log_e_fail)
    assert math.exp(found.log_e_fail) == pytest.approx(e / 2 + 1 / 4 + e / 4)


@pytest.mark.parametrize("most_rows", [8_000, 4, 2])
def test_the_ledgers_evidence_gives_the_same_verdict(most_rows: int) -> None:
    evidence = Evidence(
        strata={"api": over(7, 60, 0, 540, 1)}, metrics={"payments": over(7, 30, 1, 270, 3)}
    )
    item = json.loads(json.dumps(evidence_item(evidence, SETTINGS, most_rows=most_rows)))

    kept = evidence_of(item)

    assert len(kept.metrics["payments"]) == min(7, most_rows // 2)
    again, once = judge(kept, SETTINGS), judge(evidence, SETTINGS)
    assert again.log_e_fail == pytest.approx(once.log_e_fail)
    assert again.reason == once.reason


def test_a_verdict_from_before_there_were_metrics_can_still_be_read() -> None:
    item = evidence_item(Evidence(strata={"api": []}), SETTINGS)
    del item["metrics"]

    assert evidence_of(item).metrics == {}


@given(
    st.lists(
        st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 4), min_size=1, max_size=8
    ),
    st.booleans(),
)
def test_whatever_cloudwatch_answers_gives_strata_or_damage(
    rows: list[tuple[float, float, float, float]], succeeded: bool
) -> None:
    series = [{660 + 60 * n: row[at] for n, row in enumerate(rows)} for at in range(4)]

    found = gathered(
        PairCounts(series[0], series[1], succeeded), PairCounts(series[2], series[3], succeeded)
    )

    assert math.isfinite(judge(found, SETTINGS).log_e_fail)


def test_healthy_metrics_that_fail_together_seldom_fail_a_healthy_green() -> None:
    random, failed, runs = np.random.default_rng(11), 0, 200
    settings = BakeSettings(alpha=0.05, beta=1e-300)
    for _ in range(runs):
        series: dict[str, list[Stratum]] = {"api": [], "payments": [], "logins": []}
        for minute in range(30):
            outage = 0.3 if random.random() < 0.1 else 0.01
            for name, strata in series.items():
                green, blue = int(random.poisson(20)), int(random.poisson(180))
                if name == "logins":  # counts the same calls as payments do
                    strata.append(series["payments"][-1])
                    continue
                x_green, x_blue = random.binomial(green, outage), random.binomial(blue, outage)
                strata.append(Stratum(60 * minute, green, int(x_green), blue, int(x_blue)))
        failed += any(
            judge(
                Evidence(
                    strata={"api": series["api"][:look]},
                    metrics={key: series[key][:look] for key in ("payments", "logins")},
                ),
                settings,
            ).word
            == "fail"
            for look in range(1, 31)
        )

    assert failed <= binom.ppf(0.995, runs, 0.05)


@pytest.mark.parametrize(
    ("counts", "total", "part", "told"),
    [
        ("failed", 100.0, 3.0, None),
        ("failed", 0.0, 0.0, "payments says nothing: blue has counted no PaymentsAttempted by"),
        ("failed", 100.0, 0.0, "payments: blue has counted PaymentsAttempted and no Payments"),
        ("succeeded", 100.0, 0.0, "so all of them failed; where it cannot count Payments"),
        ("succeeded", 100.0, 101.0, "payments is in doubt: blue has counted 101 PaymentsFailed"),
        ("failed", math.nan, 0.0, "payments is in doubt: blue has counted 0 PaymentsFailed of nan"),
        ("failed", 100.0, -1.0, "payments is in doubt"),
    ],
)
def test_the_plan_says_what_a_metric_cannot(
    counts: Any, total: float, part: float, told: str | None
) -> None:
    metric = UserMetric(
        name="payments",
        function="api",
        namespace="Shop",
        total="PaymentsAttempted",
        part="PaymentsFailed",
        counts=counts,
    )

    found = foreseen([metric], {"payments": MetricRecord(total, part)})

    assert (told is None) is (found == [])
    assert told is None or told in found[0]
