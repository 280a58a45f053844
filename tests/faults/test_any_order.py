"""Deployments, second deployments, stops, redrives, rollbacks, foreign hands, events that come late or
twice, and recoveries, in any order: what must hold is looked at after every step.

The orders are the same in every run; `GREENSHIFT_FAULTS_ORDERS` says how many (`make faults` asks for
more).
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

from engine import Run
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from invariants import assert_whole

from tests.faults.beginnings import Beginnings
from tests.faults.faults import Nth, Sleeper
from tests.faults.kinds import KINDS, ON_AN_ALIAS
from tests.faults.scenarios import BY_NAME
from tests.faults.world import World

ORDERS = int(os.environ.get("GREENSHIFT_FAULTS_ORDERS", "8"))
STEPS = 12
RELEASES = st.sampled_from(["1.0.0", "1.1.0", "1.2.0"])
MOMENTS = st.integers(86, 126) | st.integers(1, 170)
"""At which call something happens; a deployment makes some 170, and moves aliases from the 86th on."""
STOPS = st.sampled_from(["asleep", "stopped"])
PASSING = st.sampled_from(
    [each for each in KINDS if each not in ("throttled", "stopped", "asleep", *ON_AN_ALIAS)]
)


class AnyOrder(RuleBasedStateMachine):
    """One service, and whatever people and AWS may do to it."""

    def __init__(self, world: World, beginnings: Beginnings) -> None:
        super().__init__()
        self.world, self.ledger = world, world.tools
        self.runs: list[Run] = []
        self.untold: list[Run] = []
        """Ends that EventBridge has not told of yet."""
        self.sleepers: list[Sleeper] = []
        self.documents: list[tuple[str, Mapping[str, Any]]] = []
        """What phases were called with: a redrive calls them with it again."""
        self.moved = False
        """Whether a foreign hand has moved an alias since it was last put right."""
        world.told.begin()
        world.wire.after_call = []
        with beginnings.of(BY_NAME["release"]):
            invoked = world.machine._invoked
        world.machine.before = lambda phase, document: (
            self.documents.append((phase, document)),
            invoked(phase, document),
        )

    @rule(release=RELEASES, moment=MOMENTS, kind=PASSING, bad=st.booleans())
    def deploy(self, release: str, moment: int, kind: str, bad: bool) -> None:
        self.run({"release": release}, (moment, kind), bad=bad)

    @rule(release=RELEASES, moment=MOMENTS, kind=STOPS, bad=st.booleans())
    def deploy_and_stop(self, release: str, moment: int, kind: str, bad: bool) -> None:
        self.run({"release": release}, (moment, kind), bad=bad)

    @rule(first=RELEASES, second=RELEASES, moment=MOMENTS)
    def deploy_while_another_runs(self, first: str, second: str, moment: int) -> None:
        with self.meanwhile(
            moment, lambda: self.ended(self.world.machine.run({"release": second}))
        ):
            self.run({"release": first})

    @rule(release=RELEASES, moment=MOMENTS)
    def go_back_while_a_deployment_runs(self, release: str, moment: int) -> None:
        back = {"action": "rollback"}
        with self.meanwhile(moment, lambda: self.ended(self.world.machine.run(back))):
            self.run({"release": release})

    @rule(moment=st.integers(1, 30), kind=PASSING | STOPS)
    def go_back(self, moment: int, kind: str) -> None:
        self.run({"action": "rollback"}, (moment, kind))

    @precondition(lambda self: self.untold)
    @rule(data=st.data())
    def the_rule_hears_of_an_end(self, data: st.DataObject) -> None:
        self.tell(self.untold.pop(data.draw(st.integers(0, len(self.untold) - 1))))

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def the_rule_hears_of_it_again(self, data: st.DataObject) -> None:
        run = self.runs[data.draw(st.integers(0, len(self.runs) - 1))]
        if run not in self.untold:
            self.tell(run)

    @precondition(lambda self: self.sleepers)
    @rule()
    def what_was_presumed_dead_wakes_up(self) -> None:
        self.sleepers.pop(0).wake()
        self.world.machine.settle_awake(self.sleepers)

    @precondition(lambda self: self.documents)
    @rule(data=st.data())
    def an_execution_is_redriven(self, data: st.DataObject) -> None:
        phase, document = self.documents[data.draw(st.integers(0, len(self.documents) - 1))]
        answer = self.world.machine.call(phase, document)
        if "errorType" in answer and phase != "roll_back":
            failure = {"Error": answer["errorType"], "Cause": "{}"}
            self.world.machine.call("roll_back", {**document, "failure": failure})
        self.untold += [run for run in self.runs if run.arn == document["execution"]]

    @precondition(lambda self: not self.moved)
    @rule(weights=st.sampled_from([{}, {"v1": 0.25}]))
    def somebody_moves_an_alias(self, weights: Mapping[str, float]) -> None:
        service = self.world.service
        service.point("api", service.versions("api")[-1] if weights else "1", **weights)
        self.moved = True

    @precondition(lambda self: self.moved)
    @rule()
    def a_person_puts_it_right(self) -> None:
        service, live = self.world.service, self.ledger.journal.live(self.world.service.name)
        claim = self.ledger.claims.of(service.name)
        for key, version in live["versions"].items():
            service.point(key, version)
        self.moved = False
        if claim and not claim.closed:
            self.run({"action": "recover", "execution": claim.execution})

    @invariant()
    def nobody_holds_the_claim_unattended(self) -> None:
        claim = self.ledger.claims.of(self.world.service.name)
        for run in self.runs:
            known = self.ledger.claims.execution(run.arn)
            if known and not known["closed"]:
                assert claim.execution == run.arn and not claim.closed, f"I5: {run} is open"
                assert run in self.untold or self.moved, f"I5: nobody looks after {run}"

    @invariant()
    def the_service_is_whole_when_all_is_told(self) -> None:
        if not self.untold and not self.moved:
            assert_whole(self.world.service)
            claim = self.ledger.claims.of(self.world.service.name)
            assert claim is None or claim.closed, f"I5: {claim}"

    def teardown(self) -> None:
        while self.sleepers:
            self.what_was_presumed_dead_wakes_up()
        if self.moved:
            self.a_person_puts_it_right()
        while self.untold:
            self.tell(self.untold.pop(0))
        self.the_service_is_whole_when_all_is_told()
        self.world.machine.before = self.world.machine._invoked
        run = self.world.machine.run({"release": "1.2.0", "dryRun": True})
        assert run.end == "NothingToDo", f"I8: the next deployment is kept away: {run!r}"
        self.world.forget_executions()

    def run(
        self, request: Mapping[str, Any], fault: tuple[int, str] | None = None, *, bad: bool = False
    ) -> None:
        """Starts an execution and waits for its end, but for Lambdas that sleep."""
        wire, live = self.world.wire, self.world.service.live()["api"]["version"]
        numbers = map(str, range(1, 60))
        counts = {each: 500 * (each != live) for each in numbers}
        self.world.told.begin(counts=counts if bad else None)
        wire.begin(*([Nth(*fault)] if fault else []))
        run = self.world.machine.run(dict(request))
        self.sleepers += wire.sleepers
        self.world.machine.settle_awake(self.sleepers)
        wire.arrive_late()
        wire.begin()
        self.ended(run)

    def meanwhile(self, moment: int, happens: Callable[[], None]) -> Any:
        """In the block, `happens` at that call of the deployment."""
        return self.world.wire.at(moment, happens)

    def ended(self, run: Run) -> None:
        self.runs.append(run)
        if run.status != "SUCCEEDED":
            self.untold.append(run)

    def tell(self, run: Run) -> None:
        recovery = self.world.tell_the_rule(run)
        self.world.machine.settle_awake(self.sleepers)
        if recovery is not None:
            self.ended(recovery)


def test_what_must_hold_holds_in_any_order(found: World) -> None:
    beginnings = Beginnings(found)
    run_state_machine_as_test(
        lambda: AnyOrder(found, beginnings),
        settings=settings(
            max_examples=ORDERS,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            # Twelve steps are short enough to read; shrinking them would take minutes.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
