"""The whole document of an execution, as every phase gets it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from handlers.domain.codec import decode
from handlers.domain.messages import Bake, Checks, Deployment, Green, Hooks, Schema, Traffic

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """What is known when a phase begins; a section is None until its phase has answered.

    `request` is the execution's input as it came, of any shape. `failure` is what a Catch put
    there.
    """

    service: str
    execution: str
    started_at: str
    request: Any
    deployment: Deployment | None
    green: Green | None
    schema: Schema | None
    checks: Checks | None
    hooks: Hooks | None
    traffic: Traffic | None
    bake: Bake | None
    failure: Mapping[str, Any] | None

    @property
    def planned(self) -> Deployment:
        """The deployment, in a phase that runs only after Plan."""
        return _there(self.deployment, "deployment")

    @property
    def published(self) -> Green:
        """Green, in a phase that runs only after ProvisionGreen."""
        return _there(self.green, "green")

    @property
    def shifted(self) -> Traffic:
        """The traffic, in a phase that runs only after ShiftTraffic."""
        return _there(self.traffic, "traffic")


def read_document(event: Mapping[str, Any]) -> Document:
    """The document that Step Functions sent. Raises ValueError naming what is missing in it."""
    for key in ("service", "execution", "startedAt"):
        if not isinstance(event.get(key), str):
            raise ValueError(  # noqa: TRY004 - the document is wrong, not the code
                f"the document has no {key}: a phase is called by the state machine, not by hand"
            )
    bake = event.get("bake") or {}
    return Document(
        service=event["service"],
        execution=event["execution"],
        started_at=event["startedAt"],
        request=event.get("request"),
        deployment=_section(Deployment, event.get("deployment")),
        green=_section(Green, event.get("green")),
        schema=_section(Schema, event.get("schema")),
        checks=_section(Checks, event.get("checks")),
        hooks=_section(Hooks, event.get("hooks")),
        traffic=_section(Traffic, event.get("traffic")),
        bake=_section(Bake, bake if "verdict" in bake else None),
        failure=event.get("failure"),
    )


def _section(cls: type[T], value: object) -> T | None:
    return None if value is None else decode(cls, value)


def _there(section: T | None, name: str) -> T:
    if section is None:
        raise ValueError(f"the document has no {name} yet")
    return section
