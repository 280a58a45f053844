"""The alias `preview` of each function that a preview reaches: moved to what is to be released."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from handlers.adapters.functions.flips import Flipped, Order
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.tools import Tools
from handlers.domain.preview.preview import Preview
from handlers.domain.record import Record
from handlers.domain.shift.traffic import Target as Traffic
from handlers.domain.shift.traffic import description
from handlers.errors import ClaimLost, DeploymentClosed
from handlers.verifying.runner import Target

_TAKES_EFFECT = 5.0
"""Seconds until a moved alias is moved everywhere, where nothing shows it."""
_LONGEST = 20.0
_LOOK = 0.5


class PreviewAlias:
    """Moves it under the claim, as a flip is moved; `astray` says by function why it could not be.
    It has no traffic to lose, so that nothing it serves is foreign, and it stays where it is when
    the deployment ends.
    """

    def __init__(
        self,
        tools: Tools,
        claim: Claim,
        record: Record,
        preview: Preview,
        targets: Mapping[str, Target],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._tools, self._claim, self._record = tools, claim, record
        self._name, self._sleep = preview.alias, sleep
        self._targets = {key: targets[key] for key in preview.functions if key in targets}
        self._moved: dict[str, Flipped] = {}
        self.astray: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        """By function, what its version said where it failed when it was seen to arrive."""

    def point(self) -> None:
        """To the version that the release has of each function. Raises ClaimLost or
        DeploymentClosed, and nothing else: nobody waits for a preview.
        """
        made, errors = self._tools.flips.try_all(self._claim, self._orders())
        for error in errors.values():
            if isinstance(error, ClaimLost | DeploymentClosed):
                raise error
        self._moved = {flip.function.key: flip for flip in made}
        for key, target in self._targets.items():
            if why := errors.get(target.function):
                self.astray[key] = f"{self._alias(key)} could not be moved: {why}"

    def arrive(self, key: str, event: Mapping[str, Any] | None, check: str) -> float | None:
        """Waits until the alias is seen to call its version, by the event of a check that may be
        made again and again; without one, as long as a move takes. Answers the version's init
        in milliseconds, None where it was warm or not seen.
        """
        if event is None:
            if not self._moved[key].found:
                self._sleep(_TAKES_EFFECT)
            return None
        target, began = self._targets[key], time.monotonic()
        while True:
            answered = self._tools.probes.call(target.function, self._name, event, check=check)
            if answered.version == target.version:
                if answered.error is not None:
                    self.failed[key] = answered.error
                return answered.init_ms
            if time.monotonic() - began > _LONGEST:
                break
            self._sleep(_LOOK)
        self.astray[key] = (
            f"{self._alias(key)} still calls version {answered.version} {_LONGEST:.0f} s after it "
            f"was pointed at {target.version}"
        )
        return None

    def moved_since(self, key: str) -> str | None:
        """What somebody else did to it since it was pointed, None when nothing."""
        if key not in self._moved:
            return None
        alias = self._tools.aliases.read(self._targets[key].function, self._name)
        if alias is not None and alias.revision == self._moved[key].revision:
            return None
        found = f"moved to version {alias.version} by somebody else" if alias else "deleted"
        return f"{self._alias(key)} was {found} meanwhile, so that it is not known who answered"

    def _orders(self) -> list[Order]:
        record, claim = self._record, self._claim
        return [
            Order(
                function=each,
                alias=self._name,
                target=Traffic(self._targets[each.key].version, {}),
                ours=None,
                description=description(record.service, claim.token, record.deployment, "preview"),
            )
            for each in record.managed()
            if each.key in self._targets
        ]

    def _alias(self, key: str) -> str:
        return f"{self._targets[key].function}:{self._name}"
