"""What an older interpreter is spared of the machine, and that it is spared nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from engine import definition
from retriers import NEWER, assert_only_newer_keys_are_gone, without_newer_keys

MACHINE = json.loads(definition("shop", waiting=True))


def test_the_shipped_machine_loses_two_keys_of_its_retriers_and_nothing_else() -> None:
    expected = json.loads(json.dumps(MACHINE))
    lost = [
        retrier.pop(key)
        for state in expected["States"].values()
        for retrier in state.get("Retry", [])
        for key in NEWER & set(retrier)
    ]
    assert set(lost) == {"FULL", 30, 200}
    assert json.loads(without_newer_keys(json.dumps(MACHINE))) == expected


def test_a_machine_without_these_keys_stays_as_it_is() -> None:
    once = without_newer_keys(json.dumps(MACHINE))
    assert without_newer_keys(once) == once


def test_what_only_looks_like_these_keys_stays() -> None:
    state = {"Type": "Pass", "Parameters": {"JitterStrategy": "FULL", "MaxDelaySeconds": 1}}
    machine = json.dumps({"States": {"MaxDelaySeconds": state}})
    assert without_newer_keys(machine) == machine


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another key of a retrier": lambda plan: plan["Retry"][0].pop("MaxAttempts"),
    "a retrier": lambda plan: plan["Retry"].pop(),
    "all retriers": lambda plan: plan["Retry"].clear(),
    "a key of the state": lambda plan: plan.pop("TimeoutSeconds"),
    "a changed value": lambda plan: plan.update(TimeoutSeconds=1),
    "a value too much": lambda plan: plan.update(HeartbeatSeconds=1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_other_difference_is_refused(change: str) -> None:
    after = json.loads(without_newer_keys(json.dumps(MACHINE)))
    CHANGES[change](after["States"]["Plan"])
    with pytest.raises(AssertionError):
        assert_only_newer_keys_are_gone(MACHINE, after)
