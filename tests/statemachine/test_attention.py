"""A deployment that a foreign hand keeps from going back: what every command says, until a person has recovered it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants, assert_whole
from person import Person, person
from service import Service
from states import States

from handlers import roll_back
from handlers.adapters.tools import Tools
from handlers.errors import TransientAws


@pytest.fixture
def machine(pair: Service, machine_of: Callable[..., Engine]) -> Engine:
    return machine_of(pair)


@pytest.fixture
def operator(aws: Any, states: States, machine: Engine) -> Iterator[Person]:
    with person(aws, states, machine) as found:
        yield found


@pytest.fixture
def run(pair: Service, machine: Engine) -> Run:
    """The deployment of 1.1.0 that needs attention: version 1 was put on api's alias meanwhile."""
    pair.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    pair.upload("1.1.0")
    machine.before = lambda phase, document: pair.point("api", "1") if phase == "bake" else None
    found = machine.run({"release": "1.1.0"})
    machine.before = lambda phase, document: None
    assert found.end == "NeedsAttention", found
    return found


def record(pair: Service) -> dict[str, Any]:
    claim = Tools().claims.of(pair.name)
    assert claim is not None
    return Tools().journal.deployment(claim.deployment) or {}


def test_every_command_says_what_stands_in_the_way_and_which_command_finishes_it(
    pair: Service, machine: Engine, run: Run, operator: Person
) -> None:
    name, command = pair.name, f"`greenshift recover {pair.name}`"
    moved = f"{pair.function('api')}:live serves version 1, which this deployment did not leave"
    for arguments, code in (
        (("watch", name), 4),
        (("watch", run.arn), 4),
        (("stop", name), 4),
        (("status", name), 0),
    ):
        told = operator.tells(*arguments)
        assert (told.code, moved in told.text, command in told.text) == (code, True, True), told
    for arguments in (("deploy", name, "1.1.0"), ("deploy", name, "1.0.0"), ("rollback", name)):
        watched = () if arguments[0] == "rollback" else ("--watch",)
        told = operator.tells(*arguments, *watched)
        assert (told.code, command in told.text) == (2, True), told
        assert "told to stop" not in told.text
    assert f'{{"action": "recover", "execution": "{run.arn}"}}' in run.answer["errorMessage"]


def test_status_tells_that_it_has_ended_and_still_holds_the_service(
    pair: Service, run: Run, operator: Person
) -> None:
    deployment = record(pair)["deployment"]
    found = operator.status(pair.name)
    assert (found["outcome"], found["running"]) == ("NeedsAttention", None)
    assert found["claim"]["deployment"] == found["deployment"] == deployment
    told = operator.tells("status", pair.name).text
    assert f"{pair.name}: not whole: 1.0.0 is the release of record since " in told
    assert ", but api serves version 1\n" in told
    assert f"attention: {deployment}: Needs attention: AliasMoved: " in told
    assert "api: version 1 (" in told
    command = (
        f"aws lambda update-alias --function-name {pair.function('api')} --name live "
        "--function-version 2 --routing-config AdditionalVersionWeights={}"
    )
    assert f"point api back: {command}\n" in told
    assert "point worker back" not in told
    assert "running" not in told
    assert found["attention"]["commands"] == [command, f"greenshift recover {pair.name}"]
    (sentence,) = found["attention"]["sentences"]
    assert f"attention: {sentence}\n" in told
    for watching in ("watch", "stop", "recover"):
        assert f"point api back: {command}\n" in operator.tells(watching, pair.name).text


def test_status_tells_what_is_refused_while_it_needs_attention(
    pair: Service, machine: Engine, run: Run, operator: Person
) -> None:
    assert operator.status(pair.name)["refused"] is None
    refused = machine.run(pair.upload("1.2.0"))
    assert refused.end == "Rejected", refused
    assert operator.status(pair.name)["refused"] == refused.answer
    told = operator.tells("status", pair.name).text
    assert f"refused: {refused.answer['deployment']}: Rejected: " in told
    assert "attention: " in told


