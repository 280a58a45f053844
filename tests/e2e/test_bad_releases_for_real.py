"""Releases that must not be: each ends in a clear word, and live is on blue or was never moved."""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stage import Orders
from variants import (
    BAD,
    DOES_NOT_IMPORT,
    HANGS,
    RAISES_FOR_CUSTOMERS,
    STEPPED,
    check,
)
from whole import (
    after_release,
    after_rollback,
    green_is_gone,
    never_moved,
    nobody_noticed,
    nothing_lost,
    only_green_failed,
    shifted_as_planned,
)

CAUGHT_IN_THE_BAKE = {
    "it answers 500 to one customer in twelve": ({"base": BAD}, False),
    "it raises for every second customer": ({"api": RAISES_FOR_CUSTOMERS}, True),
}


@pytest.mark.parametrize("case", CAUGHT_IN_THE_BAKE)
def test_a_bad_release_is_rolled_back_by_the_machine(orders: Orders, case: str) -> None:
    variant, raises = CAUGHT_IN_THE_BAKE[case]
    before, version = orders.standing(), orders.version()
    with orders.witness(rate=90) as witness:
        witness.more(60)
        ended = orders.release(version, orders.bundle(version, pace=STEPPED, **variant))
        green = ended.answer["green"]["api"]
        witness.more(300)
    after_rollback(orders, ended, before)
    assert "fail" in ended.answer["reason"]
    assert ended.answer["failedRequests"] > 0
    only_green_failed(witness, green, answered=not raises)
    shifted_as_planned(witness, green, (25,), raises=raises)
    green_is_gone(witness, green)
    nothing_lost(orders, witness)


CAUGHT_BEFORE_TRAFFIC = {
    "a check fails": (
        {"checks": check("it makes tea", path="/tea")},
        "ChecksFailed: 1 of 7 checks failed: 'it makes tea' on api:",
    ),
    "green does not import": ({"api": DOES_NOT_IMPORT}, "a_package_that_nobody_packed"),
    "green hangs": (
        {"api": HANGS, "configuration": "timeoutSeconds = 1"},
        "timed out after 1.00 seconds",
    ),
    "an applied migration has changed": (
        {
            "migrations": {
                "0002_channel.expand.sql": b"ALTER TABLE orders ADD COLUMN channel varchar;"
            }
        },
        "migrations/0002_channel.expand.sql:1: statement 1 is sha256:",
    ),
    "a migration would break blue": (
        {"migrations": {"0900_x.expand.sql": b"ALTER TABLE orders RENAME sku TO product;"}},
        "MigrationRefused: migrations/0900_x.expand.sql:1: rename-column: ",
    ),
    "a migration does not apply": (
        {"migrations": {"0900_none.expand.sql": b"ALTER TABLE nobody_made_it ADD COLUMN a int;"}},
        "nobody_made_it",
    ),
}


@pytest.mark.parametrize("case", CAUGHT_BEFORE_TRAFFIC)
def test_what_fails_before_traffic_is_rolled_back_with_live_never_moved(
    orders: Orders, case: str
) -> None:
    variant, told = CAUGHT_BEFORE_TRAFFIC[case]
    before, version, schema = orders.standing(), orders.version(), columns(orders)
    with orders.witness() as witness:
        ended = orders.release(version, orders.bundle(version, pace=STEPPED, **variant))
    assert told in ended.answer["reason"]
    assert columns(orders) == schema
    if "changed" in case:
        assert ended.answer["reason"].count("sha256:") == 2
    never_moved(orders, ended, "RolledBack", before)
    nobody_noticed(witness)


def columns(orders: Orders) -> list[str]:
    """The columns of the service's table."""
    query = (
        "SELECT attname FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0 "
        "AND NOT attisdropped ORDER BY attnum"
    )
    with orders.database() as connection:
        return [name for (name,) in connection.run(query)]


def not_a_zip(path: Path) -> None:
    path.write_bytes(b"no zip at all")


def without_release_toml(path: Path) -> None:
    _rewrite(path, {"release.toml": None})


def with_broken_toml(path: Path) -> None:
    _rewrite(path, {"release.toml": b'format = 1\nservice = "orders\n'})


def of_another_service(path: Path) -> None:
    _edit(path, b'service = "orders"', b'service = "shop"')


def of_another_version(path: Path) -> None:
    _edit(path, b'release = "2.', b'release = "3.')


def with_an_unregistered_function(path: Path) -> None:
    _edit(
        path,
        b"[functions.worker]",
        b'[functions.mailer]\ncode = "functions/worker.zip"\n[functions.worker]',
    )


def with_a_forbidden_setting(path: Path) -> None:
    _edit(path, b'FEATURE_CHANNEL = "on"', b'DATABASE_SECRET = "mine"')


def with_a_file_that_nothing_names(path: Path) -> None:
    _rewrite(path, {"notes.txt": b"remember the milk"})


