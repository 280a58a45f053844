"""What is known of the service before its request is resolved, and what stands in its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.adapters.ledger.claims import Claim, when_free
from handlers.domain.attention import in_the_way, is_needed
from handlers.domain.findings import Finding
from handlers.domain.queue.line import why_not_waiting
from handlers.domain.registration.registration import Registration, read_registration
from handlers.domain.request.request import Request
from handlers.domain.schema.contracts import Contract
from handlers.errors import PlanRejected

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """`current` is who claimed the service last, `registered` its registration's version and hash,
    `live` the release of record.
    """

    name: str
    current: Claim | None
    registration: Registration
    registered: tuple[int, str]
    live: Mapping[str, Any] | None
    contracts: tuple[Contract, ...]

    @classmethod
    def read(cls, tools: "Tools", service: str) -> "ServiceState":
        """The state as it is now. The claim is read first of the ledger: who comes between makes
        the taking of it fail. Raises PlanRejected where no such service is registered, or not well.
        """
        registration, version, digest = _registration(tools, service)
        return cls(
            name=service,
            current=tools.claims.of(service),
            registration=registration,
            registered=(version, digest),
            live=tools.journal.live(service),
            contracts=tools.contracts.of(service),
        )

    def refuse_busy(self, request: Request) -> None:
        """Raises PlanRejected while a deployment holds the service, for what does not wait."""
        if self.current is not None and not self.current.closed:
            why = why_not_waiting(self.registration.concurrency, request)
            what = f"{self.current.deployment} holds it since {self.current.since}, and {why}"
            do = when_free(self.name)
            raise PlanRejected([Finding("ServiceBusy", self.name, what, do)])

    def refuse_unfinished(self, tools: "Tools") -> None:
        """Raises PlanRejected, whatever is asked, while a deployment that ended waits for a person:
        also its own release is not being deployed any more.
        """
        if self.current is None or self.current.closed:
            return
        record = tools.journal.deployment(self.current.deployment) or {}
        if is_needed(record):
            raise PlanRejected([Finding("ServiceBusy", self.name, *in_the_way(record))])


def _registration(tools: "Tools", service: str) -> tuple[Registration, int, str]:
    found = tools.registrations.read(service)
    if found is None:
        what = f"the service {service} is not registered in this account and region"
        raise PlanRejected(
            [Finding("UnknownService", service, what, "deploy its stack with BlueGreenService")]
        )
    registration, findings = read_registration(found.text, service)
    if registration is None:
        raise PlanRejected(findings)
    return registration, found.version, found.hash
