"""Whether a service that nobody deploys is whole: what its aliases serve, held against the release
of record.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.domain.findings import Finding
from handlers.domain.registration.drift import Served, drifts
from handlers.domain.registration.registration import Registration
from handlers.errors import TransientConflict

if TYPE_CHECKING:
    from handlers.adapters.ledger.claims import Claim
    from handlers.adapters.tools import Tools

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Wholeness:
    """Judges one service by what was read of it: its release of record, and the claim that nobody
    held then.
    """

    tools: "Tools"
    registration: Registration
    live: Mapping[str, Any] | None
    current: "Claim | None"

    def findings(self, served: Mapping[str, Served] | None = None) -> list[Finding]:
        """A finding for each alias that is not whole; `served` is read when it is not given.

        Raises TransientConflict when a deployment has begun meanwhile: it may have been that one.
        """
        service, alias = self.registration.service, self.registration.alias
        versions = (self.live or {}).get("versions", {})
        found = drifts(alias, versions, self._served() if served is None else served)
        if found and self.tools.claims.of(service) != self.current:
            raise TransientConflict(f"{service} was deployed meanwhile")
        return [drift.finding(service, alias) for drift in found]

    def _served(self) -> dict[str, Served]:
        names = {key: each.name for key, each in self.registration.functions.items()}
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return dict(zip(names, pool.map(self._of, names.values()), strict=True))

    def _of(self, name: str) -> Served:
        alias = self.tools.aliases.read(name, self.registration.alias)
        return Served(name, alias.version, alias.weights) if alias else Served(name, None, {})
