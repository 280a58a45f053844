"""Peers that are called by their version: what an owner may declare, and what a bundle then may not."""

import json
from typing import Any

import pytest

from handlers.domain.findings import Finding
from handlers.domain.registration.cross_check import cross_check
from handlers.domain.registration.registration import Registration, read_registration
from handlers.domain.release.release import read_release

KINDS = {"api": "entry", "worker": "consumer", "prices": "internal", "rates": "internal"}


def _read(
    calls: dict[str, Any], **changes: Any
) -> tuple[Registration | None, list[tuple[str, str, str, str]]]:
    functions = {
        key: {"name": f"orders-{key}", "kind": kind}
        | ({"calls": calls[key]} if key in calls else {})
        for key, kind in KINDS.items()
    }
    document = {"format": 1, "service": "orders", "functions": functions, **changes}
    registration, findings = read_registration(json.dumps(document), "orders")
    return registration, [_told(finding) for finding in findings]


def _told(finding: Finding) -> tuple[str, str, str, str]:
    return finding.code, finding.where.rpartition(" ")[2], finding.what, finding.do


def test_any_function_may_call_internal_ones() -> None:
    calls = {
        "api": {"PRICES_FUNCTION": "prices", "RATES_FUNCTION": "rates"},
        "worker": {"PRICES_FUNCTION": "prices"},
        "prices": {"RATES_FUNCTION": "rates"},
    }
    registration, findings = _read(calls)
    assert findings == []
    assert registration is not None
    assert {key: dict(each.calls) for key, each in registration.functions.items()} == {
        **calls,
        "rates": {},
    }


WRONG = [
    (
        {"api": {"PRICE": "pricing"}},
        ("CallNotPinnable", "functions.api.calls.PRICE"),
        "'pricing' is no function of the service",
        "name prices or rates",
    ),
    (
        {"prices": {"PRICES": "prices"}},
        ("CallNotPinnable", "functions.prices.calls.PRICES"),
        "prices calls itself, and no version can know its own number",
        "call the function by its alias",
    ),
    (
        {"api": {"WORKER": "worker"}},
        ("CallNotPinnable", "functions.api.calls.WORKER"),
        "worker is of the kind consumer, and only internal ones are pinned",
        "register worker as internal, or call it by its alias",
    ),
    (
        {"prices": {"RATES": "rates"}, "rates": {"PRICES": "prices"}},
        ("CallsInACircle", "functions.prices.calls"),
        "prices calls rates calls prices, and each would have to be published before the other",
        "leave one of these calls out, and call that peer by its alias",
    ),
    (
        {"api": {"CHANNEL": "prices"}},
        ("Conflict", "functions.api.calls.CHANNEL"),
        "a bundle may set CHANNEL, as it is in environmentKeys, and would undo the pin",
        "take it out of environmentKeys, or name another variable",
    ),
    (
        {"api": {"AWS_REGION": "prices"}},
        ("ReservedEnvironmentKey", "functions.api.calls.AWS_REGION"),
        "Lambda sets AWS_REGION itself and lets nobody set it",
        "name another variable",
    ),
    (
        {"api": {"9": "prices"}},
        ("BadValue", "functions.api.calls.9"),
        "'9' is not an environment key: a letter, then at least one letter, digit or _",
        "name it as an environment key: a letter, then at least one letter, digit or _",
    ),
    (
        {"api": {"PRICES": 7}},
        ("WrongType", "functions.api.calls.PRICES"),
        "'PRICES' is 7, which is not text",
        "write its value in quotes",
    ),
]


@pytest.mark.parametrize(
    ("calls", "where", "what", "do"), WRONG, ids=[str(each[0]) for each in WRONG]
)
def test_a_call_that_cannot_be_pinned_is_one_finding(
    calls: dict[str, Any], where: tuple[str, str], what: str, do: str
) -> None:
    registration, findings = _read(calls, environmentKeys=["CHANNEL"])
    assert registration is None
    assert findings == [(*where, what, do)]


def test_a_kind_that_cannot_be_read_is_told_once() -> None:
    functions = {
        "api": {"name": "orders-api", "kind": "entry", "calls": {"PRICES": "prices"}},
        "prices": {"name": "orders-prices", "kind": "inner"},
    }
    document = {"format": 1, "service": "orders", "functions": functions}
    _, findings = read_registration(json.dumps(document), "orders")
    assert [finding.where.rpartition(" ")[2] for finding in findings] == ["functions.prices.kind"]


@pytest.mark.parametrize(
    ("source", "codes"), [("version = 7", ["CannotBePinned"]), ("code = 'functions/api.zip'", [])]
)
def test_a_caller_is_not_given_as_a_version_that_is_published_already(
    source: str, codes: list[str]
) -> None:
    registration, _ = _read({"api": {"PRICES": "prices", "AGAIN": "prices", "RATES": "rates"}})
    assert registration is not None
    text = f'format = 1\nservice = "orders"\nrelease = "1.0.0"\n[functions.api]\n{source}\n'
    release, findings = read_release(f"{text}[functions.prices]\nversion = 3\n")
    assert release is not None, findings
    found = cross_check(release, registration)
    assert [finding.code for finding in found] == codes
    for finding in found:
        assert finding.where == "release.toml:5 functions.api.version"
        assert finding.what.startswith("api calls prices and rates by version, and a published")


def test_a_bundle_does_not_set_the_variable_itself() -> None:
    registration, _ = _read({"api": {"PRICES": "prices"}})
    assert registration is not None
    release, findings = read_release(
        'format = 1\nservice = "orders"\nrelease = "1.0.0"\n[functions.api]\n'
        'code = "functions/api.zip"\n[functions.api.configuration]\nenvironment = {PRICES = "mine"}\n'
    )
    assert release is not None, findings
    (finding,) = cross_check(release, registration)
    assert finding.code == "EnvironmentKeyNotAllowed"
