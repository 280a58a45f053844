"""Running any state twice, or losing any answer, changes nothing (I7)."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from engine import Engine, LambdaDied
from invariants import assert_invariants, assert_whole
from service import Service

from handlers import roll_back
from handlers.adapters.tools import Tools
from handlers.errors import TransientAws, TransientConflict, TransientDatabase

FORWARD = (
    "plan",
    "provision_green",
    "migrate_schema",
    "verify_green",
    "run_hooks",
    "shift_traffic",
    "bake",
    "finalize",
)
CHECK = """[[checks]]
name = "up"
function = "api"
http = {method = "GET", path = "/"}
expect = {status = 200}
"""


def times(number: int, phase: str, error: Callable[[], Exception]) -> Callable[..., None]:
    """Raises the error in the first calls of the phase."""
    left = [number]

    def intercept(called: str, document: Mapping[str, Any]) -> None:
        if called == phase and left[0]:
            left[0] -= 1
            raise error()

    return intercept


def unsteady(word: str) -> Exception:
    kinds = {each.__name__: each for each in (TransientAws, TransientConflict, TransientDatabase)}
    return kinds[word]("not now") if word in kinds else LambdaDied(word)


@pytest.mark.parametrize("phase", FORWARD)
def test_a_phase_that_could_not_do_its_work_twice_does_it_at_the_third_try(
    shop: Service, machine: Engine, phase: str
) -> None:
    shop.upload("1.0.0", extra=CHECK)
    machine.before = times(2, phase, lambda: TransientAws("ThrottlingException: slow down"))
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert machine.calls.count(phase) >= 3
    assert_invariants(shop, run)


LOST = [(phase, "TransientAws") for phase in FORWARD] + [
    (phase, "Lambda.Unknown") for phase in FORWARD
]


@pytest.mark.parametrize(("phase", "how"), LOST)
def test_a_lost_answer_changes_nothing(
    shop: Service, machine: Engine, phase: str, how: str
) -> None:
    """The phase has done its work, its answer is thrown away, and the state is tried again."""
    shop.upload("1.0.0", extra=CHECK)
    machine.after = times(1, phase, lambda: unsteady(how))
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert run.answer["green"] == {"api": "2"}
    assert shop.versions() == ["1", "2"], "a version was published twice"
    flips = Tools().journal.flips(run.answer["deployment"])
    assert [(flip["step"], flip["function"]) for flip in flips] == [(1, "api")]
    assert_invariants(shop, run)


@pytest.mark.parametrize("phase", FORWARD)
def test_a_phase_whose_answers_are_all_lost_ends_whole(
    shop: Service, machine: Engine, phase: str
) -> None:
    shop.upload("1.0.0", extra=CHECK)
    machine.after = times(9, phase, lambda: LambdaDied("Lambda.Unknown"))
    run = machine.run({"release": "1.0.0"})
    expected = {"plan": "Rejected", "finalize": "Released"}
    assert run.end == expected.get(phase, "RolledBack"), run
    assert_invariants(shop, run)


def test_nothing_to_do_stays_nothing_to_do_when_its_answer_is_lost(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    machine.after = times(1, "plan", lambda: LambdaDied("Lambda.Unknown"))
    run = machine.run({"release": "1.0.0", "dryRun": True})
    assert (run.end, machine.calls) == ("NothingToDo", ["plan", "plan"])
    assert_invariants(shop, run)


def test_a_refusal_whose_answer_is_lost_stays_that_refusal(shop: Service, machine: Engine) -> None:
    machine.after = times(1, "plan", lambda: LambdaDied("Lambda.Unknown"))
    machine.before = times(1, "roll_back", lambda: TransientAws("not now"))
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Rejected", run
    assert run.answer["findings"][0]["code"] == "BundleGone"
    assert_invariants(shop, run)


@pytest.mark.parametrize("lost", [1, 3])
def test_a_way_back_whose_answers_are_lost_answers_as_it_did(
    shop: Service, machine: Engine, lost: int
) -> None:
    shop.upload("1.0.0")
    answers: list[Any] = []

    def note(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "bake":
            raise LambdaDied("Lambda.Unknown")
        if phase == "roll_back" and len(answers) < lost:
            answers.append(Tools().journal.deployment(document["deployment"]["id"]))
            raise LambdaDied("Lambda.Unknown")

    machine.after = note
    run = machine.run({"release": "1.0.0"})
    assert run.end == "RolledBack", run
    assert all(each["answer"] == run.answer for each in answers)
    assert_invariants(shop, run)


def test_a_way_back_that_could_not_close_at_first_still_says_that_nothing_was_begun(
    shop: Service, machine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    close, failures = roll_back.tools.journal.close, iter([TransientAws("throttled")])

    def unsteady_close(*arguments: Any, **named: Any) -> Any:
        for failure in failures:
            raise failure
        return close(*arguments, **named)

    monkeypatch.setattr(roll_back.tools.journal, "close", unsteady_close)
    shop.upload("1.0.0")
    machine.after = times(9, "plan", lambda: LambdaDied("Lambda.Unknown"))
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Rejected", run
    assert_invariants(shop, run)


@pytest.mark.parametrize("outcome", ["Released", "RolledBack"])
def test_a_deployment_that_has_ended_cannot_be_woken(
    shop: Service, machine: Engine, outcome: str
) -> None:
    """A redrive calls a phase again, with the document that it had."""
    shop.upload("1.0.0")
    seen: dict[str, Mapping[str, Any]] = {}
    machine.before = lambda phase, document: seen.update({phase: document})
    if outcome == "RolledBack":
        machine.after = times(9, "bake", lambda: LambdaDied("Lambda.Unknown"))
    run = machine.run({"release": "1.0.0"})
    assert run.end == outcome
    revisions, versions = shop.revisions(), shop.versions()
    machine.before = machine.after = lambda phase, document: None
    for phase in ("plan", "provision_green", "verify_green", "shift_traffic", "bake"):
        again = machine.call(phase, seen[phase])
        assert again["errorType"] == "DeploymentClosed", again
    answer = machine.call("roll_back", seen["bake"])
    assert (answer["outcome"], answer["answer"]) == (outcome, run.answer)
    assert (shop.revisions(), shop.versions()) == (revisions, versions)
    assert_whole(shop)


def test_a_flip_that_is_found_again_keeps_the_time_at_which_it_was_made(
    shop: Service, machine: Engine
) -> None:
    """The evidence of the stratum into which it fell is dropped: a later time would drop another."""
    shop.upload("1.0.0")
    made: list[Mapping[str, Any]] = []

    def lose(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "shift_traffic" and not made:
            made.extend(Tools().journal.flips(document["deployment"]["id"]))
            raise LambdaDied("Lambda.Unknown")

    machine.after = lose
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert made
    assert Tools().journal.flips(run.answer["deployment"]) == made
