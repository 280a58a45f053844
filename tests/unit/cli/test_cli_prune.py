"""`greenshift prune`: shown first, done when asked, and why each version is kept."""

import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from account import ROLE, Account, Service

from handlers.domain.bundle.pack import write_bundle
from infra.cli.prune import lines, show_bytes

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def version(number: int, state: str, why: str, **changes: Any) -> dict[str, Any]:
    return {
        "function": "api",
        "name": "orders-api",
        "version": str(number),
        "release": f"1.{number}.0",
        "at": (NOW - timedelta(days=30 - number)).isoformat(),
        "size": 1_500_000,
        "state": state,
        "why": why,
        **changes,
    }


def pruned(*versions: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    counts = {
        state: sum(each["state"] == state for each in versions)
        for state in ("kept", "waits", "due", "deleted", "failed")
    }
    freed = sum(each["size"] for each in versions if each["state"] == "deleted")
    found = {"service": "orders", "dryRun": True, "refused": None, **counts}
    return {**found, "freedBytes": freed, "versions": list(versions), "untold": 0, **changes}


KEPT = version(9, "kept", "the alias live leads to it")
SEED = version(1, "kept", "it is the seed", release=None, at="", size=230)


def test_a_dry_run_shows_each_version_with_its_release_its_age_and_why() -> None:
    due = version(2, "due", "nothing wants it since 2026-11-22T10:00:00Z")
    assert list(lines(pruned(SEED, due, KEPT), NOW)) == [
        "FUNCTION  VERSION  RELEASE  AGE   SIZE",
        "api       1        -        -     230 B   kept: it is the seed",
        "api       2        1.2.0    28 d  1.5 MB  to be deleted: nothing wants it since "
        "2026-11-22T10:00:00Z",
        "api       9        1.9.0    21 d  1.5 MB  kept: the alias live leads to it",
        "orders: 1 to be deleted now (1.5 MB), 2 kept; nothing was changed: do it with "
        "`greenshift prune orders --yes`",
    ]


def test_done_it_says_what_that_frees_and_what_comes_later() -> None:
    gone = [version(number, "deleted", "nothing wanted it any more") for number in (2, 3)]
    later = version(4, "waits", "nothing wants it: it can be deleted from 2026-11-23T16:00Z on")
    told = list(lines(pruned(*gone, later, KEPT, dryRun=False), NOW))
    assert told[-1] == (
        "orders: 2 versions deleted, which frees 3.0 MB; 1 condemned, to be deleted by a later "
        "prune; 1 kept"
    )
    assert "condemned: nothing wants it: it can be deleted from 2026-11-23T16:00Z on" in told[3]
    nothing = list(lines(pruned(KEPT, dryRun=False), NOW))
    assert nothing[-1] == "orders: 0 versions deleted; 1 kept"


def test_where_there_is_nothing_to_prune_it_says_so() -> None:
    assert list(lines(pruned(KEPT), NOW))[-1] == (
        "orders: 1 version, all kept: there is nothing to prune"
    )
    assert len(list(lines(pruned(), NOW))) == 1
    assert "and 7 versions more" in list(lines(pruned(KEPT, untold=7), NOW))


@pytest.mark.parametrize(
    ("size", "told"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (75e9, "75.0 GB")],
)
def test_sizes_are_told_in_the_unit_in_which_they_are_read(size: int, told: str) -> None:
    assert show_bytes(size) == told


@pytest.fixture
def service(account: Account) -> Service:
    return account.service()


@pytest.fixture
def answers(account: Account) -> Iterator[Any]:
    """Puts a function in the place of the deployer's, which answers this, or raises it."""
    lambda_ = account.client("lambda")

    def put(found: object, *, fails: bool = False) -> None:
        body = (
            f"raise ValueError({found!r})" if fails else f"return {{**{found!r}, 'asked': event}}"
        )
        code = io.BytesIO()
        source = f"def handler(event, context):\n    {body}\n"
        write_bundle({"index.py": source.encode()}, code)
        lambda_.create_function(
            FunctionName="greenshift-prune",
            Runtime="python3.11",
            Handler="index.handler",
            Role=ROLE,
            Code={"ZipFile": code.getvalue()},
        )

    yield put
    lambda_.delete_function(FunctionName="greenshift-prune")


def test_without_yes_it_asks_for_a_dry_run_and_scripts_get_its_document(
    service: Service, answers: Any, greenshift: Any
) -> None:
    answers(pruned(KEPT))
    people = greenshift("prune", service.name)
    assert people.exit_code == 0, people.output
    assert "kept: the alias live leads to it" in people.stdout
    for arguments, dry_run in (((), True), (("--yes",), False)):
        (document,) = greenshift.documents(greenshift("prune", service.name, *arguments, "--json"))
        assert document.pop("asked") == {"service": service.name, "dryRun": dry_run}
        assert document == pruned(KEPT)


def test_a_refusal_is_one_sentence_and_exits_with_2(
    service: Service, answers: Any, greenshift: Any
) -> None:
    answers(pruned(refused="orders is being deployed by orders-1.1.0: nothing is pruned meanwhile"))
    result = greenshift("prune", service.name, "--yes", "--json")
    assert result.exit_code == 2
    assert "greenshift: nothing was pruned: orders is being deployed by" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_could_not_be_deleted_is_told_and_exits_with_1(
    service: Service, answers: Any, greenshift: Any
) -> None:
    answers(pruned(version(2, "failed", "DeleteFunction: no"), KEPT, dryRun=False))
    result = greenshift("prune", service.name, "--yes")
    assert result.exit_code == 1
    assert "failed: DeleteFunction: no" in result.stdout
    assert f"1 version of {service.name} could not be pruned; the daily prune tries" in (
        result.stderr
    )


def test_a_function_that_fails_is_told_with_its_log(
    service: Service, answers: Any, greenshift: Any
) -> None:
    answers("out of order", fails=True)
    result = greenshift("prune", service.name)
    assert result.exit_code == 1
    assert "greenshift-prune failed with ValueError: out of order; its log is" in result.stderr


def test_a_deployer_without_the_function_is_told_to_be_updated(
    service: Service, greenshift: Any
) -> None:
    result = greenshift("prune", service.name)
    assert result.exit_code == 1
    assert "has no function greenshift-prune: update it with `make deployer`" in result.stderr


def test_an_unknown_service_is_told_before_anything_is_asked(
    account: Account, greenshift: Any
) -> None:
    result = greenshift("prune", "nobody", "--yes", "--json")
    assert result.exit_code == 1
    assert "the service nobody is unknown" in json.loads(result.stdout)["error"]
