"""What Lambda reports of a cold start, what is told of it, and how warm green may be made."""

from typing import Any

import pytest

from handlers.domain.probe.cold_starts import ColdStart, Warmed, beside_blue, told, warm_calls
from handlers.domain.probe.report_line import init_milliseconds
from handlers.domain.release.release import read_release

REPORT = "REPORT RequestId: 8f5\tDuration: 2.08 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\t"
JSON = '{"time": "…", "type": "platform.report", "record": {"metrics": {"durationMs": 2.08%s}}}'


@pytest.mark.parametrize(
    ("tail", "init"),
    [
        (f"START\nprinted\nEND\n{REPORT}Init Duration: 412.35 ms\t\n", 412.35),
        (f"START\n{REPORT}\n", None),
        (f"{REPORT}Restore Duration: 201 ms\tBilled Restore Duration: 9 ms", 201.0),
        ('{"message": "a log"}\n' + JSON % ', "initDurationMs": 99.5', 99.5),
        (JSON % "", None),
        (JSON % ', "restoreDurationMs": 7', 7.0),
        (f"REPORT says Init Duration: 5 ms\n{REPORT}", None),
        ("Init Duration: 5 ms", None),
        ('{"type": "platform.report", "record": []}', None),
        ('{"type": "platform.report"', None),
        ("", None),
    ],
    ids=["cold", "warm", "SnapStart", "JSON", "warm JSON", "JSON SnapStart", "printed",
         "no report", "odd", "cut", "empty"],
)  # fmt: skip
def test_an_init_is_read_from_lambdas_own_report(tail: str, init: float | None) -> None:
    assert init_milliseconds(tail) == init


def test_green_stands_beside_blue_and_what_does_not_change_keeps_blues() -> None:
    inits = {"api": [300.0, 900.0, 500.0], "worker": [], "mail": [1.0], "new": [7.0]}
    found = beside_blue(
        inits, {"api": 400.0, "worker": 50.0, "mail": 60.0}, {"api", "worker", "new"}
    )
    assert found == {
        "api": ColdStart(500.0, 400.0),
        "worker": ColdStart(None, 50.0),
        "mail": ColdStart(60.0, 60.0),
        "new": ColdStart(7.0, None),
    }


def test_the_slowest_and_what_was_warmed_are_told() -> None:
    starts = {
        "a": ColdStart(10.0, 20.4), "b": ColdStart(900.0, None), "c": ColdStart(30.0, 30.0),
        "d": ColdStart(None, 5.0), "e": ColdStart(20.0, 1.0),
    }  # fmt: skip
    warmed = {"a": Warmed(10, 9, 1), "b": Warmed(2, 2, 0)}
    assert told(starts, warmed) == (
        "; cold start b 900 ms, c 30 ms (blue 30 ms), e 20 ms (blue 1 ms)"
        "; 9 of 10 environments of a started, 1 throttled; 2 of 2 environments of b started"
    )
    assert told({"a": ColdStart(None, None)}, {}) == ""


@pytest.mark.parametrize(
    ("asked", "reserved", "calls"),
    [(10, None, 10), (10, 1000, 10), (10, 50, 5), (10, 9, 1), (10, 0, 1), (1, 100, 1)],
)
def test_warming_leaves_blue_nine_tenths_of_what_is_reserved(
    asked: int, reserved: int | None, calls: int
) -> None:
    assert warm_calls(asked, reserved) == calls


TOML = 'format = 1\nservice = "s"\nrelease = "1.0.0"\n[functions.api]\nversion = 1\nwarm = 5\n'
CHECK = '[[checks]]\nname = "c"\nfunction = "api"\nexpect = {}\n'


@pytest.mark.parametrize(
    ("check", "codes"),
    [
        ("", ["WarmWithoutCheck"]),
        (CHECK + 'event = "checks/e.json"', ["WarmWithoutCheck"]),
        (CHECK.replace("{}", "{status = 200}") + 'http = {method = "POST", path = "/"}', ["WarmWithoutCheck"]),
        (CHECK.replace("{}", "{status = 200}") + 'http = {method = "GET", path = "/"}', []),
        (CHECK + 'message = {as = "sqs", json = {}}', []),
    ],
    ids=["none", "event", "POST", "GET", "message"],
)  # fmt: skip
def test_only_what_may_be_sent_many_times_at_once_warms(check: str, codes: list[Any]) -> None:
    assert [finding.code for finding in read_release(TOML + check)[1]] == codes
