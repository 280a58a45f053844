"""The sweep: what no event told of. Every few minutes it looks at each service, has done what the
listeners of executions' ends would have done, tells of aliases that a hand has moved and of dead
letters that came of a release that went back, and keeps callable what a rollback would go back to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from handlers.adapters.aws import in_our_words
from handlers.adapters.clock import iso, now, seconds
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.log import logger
from handlers.adapters.signs import sign
from handlers.adapters.tools import Tools
from handlers.domain.consumers.dead_letters import arrivals
from handlers.domain.registration.drift import Served, drifts
from handlers.domain.registration.registration import Registration, read_registration
from handlers.errors import PlanRejected
from handlers.listeners.ping import ping
from handlers.listeners.recover import recover_unheard
from handlers.listeners.start_next import start_next

tools = Tools()
EVERY_SECONDS = 300
"""From one sweep to the next."""
_SETTLED_SECONDS = 120
_COUNT_SECONDS = 10
_KEPT_BACK_MS = 30_000
"""Of the Lambda's time, for the service that is being looked at."""


@dataclass(slots=True)
class Swept:
    """What one sweep came to, by services; `left` are those whose aliases there was no time for."""

    services: int = 0
    recovered: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    unattended: list[str] = field(default_factory=list)
    not_whole: list[str] = field(default_factory=list)
    dead_letters: list[str] = field(default_factory=list)
    asleep: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """The Lambda behind the schedule."""
    swept = asdict(sweep(lambda: context.get_remaining_time_in_millis() > _KEPT_BACK_MS))
    logger.info("sweep", extra={"swept": swept})
    return swept


def sweep(in_time: Callable[[], bool] = lambda: True) -> Swept:
    """Looks at every registered service: claims and queues first, which are few reads of the
    ledger, then aliases as far as the time goes, each sweep beginning at another service.

    Safe to repeat, and beside the listeners: what it starts has the names that they give. A service
    that fails is told, and does not keep the others from their turn.
    """
    with in_our_words():
        registered = sorted(tools.registrations.all())
    swept = Swept(services=len(registered))
    for service, _ in registered:
        _apart(swept, service, _attend)
    for service, text in _rotated(registered):
        if in_time():
            _apart(swept, service, _count_dead_letters)
            _apart(swept, service, partial(_see_whole, text=text))
            _apart(swept, service, _keep_callable)
        else:
            swept.left.append(service)
    return swept


def _apart(swept: Swept, service: str, look: Callable[[Swept, str], None]) -> None:
    try:
        with in_our_words():
            look(swept, service)
    except Exception as error:  # noqa: BLE001 - it is told, and the next service has its turn
        about = {"service": service, "error": type(error).__name__}
        logger.error("%s could not be swept: %s", service, error, extra=about)
        swept.failed.append(service)


def _rotated(registered: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    first = int(now() // EVERY_SECONDS) % max(len(registered), 1)
    return [*registered[first:], *registered[:first]]


def _attend(swept: Swept, service: str) -> None:
    """Has recovered what an execution left open whose end nobody heard of, and has started what
    waits for a service that is free.
    """
    claim = tools.claims.of(service)
    if claim is not None and not claim.closed and tools.executions.over(claim.execution):
        if started := recover_unheard(claim.execution):
            logger.warning("%s is recovered by %s", claim.deployment, started)
            swept.recovered.append(service)
        elif tools.claims.of(service) == claim:
            _tell_unattended(swept, claim)
    if started := start_next(service):
        logger.info("the next deployment of %s is %s", service, started)
        swept.started.append(service)


def _tell_unattended(swept: Swept, claim: Claim) -> None:
    """The recovery rule does nothing more for it: it waits for a person, or a recovery that was
    started has not taken it over yet.
    """
    do = f"see with `greenshift status {claim.service}` what it waits for"
    about = {"service": claim.service, "deployment": claim.deployment}
    logger.warning("%s is open, and its execution is over: %s", claim.deployment, do, extra=about)
    sign("Unattended", claim.service, 1)
    swept.unattended.append(claim.service)


def _see_whole(swept: Swept, service: str, *, text: str) -> None:
    """Tells of aliases that are not on the release of record while nobody deploys. They are left as
    they are: a hand that moved one may have had its reason, and `repair` puts it right when asked.
    """
    claim = tools.claims.of(service)
    if claim is not None and not claim.closed:
        return
    registration, findings = read_registration(text, service)
    if registration is None:
        raise PlanRejected(findings)
    live = tools.journal.live(service) or {}
    found = drifts(registration.alias, live.get("versions", {}), _served(registration))
    if not found or tools.claims.of(service) != claim:
        return
    for drift in found:
        finding = drift.finding(service, registration.alias)
        logger.warning("%s", finding, extra={"service": service, "finding": finding.to_json()})
    sign("NotWhole", service, len(found))
    swept.not_whole.append(service)


def _count_dead_letters(swept: Swept, service: str) -> None:
    """Writes once what came into dead-letter queues while a deployment served that went back, and
    tells of it: RollBack waits for no queue, and SQS counts a minute late.
    """
    undone = tools.dead_letters.undone(service)
    if undone is None or now() < seconds(undone.ended_at) + _SETTLED_SECONDS:
        return
    counts = tools.dead_letters.of_deployment(undone.deployment)
    if counts is None or counts.after is not None:
        return
    arns = [each.queue for each in counts.queues]
    after = tools.queues.counts(arns, within_seconds=_COUNT_SECONDS)
    tools.dead_letters.note_after(counts, after, iso(now()))
    found = counts.counted(after)
    arrived = sum(each.arrived or 0 for each in found)
    if arrived:
        about = {"service": service, "deployment": counts.deployment}
        logger.warning("%s", "; ".join(arrivals(service, found)), extra=about)
        sign("DeadLetters", service, arrived)
        swept.dead_letters.append(service)


def _keep_callable(swept: Swept, service: str) -> None:
    """Also while a deployment runs: its blue is live, and what was blue before may be wanted when
    it has gone back.
    """
    if asleep := ping(tools, service, now(), EVERY_SECONDS):
        about = {"service": service, "functions": asleep}
        logger.info("blue of %s was idle and is restored", ", ".join(asleep), extra=about)
        swept.asleep.append(service)


def _served(registration: Registration) -> dict[str, Served]:
    found = {}
    for key, each in registration.functions.items():
        alias = tools.swept_aliases.read(each.name, registration.alias)
        version, weights = (alias.version, alias.weights) if alias else (None, {})
        found[key] = Served(each.name, version, weights)
    return found
