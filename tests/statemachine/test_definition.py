"""What the definition promises, held against the code that it calls."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from statelint.linter import Linter

from handlers import errors
from handlers.domain.answer import answer, ended
from handlers.domain.codec import encode
from handlers.domain.messages import (
    BackfillProgress,
    Bake,
    BundleRef,
    Checks,
    Deployment,
    Ended,
    FunctionBlue,
    Green,
    Hooks,
    Schema,
    Traffic,
)
from handlers.domain.schema.progress import MOST_TITLES
from infra.deployer.phases import PHASES

MACHINE = json.loads((Path(__file__).parents[2] / "statemachine/deployment.asl.json").read_text())
STATES: dict[str, dict[str, Any]] = MACHINE["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
FORWARD = sorted(set(TASKS) - {"RollBack"})
SECTIONS: dict[str, type] = {
    "deployment": Deployment,
    "green": Green,
    "schema": Schema,
    "checks": Checks,
    "hooks": Hooks,
    "traffic": Traffic,
    "bake": Bake,
    "ended": Ended,
}
READ_ONLY = {"Plan", "VerifyGreen", "Bake"}
"""Tasks that change nothing outside the ledger."""

# https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html and
# https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
LAMBDA_FAILED_ON_ITS_SIDE = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
}
LAMBDA_DIED = {"Sandbox.Timedout", "Lambda.Unknown", "Runtime.ExitError"}
AWS_NAMES = LAMBDA_FAILED_ON_ITS_SIDE | LAMBDA_DIED | {"States.ALL"}
TRANSIENT = {each.__name__ for each in errors.Transient.__subclasses__()}
OURS = {
    name
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.GreenshiftError)
}
ROOTS = {"GreenshiftError", "Transient"}
"""Never raised themselves."""
UNCAUGHT_BY_NAME = TRANSIENT
"""Named by Retry; when the tries are used up, States.ALL catches them."""


def named(state: dict[str, Any], *fields: str) -> set[str]:
    return {
        name for field in fields for each in state.get(field, []) for name in each["ErrorEquals"]
    }


def successors(state: dict[str, Any]) -> set[str]:
    return {
        *([state["Next"]] if "Next" in state else []),
        *([state["Default"]] if "Default" in state else []),
        *(choice["Next"] for choice in state.get("Choices", [])),
        *(catcher["Next"] for catcher in state.get("Catch", [])),
    }


def reachable(start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += successors(STATES[name])
    return found


def paths(value: Any, key: str = "") -> Iterator[str]:
    """Every JSONPath that the machine reads out of its document."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in ("ResultSelector", "ResultPath"):
                yield from paths(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from paths(item, key)
    elif isinstance(value, str) and key.endswith(("Path", ".$", "Variable")):
        yield value


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_waits_a_minute_longer_than_its_lambda_may_run(name: str) -> None:
    hyphened = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    (phase,) = (each for each in PHASES if each.name == hyphened)
    assert TASKS[name]["TimeoutSeconds"] == phase.timeout_seconds + 60
    assert TASKS[name]["Parameters"] == {"FunctionName": f"${{{name}Arn}}", "Payload.$": "$"}


@pytest.mark.parametrize("name", FORWARD)
def test_a_phase_tries_again_what_may_succeed_in_a_moment(name: str) -> None:
    moment, died = TASKS[name]["Retry"]
    assert set(moment["ErrorEquals"]) == LAMBDA_FAILED_ON_ITS_SIDE | TRANSIENT
    assert {key: value for key, value in moment.items() if key != "ErrorEquals"} == {
        "IntervalSeconds": 1,
        "MaxAttempts": 6,
        "BackoffRate": 2.0,
        "MaxDelaySeconds": 30,
        "JitterStrategy": "FULL",
    }
    assert set(died["ErrorEquals"]) == LAMBDA_DIED
    assert died["MaxAttempts"] == 1


@pytest.mark.parametrize("name", FORWARD)
def test_whatever_fails_in_a_phase_leads_to_the_way_back(name: str) -> None:
    state = TASKS[name]
    assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    for catcher in state["Catch"]:
        assert (catcher["Next"], catcher["ResultPath"]) == ("RollBack", "$.failure")


@pytest.mark.parametrize("name", sorted(set(FORWARD) - READ_ONLY))
def test_a_phase_that_changes_something_never_repeats_after_a_time_out(name: str) -> None:
    assert not named(TASKS[name], "Retry") & {"States.Timeout", "States.ALL", "States.TaskFailed"}


def test_the_way_back_is_tried_for_fourteen_minutes_and_then_a_person_is_asked() -> None:
    never, always = TASKS["RollBack"]["Retry"]
    assert (never["ErrorEquals"], never["MaxAttempts"]) == (
        ["AliasMoved", "ClaimLost", "LedgerIsNewer"],
        0,
    )
    assert (always["ErrorEquals"], always["MaxAttempts"]) == (["States.ALL"], 10)
    pauses = [
        min(always["IntervalSeconds"] * always["BackoffRate"] ** number, always["MaxDelaySeconds"])
        for number in range(always["MaxAttempts"])
    ]
    assert 14 * 60 <= sum(pauses) <= 15 * 60
    assert TASKS["RollBack"]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert {catcher["Next"] for catcher in TASKS["RollBack"]["Catch"]} == {"NeedsAttention"}


def test_every_error_that_a_phase_may_end_with_is_known_to_the_machine() -> None:
    in_machine = {name for state in TASKS.values() for name in named(state, "Retry", "Catch")}
    assert in_machine - AWS_NAMES <= OURS - ROOTS, "the machine names errors that do not exist"
    assert in_machine >= OURS - ROOTS, "errors that the machine does not name"
    caught = {name for state in TASKS.values() for name in named(state, "Catch")}
    assert caught >= OURS - ROOTS - UNCAUGHT_BY_NAME


def test_the_tree_of_errors_that_the_file_draws_is_the_one_that_it_defines() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", str(errors.__doc__)))
    assert drawn == OURS - {"GreenshiftError"}


@pytest.mark.parametrize(
    "name", [name for name, state in STATES.items() if state["Type"] == "Choice"]
)
def test_a_choice_always_decides_and_reads_nothing_that_may_be_absent(name: str) -> None:
    state = STATES[name]
    assert state["Default"] in ("RollBack", "RolledBack")
    for choice in state["Choices"]:
        terms = choice.get("And", choice.get("Or", [choice]))
        for term in terms:
            variable = term.get("Not", term)["Variable"]
            section, key = variable.removeprefix("$.").split(".")
            if section == "request":
                continue  # its first choice is for an input without an action
            assert key in {camel(field.name) for field in fields(SECTIONS[section])}
        if "And" in choice:
            assert {"Variable": terms[1]["Variable"], "IsPresent": True} == terms[0]
    first = state["Choices"][0]
    if name == "What?":
        assert first["Not"] == {"Variable": "$.request.action", "IsPresent": True}


@pytest.mark.parametrize("name", TASKS)
def test_a_result_is_the_whole_section_of_its_phase(name: str) -> None:
    section = SECTIONS[TASKS[name]["ResultPath"].removeprefix("$.")]
    assert TASKS[name]["ResultSelector"] == {
        f"{camel(field.name)}.$": f"$.Payload.{camel(field.name)}" for field in fields(section)
    }


def test_every_path_that_the_machine_reads_is_written_before() -> None:
    written = {
        "$",
        "$.request.action",
        "$.bake.waitSeconds",
        "$.hooks.waitSeconds",
        "$.failure.Cause",
        "$$.Execution.Id",
        "$$.Execution.StartTime",
        *(
            f"$.{name}.{camel(field.name)}"
            for name, section in SECTIONS.items()
            for field in fields(section)
        ),
    }
    read = set(paths(STATES))
    assert read <= written
    assert {"$.ended.answer", "$.ended.cause", "$.deployment.answer", "$.bake.next"} <= read


def test_every_state_is_reached_and_has_a_way_to_an_end() -> None:
    assert reachable(MACHINE["StartAt"]) == set(STATES)
    ends = {name for name, state in STATES.items() if state["Type"] in ("Succeed", "Fail")}
    assert ends == {"Released", "NothingToDo", "RolledBack", "Rejected", "NeedsAttention"}
    for name in STATES:
        assert reachable(name) & ends, f"{name} goes round for ever"


def test_the_way_back_is_behind_nothing() -> None:
    asked = [choice for choice in STATES["What?"]["Choices"] if choice["Next"] == "RollBack"]
    assert [each["StringEquals"] for each in asked[0]["Or"]] == ["rollback", "repair", "recover"]
    assert STATES["What?"]["Default"] == "RollBack"
    assert STATES["Receive"]["Next"] == "What?"


def test_only_what_every_interpreter_knows_is_used() -> None:
    text = json.dumps(MACHINE)
    for word in ("JSONata", "Assign", "ItemProcessor", "Map", "Parallel", "waitForTaskToken"):
        assert f'"{word}"' not in text


def test_statelint_finds_nothing() -> None:
    assert Linter.validate(MACHINE) == []


def test_no_section_outgrows_eight_kibibytes_for_a_service_of_sixty_functions() -> None:
    keys = [f"function-with-a-rather-long-name-{number:02}" for number in range(60)]
    digest, deployment = f"sha256:{'f' * 64}", "orders-10.20.30-20261123T101502Z-7f3a"
    found = answer(
        deployment=deployment,
        service="orders",
        release="10.20.30",
        digest=digest,
        outcome="RolledBack",
        reason="r" * 1000,
        blue=dict.fromkeys(keys, "12345"),
        green=dict.fromkeys(keys, "unchanged"),
        started_at="2026-11-23T10:15:02.123Z",
        ended_at="2026-11-23T10:15:02.123Z",
    )
    sections: list[Any] = [
        Deployment(
            id=deployment,
            service="orders",
            release="10.20.30",
            digest=digest,
            token=12345,
            registration_version=123,
            functions={key: FunctionBlue("consumer", "12345") for key in keys},
            bundle=BundleRef("b" * 63, "releases/orders/10.20.30.zip", "v" * 32, digest),
            blue_bundle=BundleRef("b" * 63, "releases/orders/10.20.29.zip", "v" * 32, digest),
            shift_plan="steps(10@5, 50@5, 100@10)",
            steps=3,
            note="n" * 300,
            next="provisionGreen",
            answer=None,
        ),
        Green(versions=dict.fromkeys(keys, "unchanged"), published=60, found=0, seconds=123.4),
        Schema(
            applied=tuple(f"{number:04}_{'n' * 60}" for number in range(MOST_TITLES)),
            already_applied=400,
            statements=4000,
            longest_lock_ms=123.4,
            gate="g" * 1000,
            backfill=BackfillProgress("n" * 100, 10**10, 10**10, 100, 10**6, 10**6, 12345.6),
            next="done",
            reason="r" * 1000,
        ),
    ]
    for section in sections:
        assert len(json.dumps(encode(section))) < 8 * 1024, type(section).__name__
    assert len(ended(found).cause) <= 4096
    assert len(json.dumps(encode(ended(found)))) < 16 * 1024
