"""A service whose deployments come while another runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from engine import Engine, Run
from service import Service

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.tools import Tools
from handlers.domain.answer import answer
from handlers.domain.queue.entry import Entry


class Meanwhile:
    """Asks for something once, as a phase of the next deployment begins; `runs` are the ends."""

    def __init__(
        self, machine: Engine, phase: str, asked: Sequence[object | Callable[[], object]]
    ) -> None:
        self.runs: list[Run] = []
        self._machine, self._phase, self._asked = machine, phase, list(asked)
        machine.before = self

    def __call__(self, phase: str, document: Mapping[str, Any]) -> None:
        if phase == self._phase and self._asked:
            asked, self._asked = self._asked, []
            for each in asked:
                request = each() if callable(each) else each
                self.runs.append(self._machine.run(request))


class Holder:
    """Somebody else who holds the service from `take` to the end of the block."""

    def __init__(self, service: Service, action: str = "contract") -> None:
        self.deployment = f"{service.name}-holder"
        self._service, self._action, self._tools = service.name, action, Tools()
        self._claim: Claim | None = None

    def __enter__(self) -> Self:
        return self

    def take(self) -> None:
        execution = f"arn:aws:states:us-east-1:123456789012:execution:greenshift-{self._service}:h"
        wanted = Claim(self._service, self.deployment, execution, 0, iso(now()), closed=False)
        record = {"deployment": self.deployment, "service": self._service, "action": self._action}
        record["release"] = "9.9.9"
        over = self._tools.claims.of(self._service)
        self._claim = self._tools.claims.take(wanted, record, over=over)

    def __exit__(self, *_: object) -> None:
        assert self._claim is not None
        found = answer(
            deployment=self.deployment,
            service=self._service,
            release="",
            digest="",
            outcome="Released",
            reason="it is over",
            blue={},
            green={},
            started_at=self._claim.since,
            ended_at=iso(now()),
        )
        self._tools.journal.close(self._claim, "Released", found)


def line(service: Service) -> list[Entry]:
    return Tools().queue.of(service.name)


def releases(service: Service) -> list[str]:
    """Who waits, in order."""
    return [each.release for each in line(service)]


def live(service: Service) -> str:
    found = Tools().journal.live(service.name)
    return str(found["release"]) if found else ""


def release(service: Service, machine: Engine, number: str, **details: Any) -> Run:
    service.upload(number, **details)
    run = machine.run({"release": number})
    assert run.end == "Released", run
    return run


def queued_behind(
    service: Service, machine: Engine, *numbers: str, first: str = "1.0.0", phase: str = "bake"
) -> tuple[Run, list[Run]]:
    """A deployment of `first`, and those of the others, whose bundles are dropped while it runs."""
    service.upload(first)
    meanwhile = Meanwhile(
        machine, phase, [lambda number=number: service.upload(number) for number in numbers]
    )
    return machine.run({"release": first}), meanwhile.runs