def test_an_alias_that_is_gone_is_made_again_with_the_command_that_is_told(
    pair: Service, machine: Engine, operator: Person
) -> None:
    pair.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    pair.upload("1.1.0")
    function = pair.function("api")

    def deleted(phase: str, document: Any) -> None:
        if phase == "bake":
            pair.lambda_.delete_alias(FunctionName=function, Name="live")

    machine.before = deleted
    run = machine.run({"release": "1.1.0"})
    machine.before = lambda phase, document: None
    assert run.end == "NeedsAttention", run
    command = f"aws lambda create-alias --function-name {function} --name live --function-version 2"
    told = operator.tells("status", pair.name).text
    assert f"make it again with `{command}`, and allow again what may call it" in told
    assert "point live back" not in told
    assert f"  make api's again: {command}\n" in told
    recover = f"greenshift recover {pair.name}"
    assert operator.status(pair.name)["attention"]["commands"] == [command, recover]
    worker = pair.lambda_.get_alias(FunctionName=pair.function("worker"), Name="live")
    assert worker["FunctionVersion"] == "2", "the other one is back"

    pair.lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion="2")
    recovered = operator.tells("recover", pair.name)
    assert recovered.code == 0, recovered
    assert_whole(pair)


def test_stop_stops_nothing_that_has_ended(
    pair: Service, run: Run, operator: Person, states: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(
        type(states),
        "stop_execution",
        lambda self, **more: stopped.append(str(more)),
        raising=False,
    )
    told = operator.tells("stop", pair.name)
    assert f"there is nothing to stop, as {run.arn} has ended" in told.text
    assert stopped == []


def test_a_recovery_that_comes_too_early_says_so_and_may_be_run_again(
    pair: Service, machine: Engine, run: Run, operator: Person
) -> None:
    first = record(pair)["answer"]["reason"]
    for _ in range(2):
        early = operator.tells("recover", pair.name)
        assert early.code == 4, early
        assert f"still not whole: {pair.function('api')}:live serves version 1" in early.text
        assert f"finish it with `greenshift recover {pair.name}`" in early.text
        assert "somebody else moved it during the bake" in early.text, "why it went back at all"
    assert record(pair)["attention"][0]["execution"] == run.arn
    assert operator.status(pair.name)["outcome"] == "NeedsAttention"

    pair.point("api", "2")
    mended = operator.tells("recover", pair.name)
    assert mended.code == 0, mended
    found = record(pair)
    assert found["outcome"] == "RolledBack"
    because = (
        f"AliasMoved: {pair.function('api')}:live serves version 1 alone, and the shift to 100 % "
        "left it at version 3 alone: somebody else moved it"
    )
    assert first.startswith(because)
    assert found["answer"]["reason"].startswith(because)
    assert "; it needed attention: " in found["answer"]["reason"]
    assert found["answer"]["reason"].endswith("; it was recovered")
    assert_whole(pair)

    again = operator.tells("recover", pair.name)
    assert (again.code, "nothing to recover" in again.text) == (0, True)
    assert operator.status(pair.name)["claim"] is None
    assert machine.run({"release": "1.1.0"}).end == "Released"


def test_a_recovery_changes_nothing_of_how_the_stage_went_that_failed(
    pair: Service, run: Run, operator: Person
) -> None:
    def stages() -> dict[str, dict[str, Any]]:
        lines = operator.tells("watch", pair.name, "--json").text.splitlines()
        (seen,) = [json.loads(each) for each in lines if "stages" in each]
        for each in seen["stages"]:
            assert each["startedAt"] <= each["endedAt"], each
        return {each["phase"]: each for each in seen["stages"]}

    first = stages()
    assert first["Bake"]["failed"]
    assert first["Bake"]["told"].startswith("AliasMoved: ")
    assert first["Bake"]["endedAt"] == first["RollBack"]["startedAt"] < record(pair)["endedAt"]
    for _ in range(2):
        time.sleep(0.2)
        assert operator.tells("recover", pair.name).code == 4
        assert stages()["Bake"] == first["Bake"]
    pair.point("api", "2")
    assert operator.tells("recover", pair.name).code == 0
    assert stages()["Bake"] == first["Bake"]


def test_the_input_of_the_first_cause_recovers_also_after_one_that_came_too_early(
    pair: Service, machine: Engine, run: Run
) -> None:
    request = {"action": "recover", "execution": run.arn}
    early = machine.run(request)
    assert early.end == "NeedsAttention", early
    assert f'"execution": "{early.arn}"' in early.answer["errorMessage"]
    assert machine.recover(early) is None, "a foreign hand is not mended by trying again"
    pair.point("api", "2")
    recovery = machine.run(request)
    assert recovery.end == "RolledBack", recovery
    assert_invariants(pair, recovery)
    late = machine.run(request)
    assert (late.end, "left nothing open" in late.answer["reason"]) == ("Rejected", True)
    assert_whole(pair)


def test_of_two_recoveries_one_recovers_and_the_other_says_so(
    pair: Service, machine: Engine, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {"action": "recover", "execution": run.arn}
    second: list[Run] = []
    restore = roll_back._restore

    def meanwhile(claim: Any, document: Any, action: object, how: str) -> Any:
        if not second:
            second.append(machine.run(request))
        return restore(claim, document, action, how)

    monkeypatch.setattr(roll_back, "_restore", meanwhile)
    pair.point("api", "2")
    first = machine.run(request)
    assert [each.end for each in second] == ["Rejected"], second
    assert f"is being recovered by {first.arn}" in second[0].answer["reason"]
    assert first.end == "RolledBack", first
    assert_invariants(pair, first)
    assert_invariants(pair, second[0])


def test_a_recovery_that_loses_the_claim_to_another_ends_rejected(
    pair: Service, machine: Engine, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {"action": "recover", "execution": run.arn}
    first: list[Run] = []
    take_over = roll_back.tools.claims.take_over
    pair.point("api", "2")

    def late(*arguments: Any) -> Any:
        if not first:
            first.append(run)
            first[0] = machine.run(request)
        return take_over(*arguments)

    monkeypatch.setattr(roll_back.tools.claims, "take_over", late)
    second = machine.run(request)
    assert [each.end for each in first] == ["RolledBack"]
    assert second.end == "Rejected", second
    assert "is being recovered by another execution" in second.answer["reason"]
    assert_invariants(pair, second)


def test_a_running_deployment_is_not_recovered(
    pair: Service, machine: Engine, operator: Person
) -> None:
    pair.upload("1.0.0")
    told: list[Any] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "verify_green":
            told.append(operator.tells("recover", pair.name))

    machine.before = ask
    assert machine.run({"release": "1.0.0"}).end == "Released"
    assert told[0].code == 2, told
    assert f"`greenshift stop {pair.name}`" in told[0].text


def test_the_recovery_rule_keeps_why_the_service_went_back(
    pair: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A way back that did not get through, and whose execution was stopped then."""
    pair.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    pair.upload("1.1.0")

    def break_(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "bake":
            raise KeyError("a bug")

    def stop(phase: str, document: Mapping[str, Any]) -> None:
        machine.stop(document["execution"])

    def refuse(*arguments: Any) -> Any:
        stop("roll_back", {"execution": arguments[0].execution})
        return [], {each.function.name: TransientAws("not now") for each in arguments[1]}

    machine.before = break_
    with monkeypatch.context() as patched:
        patched.setattr(roll_back.tools.flips, "try_all", refuse)
        run = machine.run({"release": "1.1.0"})
        machine.settle()
    assert run.status == "ABORTED"
    recovery = machine.recover(run)
    assert recovery is not None
    assert recovery.end == "RolledBack", recovery
    reason = recovery.answer["reason"]
    assert reason.startswith("KeyError: 'a bug'; it needed attention: 0 of 2 functions are back"), (
        reason
    )
    assert_invariants(pair, recovery)
