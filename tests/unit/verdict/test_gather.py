"""What counts as evidence: closed strata inside one step, and nothing else."""

import pytest

from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.gather import (
    Flip,
    FunctionCounts,
    VersionCounts,
    gather_evidence,
)
from handlers.domain.verdict.stratum import Stratum


def counts(
    invocations: dict[int, float],
    errors: dict[int, float] | None = None,
    answered: dict[int, float] | None = None,
    *,
    instrumented: bool = False,
) -> VersionCounts:
    return VersionCounts(invocations, errors or {}, answered or {}, instrumented)


NONE = VersionCounts()
TO_10, TO_50, TO_100 = Flip(630.4, 10), Flip(930.2, 50), Flip(1230.7, 100)


def gathered(
    green: VersionCounts, blue: VersionCounts = NONE, *flips: Flip, now: float = 10_000
) -> Evidence:
    return gather_evidence(
        {"api": FunctionCounts(blue, green)},
        flips or [TO_10],
        now=now,
        stratum_seconds=60,
        settle_seconds=90,
    )


def test_blue_and_green_of_one_minute_meet_in_one_stratum() -> None:
    found = gathered(counts({660: 60, 720: 61}, {720: 2}), counts({660: 540, 720: 500}, {660: 3}))

    assert found.strata == {"api": (Stratum(660, 60, 0, 540, 3), Stratum(720, 61, 2, 500, 0))}
    assert found.newest == {}


@pytest.mark.parametrize(
    ("now", "closed"), [(780, 0), (809.9, 0), (810, 1), (869, 1), (870, 2), (10_000, 2)]
)
def test_a_stratum_closes_once_its_end_has_settled(now: float, closed: int) -> None:
    found = gathered(counts({660: 60, 720: 60}), NONE, TO_10, now=now)

    assert len(found.strata["api"]) == closed
    assert ("api" in found.newest) is (closed < 2)


def test_strata_before_the_first_shift_and_those_of_a_flip_are_dropped() -> None:
    every_minute = dict.fromkeys(range(480, 1380, 60), 10.0)

    found = gathered(counts(every_minute), counts(every_minute), TO_10, TO_50, TO_100)

    starts = [stratum.start for stratum in found.strata["api"]]
    assert starts == [660, 720, 780, 840, 960, 1020, 1080, 1140, 1260, 1320]


def test_a_flip_of_any_function_drops_the_stratum_for_all() -> None:
    minutes = {660: 5.0, 720: 5.0}

    found = gathered(counts(minutes), NONE, Flip(659.9, 10), Flip(660.3, 10))

    assert [stratum.start for stratum in found.strata["api"]] == [720]


@pytest.mark.parametrize("now", [700, 10_000])
def test_without_a_shift_there_is_no_evidence(now: float) -> None:
    found = gather_evidence(
        {"api": FunctionCounts(counts({660: 5}), counts({660: 5}))},
        [],
        now=now,
        stratum_seconds=60,
        settle_seconds=90,
    )

    assert found == Evidence(strata={"api": ()})


def test_a_minute_without_invocations_is_no_evidence_whatever_else_it_holds() -> None:
    found = gathered(counts({720: 0}, {660: 4, 720: 4}))

    assert found.strata == {"api": ()}


@pytest.mark.parametrize(
    ("blue_marked", "green_marked", "failures"),
    [(True, True, (5, 7)), (True, False, (1, 3)), (False, True, (1, 3)), (False, False, (1, 3))],
)
def test_answered_failures_count_only_where_both_versions_carry_the_marker(
    blue_marked: bool, green_marked: bool, failures: tuple[int, int]
) -> None:
    found = gathered(
        counts({660: 60}, {660: 1}, {660: 4}, instrumented=green_marked),
        counts({660: 540}, {660: 3}, {660: 4}, instrumented=blue_marked),
    )

    (stratum,) = found.strata["api"]
    assert (stratum.green_failures, stratum.blue_failures) == failures


def test_failures_beyond_the_requests_are_cut_at_them() -> None:
    marked = counts({660: 5}, {660: 3}, {660: 4}, instrumented=True)

    (stratum,) = gathered(marked, counts({660: 1}, instrumented=True)).strata["api"]

    assert (stratum.green_requests, stratum.green_failures) == (5, 5)


def test_points_finer_than_a_stratum_are_summed_into_it() -> None:
    found = gather_evidence(
        {"api": FunctionCounts(NONE, counts({600: 1, 660: 2, 890: 4, 900: 8}))},
        [Flip(290, 10)],
        now=10_000,
        stratum_seconds=300,
        settle_seconds=90,
    )

    assert found.strata["api"] == (Stratum(600, 7, 0, 0, 0), Stratum(900, 8, 0, 0, 0))


def test_everything_known_of_green_counts_also_flips_and_what_has_not_settled() -> None:
    found = gathered(
        counts({540: 1, 600: 2, 660: 4, 720: 8}, {600: 1, 720: 2}), NONE, TO_10, now=800
    )

    assert (found.green_requests, found.green_failures) == (14, 3)
    assert found.strata["api"] == ()


@pytest.mark.parametrize(
    ("errors", "newest"),
    [
        ({720: 6}, Stratum(720, 10, 6, 90, 0)),
        ({660: 10, 720: 9}, Stratum(660, 20, 19, 180, 0)),
        ({600: 1, 660: 1, 720: 1}, Stratum(720, 10, 1, 90, 0)),
    ],
)
def test_the_newest_is_the_gravest_tail_of_what_has_not_settled(
    errors: dict[int, float], newest: Stratum
) -> None:
    minutes = (600, 660, 720)

    found = gathered(
        counts(dict.fromkeys(minutes, 10.0), errors),
        counts(dict.fromkeys(minutes, 90.0)),
        TO_10,
        now=740,
    )

    assert found.newest == {"api": newest}
