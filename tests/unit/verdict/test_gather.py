"""What counts as evidence: closed strata inside one step, and nothing else."""

import pytest

from handlers.domain.verdict.counts import FunctionCounts, VersionCounts
from handlers.domain.verdict.evidence import Evidence, Throttled
from handlers.domain.verdict.finished import Share
from handlers.domain.verdict.gather import gather_evidence
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.when import Flip


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


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize("where", ["green", "blue", "errors", "slow"])
def test_a_stratum_with_a_count_that_is_none_is_left_out_and_told(where: str, bad: float) -> None:
    green, blue = {660: 60.0, 720: 60.0}, {660: 540.0, 720: 540.0}
    errors, slow = {660: 1.0}, {660: 1.0}
    {"green": green, "blue": blue, "errors": errors, "slow": slow}[where][720] = bad
    version = VersionCounts(green, errors, timed=green, slow=slow)

    found = gather_evidence(
        {"api": FunctionCounts(counts(blue), version, judges=frozenset({"latency"}))},
        [TO_10],
        now=10_000,
        stratum_seconds=60,
        settle_seconds=90,
    )

    assert found.damaged == 1
    assert [s.start for s in found.latency["api"]] == [660]
    if where != "slow":
        assert [s.start for s in found.strata["api"]] == [660]


def test_points_out_of_order_give_the_same_evidence() -> None:
    minutes = {660: 60.0, 720: 61.0, 780: 62.0}
    errors = {780: 1.0, 660: 2.0}
    straight = gathered(counts(minutes, dict(sorted(errors.items()))), counts(minutes))

    shuffled = gathered(counts(dict(reversed(minutes.items())), errors), counts(minutes))

    assert shuffled == straight


def test_errors_without_their_requests_are_no_evidence_until_those_arrive() -> None:
    early = gathered(counts({}, {660: 3}), counts({660: 540}))
    late = gathered(counts({660: 60}, {660: 3}), counts({660: 540}))

    assert early.strata["api"] == (Stratum(660, 0, 0, 540, 0),)
    assert late.strata["api"] == (Stratum(660, 60, 3, 540, 0),)


def test_requests_beyond_blues_p95_are_the_failures_of_latency_and_cost() -> None:
    green = VersionCounts({660: 60}, timed={660: 60}, slow={660: 9}, costly={660: 20})
    blue = VersionCounts({660: 540}, timed={660: 540}, slow={660: 27}, costly={660: 27})

    found = gather_evidence(
        {"api": FunctionCounts(blue, green, judges=frozenset({"latency", "cost"}))},
        [TO_10],
        now=10_000,
        stratum_seconds=60,
        settle_seconds=90,
    )

    assert found.latency == {"api": (Stratum(660, 60, 9, 540, 27),)}
    assert found.cost == {"api": (Stratum(660, 60, 20, 540, 27),)}


def test_what_green_finished_is_held_against_the_share_that_its_own_alias_sends() -> None:
    minutes = dict.fromkeys(range(600, 1200, 60), 90.0)
    flips = [Flip(630, 10, "api", 0.1), Flip(930, 50, "api", 0.5), Flip(930, 50, "worker", 0.0)]

    found = gather_evidence(
        {
            key: FunctionCounts(counts(minutes), counts({660: 10}), hang_seconds=90)
            for key in ("api", "worker")
        },
        flips,
        now=1_240,
        stratum_seconds=60,
        settle_seconds=960,
    )

    assert found.strata["api"] == ()
    assert found.finished == {
        "api": (Share(0.1, 370, 10), Share(0.5, 270, 0)),
        "worker": (),
    }


def test_throttles_are_those_of_the_gravest_newest_tail() -> None:
    function = FunctionCounts(
        counts({660: 90, 720: 4}), counts({720: 1}), throttles={540: 99, 660: 0, 720: 20}
    )

    found = gather_evidence(
        {"api": function}, [TO_10], now=790, stratum_seconds=60, settle_seconds=90
    )

    assert found.throttled == {"api": Throttled(5, 20)}
