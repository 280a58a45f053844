"""Many cases, in processes side by side: each has a world of its own."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.util import Finalize

from tests.faults.calls import Call
from tests.faults.cases import Case
from tests.faults.explore import Explorer, Result
from tests.faults.scenarios import ALL, Scenario
from tests.faults.world import world

Maker = Callable[[Scenario, Iterable[Call]], Iterator[Case]]
AT_A_TIME = 20
_stack = ExitStack()
_explorer: list[Explorer] = []


def all_cases(makers: Sequence[Maker], only: str = "") -> list[str]:
    """The IDs of all cases that are made: what each scenario calls is recorded, and meets faults.
    Those alone that have `only` in them; where that ends a scenario's name with `/`, no other
    scenario is recorded.
    """
    name, slash, _ = only.partition("/")
    asked = [each for each in ALL if not slash or each.name.endswith(name)]
    with world() as found:
        explorer = Explorer(found)
        called = [(scenario, explorer.calls(scenario)) for scenario in asked]
    cases = (str(case) for make in makers for each in called for case in make(*each))
    return [case for case in cases if only in case]


def explore(
    cases: Sequence[str], *, jobs: int, seconds: float, tell: Callable[[str], None]
) -> list[Result]:
    """Runs the cases, none begun after so many seconds; answers how each went, in their order."""
    over, found = time.monotonic() + seconds, dict[str, Result]()
    spawn = get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_begin) as pool:
        parts = (cases[at : at + AT_A_TIME] for at in range(0, len(cases), AT_A_TIME))
        for work in as_completed([pool.submit(_run, part, over) for part in parts]):
            for result in work.result():
                found[result.case] = result
                if result.problems:
                    tell(f"{result.case}: {'; '.join(result.problems)}")
            tell(f"{len(found):,} of {len(cases):,} cases")
    return [found[case] for case in cases if case in found]


def _run(cases: Sequence[str], over: float) -> list[Result]:
    explorer = _explorer[0]
    return [explorer.run(Case.read(case)) for case in cases if time.monotonic() < over]


def _begin() -> None:
    """A worker's world, as long as the worker lives, and gone with it: a process of a pool ends
    without the exit handlers that others have.
    """
    Finalize(_stack, _stack.close, exitpriority=10)
    _explorer.append(Explorer(_stack.enter_context(world())))
