"""`greenshift status`: how a service stands."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from handlers.domain.consumers.dead_letters import arrivals
from infra.cli import attention, options
from infra.cli.lines import TELLING
from infra.cli.output import Output
from infra.cli.session import deployments
from infra.cli.status_document import document
from infra.cli.words import counts, findings, one_line, outcome, stage_name

if TYPE_CHECKING:
    from statemachine.following import Observation
    from statemachine.status import PreviewStatus, ServiceStatus

_SEED = "the versions of its own stack are live"
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
    rollback, earlier, contract, queue, deadLetters and attention beside them; `refused` is the
    answer of the newest one that was refused since that one began, `claim` is who holds the
    service, null when it is free, `queue` who waits for it, the next one first, `earlier` what
    `rollback --to` goes to, `wentPast` where the last rollback went past it. `deadLetters` is there
    after a way back, null otherwise; `attention` where the aliases are not whole: `sentences` that
    say so, and `commands` that put them right.
    """
    output = Output(as_json=as_json, local=local)
    found = deployments(local=local).status(service)
    output.document(document(found, local=local))
    for line in lines(found):
        output.say(line)


def lines(found: "ServiceStatus") -> Iterator[str]:
    """The status for people."""
    yield _headline(found)
    for key, each in sorted(found.functions.items()):
        serves = f"version {each.version}" if each.version else f"no alias {each.alias}"
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


def _headline(found: "ServiceStatus") -> str:
    """What is live; where an alias is elsewhere, and no deployment is under way that moves it, what
    should be. A version that is to be live by no record may be any.
    """
    live, elsewhere = found.live, "" if found.running else _elsewhere(found)
    whole = "not whole: " if elsewhere else ""
    if live is None:
        return f"{found.service}: {whole}no release yet, {elsewhere or _SEED}"
    release = live["release"] or "the seed"
    digest = f" ({live['digest'][:19]}…)" if live["digest"] else ""
    if not elsewhere:
        return f"{found.service}: {release} is live since {live['since']}{digest}"
    since = f"the release of record since {live['since']}{digest}"
    return f"{found.service}: {whole}{release} is {since}, but {elsewhere}"


def _elsewhere(found: "ServiceStatus") -> str:
    """What the aliases serve that are not whole; empty where all are."""
    told = []
    for drift in found.drifts:
        each = found.functions[drift.key]
        versions = [each.version, *each.weights]
        serves = " and ".join(f"version {version}" for version in versions)
        told.append(f"{drift.key} serves {serves}" if each.version else f"{drift.key} has no alias")
    return ", ".join(told)


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
    yield from (f"attention: {sentence}" for sentence in attention.sentences(found))
    yield from _ended("last", found.last, found.last_action)
    yield from _ended("refused", found.refused)
    if found.dead_letters is not None:
        yield from arrivals(found.service, found.dead_letters.queues)
    if found.rollback_to is not None:
        former, command = found.rollback_to or "the seed", f"greenshift rollback {found.service}"
        yield f"rollback: to {former} until {found.rollback_until}, {_with(found, command)}"
    for stay in found.earlier:
        command = f"greenshift rollback {found.service} --to {stay.release}"
        past = ", which the last rollback went past," if stay.digest in found.went_past else ""
        yield f"rollback: to {stay.release}{past} until {stay.until}, {_with(found, command)}"
    yield from _no_way_back(found)
    if found.contracts_after is not None:
        command = f"`greenshift contract {found.service}`"
        titles = ", ".join(found.contracts)
        yield f"contract: of {titles} after {found.contracts_after}, by itself or with {command}"


def _no_way_back(found: "ServiceStatus") -> Iterator[str]:
    """Why there is no way straight back, where a release is live and there is none."""
    live = found.live
    if live is None or found.rollback_to is not None or found.earlier:
        return
    ended = f"the rollback window ended at {live['rollbackUntil']}"
    why = ended if live.get("former") else "the last rollback went as far as it goes"
    again = f"`greenshift deploy {found.service} RELEASE`"
    yield f"rollback: none, as {why}; deploy the release that you want with {again}"


def _with(found: "ServiceStatus", command: str) -> str:
    """How a way back is gone: from what a hand has put on an alias too, but it makes none again."""
    gone = " and ".join(each.key for each in found.drifts if each.code == "AliasMissing")
    if gone:
        return f"with `{command}`, once {gone} has its alias again"
    return f"with `{command}`{'' if found.whole else ', also from where the aliases are now'}"


def _ended(word: str, answer: Mapping[str, Any] | None, action: str = "") -> Iterator[str]:
    """How one ended, with every finding."""
    if answer is not None:
        how, listed = outcome(answer, action), findings(answer)
        reason = f"{len(listed)} findings" if listed else answer["reason"]
        yield one_line(f"{word}: {answer['deployment']}: {how}: {reason}")
        yield from (f"  {line}" for line in listed)


def _queue(found: "ServiceStatus") -> Iterator[str]:
    """Who waits for their turn, and how one is taken out."""
    for each in found.queue:
        asked = _ASKED[each.source]
        hotfix = f"; hotfix: {each.hotfix}" if each.hotfix else ""
        yield one_line(
            f"waiting: {each.place}. {each.release} since {each.since} ({asked}{hotfix})"
        )
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
    finish = f"`greenshift recover {found.service}`"
    yield from (f"attention: {sentence}" for sentence in attention.sentences(found))
    yield from attention.lines(found.misplaced)
    if found.misplaced:
        yield f"  nothing else is deployed before {finish} has finished it"
    else:
        yield f"  every alias is on blue by now, and {finish} is all that is left"


def _now(seen: "Observation") -> str:
    stage = stage_name(seen.stages[-1]) if seen.stages else seen.phase
    told = f": {counts(seen)}: {seen.verdict}" if seen.verdict and counts(seen) else ""
    if seen.stages and seen.stages[-1].phase in TELLING and seen.stages[-1].told:
        told = f": {seen.stages[-1].told}"
    return f"{stage}{told}"
