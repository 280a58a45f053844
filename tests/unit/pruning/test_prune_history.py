"""Which versions a service's past keeps: the way back, what still may run, the last releases."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.domain.earlier import Earlier
from handlers.domain.pruning.history import (
    named_by_earlier,
    named_by_live,
    named_by_records,
    to_read,
)
from handlers.domain.pruning.published import Version

HOUR, DAY = 3600.0, 24 * 3600.0
AT = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()


def iso(hours_ago: float) -> str:
    return datetime.fromtimestamp(AT - hours_ago * HOUR, UTC).isoformat().replace("+00:00", "Z")


def deployment(release: str, hours_ago: float) -> str:
    stamp = datetime.fromtimestamp(AT - hours_ago * HOUR, UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"orders-{release}-{stamp}-7f3a"


def item(release: str, hours_ago: float, outcome: str | None = "Released") -> dict[str, Any]:
    return {"release": release, "deployment": deployment(release, hours_ago), "outcome": outcome}


def record(
    release: str, blue: str, green: str, ended: float | None, outcome: str = "Released", **more: Any
) -> dict[str, Any]:
    return {
        "deployment": deployment(release, (ended or 0) + 1),
        "release": release,
        "functions": {"api": {"name": "f", "blue": blue}, "same": {"name": "g", "blue": "1"}},
        "outcome": outcome,
        "answer": {"green": {"api": green, "same": "unchanged"}},
        **({} if ended is None else {"endedAt": iso(ended)}),
        **more,
    }


def names(found: Mapping[Version, str]) -> list[str]:
    return sorted(map(str, found))


def test_all_deployments_since_the_last_releases_and_those_in_their_window_are_read() -> None:
    releases = [item(f"1.{n}.0", n * 24.0) for n in range(40)]
    assert to_read(releases, keep=2, at=AT, window=DAY) == [
        each["deployment"] for each in releases[: 1 + 7 + 1]
    ], "a deployment may have lasted a week before its window of a day"
    assert len(to_read(releases, keep=20, at=AT, window=DAY)) == 20
    assert len(to_read(releases[::-1], keep=2, at=AT, window=30 * DAY)) == 38


def test_failed_deployments_do_not_count_as_releases() -> None:
    releases = [item(f"2.{n}.0", 1000.0 + n, "RolledBack") for n in range(30)]
    releases += [item("1.1.0", 2000.0), item("1.0.0", 3000.0), item("0.9.0", 4000.0)]
    found = to_read(releases, keep=2, at=AT, window=DAY)
    assert len(found) == 32
    assert found[-1] == deployment("1.0.0", 3000.0)


def test_an_upload_that_was_never_deployed_is_passed_over_and_an_odd_name_is_read() -> None:
    releases = [{"release": "1.0.0", "outcome": None}, item("1.1.0", 1.0)]
    assert to_read(releases, keep=2, at=AT, window=DAY) == [deployment("1.1.0", 1.0)]
    odd = {"release": "1", "deployment": "by another Greenshift", "outcome": "Released"}
    assert odd["deployment"] in to_read([odd], keep=2, at=AT, window=DAY)


@pytest.mark.parametrize("outcome", ["Released", "RolledBack", "NeedsAttention"])
def test_blue_and_green_of_a_deployment_stay_while_its_window_lasts(outcome: str) -> None:
    ended_before = [record("1.1.0", "3", "4", 23, outcome)]
    found = named_by_records(ended_before, keep=0, at=AT, window=DAY)
    assert names(found) == ["f:3", "f:4", "g:1"]
    assert found[Version("f", "3")] == (
        f"{deployment('1.1.0', 24)} has it as blue, and what it left is kept until 2026-11-23T13:00Z"
    )
    assert named_by_records([record("1.1.0", "3", "4", 25)], keep=0, at=AT, window=DAY) == {}


def test_the_window_of_its_own_record_counts_where_it_is_longer() -> None:
    known = [record("1.1.0", "3", "4", 25, rollbackWindowHours=48)]
    assert names(named_by_records(known, keep=0, at=AT, window=DAY)) == ["f:3", "f:4", "g:1"]


def test_without_a_window_asynchronous_events_have_their_six_hours() -> None:
    assert named_by_records([record("1.1.0", "3", "4", 5.9)], keep=0, at=AT, window=0) != {}
    assert named_by_records([record("1.1.0", "3", "4", 6.1)], keep=0, at=AT, window=0) == {}


def test_a_deployment_that_has_not_ended_keeps_what_it_names() -> None:
    running = record("1.1.0", "3", "4", None, "")
    found = named_by_records([running], keep=0, at=AT, window=0)
    assert names(found) == ["f:3", "f:4", "g:1"]
    assert found[Version("f", "4")].endswith("kept until it has ended")


def test_what_the_last_releases_served_stays_also_what_they_did_not_change() -> None:
    known = [
        record("1.2.0", "4", "5", 1000),
        record("1.1.1", "4", "9", 1500, "RolledBack"),
        record("1.1.0", "3", "4", 2000),
        record("1.0.0", "2", "3", 3000),
    ]
    found = named_by_records(known, keep=2, at=AT, window=DAY)
    assert names(found) == ["f:4", "f:5", "f:9", "g:1"]
    assert found[Version("f", "5")] == "it is of 1.2.0, one of the last 2 releases"


def test_a_refused_deployment_names_nothing() -> None:
    refused = {"deployment": deployment("1.0.0", 1), "endedAt": iso(1), "release": "1.0.0"}
    assert named_by_records([refused], keep=2, at=AT, window=DAY) == {}


def live(**changes: Any) -> dict[str, Any]:
    return {
        "release": "1.1.0",
        "versions": {"api": "4"},
        "functions": {"api": {"name": "f"}},
        "rollbackUntil": iso(-1),
        "former": {"versions": {"api": "3", "left the service": "2"}},
        **changes,
    }


def test_what_is_live_stays_and_where_a_rollback_goes_while_it_may() -> None:
    assert named_by_live(live(), at=AT) == {
        Version("f", "4"): "1.1.0 is live with it",
        Version("f", "3"): f"a rollback goes to it until {iso(-1)}",
    }
    assert names(named_by_live(live(rollbackUntil=iso(1)), at=AT)) == ["f:4"]
    assert named_by_live(live(release="", former=None), at=AT) == {Version("f", "4"): "it is live"}
    assert named_by_live(None, at=AT) == {}


def test_what_a_rollback_further_back_goes_to_stays() -> None:
    stay = Earlier(
        release="1.0.0",
        digest="sha256:1",
        versions={"api": "3", "gone": "1"},
        names={"api": "f"},
        probes=(),
        contracts=(),
        left=iso(5),
        until=iso(-3),
        token=4,
    )
    assert named_by_earlier([stay]) == {
        Version("f", "3"): f"`rollback --to 1.0.0` goes to it until {iso(-3)}"
    }
