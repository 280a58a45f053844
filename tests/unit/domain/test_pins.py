"""Which functions are published before which, and what a caller's environment names."""

from typing import Any

import pytest

from handlers.domain.green.overlay import environment_bytes, overlaid, overlay_of
from handlers.domain.green.pins import callees_first, is_pinned, pin, without_pins
from handlers.domain.release.function_sources import Overlay

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders-prices"


def test_who_is_called_is_published_before_who_calls() -> None:
    calls = {
        "api": {"PRICES": "prices", "STOCK": "stock"},
        "prices": {"RATES": "rates"},
        "rates": {},
        "stock": {},
        "worker": {"PRICES": "prices", "AGAIN": "prices"},
    }
    assert callees_first(calls) == [["rates", "stock"], ["prices"], ["api", "worker"]]


def test_functions_without_calls_are_published_side_by_side() -> None:
    assert callees_first({"b": {}, "a": {}}) == [["a", "b"]]


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        (pin(ARN, "7"), True),
        (pin(ARN.replace("aws:", "aws-cn:", 1), "12"), True),
        (f"{ARN}:live", False),
        (ARN, False),
        (f"{ARN}-old:7", False),
        ("orders-prices:7", False),
        (None, False),
    ],
)
def test_a_pin_is_the_arn_of_a_version(value: object, is_one: bool) -> None:
    assert is_pinned(value, "orders-prices") is is_one


def test_an_environment_without_pins_keeps_everything_else() -> None:
    environment = {"PRICES": pin(ARN, "7"), "LIVE": f"{ARN}:live", "TABLE": "t"}
    kept = without_pins(environment, ["orders-api", "orders-prices"])
    assert kept == {"LIVE": f"{ARN}:live", "TABLE": "t"}


def _configuration(memory: int = 128, **variables: str) -> dict[str, Any]:
    return {"MemorySize": memory, "Timeout": 3, "Environment": {"Variables": variables}}


def test_what_a_version_was_published_with_can_be_laid_over_the_stack_again() -> None:
    stack = _configuration(TABLE="t")
    released = overlaid(stack, Overlay(memory_mb=512, environment={"CHANNEL": "on"}), {})
    blue = _configuration(512, TABLE="t", CHANNEL="on")
    # The next release sets something else, and goes back.
    tried = overlaid(blue, Overlay(environment={"CHANNEL": "off"}), released.remember)
    latest = _configuration(128, TABLE="t", CHANNEL="off")
    again = overlay_of(blue, latest, tried.remember)
    assert again == Overlay(memory_mb=512, environment={"CHANNEL": "on"})


def test_what_the_stack_has_given_it_is_not_laid_over_itself() -> None:
    stack = _configuration(TABLE="t", ADDED="since")
    assert overlay_of(_configuration(TABLE="t"), stack, {}) == Overlay()


def test_an_environment_is_measured_in_bytes() -> None:
    assert environment_bytes({"A": "é", "BC": ""}) == 5
