"""How far back one can go at once, and what speaks against it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from handlers.domain.earlier import (
    Earlier,
    SchemaChange,
    newest,
    reachable,
    unsettled,
    went_past,
    why_not_to,
)
from handlers.domain.schema.contracts import Contract

NOW = "2026-11-24T10:00:00.000Z"
SOON, PAST = "2026-11-24T20:00:00.000Z", "2026-11-24T09:00:00.000Z"
STAY = Earlier(
    release="1.0.0",
    digest="sha256:10",
    versions={"api": "2"},
    names={"api": "orders-api"},
    probes=(),
    contracts=("0001_orders",),
    left="2026-11-23T20:00:00.000Z",
    until=SOON,
    token=4,
)
LIVE: Mapping[str, Any] = {
    "release": "1.2.0",
    "digest": "sha256:12",
    "functions": {"api": {"name": "orders-api"}},
    "rollbackUntil": "2026-11-25T08:00:00.000Z",
    "former": {"release": "1.1.0", "digest": "sha256:11"},
}
ONE_LATER = SchemaChange(release="1.2.0", deployment="d5", titles=("0003_vat",), token=5)
ITS_GREEN = SchemaChange(release="1.1.0", deployment="d4", titles=("0002_channel",), token=4)


def test_what_a_rollback_went_past_is_offered_last() -> None:
    releases = {10: 4, 11: 5, 12: 6, 9: 3}
    stays = [
        replace(STAY, release=f"1.{number}.0", digest=f"sha256:{number}", token=token)
        for number, token in releases.items()
    ]
    rolled_back = {**LIVE, "release": "1.10.0", "digest": "sha256:10", "former": None}
    assert went_past(stays, rolled_back) == {"sha256:11", "sha256:12"}
    found = reachable(stays, live=rolled_back, changes=[], contracts=[], now=NOW)
    assert [each.release for each in found] == ["1.9.0", "1.12.0", "1.11.0"]
    again = {**LIVE, "digest": "sha256:10"}
    assert went_past(stays, again) == frozenset(), "it was deployed again"


def why(stay: Earlier = STAY, **changes: Any) -> str | None:
    given: dict[str, Any] = {"live": LIVE, "changes": [], "contracts": [], "now": NOW}
    return why_not_to(stay, **(given | changes))


def test_one_goes_back_past_a_release_that_left_the_schema_alone() -> None:
    assert why(changes=[ITS_GREEN]) is None, "its successor was tried with it as blue"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"changes": [ITS_GREEN, ONE_LATER]},
            "0003_vat of 1.2.0 may have changed the schema since, and was never tried with it",
        ),
        ({"stay": replace(STAY, until=PAST)}, f"the rollback window of 1.0.0 ended at {PAST}"),
        ({"live": {**LIVE, "rollbackUntil": PAST}}, f"ended at {PAST}"),
        ({"stay": replace(STAY, undone=PAST)}, f"1.0.0 was gone back from at {PAST}"),
        (
            {"live": {**LIVE, "functions": {**LIVE["functions"], "mail": {"name": "m"}}}},
            "mail came, went or changed its name since 1.0.0",
        ),
        ({"stay": replace(STAY, names={"api": "shop-api"})}, "api came, went or changed"),
    ],
    ids=["schema", "its window", "the live one's window", "undone", "function", "name"],
)
def test_what_speaks_against_it_names_the_way_forward(changed: Any, told: str) -> None:
    reason = why(**changed)
    assert reason is not None
    assert told in reason
    assert "deploy 1.0.0 again instead" in reason


def test_a_contract_it_was_made_before_closes_the_way() -> None:
    ran = Contract(title="0002_channel", release="1.2.0", deployment="d", at=PAST, done=True)
    assert "1.0.0 can no longer read the schema" in str(why(contracts=[ran]))
    assert why(stay=replace(STAY, contracts=("0002_channel",)), contracts=[ran]) is None


def test_of_a_release_that_was_live_twice_its_last_time_counts() -> None:
    again = replace(STAY, token=9)
    assert newest([again, STAY, replace(STAY, digest="sha256:9", token=6)])[0] is again
    assert why(stay=again, changes=[ONE_LATER]) is None, "it has been live on it"


def test_what_can_be_had_leaves_out_what_is_live_and_the_one_before() -> None:
    stays = [STAY, replace(STAY, digest="sha256:11"), replace(STAY, digest="sha256:12")]
    stays.append(replace(STAY, digest="sha256:09", until="2026-11-26T00:00:00.000Z"))
    found = reachable(stays, live=LIVE, changes=[], contracts=[], now=NOW)
    assert [(each.digest, each.until) for each in found] == [
        ("sha256:10", SOON),
        ("sha256:09", LIVE["rollbackUntil"]),
    ]
    assert reachable(stays, live=None, changes=[], contracts=[], now=NOW) == []


def test_a_migration_counts_until_a_release_has_had_it() -> None:
    settled = replace(ITS_GREEN, settled=True)
    assert unsettled(["0002_channel", "0003_vat"], [settled]) == ("0003_vat",)
    assert unsettled(["0002_channel", "0003_vat"], [ITS_GREEN]) == ("0002_channel", "0003_vat")
