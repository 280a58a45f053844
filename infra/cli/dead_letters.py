"""`greenshift redrive`."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from handlers.domain.consumers.dead_letters import Counted, way_by_hand
from handlers.domain.consumers.source import name_of
from infra.cli import options
from infra.cli.exits import REJECTED, Complaint
from infra.cli.output import Output
from infra.cli.session import deployments

if TYPE_CHECKING:
    from statemachine.client import Deployments
    from statemachine.dead_letters import Arrived
    from statemachine.status import ServiceStatus


def redrive(
    service: options.Service,
    *,
    yes: options.Yes = False,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Move the messages of a service's dead-letter queues back to the queues that they came from.

    SQS moves all that such a queue has, also from before the deployment: without --yes nothing is
    moved, and it is shown how many there are. Refused while a deployment runs, and while the
    service is not whole, as the messages might fail again.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    move_back(output, client, service, yes=yes, timeout=timeout)


def move_back(
    output: Output, client: "Deployments", service: str, *, yes: bool, timeout: str | None
) -> None:
    """Shows what is in the dead-letter queues, and with `yes` has SQS move it back."""
    found, status = client.dead_letters(service), client.status(service)
    _refuse_unless_whole(status)
    if found is None:
        why = "a deployment notes them before its first flip"
        _nothing(output, service, f"no dead-letter queue of {service} is known: {why}")
        return
    output.document({"service": service, **document(found)})
    names = {key: each.name for key, each in status.functions.items()}
    for each in found.queues:
        output.say(_shown(each, status.alias, names, yes=yes))
        for line in _shared(client, each):
            output.say(line)
    movable = [each for each in found.queues if each.letters.can_be_redriven and each.now]
    if not movable:
        _nothing(output, service, f"there is nothing in them that could be moved back to {service}")
    elif not yes:
        output.say(f"nothing was moved: do it with `greenshift redrive {service} --yes`")
    else:
        moved = {each.letters.name: _move(output, client, each, timeout) for each in movable}
        output.document({"service": service, "moved": moved})


def document(found: "Arrived") -> dict[str, Any]:
    """What was found, for scripts."""
    return {
        "deployment": found.deployment,
        "firstFlip": found.at,
        "deadLetters": [
            {
                "queue": each.letters.queue,
                "of": each.letters.of,
                "functions": list(each.letters.functions),
                "sources": list(each.letters.sources),
                "before": each.before,
                "now": each.now,
                "arrived": each.arrived,
                "redrivable": each.letters.can_be_redriven,
            }
            for each in found.queues
        ],
    }


def _shown(each: Counted, alias: str, names: Mapping[str, str], *, yes: bool) -> str:
    letters = each.letters
    if each.now is None:
        return (
            f"{letters.name}: it could not be counted, and is left as it is; you need "
            "sqs:GetQueueAttributes on it"
        )
    if not each.now:
        return f"{letters.name}: it is empty"
    if not letters.can_be_redriven:
        by_hand = way_by_hand(letters, alias, names)
        return f"{letters.name}: about {each.now:,}, which SQS cannot move back: {by_hand}"
    verb = "is" if each.now == 1 else "are"
    moved = f"{verb} moved" if yes else "would be moved"
    back = " and ".join(name_of(source) for source in letters.sources)
    return f"{letters.name}: about {each.now:,} {moved} back to {back}: {each.split()}"


def _shared(client: "Deployments", each: Counted) -> Iterator[str]:
    """SQS takes all messages, also those of queues that are nobody's of this service."""
    if each.letters.can_be_redriven and each.now:
        own = {name_of(source) for source in each.letters.sources}
        if others := [name for name in client.feeding(each.letters.queue) if name not in own]:
            yield f"  among them those of {' and '.join(others)}, which go back there"


def _move(output: Output, client: "Deployments", each: Counted, timeout: str | None) -> int:
    name, last = each.letters.name, None
    for last in client.redrive(each.letters.queue, timeout_seconds=options.seconds(timeout)):
        if last.runs:
            output.say(f"{name}: {last.moved:,} moved so far")
    assert last is not None
    if not last.done:
        why = f" ({last.failure})" if last.failure else ""
        raise Complaint(
            f"the move out of {name} ended as {last.status}{why}, with {last.moved:,} moved: the "
            "others are still there"
        )
    output.say(f"{name}: {last.moved:,} moved; one that fails again comes back to it")
    return last.moved


def _refuse_unless_whole(found: "ServiceStatus") -> None:
    """Dead letters that a bad green made are not for a green: they wait until blue serves alone."""
    service = found.service
    if found.claim is not None:
        do = (
            f"finish it with `greenshift recover {service}` first"
            if found.attention is not None
            else f"see with `greenshift watch {service}` how it ends first"
        )
        raise Complaint(
            f"{service} is held by {found.claim.deployment}, and the messages may fail again: {do}",
            REJECTED,
        )
    if not found.whole:
        raise Complaint(
            f"not every alias of {service} serves one version alone, and the messages may fail "
            f"again: see `greenshift repair {service}` first",
            REJECTED,
        )


def _nothing(output: Output, service: str, reason: str) -> None:
    output.document({"service": service, "outcome": "NothingToDo", "reason": reason})
    output.say(reason)
