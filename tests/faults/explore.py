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

MOST_SWEEPS = 8
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
        world.clock.begin()
        world.wire.begin(*faults)
        world.undelivered.clear()
        world.queues = scenario.queues and not scenario.unheard
        world.meanwhile.begin(scenario.meanwhile, unheard=scenario.unheard)
        self._watch.begin()
        runs = self._follow(world.machine.run(dict(scenario.request)), scenario)
        for run in runs:
            tell(f"{run!r}")
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

    def _follow(self, first: Run, scenario: Scenario) -> list[Run]:
        """The deployment, what came while it ran, and all that follows from their ends: also the ends
        of recoveries are told to the recovery rule.
        """
        world = self._world
        if not scenario.unheard:
            followed = world.follow(first)
            return [first, *world.meanwhile.runs, *followed[1:]]
        runs = [first, *world.meanwhile.runs]
        for _ in range(MOST_SWEEPS):
            world.machine.settle_awake(world.wire.sleepers)
            ends, came_through = world.sweep()
            runs += ends
            if came_through and not ends:
                break
        return runs
