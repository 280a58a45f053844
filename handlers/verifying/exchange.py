"""Messages between versions: while traffic shifts, and after a rollback, each reads what the other
one has sent.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from handlers.adapters.functions.probes import Probes
from handlers.domain.probe.results import Result
from handlers.verifying.blue import Blue
from handlers.verifying.runner import Runner, Target
from handlers.verifying.suite import Suite


@dataclass(frozen=True, slots=True)
class Exchanged:
    """How green's samples went on blue, and blue's on green."""

    on_blue: list[Result]
    on_green: list[Result]

    @property
    def all(self) -> list[Result]:
        """Both, as one list."""
        return [*self.on_blue, *self.on_green]


def exchange(
    probes: Probes,
    green: Suite,
    blue: Blue,
    targets: Mapping[str, Target],
    changed: Collection[str],
) -> Exchanged:
    """Puts the samples of each release through the functions of the other, where they differ.
    Nothing is exchanged with the seed, which was never released, and nothing in a service that
    moves together because its versions do not understand each other.
    """
    if not changed or blue.seed or blue.moves_together:
        return Exchanged([], [])
    of_green, of_blue = _samples(green, changed), blue.suite
    on_blue = Runner(probes, of_green, blue.targets).run() if of_green.checks else []
    if of_blue is None:
        return Exchanged(on_blue, [])
    return Exchanged(on_blue, Runner(probes, _samples(of_blue, changed), targets).run())


def _samples(suite: Suite, functions: Collection[str]) -> Suite:
    checks = (check for check in suite.checks if check.sample and check.function in functions)
    return replace(suite, checks=tuple(checks))
