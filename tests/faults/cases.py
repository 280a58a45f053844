"""The cases: one or two faults in a scenario, each with an ID by which it can be run again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from tests.faults.calls import ANSWER, INVOCATION, SQL, Call
from tests.faults.faults import Fault
from tests.faults.kinds import KINDS, OF_AWS
from tests.faults.scenarios import BY_NAME, Scenario

PAIRED = ("shift_traffic", "roll_back")
PAIR_KINDS = ("before", "after", "dies", "stopped")
_OF_AN_INVOCATION = ("throttled-thrice", "throttled", "stopped", "asleep")
_OF_AN_ANSWER = ("after", "dies", "stopped", "asleep")
LISTENERS = ("recover", "start_next", "sweep")
_OF_A_LISTENER = frozenset(OF_AWS) - {"stopped", "asleep"}


@dataclass(frozen=True)
class Case:
    """What is run: `<scenario>/<call>=<kind>`, two faults joined by `+`."""

    scenario: Scenario
    faults: tuple[tuple[Call, str], ...]

    def __str__(self) -> str:
        return f"{self.scenario.name}/" + "+".join(f"{call}={kind}" for call, kind in self.faults)

    @property
    def kind(self) -> str:
        """The kind of its fault; of two, `pair`."""
        return self.faults[0][1] if len(self.faults) == 1 else "pair"

    def armed(self) -> list[Fault]:
        """Its faults, those that its scenario always has before them."""
        given = [read_fault(text) for text in self.scenario.given]
        return [Fault(call, kind) for call, kind in (*given, *self.faults)]

    @classmethod
    def read(cls, text: str) -> "Case":
        """The case with that ID. Raises ValueError for one that is none."""
        try:
            scenario, _, faults = text.partition("/")
            return cls(BY_NAME[scenario], tuple(read_fault(each) for each in faults.split("+")))
        except (KeyError, ValueError) as error:
            raise ValueError(
                f"{text!r} is no case: write <scenario>/<call>=<kind>, as `--list` shows them"
            ) from error


def read_fault(text: str) -> tuple[Call, str]:
    """A call and what happens to it."""
    call, _, kind = text.rpartition("=")
    if kind not in KINDS:
        raise ValueError(kind)
    return Call.read(call), kind


def singles(scenario: Scenario, calls: Iterable[Call]) -> Iterator[Case]:
    """Every kind of fault at every call of the phases that the scenario explores."""
    for call in calls:
        if call.phase in scenario.phases:
            for kind in kinds_of(call):
                if kind in scenario.kinds:
                    yield Case(scenario, ((call, kind),))


def kinds_of(call: Call) -> Sequence[str]:
    """What can happen to the call."""
    if call.operation == INVOCATION:
        return _OF_AN_INVOCATION
    if call.operation == ANSWER:
        return _OF_AN_ANSWER
    if call.operation == SQL:
        return [kind for kind in OF_AWS if kind != "twice"]
    return [kind for kind in KINDS if call.phase not in LISTENERS or kind in _OF_A_LISTENER]


def pairs(scenario: Scenario, calls: Iterable[Call]) -> Iterator[Case]:
    """Every two calls of ShiftTraffic and RollBack, with the pairs of kinds in turn: together they
    meet all of them. Those of scenarios that are about people are `release`'s.
    """
    if scenario.kinds != OF_AWS:
        return
    chosen = [
        call
        for call in calls
        if call.phase in PAIRED and call.operation not in (INVOCATION, ANSWER)
    ]
    kinds = list(product(PAIR_KINDS, PAIR_KINDS))
    for number, (first, second) in enumerate(combinations(chosen, 2)):
        one, other = kinds[number % len(kinds)]
        yield Case(scenario, ((first, one), (second, other)))
