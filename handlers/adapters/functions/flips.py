"""A flip: one alias moved to its target by compare-and-set, under the claim's token.

Read the alias, read the claim (strongly consistent), then UpdateAlias with the revision that was
read. A flip that was made already is found on the alias and not made again. Where the deployment's
own last flip is known, its revision stands for the first reading: the way back is then one call.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from handlers.adapters.functions.aliases import Alias, Aliases
from handlers.adapters.ledger.claims import Claim, Claims
from handlers.domain.registration.drift import how_to_make
from handlers.domain.shift.traffic import Managed, Target
from handlers.errors import AliasMoved, TransientConflict

_AT_ONCE = 8
"""Flips under way at a time, of which each waits for its turn."""

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Order:
    """One alias to move: its function, the target, and what it may serve without being foreign:
    `before` or the target, where that is given; else the versions `ours`, None when any may. What
    is foreign is left alone, or it goes where the order `overwrites` it. `revision` is what the
    deployment's own last flip left, None where that is not known.
    """

    function: Managed
    alias: str
    target: Target
    ours: frozenset[str] | None
    description: str
    before: Target | None = None
    revision: str | None = None
    overwrites: bool = False


@dataclass(frozen=True, slots=True)
class Flipped:
    """A flip that was made, or `found` made already; `at` is the epoch second of its answer, and
    `revision` what it left on the alias. `foreign` is what a hand had put there, in words.
    """

    function: Managed
    target: Target
    at: float
    found: bool
    revision: str
    foreign: str = ""


class Flips:
    """Moves aliases for one claim."""

    def __init__(
        self, aliases: Aliases, claims: Claims, clock: Callable[[], float] = time.time
    ) -> None:
        self._aliases, self._claims, self._clock = aliases, claims, clock

    def flip(self, claim: Claim, order: Order) -> Flipped:
        """Moves one alias. Raises AliasMoved, ClaimLost, DeploymentClosed, or TransientConflict."""
        if order.revision and (made := self._move(claim, order, order.revision)):
            return made
        for _ in range(_TRIES):
            alias = self._read(order)
            if serves(alias, order.target) and alias.description == order.description:
                return self._flipped(order, alias, found=True)
            foreign = _is_foreign(alias, order)
            if foreign and not order.overwrites:
                raise AliasMoved(_not_ours(alias, order))
            if made := self._move(claim, order, alias.revision):
                return replace(made, foreign=alias.served if foreign else "")
        raise TransientConflict(
            f"{order.function.name}:{order.alias} was written by others {_TRIES} times in a row"
        )

    def flip_all(self, claim: Claim, orders: Sequence[Order]) -> list[Flipped]:
        """Moves the aliases side by side and waits for all of them, then raises the first error if
        there was one.
        """
        done, errors = self.try_all(claim, orders)
        for error in errors.values():
            raise error
        return done

    def try_all(
        self, claim: Claim, orders: Sequence[Order]
    ) -> tuple[list[Flipped], dict[str, Exception]]:
        """Moves the aliases side by side; answers the flips that were made, and the errors by
        Lambda's function name.
        """
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            flips = [(order, pool.submit(self.flip, claim, order)) for order in orders]
        done: list[Flipped] = []
        errors: dict[str, Exception] = {}
        for order, flip in flips:
            error = flip.exception()
            if error is None:
                done.append(flip.result())
            elif isinstance(error, Exception):
                errors[order.function.name] = error
            else:
                raise error
        return done, errors

    def _move(self, claim: Claim, order: Order, revision: str) -> Flipped | None:
        self._claims.check(claim)
        moved = self._aliases.move(
            order.function.name, order.alias, revision, order.target, order.description
        )
        return None if moved is None else self._flipped(order, moved, found=False)

    def _flipped(self, order: Order, alias: Alias, *, found: bool) -> Flipped:
        return Flipped(order.function, order.target, self._clock(), found, alias.revision)

    def _read(self, order: Order) -> Alias:
        alias = self._aliases.read(order.function.name, order.alias)
        if alias is None:
            name = order.function.name
            make = how_to_make(name, order.alias, order.function.blue)
            raise AliasMoved(f"the alias {order.alias} of {name} is gone: {make}", gone=True)
        return alias


def _is_foreign(alias: Alias, order: Order) -> bool:
    if order.before is not None:
        return not serves(alias, order.before) and not serves(alias, order.target)
    return order.ours is not None and bool(alias.versions - order.ours)


def _not_ours(alias: Alias, order: Order) -> str:
    # An update that gives no description leaves that of Greenshift's own last flip.
    told = alias.description and not alias.description.startswith("greenshift ")
    described = f" (its description: {alias.description!r})" if told else ""
    return (
        f"{alias.function}:{alias.name} serves {alias.served}, which this deployment did not "
        f"leave there; it was moved by someone else{described}"
    )


def serves(alias: Alias, target: Target) -> bool:
    """Whether the alias serves exactly the target: version and weights."""
    return alias.version == target.version and dict(alias.weights) == dict(target.weights)
