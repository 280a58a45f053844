"""Which checks of a release are put to both versions, and what the plan says of them."""

from typing import Any

import pytest

from handlers.domain.codec import decode, encode
from handlers.domain.release.check_calls import HttpRequest, Message
from handlers.domain.release.check_expectation import Expectation
from handlers.domain.release.checks import Check
from handlers.domain.release.release import read_release
from handlers.domain.shift.shift_steps import Step
from handlers.domain.synthetic.of_release import Allowed, foreseen, synthetic_requests
from handlers.domain.synthetic.requests import SyntheticRequests
from handlers.domain.verdict.bake_settings import BakeSettings

UP = Check(
    name="up",
    function="api",
    http=HttpRequest(method="GET", path="/up"),
    expect=Expectation(status=200, json={"ok": True}, max_ms=5),
    synthetic=True,
)
SENT = Check(
    name="sent", function="worker", message=Message(form="sqs", json={"n": 1.5}), synthetic=True
)
ONCE = Check(name="once", function="api", http=HttpRequest(method="GET", path="/"))
CHECKS = (UP, ONCE, SENT)
ALLOWED = Allowed(per_minute=60, pinned=())
STEPS = [Step(10, 5), Step(100, 10)]


def of(allowed: Allowed = ALLOWED, *, first: bool = False) -> SyntheticRequests | None:
    return synthetic_requests(CHECKS, allowed, {"api", "worker"}, at="2026", first=first)


def told(allowed: Allowed = ALLOWED, *, first: bool = False) -> list[str]:
    found = of(allowed, first=first)
    return list(foreseen(CHECKS, allowed, found, STEPS, BakeSettings()))


def test_marked_checks_are_kept_as_they_are_sent() -> None:
    found = of()
    assert found is not None
    up, sent = found.checks
    assert (up.form, up.status, up.json) == ("apiGatewayV2", 200, {"ok": True})
    assert up.event["rawPath"] == "/up"
    assert (sent.form, sent.status) == (None, None)
    assert decode(SyntheticRequests, encode(found)) == found


def test_only_what_the_release_changes_and_nobody_calls_by_number_is_asked() -> None:
    found = synthetic_requests(CHECKS, ALLOWED, {"worker"}, at="2026", first=False)
    assert found is not None
    assert [each.name for each in found.checks] == ["sent"]
    assert synthetic_requests(CHECKS, ALLOWED, {"other"}, at="2026", first=False) is None
    pinned = Allowed(per_minute=60, pinned={"api"})
    assert [each.name for each in (of(pinned) or found).checks] == ["sent"]
    assert told(pinned)[0] == (
        "no synthetic requests go to api, which peers call by its version: CloudWatch could not "
        "tell them apart"
    )


def test_the_plan_says_what_is_sent_at_most_what_it_costs_and_where_it_is_too_little() -> None:
    assert told() == [
        "where api, worker has fewer than 60 real requests a minute, synthetic ones go to blue and "
        "green by number: in the plan's minutes at most 7,440, $0.002 and their time",
    ]
    assert (
        "go to green by number: in the plan's minutes at most 3,720, $0.001" in told(first=True)[0]
    )
    assert told(Allowed(per_minute=20, pinned=()))[1] == (
        "WARNING: about 200 synthetic requests fit into the first step, and passing on them takes "
        "476 without failure"
    )


def test_a_mark_without_the_owners_leave_is_told() -> None:
    nobody = Allowed(per_minute=0, pinned=())
    assert of(nobody) is None
    (sentence,) = told(nobody)
    assert sentence.endswith("the registration has no syntheticPerMinute")
    assert list(foreseen([ONCE], ALLOWED, None, STEPS, BakeSettings())) == []


RELEASE = """format = 1
service = "shop"
release = "1.0.0"
[functions.api]
code = "functions/api.zip"
"""
CHECK = '[[checks]]\nname = "{}"\nfunction = "api"\nsynthetic = true\n'
GET = 'http = {method = "GET", path = "/"}\nexpect = {status = 200'


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (GET.replace("GET", "POST") + "}", "a synthetic check is made many times, alone"),
        ('event = "events/a.json"', "a synthetic check is made many times, alone"),
        (GET + '}\nsave = {a = "$"}', "a synthetic check is made many times, alone"),
        (
            GET + ', schema = "checks/a.json"}',
            "a synthetic check is judged without the bundle's files, and expects a schema",
        ),
    ],
)
def test_what_may_not_be_made_again_and_again_is_refused_with_its_line(
    call: str, what: str
) -> None:
    _, findings = read_release(RELEASE + CHECK.format("up") + call)
    assert [(each.code, each.what) for each in findings] == [("Conflict", what)]
    assert findings[0].where.startswith("release.toml:9 ")


def test_eleven_are_too_many() -> None:
    def read(count: int) -> list[Any]:
        checks = "\n".join(CHECK.format(n) + GET + "}" for n in range(count))
        return [each.code for each in read_release(RELEASE + checks)[1]]

    assert read(10) == []
    assert read(11) == ["OutOfRange"]
