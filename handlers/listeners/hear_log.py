"""Hears the logs of managed functions: counts what green's say while a deployment runs, and learns
which errors the live versions have.

Called with every batch of lines, so what it asks the ledger for is remembered for some seconds.
"""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.aws import in_our_words
from handlers.adapters.clock import now
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.logs.counting import Counted, count
from handlers.domain.logs.delivery import Delivery, read_delivery
from handlers.domain.logs.fingerprint import Fingerprint
from handlers.domain.logs.whose import Whose, whose
from handlers.domain.shift.first_shift import first_shift
from handlers.domain.verdict.burst import LONGEST_SECONDS, burst
from handlers.domain.verdict.new_errors import NEW_AFTER
from handlers.domain.verdict.pushed import ERROR_BURST, NEW_ERROR

tools = Tools()
REMEMBERED_SECONDS = 10.0
"""Shorter than from a claim to its first shift; what is late by then is Bake's to leave out."""
_AN_HOUR = 3600.0
_whose: dict[str, tuple[float, Whose | None]] = {}
_noted: dict[tuple[str, str, str], float] = {}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """The Lambda behind the subscription filters."""
    delivery = read_delivery(event)
    if delivery is None:
        return {"heard": 0}
    *prefix, _ = context.invoked_function_arn.split(":")[:7]
    with in_our_words():
        signals = hear_log(delivery, ":".join([*prefix, delivery.function]))
    if signals:
        logger.info("signals", extra={"function": delivery.function, "signals": signals})
    return {"heard": len(delivery.lines), "signals": signals}


def hear_log(delivery: Delivery, arn: str) -> list[str]:
    """Counts or learns what was delivered; answers the signals that it wrote.

    What speaks of failures is counted once however often it is delivered; a batch that went well
    may be counted twice, which speaks for green. One that is counted in part when this fails is not
    counted again.
    """
    at = now()
    known = _whose_is(arn, at)
    if known is None:
        return []
    if _is_due("", known.service, known.key, at):
        tools.heard.listen(known.service, known.key, at)
    counted = count(delivery.lines)
    if delivery.version == known.live:
        _learn(known, counted, at)
    elif known.deployment is not None and delivery.version.isdigit():
        return _count(known, known.deployment, delivery, counted, at)
    return []


def _whose_is(arn: str, at: float) -> Whose | None:
    until, known = _whose.get(arn, (0.0, None))
    if until > at:
        return known
    service = tools.journal.owner(arn)
    if service is not None:
        claim = tools.claims.of(service)
        runs = claim is not None and not claim.closed
        record = tools.journal.deployment(claim.deployment) if claim and runs else None
        known = whose(arn, service, record, tools.journal.live(service))
    else:
        known = None
    _whose[arn] = (at + REMEMBERED_SECONDS, known)
    return known


def _learn(known: Whose, counted: Counted, at: float) -> None:
    for error in sorted({each for _, each in counted.errors}):
        if _is_due(error.bucket, known.service, known.key, at):
            tools.heard.learn(known.service, known.key, error, at)


def _is_due(what: str, service: str, key: str, at: float) -> bool:
    """Whether this environment has not written it within the hour."""
    if _noted.get((service, key, what), 0.0) > at - _AN_HOUR:
        return False
    _noted[service, key, what] = at
    return True


def _count(
    known: Whose, deployment: str, delivery: Delivery, counted: Counted, at: float
) -> list[str]:
    bad = counted.speaks_of_failures
    if bad and not tools.heard.is_new(deployment, delivery.name, at):
        return []
    for window in counted.windows:
        tools.heard.add_window(deployment, known.key, delivery.version, window)
    if not bad:
        return []
    shifted_at = first_shift(tools.journal.flips(deployment))
    errors = [error for when, error in counted.errors if when >= shifted_at]
    signals = [_count_error(known, deployment, delivery.version, each, at) for each in errors]
    signals.append(_look_for_burst(known, deployment, delivery.version, shifted_at, at))
    return [each for each in signals if each]


def _count_error(
    known: Whose, deployment: str, version: str, error: Fingerprint, at: float
) -> str | None:
    found = tools.heard.add_error(deployment, known.key, version, error, at)
    if found % NEW_AFTER:
        return None
    facts = {"kind": error.kind, "frame": error.frame, "count": found}
    return _signal(NEW_ERROR, known, deployment, version, at, facts)


def _look_for_burst(
    known: Whose, deployment: str, version: str, shifted_at: float, at: float
) -> str | None:
    """Failures that green answered count here in any case: Bake knows whether blue's would."""
    windows = tools.heard.windows(
        deployment, {known.key: version}, first=at - 2 * LONGEST_SECONDS, last=at
    )
    found = burst(windows[known.key], since=shifted_at, answered=True)
    if found is None:
        return None
    facts = {"finished": found.finished, "failed": found.failed, "from": found.start}
    return _signal(ERROR_BURST, known, deployment, version, at, facts)


def _signal(
    name: str,
    known: Whose,
    deployment: str,
    version: str,
    at: float,
    facts: Mapping[str, Any],
) -> str | None:
    about = {"function": known.key, "version": version, "since": at}
    return name if tools.heard.note(deployment, name, {**about, **facts}) else None
