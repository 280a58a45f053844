"""The e-values are those of the definition: held against scipy, and against their own promises."""

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom, nchypergeom_fisher

from handlers.domain.verdict.e_process import (
    ODDS_RATIOS,
    log_e_absolute,
    log_mean_exp,
)
from handlers.domain.verdict.e_process import log_e as log_e_of_each
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally, tally


def log_e(stratum: Stratum, rho: float, tolerated: float = 1.0) -> float:
    return (log_e_of_each(stratum, (rho,), tolerated) or (0.0,))[0]


def log_e_fail(strata: list[Stratum]) -> float:
    return tally(strata, 3).log_e_fail


@st.composite
def strata(draw: st.DrawFn, most: int = 5_000) -> Stratum:
    green, blue = draw(st.integers(0, most)), draw(st.integers(0, most))
    return Stratum(0, green, draw(st.integers(0, green)), blue, draw(st.integers(0, blue)))


@pytest.mark.parametrize("rho", ODDS_RATIOS)
@pytest.mark.parametrize(
    ("green", "x_green", "blue", "x_blue"),
    [
        (60, 0, 540, 1),
        (60, 3, 540, 3),
        (60, 60, 540, 540),
        (60, 59, 540, 500),
        (6, 1, 54, 0),
        (300, 150, 300, 2),
        (500, 30, 4, 4),
        (20_000, 22, 180_000, 190),
    ],
)
def test_e_of_a_stratum_is_the_ratio_of_the_two_hypergeometric_likelihoods(
    rho: float, green: int, x_green: int, blue: int, x_blue: int
) -> None:
    failures = x_green + x_blue
    above = nchypergeom_fisher.logpmf(x_green, green + blue, green, failures, rho)
    below = hypergeom.logpmf(x_green, green + blue, green, failures)

    found = log_e(Stratum(0, green, x_green, blue, x_blue), rho)

    assert found == pytest.approx(above - below, abs=1e-5, rel=1e-7)


@pytest.mark.parametrize("tolerated", [1.5, 2, 4])
@pytest.mark.parametrize("rho", ODDS_RATIOS)
def test_against_tolerated_odds_it_is_the_ratio_to_their_likelihood(
    rho: float, tolerated: float
) -> None:
    stratum = Stratum(0, 60, 9, 540, 20)
    above = nchypergeom_fisher.logpmf(9, 600, 60, 29, rho * tolerated)
    below = nchypergeom_fisher.logpmf(9, 600, 60, 29, tolerated)

    assert log_e(stratum, rho, tolerated) == pytest.approx(above - below, abs=1e-6)


@pytest.mark.parametrize("odds", [0.3, 1, 1.9, 2])
@pytest.mark.parametrize("rho", ODDS_RATIOS)
def test_against_tolerated_odds_e_is_at_most_one_on_average_up_to_them(
    rho: float, odds: float
) -> None:
    mean = sum(
        nchypergeom_fisher.pmf(k, 600, 60, 20, odds)
        * math.exp(log_e(Stratum(0, 60, k, 540, 20 - k), rho, 2))
        for k in range(21)
    )

    assert mean <= 1 + 1e-7


@pytest.mark.parametrize("odds", [3, 4, 10])
def test_the_relative_e_is_at_most_one_on_average_from_rho_max_on(odds: float) -> None:
    mean = sum(
        nchypergeom_fisher.pmf(k, 600, 60, 20, odds)
        * math.exp(tally([Stratum(0, 60, k, 540, 20 - k)], 3).log_e_relative)
        for k in range(21)
    )

    assert mean <= 1 + 1e-7


@pytest.mark.parametrize("odds", [3, 5])
def test_a_green_at_rho_max_seldom_passes_the_relative_test(odds: float) -> None:
    random = np.random.default_rng(11)
    passed = 0
    for _ in range(400):
        known = Tally()
        for minute in range(40):
            x_green = int(random.binomial(60, 0.05))
            x_blue = int(random.binomial(540, 0.05 / (odds - 0.05 * odds + 0.05)))
            known += tally([Stratum(minute, 60, x_green, 540, x_blue)], 3)
            if known.log_e_relative >= math.log(40):
                passed += 1
                break

    assert passed <= binom.ppf(0.995, 400, 1 / 40)


