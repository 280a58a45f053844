"""Whether a service's functions are fit for a deployment: all findings at once, before anything is
begun.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from handlers.domain.consumers.source import EventSource
from handlers.domain.findings import Finding
from handlers.domain.registration.drift import Served
from handlers.domain.registration.registration import Registration

TAG = "greenshift:service"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFacts:
    """What AWS says of one function; `blue` is the alias's version, None when there is no alias.

    `same_role` and `same_dead_letters` compare `$LATEST`, of which green will be made, with blue,
    and `same_machine` the architecture. `bare_triggers` name what calls the bare function,
    `ordered_sources` the FIFO queues and streams on the alias; `sources` are all event sources of
    the function, whatever they call, and `dead_letters` is where green's lost events go.
    `memory_mb` is blue's, and `by_alias` are the peers that blue does not call by their version
    yet. `log_group` is where it logs, `logs_reports` whether that has a report of every request,
    `logs_starts` whether it surely has a line of its beginning as well.
    """

    name: str
    exists: bool
    arn: str = ""
    service_tag: str | None = None
    blue: str | None = None
    weights: Mapping[str, float] | None = None
    same_role: bool = True
    same_dead_letters: bool = True
    same_machine: bool = True
    bare_triggers: Sequence[str] = ()
    ordered_sources: Sequence[str] = ()
    alias_has_provisioned_concurrency: bool = False
    timeout_seconds: int = 3
    memory_mb: int | None = None
    log_group: str = ""
    logs_reports: bool = True
    logs_starts: bool = True
    owner: str | None = None
    by_alias: Sequence[str] = ()
    sources: Sequence[EventSource] = ()
    dead_letters: str | None = None

    @property
    def served(self) -> Served:
        """What its alias serves."""
        return Served(self.name, self.blue, self.weights or {})


def judge_functions(
    registration: Registration, facts: Mapping[str, FunctionFacts]
) -> list[Finding]:
    """Everything that forbids a deployment of these functions, besides what their aliases serve."""
    return [
        finding
        for key, each in sorted(facts.items())
        for finding in _judge(registration, f"functions.{key} ({each.name})", each)
    ]


def may_be_weighted(facts: FunctionFacts) -> bool:
    """Whether Lambda may share this function's traffic out between blue and green."""
    return not facts.ordered_sources and not why_all_at_once(facts)


def why_all_at_once(facts: FunctionFacts) -> str | None:
    """Why the whole service must move at once on account of this function, or None.

    An alias holds two versions only of one execution role and one dead-letter target.
    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    if not facts.same_role:
        return f"{facts.name} gets another execution role, and an alias cannot hold two"
    if not facts.same_dead_letters:
        return f"{facts.name} gets another dead-letter target, and an alias cannot hold two"
    if not facts.same_machine:
        return f"{facts.name} moves to another architecture, which is not compared with the old one"
    return None


def _judge(registration: Registration, where: str, facts: FunctionFacts) -> Iterator[Finding]:
    service, alias = registration.service, registration.alias
    if not facts.exists:
        yield Finding(
            "FunctionMissing",
            where,
            "the function does not exist",
            "deploy the service's stack, which makes it",
        )
        return
    if facts.service_tag != service:
        has = f"the tag {TAG}={facts.service_tag}" if facts.service_tag else f"no tag {TAG}"
        yield Finding(
            "FunctionNotTagged",
            where,
            f"it has {has}",
            f"deploy the stack that registers it, or tag it {TAG}={service}",
        )
    if facts.owner not in (None, service):
        yield Finding(
            "FunctionOwned",
            where,
            f"it belongs to the service {facts.owner}",
            "register it with one service only",
        )
    for trigger in facts.bare_triggers:
        yield Finding(
            "TriggerOnBareFunction",
            where,
            f"{trigger} calls the bare function, and would follow an upload at once",
            f"point it at the alias {alias}",
        )
    if facts.alias_has_provisioned_concurrency:
        yield Finding(
            "ProvisionedConcurrencyOnAlias",
            where,
            f"{alias} has provisioned concurrency, and then takes no weights",
            "put it on the version that live serves: green gets as much",
        )
