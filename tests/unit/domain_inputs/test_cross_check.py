"""The release held against the registration, the key and the bucket."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers.domain.registration.cross_check import agree_with_key, choose_plan, cross_check
from handlers.domain.registration.registration import Registration
from handlers.domain.release.release import Release, read_release
from handlers.domain.request.upload import agree_with_bucket
from handlers.domain.shift.shift_plan import ALL_AT_ONCE, DEFAULT_SHIFT_PLAN, parse_shift_plan

Register = Callable[..., Registration]


def _release(text: str) -> Release:
    release, findings = read_release(text)
    assert release is not None, findings
    return release


def test_the_example_agrees_with_its_registration(orders_toml: str, register: Register) -> None:
    migrations = ["migrations/0001_orders.expand.sql"]
    assert cross_check(_release(orders_toml), register(), migrations=migrations) == []


@pytest.mark.parametrize(
    ("old", "new", "registered", "code", "where"),
    [
        (
            'service = "orders"',
            'service = "carts"',
            {},
            "ServiceDisagrees",
            "release.toml:2 service",
        ),
        (
            "[functions.worker]",
            "[functions.mailer]\nversion=1\n[functions.worker]",
            {},
            "FunctionNotRegistered",
            "release.toml:9 functions.mailer",
        ),
        (
            "FEATURE_CHANNEL",
            "LOG_LEVEL",
            {},
            "EnvironmentKeyNotAllowed",
            "release.toml:8 functions.api.configuration.environment.LOG_LEVEL",
        ),
        (
            'function = "worker"',
            'function = "mailer"',
            {},
            "CheckTargetMissing",
            "release.toml:19 checks[1].function",
        ),
        (
            'path = "/orders", ',
            'path = "/orders", via = "preview", ',
            {},
            "CheckCannotUsePreview",
            "release.toml:15 checks[0].http.via",
        ),
        ("", "", {"together": "atomic"}, "AtomicNeedsAllAtOnce", "release.toml:24 shift.plan"),
        (
            "stratumSeconds = 60",
            "stratumSeconds = 10",
            {},
            "StratumTooFine",
            "release.toml:32 bake.stratumSeconds",
        ),
        ("steps(10@5", "steps(10@5000", {}, "ShiftPlanTooLong", "release.toml:24 shift.plan"),
    ],
)
def test_what_goes_beyond_the_registration_is_one_finding_with_its_line(
    orders_toml: str,
    register: Register,
    old: str,
    new: str,
    registered: dict[str, Any],
    code: str,
    where: str,
) -> None:
    findings = cross_check(_release(orders_toml.replace(old, new, 1)), register(**registered))
    assert [(finding.code, finding.where) for finding in findings] == [(code, where)]


def test_migrations_need_a_database(orders_toml: str, register: Register) -> None:
    migrations = ["migrations/0001_orders.expand.sql", "migrations/0002_more.expand.sql"]
    (finding,) = cross_check(_release(orders_toml), register(database=None), migrations=migrations)
    assert (finding.code, finding.where) == ("MigrationsWithoutDatabase", migrations[0])


def test_a_check_may_call_a_function_that_the_release_leaves_as_it_is(
    orders_toml: str, register: Register
) -> None:
    text = orders_toml.replace('[functions.worker]\ncode = "functions/worker.zip"\n', "")
    assert cross_check(_release(text), register()) == []


def test_a_function_that_is_not_registered_is_told_once_although_a_check_calls_it(
    orders_toml: str, register: Register
) -> None:
    text = orders_toml.replace("functions.worker", "functions.mailer").replace(
        'function = "worker"', 'function = "mailer"'
    )
    (finding,) = cross_check(_release(text), register())
    assert finding.code == "FunctionNotRegistered"
    assert "name api or worker" in finding.do


def test_the_plan_of_the_request_goes_before_that_of_the_release(
    orders_toml: str, register: Register
) -> None:
    release, atomic = _release(orders_toml), register(together="atomic")
    assert cross_check(release, atomic, asked=ALL_AT_ONCE) == []
    (finding,) = cross_check(release, register(), asked=parse_shift_plan("canary(1, 9000)"))
    assert (finding.code, finding.where) == ("ShiftPlanTooLong", "input shiftPlan")


def test_a_plan_whose_steps_could_ask_for_too_long_names_what_to_shorten(
    orders_toml: str, register: Register
) -> None:
    asks = orders_toml.replace('"extend"', '"ask"\naskMinutes = 60')
    assert cross_check(_release(asks), register()) == []
    (finding,) = cross_check(
        _release(asks.replace("askMinutes = 60", "askMinutes = 1440")), register()
    )
    assert finding.code == "ShiftPlanTooLong"
    assert finding.do.endswith(", or write fewer askMinutes")


def test_a_default_plan_that_takes_too_long_is_told_as_such_with_one_to_write(
    orders_toml: str, register: Register
) -> None:
    asks = orders_toml.replace('"extend"', '"ask"\naskMinutes = 1000')
    silent = asks.replace('plan = "steps(10@5, 50@5, 100@10)"\n', "")
    (finding,) = cross_check(_release(silent), register())
    assert finding.what.startswith("watching the default plan steps(10@5, 50@5, 100@10) takes up")
    assert finding.do == (
        'write a shorter one into [shift], such as plan = "canary(10, 5)", or lengthen the strata, '
        "or write fewer askMinutes"
    )
    written = silent.replace("[shift]", '[shift]\nplan = "canary(10, 5)"')
    assert cross_check(_release(written), register()) == []


PLAN = parse_shift_plan("steps(10@5, 50@5, 100@10)")
OTHER = parse_shift_plan("canary(5, 5)")


@pytest.mark.parametrize(
    ("given", "together", "asked", "first", "chosen"),
    [
        (True, "weighted", None, False, PLAN),
        (True, "weighted", OTHER, False, OTHER),
        (True, "weighted", None, True, PLAN),
        (True, "weighted", OTHER, True, OTHER),
        (False, "weighted", None, False, DEFAULT_SHIFT_PLAN),
        (False, "weighted", None, True, ALL_AT_ONCE),
        (False, "weighted", OTHER, True, OTHER),
        (False, "atomic", None, False, ALL_AT_ONCE),
    ],
)
def test_the_plan_is_the_first_that_was_asked_for(
    orders_toml: str,
    register: Register,
    given: bool,
    together: str,
    asked: Any,
    first: bool,
    chosen: Any,
) -> None:
    head, _, _ = orders_toml.partition("[shift]")
    release = _release(orders_toml if given else head)
    registration = register(together=together)
    assert choose_plan(release, registration, asked=asked, first=first) == chosen
    if not given:
        assert cross_check(release, registration, asked=asked) == []


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("releases/orders/1.1.0.zip", None),
        ("releases/orders/1.1.1.zip", "release.toml:3 release"),
        ("releases/carts/1.1.0.zip", "release.toml:2 service"),
        ("releases/orders/latest.zip", "release.toml:2 service"),
        ("releases/orders/1.1.0.tar", "release.toml:2 service"),
        ("releases/orders/x/1.1.0.zip", "release.toml:2 service"),
        ("1.1.0.zip", "release.toml:2 service"),
    ],
)
def test_the_key_says_the_same_as_the_release(
    orders_toml: str, key: str, where: str | None
) -> None:
    findings = agree_with_key(_release(orders_toml), key)
    assert [finding.where for finding in findings] == ([where] if where else [])
    for finding in findings:
        assert finding.code == "KeyDisagrees"
        assert finding.do == "upload it to releases/orders/1.1.0.zip"


def test_an_event_about_another_bucket_is_refused() -> None:
    assert agree_with_bucket("artifacts", "artifacts") == []
    (finding,) = agree_with_bucket("theirs", "artifacts")
    assert finding.code == "OtherBucket"
    assert "theirs" in finding.what
    assert "artifacts" in finding.do