REFUSED: dict[Callable[[Path], None], tuple[str, str]] = {
    not_a_zip: ("NotAZip", ""),
    without_release_toml: ("ReleaseTomlMissing", "release.toml"),
    with_broken_toml: ("NotToml", "release.toml:2"),
    of_another_service: ("ServiceDisagrees", "release.toml"),
    of_another_version: ("KeyDisagrees", "release.toml"),
    with_an_unregistered_function: ("FunctionNotRegistered", "release.toml:"),
    with_a_forbidden_setting: ("EnvironmentKeyNotAllowed", "release.toml:"),
    with_a_file_that_nothing_names: ("UnnamedEntry", "notes.txt"),
}


@pytest.mark.parametrize("spoil", REFUSED, ids=lambda each: each.__name__)
def test_a_bundle_that_is_wrong_is_rejected_with_its_findings(
    orders: Orders, spoil: Callable[[Path], None]
) -> None:
    before, version = orders.standing(), orders.version()
    bundle = orders.bundle(version)
    spoil(bundle)
    ended = orders.release(version, bundle)
    code, where = REFUSED[spoil]
    found = {each["code"]: each for each in ended.answer["findings"]}
    assert code in found, ended.answer["findings"]
    assert where in found[code]["where"]
    assert found[code]["do"]
    never_moved(orders, ended, "Rejected", before)


WRONG_INPUTS = {
    "no object": (["1.0.0"], "Rejected"),
    "nothing in it": ({}, "Rejected"),
    "a release that is no version": ({"release": "newest"}, "Rejected"),
    "an action that is not known": ({"action": "explode"}, "Rejected"),
    "another bucket": (
        {
            "bucket": {"name": "somebody-elses"},
            "object": {"key": "releases/orders/2.0.0.zip", "version-id": "1"},
        },
        "Rejected",
    ),
    "a bundle that was never there": ({"release": "7.7.7"}, "Rejected"),
}


@pytest.mark.parametrize("case", WRONG_INPUTS)
def test_an_input_that_is_wrong_is_rejected_in_a_clear_sentence(orders: Orders, case: str) -> None:
    given, outcome = WRONG_INPUTS[case]
    before = orders.standing()
    ended = orders.wait(orders.start(given))
    assert (ended.status, ended.error) == ("FAILED", outcome), ended
    assert ended.answer["reason"]
    assert "Traceback" not in ended.answer["reason"]
    assert orders.standing() == before


def test_an_object_that_was_deleted_meanwhile_is_rejected(orders: Orders) -> None:
    before, version = orders.standing(), orders.version()
    event = {
        "bucket": {"name": orders.bucket},
        "object": {
            "key": f"releases/orders/{version}.zip",
            "version-id": "11111111-1111-4111-8111-111111111111",
        },
    }
    ended = orders.wait(orders.start(event))
    assert [each["code"] for each in ended.answer["findings"]] == ["BundleGone"]
    never_moved(orders, ended, "Rejected", before)


def test_other_bytes_under_the_live_version_are_rejected(orders: Orders) -> None:
    before = orders.standing()
    bundle = orders.bundle(before.release, checks=check("one more"))
    ended = orders.release(before.release, bundle)
    assert [each["code"] for each in ended.answer["findings"]] == ["ReleaseReused"]
    never_moved(orders, ended, "Rejected", before)


@contextmanager
def no_database_for_the_migrator(orders: Orders) -> Iterator[None]:
    """The migrator's secret leads to a port where nothing listens."""
    secrets, name = orders.client("secretsmanager"), "orders/orders_owner"
    known = secrets.get_secret_value(SecretId=name)["SecretString"]
    nowhere = {**json.loads(known), "port": 1}
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps(nowhere))
    try:
        yield
    finally:
        secrets.put_secret_value(SecretId=name, SecretString=known)


def test_a_database_that_stays_down_rolls_back_with_live_never_moved(orders: Orders) -> None:
    before, version = orders.standing(), orders.version()
    with orders.witness() as witness:
        with no_database_for_the_migrator(orders):
            ended = orders.release(version, orders.bundle(version))
        never_moved(orders, ended, "RolledBack", before)
        assert "TransientDatabase" in ended.answer["reason"]
        assert ":1/orders" in ended.answer["reason"]
        nobody_noticed(witness)


def test_a_database_that_comes_back_is_waited_for(orders: Orders) -> None:
    before, version = orders.standing(), orders.version()
    with no_database_for_the_migrator(orders):
        running = orders.started_by(orders.drop(version, orders.bundle(version)))
        orders.until(
            lambda: [each for each in orders.history(running) if "taskFailedEventDetails" in each],
            "the migrator does not fail",
        )
    after_release(orders, orders.wait(running), version, before)


def _rewrite(path: Path, changes: dict[str, bytes | None]) -> None:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()} | changes
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)


def _edit(path: Path, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        text = archive.read("release.toml")
    assert old in text
    _rewrite(path, {"release.toml": text.replace(old, new)})
