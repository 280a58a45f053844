"""The overlay of a release over the stack's configuration, and how versions are known again."""

from collections.abc import Mapping
from typing import Any

import pytest

from handlers.domain.green.identity import configuration_digest, marker
from handlers.domain.green.overlay import overlaid
from handlers.domain.release.function_sources import Overlay

STACK = {"MemorySize": 128, "Timeout": 3, "Environment": {"Variables": {"TABLE": "t"}}}


class Latest:
    """`$LATEST` and the ledger's memory of it, through releases, stack updates and crashes."""

    def __init__(self) -> None:
        self.configuration: dict[str, Any] = {**STACK}
        self.remembered: Mapping[str, Any] = {}

    def release(self, *, dies: str | None = None, **overlay: Any) -> None:
        """What ProvisionGreen does: remember both, change, remember; it may die in between."""
        result = overlaid(self.configuration, Overlay(**overlay), self.remembered)
        self.remembered = {**self.remembered, **result.remember}
        if dies == "before the change":
            return
        self.configuration = {**self.configuration, **result.changes}
        if dies == "after the change":
            return
        self.remembered = result.remember

    @property
    def variables(self) -> dict[str, str]:
        found: dict[str, str] = self.configuration["Environment"]["Variables"]
        return found


def test_a_release_without_a_setting_has_the_stack_s_value_again() -> None:
    latest = Latest()
    latest.release(memory_mb=512, environment={"CHANNEL": "on", "TABLE": "u"})
    assert latest.configuration["MemorySize"] == 512
    assert latest.variables == {"TABLE": "u", "CHANNEL": "on"}
    latest.release()
    assert latest.configuration == STACK
    assert latest.remembered == {}


def test_the_same_overlay_again_changes_nothing() -> None:
    latest = Latest()
    latest.release(memory_mb=512)
    remembered = latest.remembered
    result = overlaid(latest.configuration, Overlay(memory_mb=512), remembered)
    assert (result.changes, result.remember) == ({}, remembered)


@pytest.mark.parametrize("dies", ["before the change", "after the change"])
def test_a_crash_leaves_nothing_that_cannot_be_told_apart(dies: str) -> None:
    latest = Latest()
    latest.release(memory_mb=512, dies=dies)
    latest.release(memory_mb=1024, dies=dies)
    latest.release()
    assert latest.configuration == STACK


def test_tries_without_end_do_not_push_out_what_is_really_set() -> None:
    latest = Latest()
    latest.release(memory_mb=512)
    for _ in range(10):
        latest.release(memory_mb=1024, dies="before the change")
    latest.release()
    assert latest.configuration == STACK


def test_a_value_that_the_stack_has_changed_since_is_the_stack_s() -> None:
    latest = Latest()
    latest.release(memory_mb=512)
    latest.configuration["MemorySize"] = 256
    latest.release(memory_mb=1024)
    assert latest.configuration["MemorySize"] == 1024
    latest.release()
    assert latest.configuration["MemorySize"] == 256


def test_a_variable_that_the_stack_had_not_is_gone_again() -> None:
    latest = Latest()
    latest.release(environment={"CHANNEL": "on"})
    latest.release(environment={"OTHER": "1"})
    assert latest.variables == {"TABLE": "t", "OTHER": "1"}


def test_layers_and_time_out_are_laid_over_as_well() -> None:
    layer = "arn:aws:lambda:eu-west-1:123456789012:layer:l:1"
    result = overlaid(STACK, Overlay(timeout_seconds=9, layers=(layer,)), {})
    assert result.changes == {"Timeout": 9, "Layers": [layer]}


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"Description": "x", "RevisionId": "r", "Version": "7", "LastModified": "now"}, True),
        ({"Environment": {"Variables": {"A": "2"}}}, False),
        ({"MemorySize": 256}, False),
        ({"Role": "other"}, False),
        ({"Layers": [{"Arn": "l:2", "CodeSize": 5}]}, False),
        ({"Layers": [{"Arn": "l:1", "CodeSize": 9}]}, True),
        ({"VpcConfig": {}}, True),
        ({"SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}}, True),
    ],
)
def test_a_configuration_is_known_by_what_it_makes_the_version_do(
    change: dict[str, Any], same: bool
) -> None:
    known = {
        "Environment": {"Variables": {"A": "1"}},
        "MemorySize": 128,
        "Role": "role",
        "Layers": [{"Arn": "l:1", "CodeSize": 5}],
        "SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"},
    }
    assert (configuration_digest(known) == configuration_digest({**known, **change})) is same


def test_a_marker_fits_into_a_description() -> None:
    mark = marker("s" * 40, "1.0.0-" + "a" * 58, "sha256:" + "f" * 64, "0" * 12)
    assert len(mark) <= 256
    assert marker("orders", "1.0.0", "sha256:" + "f" * 64, "abc") == (
        "greenshift orders 1.0.0 sha256:ffffffffffff cabc"
    )
