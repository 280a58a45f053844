"""Runs a case to its very end: the deployment, what EventBridge makes of it, the recoveries, a person
where one is asked for; and sees what holds then."""

from collections.abc import Callable
from dataclasses import dataclass, field

from engine import Run

from tests.faults.beginnings import Beginnings
from tests.faults.calls import Call
from tests.faults.cases import Case
from tests.faults.checks import see_all
from tests.faults.ended import Ended
from tests.faults.scenarios import Scenario
from tests.faults.store import Store
from tests.faults.watch import Watch
from tests.faults.world import World

MOST_EXECUTIONS = 8
Tell = Callable[[str], None]


@dataclass
class Result:
    """How a case went. `problems` is empty when all invariants held; `met` says whether all its
    faults happened.
    """

    case: str
    kind: str
    met: bool
    calls: tuple[Call, ...]
    ends: tuple[str, ...]
    problems: list[str] = field(default_factory=list)


class Explorer:
    """Runs cases in one world, each from where its scenario begins."""

    def __init__(self, world: World) -> None:
        self._world, self._begins = world, Beginnings(world)
        self._watch = Watch(world)
        world.wire.after_call.append(self._watch.see)

    def calls(self, scenario: Scenario) -> list[Call]:
        """The calls of the scenario when nothing else fails."""
        result = self.run(Case(scenario, ()))
        assert not result.problems, f"{scenario.name} without a fault: {result.problems}"
        return list(dict.fromkeys(result.calls))

    def run(self, case: Case, tell: Tell = lambda text: None) -> Result:
        """Runs the case and sees what holds."""
        with self._begins.of(case.scenario) as store:
            return self._run(case, store, tell)

    def _run(self, case: Case, store: Store | None, tell: Tell) -> Result:
        world, scenario, faults = self._world, case.scenario, case.armed()
        world.told.begin(scenario.failing, scenario.counts, scenario.counted_from)
        world.clock.pass_by(60)
        world.wire.begin(*faults)
        world.undelivered.clear()
        self._watch.begin()
        runs = [world.machine.run(dict(scenario.request))]
        tell(f"{runs[0]!r}")
        self._follow(runs, tell)
        for sleeper in world.wire.sleepers:
            tell("the Lambda that was presumed dead wakes up")
            sleeper.wake()
        world.machine.settle()
        world.wire.arrive_late()
        result = Result(
            case=str(case),
            kind=case.kind,
            met=all(fault.met for fault in faults),
            calls=tuple(world.wire.calls),
            ends=tuple(run.end for run in runs),
        )
        result.problems += see_all(Ended(world, store, case, runs, self._watch), tell)
        world.forget_executions()
        self._watch.rest()
        return result

    def _follow(self, runs: list[Run], tell: Tell) -> None:
        """Every end is told to the recovery rule, also the ends of its own recoveries."""
        for run in runs:
            self._world.machine.settle_awake(self._world.wire.sleepers)
            recovery = self._world.tell_the_rule(run)
            if recovery is not None and len(runs) <= MOST_EXECUTIONS:
                tell(f"recovery: {recovery!r}")
                runs.append(recovery)
