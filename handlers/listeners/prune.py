"""Prunes the versions that nobody can call any more: of every service once a day, of one when a
person asks, with `{"service": "orders", "dryRun": true}`.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from handlers.adapters.aws import in_our_words
from handlers.adapters.clock import now
from handlers.adapters.log import logger
from handlers.adapters.signs import pruned as sign
from handlers.adapters.tools import Tools
from handlers.domain.pruning.outcome import LONGEST_ASKED, Pruned
from handlers.domain.registration.registration import read_registration
from handlers.errors import GreenshiftError, PlanRejected
from handlers.pruning.gather import Apis
from handlers.pruning.prune import prune

tools = Tools()
_KEPT_BACK = 30
"""Seconds of the Lambda's time, for the call that is under way."""
_DAY = 24 * 3600


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """The Lambda behind the schedule and behind `greenshift prune`."""

    def left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000 - _KEPT_BACK

    if "service" not in event:
        return prune_all(lambda: left() > 0)
    end = now() + min(LONGEST_ASKED, left())
    dry_run = event.get("dryRun") is not False
    return prune_one(str(event["service"]), dry_run=dry_run, in_time=lambda: now() < end)


def prune_one(
    service: str, *, dry_run: bool, in_time: Callable[[], bool] = lambda: True
) -> dict[str, Any]:
    """The prune of one service, told version by version; `refused` says why there was none."""
    try:
        with in_our_words():
            found = tools.registrations.read(service)
            if found is None:
                why = f"the service {service} is not registered: deploy its stack"
                return Pruned(service=service, dry_run=dry_run, refused=why).to_json()
            return _prune(service, found.text, _apis(), dry_run=dry_run, in_time=in_time).to_json()
    except GreenshiftError as error:
        return Pruned(service=service, dry_run=dry_run, refused=str(error)).to_json()


def prune_all(in_time: Callable[[], bool] = lambda: True) -> dict[str, Any]:
    """Prunes every registered service, each day beginning at another. One that fails is told, and
    does not keep the others from their turn; `left` are those for which there was no time.
    """
    with in_our_words():
        registered = sorted(tools.registrations.all())
    first = int(now() // _DAY) % max(len(registered), 1)
    apis = _apis()
    totals: dict[str, Any] = {"services": len(registered), "deleted": 0, "freedBytes": 0}
    totals |= {"failed": [], "left": []}
    for service, text in [*registered[first:], *registered[:first]]:
        if not in_time():
            totals["left"].append(service)
            continue
        try:
            with in_our_words():
                found = _prune(service, text, apis, dry_run=False, in_time=in_time)
        except Exception as error:  # noqa: BLE001 - it is told, and the next service has its turn
            about = {"service": service, "error": type(error).__name__}
            logger.error("%s could not be pruned: %s", service, error, extra=about)
            sign(service, deleted=0, freed=0, failed=1)
            totals["failed"].append(service)
            continue
        totals["deleted"] += found.count("deleted")
        totals["freedBytes"] += found.size("deleted")
        if found.count("failed"):
            totals["failed"].append(service)
    logger.info("prune", extra={"pruned": totals})
    return totals


def _prune(
    service: str, text: str, apis: Apis, *, dry_run: bool, in_time: Callable[[], bool]
) -> Pruned:
    registration, findings = read_registration(text, service)
    if registration is None:
        raise PlanRejected(findings)
    found = prune(tools, registration, apis=apis, dry_run=dry_run, in_time=in_time)
    if dry_run:
        return found
    for each in found.versions:
        about = {"service": service, "function": each.name, "version": each.version}
        if each.state == "deleted":
            logger.info("%s:%s was deleted", each.name, each.version, extra=about)
        elif each.state == "failed":
            where = f"{each.name}:{each.version}"
            logger.error("%s could not be pruned: %s", where, each.why, extra=about)
    deleted, failed = found.count("deleted"), found.count("failed")
    if deleted or failed:
        sign(service, deleted=deleted, freed=found.size("deleted"), failed=failed)
    return found


def _apis() -> Apis:
    """Read once a prune, when the first version wants it."""
    return cache(tools.apis.named)
