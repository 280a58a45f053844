"""`greenshift status`: how a service stands."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from handlers.domain.codec import encode
from handlers.domain.consumers.dead_letters import arrivals
from infra.cli import dead_letters, options
from infra.cli.output import Output
from infra.cli.session import deployments
from infra.cli.words import counts, findings, one_line, outcome, stage_name

if TYPE_CHECKING:
    from statemachine.following import Observation
    from statemachine.status import PreviewStatus, ServiceStatus

_ASKED = {"s3": "by its upload", "console": "by name", "schedule": "by a schedule"}
"""How a release was asked for."""


def status(
    service: options.Service,
    *,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Show what is live, what runs, and how to go back.

    With --json the keys are those of the answer of the last deployment that did something,
    `outcome` null while one runs, and refused, live, functions, whole, claim, running, preview,
    rollback, earlier, contract, queue and deadLetters beside them; `refused` is the answer of the
    newest one that was refused since that one began, `claim` is who holds the service, null when it
    is free, `queue` who waits for it, the next one first, `earlier` what `rollback --to` goes to.
    `deadLetters` is there after a way back, null otherwise.
    """
    output = Output(as_json=as_json, local=local)
    found = deployments(local=local).status(service)
    output.document(document(found))
    for line in lines(found):
        output.say(line)


def document(found: "ServiceStatus") -> dict[str, Any]:
    """The status for scripts: the last deployment's answer, and what is true now."""
    live = found.live
    return {
        **_newest(found),
        "refused": found.refused,
        "live": {key: live[key] for key in ("release", "digest", "versions", "since")}
        if live
        else None,
        "functions": encode(found.functions),
        "whole": found.whole,
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
        "earlier": [{"release": each.release, "until": each.until} for each in found.earlier],
        "queue": encode(found.queue),
        "deadLetters": None
        if found.dead_letters is None
        else dead_letters.document(found.dead_letters)["deadLetters"],
        "contract": None
        if found.contracts_after is None
        else {"migrations": list(found.contracts), "after": found.contracts_after},
    }


def _newest(found: "ServiceStatus") -> dict[str, Any]:
    if found.running is not None:
        seen = found.running
        return {
            "deployment": seen.deployment,
            "service": found.service,
            "release": seen.release,
            "outcome": None,
            "reason": seen.reason,
            "startedAt": seen.started_at,
            "endedAt": None,
        }
    return {"service": found.service, "outcome": None, **(found.last or {})}


def lines(found: "ServiceStatus") -> Iterator[str]:
    """The status for people."""
    live = found.live
    if live is None:
        yield f"{found.service}: no release yet, the versions of its own stack are live"
    else:
        release = f"{live['release']} is live" if live["release"] else "the seed is live"
        digest = f" ({live['digest'][:19]}…)" if live["digest"] else ""
        yield f"{found.service}: {release} since {live['since']}{digest}"
    for key, each in sorted(found.functions.items()):
        serves = f"version {each.version}" if each.version else "no alias: deploy its stack again"
        shares = "".join(f", {share:g} % on {version}" for version, share in each.weights.items())
        yield f"  {key}: {serves}{shares} ({each.name}, {each.kind})"
    if found.preview is not None:
        yield _preview(found.preview)
    if found.running is not None:
        yield from _running(found.service, found.running)
        yield from _ended("refused", found.refused)
        yield from _queue(found)
    elif found.attention is not None:
        yield from _attention(found)
        yield from _ended("refused", found.refused)
        yield from _queue(found)
    else:
        yield from _queue(found)
        yield from _at_rest(found)


def _running(service: str, seen: "Observation") -> Iterator[str]:
    """The deployment that is under way, and what it asks."""
    hotfix = f", hotfix: {one_line(seen.hotfix)}" if seen.hotfix else ""
    named = seen.deployment or seen.execution.rpartition(":")[2]
    yield f"running: {named}{hotfix}, {_now(seen)}"
    if seen.asks:
        yield f"  it asks: {one_line(seen.reason)}"
    yield f"  watch it with `greenshift watch {service}`"


def _at_rest(found: "ServiceStatus") -> Iterator[str]:
    """How the last deployment ended, the ways back, and what is still to be done."""
    for drift in found.drifts:
        yield f"attention: {drift.key}: {drift.seen}; {drift.do(found.service, found.alias)}"
    yield from _ended("last", found.last)
    yield from _ended("refused", found.refused)
    if found.dead_letters is not None:
        yield from arrivals(found.service, found.dead_letters.queues)
    if found.rollback_to is not None:
        former = found.rollback_to or "the seed"
        command = f"`greenshift rollback {found.service}`"
        yield f"rollback: to {former} until {found.rollback_until}, with {command}"
    for stay in found.earlier:
        command = f"`greenshift rollback {found.service} --to {stay.release}`"
        yield f"rollback: to {stay.release} until {stay.until}, with {command}"
    if found.contracts_after is not None:
        command = f"`greenshift contract {found.service}`"
        titles = ", ".join(found.contracts)
        yield f"contract: of {titles} after {found.contracts_after}, by itself or with {command}"


def _ended(word: str, answer: Mapping[str, Any] | None) -> Iterator[str]:
    """How one ended, with every finding."""
    if answer is not None:
        yield one_line(f"{word}: {answer['deployment']}: {outcome(answer)}: {answer['reason']}")
        yield from (f"  {line}" for line in findings(answer))


def _queue(found: "ServiceStatus") -> Iterator[str]:
    """Who waits for their turn, and how one is taken out."""
    for each in found.queue:
        asked = _ASKED[each.source]
        yield f"waiting: {each.place}. {each.release} since {each.since} ({asked})"
    if found.queue:
        release = found.queue[-1].release
        yield f"  take one out with `greenshift stop {found.service} --queued {release}`"


def _preview(preview: "PreviewStatus") -> str:
    """Where it is, and what is tried there: never to be taken for what is live."""
    if preview.live:
        return f"preview: {preview.url} calls what is live"
    calls = ", ".join(
        f"{key} at version {version}" if version else f"no {key}: deploy its stack again"
        for key, version in preview.versions.items()
    )
    return f"preview: {preview.url} calls {calls}, which is not what is live"


def _attention(found: "ServiceStatus") -> Iterator[str]:
    """What a deployment that could not be put back has left, why, and the way to finish it."""
    answer = found.attention or {}
    yield one_line(f"attention: {answer['deployment']}: {outcome(answer)}: {answer['reason']}")
    for key, version in found.misplaced.items():
        each = found.functions[key]
        if each.version is not None:
            yield (
                f"  point {key} back: aws lambda update-alias --function-name {each.name} --name "
                f"{each.alias} --function-version {version} --routing-config "
                "AdditionalVersionWeights={}"
            )
    yield f"  nothing else is deployed before `greenshift recover {found.service}` has finished it"


def _now(seen: "Observation") -> str:
    stage = stage_name(seen.stages[-1]) if seen.stages else seen.phase
    told = f": {counts(seen)}: {seen.verdict}" if seen.verdict and counts(seen) else ""
    if seen.phase in ("MigrateSchema", "Queued") and seen.stages[-1].told:
        told = f": {seen.stages[-1].told}"
    return f"{stage}{told}"
