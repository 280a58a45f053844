"""`greenshift repair`: aliases that a hand has moved or split, shown and pointed back."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli import afterwards, options
from infra.cli.exits import REJECTED, Complaint, Finished, exit_code
from infra.cli.output import Output
from infra.cli.session import deployments

if TYPE_CHECKING:
    from statemachine.status import ServiceStatus


def repair(
    service: options.Service,
    *,
    apply: Annotated[
        bool, typer.Option("--apply/--dry-run", help="Do it; by default it is only shown.")
    ] = False,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Point every alias that was moved or split by hand back at the release of record.

    It is an execution of the state machine under the service's claim, so it never runs beside a
    deployment. Without --apply it changes nothing and says what it would do. A completed repair, a
    dry run, and a service that is whole exit with 0.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    found = client.status(service)
    _refuse_held(found)
    if found.whole:
        reason = f"every alias of {service} serves its version alone: there is nothing to repair"
        output.document({"service": service, "outcome": "NothingToDo", "reason": reason})
        output.say(reason)
        return
    _show(output, found, apply=apply)
    if not any(drift.mendable for drift in found.drifts):
        raise Complaint(f"no alias of {service} can be pointed back from here", REJECTED)
    if not apply:
        output.say(f"nothing was changed: do it with `greenshift repair {service} --apply`")
        return
    execution = client.repair(service)
    last = output.follow(
        execution, client.follow(execution, timeout_seconds=options.seconds(timeout))
    )
    afterwards.tell(output, client, last.answer or {})
    raise Finished(exit_code(last.answer or {}, back_is_asked=True))


def _refuse_held(found: "ServiceStatus") -> None:
    if found.claim is None:
        return
    do = (
        f"finish it with `greenshift recover {found.service}`"
        if found.attention is not None
        else f"see with `greenshift status {found.service}` how it ends, and repair what is not "
        "whole then"
    )
    raise Complaint(f"{found.service} is held by {found.claim.deployment}: {do}", REJECTED)


def _show(output: Output, found: "ServiceStatus", *, apply: bool) -> None:
    output.document(
        {
            "service": found.service,
            "drifts": [{**asdict(each), "mendable": each.mendable} for each in found.drifts],
        }
    )
    verb = "is pointed back at" if apply else "would be pointed back at"
    for each in found.drifts:
        do = (
            f"{verb} {each.version} alone" if each.mendable else each.do(found.service, found.alias)
        )
        output.say(f"{each.key} ({each.name}): {each.seen}; {do}")
