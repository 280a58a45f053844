"""A service's status for scripts."""

from typing import TYPE_CHECKING, Any

from handlers.domain.codec import encode
from infra.cli import attention, dead_letters
from infra.cli.hints import command

if TYPE_CHECKING:
    from statemachine.status import ServiceStatus

_KEYS = (
    "deployment", "service", "release", "digest", "outcome", "reason", "blue", "green", "startedAt",
    "endedAt", "failedRequests",
)  # fmt: skip
"""Those of every answer, all null before a service's first deployment."""


def document(found: "ServiceStatus", *, local: bool) -> dict[str, Any]:
    """The status for scripts: the last deployment's answer, and what is true now. With `local` its
    commands have --local.
    """
    live = found.live
    return {
        **_newest(found),
        "refused": found.refused,
        "live": {key: live[key] for key in ("release", "digest", "versions", "since")}
        if live
        else None,
        "functions": encode(found.functions),
        "whole": found.whole,
        "attention": _needs_a_person(found, local=local),
        "claim": None
        if found.claim is None
        else {
            "deployment": found.claim.deployment,
            "execution": found.claim.execution,
            "since": found.claim.since,
        },
        "running": encode(found.running),
        "preview": encode(found.preview),
        "rollback": None
        if found.rollback_to is None
        else {"release": found.rollback_to, "until": found.rollback_until},
        "earlier": [
            {
                "release": each.release,
                "until": each.until,
                "wentPast": each.digest in found.went_past,
            }
            for each in found.earlier
        ],
        "queue": encode(found.queue),
        "deadLetters": None
        if found.dead_letters is None
        else dead_letters.document(found.dead_letters)["deadLetters"],
        "contract": None
        if found.contracts_after is None
        else {"migrations": list(found.contracts), "after": found.contracts_after},
    }


def _needs_a_person(found: "ServiceStatus", *, local: bool) -> dict[str, Any] | None:
    commands = [command(each, local=local) for each in attention.commands(found)]
    told = {"sentences": attention.sentences(found), "commands": commands}
    return told if told["sentences"] else None


def _newest(found: "ServiceStatus") -> dict[str, Any]:
    if found.running is not None:
        seen = found.running
        return {
            "deployment": seen.deployment,
            "service": found.service,
            "release": seen.release,
            "digest": seen.digest,
            "outcome": None,
            "reason": seen.reason,
            "blue": encode(seen.blue_versions),
            "green": encode(seen.green_versions),
            "startedAt": seen.started_at,
            "endedAt": None,
            "failedRequests": seen.served.failures if seen.served else 0,
        }
    return {**dict.fromkeys(_KEYS), "service": found.service, **(found.last or {})}