@pytest.mark.parametrize("rho", ODDS_RATIOS)
@pytest.mark.parametrize(
    ("green", "x_green", "blue", "x_blue"),
    [(1, 1, 1, 0), (7, 2, 5, 5), (1_000, 600, 9_000, 4_500), (1_000, 0, 2_000, 2_000)],
)
def test_e_is_exact_to_eight_digits_where_scipy_underflows(
    rho: float, green: int, x_green: int, blue: int, x_blue: int
) -> None:
    failures, over = x_green + x_blue, Fraction(rho)
    expected = sum(
        (math.comb(green, k) * math.comb(blue, failures - k) * over**k)
        for k in range(max(0, failures - blue), min(green, failures) + 1)
    ) / math.comb(green + blue, failures)

    found = log_e(Stratum(0, green, x_green, blue, x_blue), rho)

    log_expected = math.log(expected.numerator) - math.log(expected.denominator)
    assert found == pytest.approx(x_green * math.log(rho) - log_expected, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("rho", ODDS_RATIOS)
@pytest.mark.parametrize(("green", "blue", "failures"), [(6, 54, 3), (60, 540, 20), (9, 3, 8)])
def test_e_is_one_on_average_where_the_odds_are_equal(
    rho: float, green: int, blue: int, failures: int
) -> None:
    mean = sum(
        hypergeom.pmf(k, green + blue, green, failures)
        * math.exp(log_e(Stratum(0, green, k, blue, failures - k), rho))
        for k in range(max(0, failures - blue), min(green, failures) + 1)
    )

    assert mean == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize("requests", [1, 40, 400])
def test_absolute_e_is_one_on_average_at_the_tolerated_rate_and_less_above_it(
    requests: int,
) -> None:
    def mean(rate: float) -> float:
        return sum(
            binom.pmf(x, requests, rate) * math.exp(log_e_absolute(requests, x, 0.01))
            for x in range(requests + 1)
        )

    assert mean(0.01) == pytest.approx(1, rel=1e-9)
    assert mean(0.02) < 1


@pytest.mark.parametrize(("requests", "reached"), [(411, False), (412, True)])
def test_412_requests_without_failure_reach_40_at_a_tolerance_of_one_per_cent(
    requests: int, reached: bool
) -> None:
    assert (log_e_absolute(requests, 0, 0.01) >= math.log(40)) is reached


@settings(deadline=None)
@given(st.lists(strata(), max_size=8), st.randoms())
def test_the_order_of_strata_changes_nothing(found: list[Stratum], shuffle: random.Random) -> None:
    other = list(found)
    shuffle.shuffle(other)

    assert log_e_fail(other) == log_e_fail(found)


@settings(deadline=None)
@given(st.lists(strata(), max_size=6), st.integers(0, 6))
def test_tallies_of_parts_add_up_to_the_tally_of_the_whole(found: list[Stratum], at: int) -> None:
    parts, whole = tally(found[:at], 3) + tally(found[at:], 3), tally(found, 3)

    assert parts.log_bets == pytest.approx(whole.log_bets, abs=1e-9)
    assert (parts.green_failures, parts.blue_requests) == (
        whole.green_failures,
        whole.blue_requests,
    )
    assert parts.odds_ratio == pytest.approx(whole.odds_ratio)


@settings(deadline=None)
@given(strata(), st.sampled_from(ODDS_RATIOS))
def test_e_is_a_number_within_the_bounds_of_its_ratio(stratum: Stratum, rho: float) -> None:
    found = log_e(stratum, rho)
    most = min(stratum.green_requests, stratum.green_failures + stratum.blue_failures)

    assert abs(found) <= most * math.log(rho) + 1e-6


@settings(deadline=None)
@given(strata())
def test_a_stratum_without_failures_or_with_one_version_only_has_e_one(stratum: Stratum) -> None:
    spotless = Stratum(0, stratum.green_requests, 0, stratum.blue_requests, 0)
    alone = Stratum(0, stratum.green_requests, stratum.green_failures, 0, 0)
    unasked = Stratum(0, 0, 0, stratum.blue_requests, stratum.blue_failures)

    assert [log_e_fail([s]) for s in (spotless, alone, unasked)] == [0.0, 0.0, 0.0]


@settings(deadline=None)
@given(strata())
def test_one_more_failure_of_green_never_speaks_for_green(stratum: Stratum) -> None:
    if stratum.green_failures == stratum.green_requests:
        return
    worse = Stratum(
        0,
        stratum.green_requests,
        stratum.green_failures + 1,
        stratum.blue_requests,
        stratum.blue_failures,
    )

    assert log_e_fail([worse]) >= log_e_fail([stratum]) - 1e-6
    assert log_e_absolute(worse.green_requests, worse.green_failures, 0.01) < log_e_absolute(
        stratum.green_requests, stratum.green_failures, 0.01
    )


@settings(deadline=None)
@given(st.integers(0, 10**7), st.data(), st.floats(1e-6, 0.999))
def test_the_absolute_e_is_always_a_number(requests: int, data: st.DataObject, p: float) -> None:
    failures = data.draw(st.integers(0, requests))

    assert math.isfinite(log_e_absolute(requests, failures, p))


def test_no_evidence_is_e_one() -> None:
    assert log_e_fail([]) == 0.0
    assert log_e_absolute(0, 0, 0.01) == 0.0


def test_the_mean_of_e_values_does_not_overflow() -> None:
    assert log_mean_exp([5_000.0, -math.inf]) == pytest.approx(5_000 - math.log(2))


@pytest.mark.parametrize(
    "counts", [(10, 11, 0, 0), (0, 0, 10, 11), (-1, 0, 5, 1), (5, -1, 5, 1), (5, 1, 5, -1)]
)
def test_counts_that_cannot_be_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"^(green|blue) cannot have failed .* at 7: count"):
        Stratum(7, *counts)


