"""When what was condemned is deleted, and how a prune is told."""

from typing import Any

from handlers.domain.pruning import outcome
from handlers.domain.pruning.outcome import Pruned, due_at, is_due, to_condemn, told
from handlers.domain.pruning.published import Published, Version

SINCE = "2026-11-23T10:00:00.000Z"
ELEVEN = 1_795_431_600.0


def version(number: int, **details: Any) -> Published:
    return Published(id=Version("f", str(number)), **details)


def test_what_was_condemned_is_due_after_six_hours() -> None:
    assert not is_due(SINCE, ELEVEN + 5 * 3600 - 1)
    assert is_due(SINCE, ELEVEN + 5 * 3600)
    assert due_at(SINCE) == "2026-11-23T16:00Z"


def test_what_is_kept_again_is_condemned_no_longer_and_the_others_keep_their_moment() -> None:
    known = {Version("f", "1"): SINCE, Version("f", "2"): SINCE}
    assert to_condemn([version(2), version(3)], known, "now") == {
        Version("f", "2"): SINCE,
        Version("f", "3"): "now",
    }


def test_no_more_are_condemned_than_the_ledger_takes_and_who_waits_keeps_its_place() -> None:
    outcome_most = outcome.MOST_CONDEMNED
    doomed = [version(number) for number in range(1, outcome_most + 10)]
    last = doomed[-1].id
    found = to_condemn(doomed, {last: SINCE}, "now")
    assert len(found) == outcome_most
    assert found[last] == SINCE


def test_a_prune_is_told_by_its_counts_and_its_versions_in_their_order() -> None:
    versions = [
        told(version(10, size=100), {"f": "api"}, "deleted", "nothing wanted it any more"),
        told(version(9, size=20), {"f": "api"}, "deleted", "nothing wanted it any more"),
        told(version(11, size=3), {"f": "api"}, "kept", "it is live"),
    ]
    found = Pruned(service="orders", dry_run=False, versions=tuple(versions)).to_json()
    assert (found["deleted"], found["kept"], found["freedBytes"]) == (2, 1, 120)
    assert [each["version"] for each in found["versions"]] == ["9", "10", "11"]
    assert found["versions"][2]["why"] == "it is live"
    assert (found["refused"], found["untold"]) == (None, 0)


def test_more_than_lambda_answers_are_counted_and_not_told(monkeypatch: Any) -> None:
    monkeypatch.setattr(outcome, "_MOST_TOLD", 1)
    versions = [told(version(number), {"f": "api"}, "kept", "x") for number in (1, 2, 3)]
    found = Pruned(service="orders", dry_run=True, versions=tuple(versions)).to_json()
    assert (len(found["versions"]), found["untold"], found["kept"]) == (1, 2, 3)
