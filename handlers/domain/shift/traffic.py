"""Where each alias must point at a step, and in which order the functions of a service move."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["entry", "consumer", "internal"]
FLIPS_A_STEP = 100
ROLLBACK_STEP = 999

_UP: Mapping[Kind, int] = {"consumer": 0, "internal": 1, "entry": 2}


@dataclass(frozen=True, slots=True)
class Managed:
    """One function of a deployment: its name in the registration, Lambda's name, kind, blue, and
    whether it may be weighted (a FIFO queue's or a stream's consumer may not, nor may versions of
    different roles).
    """

    key: str
    name: str
    kind: Kind
    blue: str
    weighted: bool


@dataclass(frozen=True, slots=True)
class Target:
    """What an alias shall serve: `version`, and `weights` (0 to 1) of another one."""

    version: str
    weights: Mapping[str, float]

    def __str__(self) -> str:
        shares = "".join(f", {share:.0%} on {other}" for other, share in self.weights.items())
        return f"version {self.version}{shares or ' alone'}"


def target(function: Managed, green: str, weight: int) -> Target:
    """The alias of `function` when green has `weight` per cent; one that may not be weighted moves
    at 100.
    """
    if weight >= 100:
        return Target(green, {})
    if weight <= 0 or not function.weighted:
        return Target(function.blue, {})
    return Target(function.blue, {green: weight / 100})


def way_up(functions: Iterable[Managed]) -> list[list[Managed]]:
    """Ranks to move one after the other towards green: consumers first, so that nothing is sent
    that nobody reads.
    """
    ranks: list[list[Managed]] = [[], [], []]
    for function in sorted(functions, key=lambda each: each.key):
        ranks[_UP[function.kind]].append(function)
    return [rank for rank in ranks if rank]


def way_back(functions: Iterable[Managed]) -> list[list[Managed]]:
    """Ranks to move one after the other back to blue: entries first, so that no new green message
    is made.
    """
    return way_up(functions)[::-1]


def description(service: str, token: int, deployment: str, step: int | str) -> str:
    """What a flip writes into the alias: who moved it last, and under which token."""
    return f"greenshift {service} t{token} {deployment} {step}"