@pytest.mark.parametrize(("requests", "failures"), [(10, 11), (10, -1), (-1, 0)])
def test_the_absolute_test_refuses_counts_that_cannot_be(requests: int, failures: int) -> None:
    with pytest.raises(ValueError, match="cannot have failed"):
        log_e_absolute(requests, failures, 0.01)


@pytest.mark.parametrize("p_tol", [0, 1, -0.1, 2])
def test_a_tolerance_that_is_no_share_is_refused(p_tol: float) -> None:
    with pytest.raises(ValueError, match="p_tol is"):
        log_e_absolute(10, 0, p_tol)


def mean_of_e(green: int, blue: int, failures: int, rho: float) -> float:
    """The exact mean of e where the odds are equal, over how the failures fall."""
    return sum(
        hypergeom.pmf(k, green + blue, green, failures)
        * math.exp(log_e(Stratum(0, green, k, blue, failures - k), rho))
        for k in range(max(0, failures - blue), min(green, failures) + 1)
    )


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 20), st.sampled_from(ODDS_RATIOS))
def test_whatever_the_weight_e_is_one_on_average(
    green: int, blue: int, failures: int, rho: float
) -> None:
    assert mean_of_e(green, blue, min(failures, green + blue), rho) == pytest.approx(1, rel=1e-7)


@settings(deadline=None, max_examples=30)
@given(
    st.integers(2, 20),
    st.integers(2, 20),
    st.integers(1, 8),
    st.integers(0, 8),
    st.floats(0.1, 0.9),
    st.sampled_from(ODDS_RATIOS),
)
def test_splitting_a_minute_does_not_raise_e_on_average(
    green: int, blue: int, first: int, second: int, at: float, rho: float
) -> None:
    cut_green, cut_blue = max(1, int(green * at)), max(1, int(blue * at))
    halves = ((cut_green, cut_blue, first), (green - cut_green, blue - cut_blue, second))

    product = math.prod(
        mean_of_e(g, b, min(failures, g + b), rho) if g and b else 1.0 for g, b, failures in halves
    )

    assert product == pytest.approx(1, rel=1e-7)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_minutes_cut_into_pieces_fail_a_healthy_green_no_more_often(seed: int, pieces: int) -> None:
    random, failed = np.random.default_rng(seed), 0
    for _ in range(40):
        known = Tally()
        for minute in range(20 * pieces):
            n_green, n_blue = random.poisson(60 / pieces), random.poisson(540 / pieces)
            x_green, x_blue = random.binomial(n_green, 0.02), random.binomial(n_blue, 0.02)
            counts = map(int, (n_green, x_green, n_blue, x_blue))
            known += tally([Stratum(minute, *counts)], 3)
            if known.log_e_fail >= math.log(20):
                failed += 1
                break

    assert failed <= binom.ppf(1 - 1e-6, 40, 1 / 20)
