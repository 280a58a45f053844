"""What listeners keep in the ledger, and what CloudWatch Logs says of subscriptions."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.adapters.ledger.heard import Heard
from handlers.adapters.ledger.ledger import Ledger
from handlers.adapters.subscriptions import Subscriptions
from handlers.domain.logs.counting import Window
from handlers.domain.logs.fingerprint import Fingerprint
from handlers.domain.logs.subscribed import Subscribed
from handlers.domain.verdict.new_errors import KNOWN_SECONDS, Logged

NOW = 2_000_000_000.0
HOUR = 3600.0
ERROR = Fingerprint("KeyError", "place (orders/place.py)")


@pytest.fixture
def heard(ledger: Ledger) -> Heard:
    return Heard(ledger)


def test_many_add_to_one_window_at_once_and_none_is_lost(heard: Heard, name: str) -> None:
    window = Window(2_000_000_000, finished=3, failed=2, answered=1, started=4)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(24):
            pool.submit(heard.add_window, name, "api", "8", window)
    found = heard.windows(name, {"api": "8"}, first=NOW, last=NOW)
    assert found == {"api": [Window(2_000_000_000, 72, 48, 24, 96)]}


def test_windows_are_found_by_time_version_and_function(heard: Heard, name: str) -> None:
    for start, key, version in (
        (90, "api", "8"),
        (95, "api", "7"),
        (95, "w", "3"),
        (100, "api", "8"),
    ):
        heard.add_window(name, key, version, Window(start, finished=1))
    assert heard.windows(name, {"api": "8", "w": "3"}, first=91, last=100) == {
        "api": [Window(100, 1)],
        "w": [Window(95, 1)],
    }


def test_a_delivery_is_new_once(heard: Heard, name: str) -> None:
    assert [heard.is_new(name, each, NOW) for each in ("a", "b", "a")] == [True, True, False]
    assert heard.is_new(f"{name}-2", "a", NOW)


def test_errors_of_a_version_are_counted(heard: Heard, name: str) -> None:
    assert [heard.add_error(name, "api", "8", ERROR, NOW) for _ in range(3)] == [1, 2, 3]
    assert heard.errors(name, {"api": "8"}) == {"api": [Logged(ERROR, 3)]}
    assert heard.errors(name, {"api": "9", "w": "8"}) == {"api": [], "w": []}


def test_what_a_live_version_logged_is_known_for_a_week(heard: Heard, name: str) -> None:
    heard.learn(name, "api", ERROR, NOW)
    asked = [ERROR.bucket, Fingerprint("ValueError").bucket]
    assert heard.known(name, "api", asked, NOW + KNOWN_SECONDS - 1) == {ERROR.bucket}
    assert heard.known(name, "api", asked, NOW + KNOWN_SECONDS) == frozenset()
    assert heard.known(name, "worker", asked, NOW) == frozenset()


def test_a_log_is_heard_since_it_was_last_silent_for_a_day(heard: Heard, name: str) -> None:
    assert heard.since(name, "api") is None
    for at in (NOW, NOW + 24 * HOUR, NOW + 48 * HOUR):
        heard.listen(name, "api", at)
    assert heard.since(name, "api") == NOW
    heard.listen(name, "api", NOW + 74 * HOUR)
    assert heard.since(name, "api") == NOW + 74 * HOUR


def test_a_signal_is_written_again_only_by_a_later_one(heard: Heard, name: str) -> None:
    assert [heard.note(name, "alarm#a", {"since": at}) for at in (5.5, 5.5, 4, 6)] == [
        True, False, False, True,
    ]  # fmt: skip


OURS = {
    "filterName": "greenshift",
    "destinationArn": "arn:aws:lambda:r:1:function:greenshift-hear-log",
}
SIEM = {"filterName": "siem", "destinationArn": "arn:aws:kinesis:r:1:stream/siem"}


class Logs:
    """Answers with these filters, or refuses by a code."""

    def __init__(self, *filters: dict[str, str], code: str | None = None) -> None:
        self._filters, self._code = list(filters), code

    def describe_subscription_filters(self, logGroupName: str) -> dict[str, Any]:
        if self._code:
            raise ClientError({"Error": {"Code": self._code}}, "DescribeSubscriptionFilters")
        return {"subscriptionFilters": self._filters}


@pytest.mark.parametrize(
    ("logs", "found"),
    [
        (Logs(SIEM, OURS), Subscribed("g", ours=True, others=("siem",))),
        (Logs(OURS | {"filterPattern": '?"START RequestId"'}), Subscribed("g", ours=True)),
        (Logs(OURS | {"filterPattern": "REPORT"}), Subscribed("g", ours=True, starts=False)),
        (Logs(SIEM), Subscribed("g", ours=False, others=("siem",))),
        (Logs(), Subscribed("g", ours=False)),
        (Logs(code="ResourceNotFoundException"), Subscribed("g", ours=False)),
        (
            Logs(code="ThrottlingException"),
            Subscribed("g", ours=False, unread="ThrottlingException"),
        ),
    ],
    ids=[
        "ours",
        "with beginnings",
        "of an older stack",
        "another's",
        "none",
        "no log group",
        "throttled",
    ],
)
def test_a_log_groups_subscriptions_are_read_and_no_refusal_is_raised(
    logs: Logs, found: Subscribed
) -> None:
    assert Subscriptions(logs).of("g") == found
