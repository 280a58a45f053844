"""The mean of rho**K is the one of exact arithmetic, at any counts, by either way of finding it."""

import math
from fractions import Fraction
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.domain.verdict import hypergeometric
from handlers.domain.verdict.hypergeometric import log_mean_power

RHOS = [Fraction(1, 30), Fraction(1, 3), Fraction(3, 2), Fraction(2), Fraction(30), Fraction(3_000)]


def exactly(green: int, blue: int, failures: int, rho: Fraction) -> float:
    """By whole numbers: each term times the odds ratio's denominator as often as it takes."""
    above, below = rho.as_integer_ratio()
    total = sum(
        math.comb(green, k) * math.comb(blue, failures - k) * above**k * below ** (failures - k)
        for k in range(max(0, failures - blue), min(green, failures) + 1)
    )
    return math.log(total) - math.log(math.comb(green + blue, failures) * below**failures)


@st.composite
def counts(draw: st.DrawFn, most: int) -> tuple[int, int, int]:
    green, blue = draw(st.integers(1, most)), draw(st.integers(1, most))
    return green, blue, draw(st.integers(1, green + blue))


@given(counts(most=40), st.sampled_from(RHOS), st.sampled_from([0, 80]))
@settings(max_examples=300, deadline=None)
def test_few_requests(seen: tuple[int, int, int], rho: Fraction, short_support: int) -> None:
    with patch.object(hypergeometric, "SHORT_SUPPORT", short_support):
        (found,) = log_mean_power(*seen, [float(rho)])

    assert found == pytest.approx(exactly(*seen, rho), abs=1e-7)


@given(counts(most=1_500), st.sampled_from(RHOS))
@settings(max_examples=100, deadline=None)
def test_many_requests(seen: tuple[int, int, int], rho: Fraction) -> None:
    (found,) = log_mean_power(*seen, [float(rho)])

    assert found == pytest.approx(exactly(*seen, rho), abs=1e-7)


@pytest.mark.parametrize("rho", RHOS)
def test_a_busy_minute_of_a_failing_service(rho: Fraction) -> None:
    (found,) = log_mean_power(2_000, 18_000, 1_000, [float(rho)])

    assert found == pytest.approx(exactly(2_000, 18_000, 1_000, rho), abs=1e-7)


@pytest.mark.parametrize("requests", [10**7, 10**9])
def test_a_minute_of_a_billion_requests(requests: int) -> None:
    """At such counts green's share is all but normal: ln of the mean is theta mu + (theta s)**2 / 2."""
    (found,) = log_mean_power(requests // 2, requests // 2, 2_000, [1.001])

    theta, variance = math.log(1.001), 500
    assert found == pytest.approx(1_000 * theta + variance * theta**2 / 2, abs=1e-5)
