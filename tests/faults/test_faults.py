"""Whatever happens to a call of a deployment, the service is whole afterwards and the ledger tells it.

A part of what `make faults` explores: every kind of fault, at the calls that change something and at
some of the others.
"""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from handlers.adapters.functions.functions import Functions
from handlers.adapters.ledger.claims import Claims
from tests.faults.calls import Call
from tests.faults.cases import Case, pairs, singles
from tests.faults.explore import Explorer
from tests.faults.kinds import KINDS
from tests.faults.report import told
from tests.faults.scenarios import ALL, BY_NAME, Scenario

CHANGING = ("UpdateAlias", "TransactWriteItems")
ONE_OF, ONE_PAIR_OF = 83, 197
ALONE = [scenario for scenario in ALL if not scenario.queues]
OF_TWO = (
    "queue/second.plan:TransactWriteItems:EXEC.META&DEPLOYMENT.META&SERVICE.QUEUE&SERVICE.QUEUED:1=dies",
    "queue/start_next:PutItem:SERVICE.QUEUE:1=slow",
    "queue/start_next:StartExecution:-:1=throttled",
    "supersede/verify_green:Query:DEPLOYMENT.SIGNAL:1=asleep",
    "supersede/verify_green:PutItem:DEPLOYMENT.META:1=asleep",
    "supersede-early/provision_green:Query:DEPLOYMENT.SIGNAL:1=stopped",
    "sweep/sweep:StartExecution:-:1=after",
    "sweep/roll_back:GetItem:EXEC.META:1=stopped+roll_back:GetItem:SERVICE.CLAIM:1=dies",
)
"""Where a second deployment waits, or has the first give way; `make faults` explores every call."""
_called: dict[str, list[Call]] = {}


def calls(explorer: Explorer, scenario: Scenario) -> list[Call]:
    if scenario.name not in _called:
        _called[scenario.name] = explorer.calls(scenario)
    return _called[scenario.name]


def chosen(explorer: Explorer, scenario: Scenario, kind: str) -> Iterator[Case]:
    """The cases of that kind that are run here; a few of a scenario that has few to show."""
    every = [each for each in singles(scenario, calls(explorer, scenario)) if each.kind == kind]
    for number, case in enumerate(every):
        changes = case.faults[0][0].operation in CHANGING
        if (changes and scenario.name in ("release", "recovery")) or number % ONE_OF == ONE_OF // 2:
            yield case


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scenario", ALONE, ids=lambda scenario: scenario.name)
def test_what_must_hold_holds_whatever_happens_to_a_call(
    explorer: Explorer, scenario: Scenario, kind: str
) -> None:
    results = [explorer.run(case) for case in chosen(explorer, scenario, kind)]
    unmet = [str(result.case) for result in results if not result.met]
    assert not unmet, f"faults that did not happen: {unmet}"
    assert not any(result.problems for result in results), told(results, 0)


@pytest.mark.parametrize("case", OF_TWO)
def test_what_must_hold_holds_while_another_waits(explorer: Explorer, case: str) -> None:
    result = explorer.run(Case.read(case))
    assert result.met, "the fault did not happen"
    assert not result.problems, told([result], 0)


@pytest.mark.parametrize("scenario", ["release", "bad-bake", "recovery", "rollback"])
def test_what_must_hold_holds_whatever_happens_to_two_calls(
    explorer: Explorer, scenario: str
) -> None:
    every = list(pairs(BY_NAME[scenario], calls(explorer, BY_NAME[scenario])))
    results = [explorer.run(case) for case in every[::ONE_PAIR_OF]]
    assert not any(result.problems for result in results), told(results, 0)


def test_an_exploration_of_flips_without_a_fence_finds_what_they_break(explorer: Explorer) -> None:
    case = Case.read("release/shift_traffic:GetAlias:worker:1=asleep")
    assert not explorer.run(case).problems
    with patch.object(Claims, "check", lambda claims, claim: None):
        problems = explorer.run(case).problems
    assert any("I1" in problem for problem in problems), problems


def test_an_exploration_without_the_recovery_rule_finds_what_is_left(explorer: Explorer) -> None:
    case = Case.read("release/bake:Invocation:-:1=stopped")
    with patch("tests.faults.world.recover.recover", lambda *_, **__: None):
        problems = explorer.run(case).problems
    assert any("I1" in problem for problem in problems), problems
    assert any("I5" in problem for problem in problems), problems


def test_an_exploration_of_writes_that_are_not_read_back_finds_a_green_of_somebody_else(
    explorer: Explorer,
) -> None:
    case = Case.read("configured/provision_green:UpdateFunctionCode:api:1=hand")
    assert not explorer.run(case).problems

    def replace(functions: Functions, name: str, revision: str, code: dict[str, str]) -> Any:
        functions._lambda.update_function_code(FunctionName=name, RevisionId=revision, **code)
        return functions.settled(name)

    with (
        patch.object(Functions, "replace_code", replace),
        patch("handlers.provision_green.configuration_digest", lambda _: "0" * 12),
    ):
        problems = explorer.run(case).problems
    assert any("has not the code of" in problem for problem in problems), problems


def test_an_exploration_without_the_start_of_what_waits_finds_who_starves(
    explorer: Explorer,
) -> None:
    case = Case.read("queue/start_next:Query:SERVICE.QUEUE:1=twice")
    with patch("handlers.listeners.start_next._start", lambda *_, **__: None):
        problems = explorer.run(case).problems
    assert any("['1.2.0'] wait, and nobody starts them" in each for each in problems), problems


def test_what_is_no_case_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="'release/nothing' is no case: write <scenario>/"):
        Case.read("release/nothing")
