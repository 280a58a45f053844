"""What a person decides on what runs: `greenshift approve`, `reject` and `promote`."""

from typing import Annotated

import typer

from handlers.domain.asking.told import Decision
from infra.cli import afterwards, options
from infra.cli.exits import REJECTED, Complaint, Finished, exit_code
from infra.cli.output import Output
from infra.cli.session import deployments
from infra.cli.words import one_line

_Watch = Annotated[bool, typer.Option("--watch", help="Then follow the deployment to its end.")]


def approve(
    service: options.Service,
    *,
    reason: options.Reason = None,
    watch: _Watch = False,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Let the running deployment go on that asks, as inconclusive = "ask" has it do.

    It is of the step that asks, and kept with your name. Exits with 0 once it is heard, and with 2
    where nobody asks.
    """
    output = Output(as_json=as_json, local=local)
    _decide(output, service, "approve", reason, watch=watch, timeout=timeout, local=local)


def reject(
    service: options.Service,
    *,
    reason: options.Reason = None,
    watch: _Watch = False,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Send the running deployment that asks back to blue.

    Kept with your name. Exits with 0 once it is heard, with --watch once it is back, and with 2
    where nobody asks: `greenshift stop` stops what asks nobody.
    """
    output = Output(as_json=as_json, local=local)
    _decide(output, service, "reject", reason, watch=watch, timeout=timeout, local=local)


def promote(
    service: options.Service,
    *,
    now: Annotated[bool, typer.Option("--now", help="Required: wait no longer.")] = False,
    reason: options.Reason = None,
    watch: _Watch = False,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Skip the waits that are left to the running deployment, without a verdict for green.

    Every step that is left is still taken and looked at once: a verdict against green, an alarm, a
    hook or a stop ends it, and nothing before the shift is skipped. Kept with your name. Exits with
    0 once it is heard, and with 2 where there is nothing to skip.
    """
    if not now:
        raise Complaint(
            "promote takes --now, as it skips the waits that are left; without it a deployment "
            f"goes on by itself: watch it with `greenshift watch {service}`"
        )
    output = Output(as_json=as_json, local=local)
    _decide(output, service, "promote", reason, watch=watch, timeout=timeout, local=local)


def _decide(
    output: Output,
    service: str,
    decision: Decision,
    reason: str | None,
    *,
    watch: bool,
    timeout: str | None,
    local: bool,
) -> None:
    client, limit = deployments(local=local), options.seconds(timeout)
    started = client.decide(service, decision, reason)
    if started is None:
        raise Complaint(
            f"no deployment of {service} is running: see with `greenshift status {service}` how "
            "the last one ended",
            REJECTED,
        )
    execution, running = started
    found = client.answer(execution, timeout_seconds=limit)
    output.document(found)
    output.say(one_line(found["reason"]))
    if found["outcome"] != "NothingToDo" or not watch:
        raise Finished(exit_code(found))
    last = output.follow(running, client.follow(running, timeout_seconds=limit))
    afterwards.tell(output, client, last.answer or {})
    raise Finished(exit_code(last.answer or {}, back_is_asked=decision == "reject"))
