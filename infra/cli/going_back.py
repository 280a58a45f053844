"""The commands that take a service back: `greenshift rollback`, `stop` and `recover`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli import afterwards, dead_letters, options
from infra.cli.exits import DONE, REJECTED, Complaint, Finished, back_code, exit_code
from infra.cli.output import Output
from infra.cli.session import deployments
from infra.cli.words import one_line

if TYPE_CHECKING:
    from statemachine.holding import Held
    from statemachine.status import ServiceStatus

_Watch = Annotated[bool, typer.Option(help="Follow it to its end.")]


def rollback(
    service: options.Service,
    *,
    to: options.To = None,
    watch: _Watch = True,
    redrive_messages: Annotated[
        bool,
        typer.Option(
            "--redrive-messages",
            help="Then move back what is in dead-letter queues, as `redrive` does. Where the "
            "newest deployment has gone back already, only that.",
        ),
    ] = False,
    yes: options.Yes = False,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Go back to the release before the live one, or with --to to an earlier one, inside the
    rollback window.

    A deployment that still runs is told to stop and goes back by itself, which is then followed;
    with --to the rollback is asked for again after it, and without it the live release stays. A
    completed rollback exits with 0, and so does one that has stopped a deployment.
    """
    if redrive_messages and not watch:
        raise Complaint("--redrive-messages waits for the rollback's end: leave out --no-watch")
    if yes and not redrive_messages:
        raise Complaint("--yes is for --redrive-messages: a rollback asks nobody")
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    if redrive_messages and to is None and (undone := client.undone(service)) is not None:
        output.say(f"{undone} was undone already, so that nothing more is rolled back")
        dead_letters.move_back(output, client, service, yes=yes, timeout=timeout)
        return
    execution = client.rollback(service, to)
    if not watch:
        output.started(f"the rollback of {service}", execution, service=service, action="rollback")
        return
    limit = options.seconds(timeout)
    last = output.follow(execution, client.follow(execution, timeout_seconds=limit))
    told = client.told_to_stop(service, execution)
    if told is not None and exit_code(last.answer or {}) == REJECTED:
        if to is not None:
            output.say(f"this waits until it has, and then asks for {to} by itself")
        last = output.follow(told, client.follow(told, timeout_seconds=limit))
        _say_if_released(output, service, last.answer or {}, to)
        if to is not None and (client.status(service).live or {}).get("release") != to:
            execution = client.rollback(service, to)
            last = output.follow(execution, client.follow(execution, timeout_seconds=limit))
        if to is None:
            _say_what_stays(output, client.status(service))
    code = exit_code(last.answer or {}, back_is_asked=True)
    if redrive_messages and code == DONE:
        dead_letters.move_back(output, client, service, yes=yes, timeout=timeout)
    else:
        afterwards.tell(output, client, last.answer or {})
    raise Finished(code)


def stop(
    service: options.Service,
    *,
    queued: options.Queued = None,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Stop the running deployment and wait until the service is whole again, on blue.

    The execution is stopped as in the console; the recovery rule puts every function back. That,
    and nothing to stop, exit with 0; a deployment that was released before the stop reached it
    exits with 2, and one that has ended and needs attention with 4. The next one that waits in the
    queue starts then: with --queued a release is taken out of it instead, and nothing is stopped.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    if queued is not None:
        execution = client.withdraw(service, queued)
        found = client.answer(execution, timeout_seconds=options.seconds(timeout))
        output.document(found)
        output.say(one_line(found["reason"]))
        raise Finished(exit_code(found))
    held = client.stop(service, "stopped with `greenshift stop`")
    if held is None:
        _nothing(output, service, f"no deployment of {service} is running")
        return
    execution = held.claim.execution
    output.say(_stopping(held))
    seen = client.follow(execution, timeout_seconds=options.seconds(timeout))
    last = output.follow(execution, seen)
    answer = last.answer or {}
    _say_if_released(output, service, answer)
    afterwards.tell(output, client, answer)
    raise Finished(back_code(answer))


def recover(
    service: options.Service,
    *,
    watch: _Watch = True,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Put a service back whole that a deployment left open, and let others deploy again.

    For one that needs attention, once what its reason names is mended, and for a stopped one that
    the recovery rule has not reached. Where it is not mended yet it says so and exits with 4, and
    may be run again. Exits with 0 when the service is whole, also when nothing was open.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    recovery = client.recover(service)
    if recovery is None:
        _nothing(output, service, f"no deployment of {service} is open, nothing to recover")
        return
    if not watch:
        output.started(
            f"the recovery of {service}", recovery.execution, service=service, action="recover"
        )
        return
    limit = options.seconds(timeout)
    execution = recovery.execution
    last = output.follow(execution, client.follow(execution, timeout_seconds=limit))
    other = client.recovers_instead(service, recovery)
    if other is not None and exit_code(last.answer or {}) == REJECTED:
        last = output.follow(other, client.follow(other, timeout_seconds=limit))
    afterwards.tell(output, client, last.answer or {})
    raise Finished(back_code(last.answer or {}))


def _nothing(output: Output, service: str, reason: str) -> None:
    output.document({"service": service, "outcome": "NothingToDo", "reason": reason})
    output.say(reason)


def _stopping(held: "Held") -> str:
    execution = held.claim.execution
    if not held.runs:
        return f"there is nothing to stop, as {execution} has ended"
    return f"{execution} puts the service back already" if held.back else f"stopping {execution}"


def _say_what_stays(output: Output, found: "ServiceStatus") -> None:
    """What was live before the deployment that was stopped is still, and the queue goes on."""
    live = (found.live or {}).get("release") or "what was live before"
    again = f": to leave it too, `greenshift rollback {found.service}` again"
    output.say(f"{live} is live, as it was before{again if found.rollback_to is not None else ''}")
    for each in found.queue[:1]:
        output.say(
            f"{each.release} waits and starts next: where it is not wanted, "
            f"`greenshift stop {found.service} --queued {each.release}`"
        )


def _say_if_released(
    output: Output, service: str, answer: Mapping[str, Any], to: str | None = None
) -> None:
    if answer["outcome"] == "Released":
        output.say(
            f"it was released before it could be stopped: go back with `greenshift rollback "
            f"{service}{f' --to {to}' if to else ''}`"
        )
        raise Finished(REJECTED)
