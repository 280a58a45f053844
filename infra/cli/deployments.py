"""The commands that start, watch, stop and undo deployments."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli import options
from infra.cli.exits import REJECTED, Complaint, Finished, back_code, exit_code
from infra.cli.output import Output
from infra.cli.packing import inspect
from infra.cli.session import deployments

if TYPE_CHECKING:
    from statemachine.holding import Held

_BundleOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Upload this bundle first; its upload starts the deployment.",
        exists=True,
        dir_okay=False,
        readable=True,
    ),
]


def deploy(
    service: options.Service,
    release: options.Release,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it to its end.")] = False,
    shift_plan: options.ShiftPlan = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only plan: check everything, change nothing.")
    ] = False,
    bundle: _BundleOption = None,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Deploy an uploaded release of a service, or one from a bundle.

    Without --watch it starts the deployment and names its execution. With --json the last line of a
    watched deployment is its answer.
    """
    output = Output(as_json=as_json, local=local)
    if bundle is not None:
        if shift_plan or dry_run or release == "latest":
            raise Complaint(
                "--bundle does not go with --shift-plan, --dry-run or latest, because an upload is "
                "released at once as the bundle says: write the plan into release.toml, or deploy "
                "what is uploaded already without --bundle"
            )
        _see_that_it_is(bundle, service, release, output)
    client = deployments(local=local)
    request: dict[str, Any] = {"release": release}
    if shift_plan:
        request["shiftPlan"] = shift_plan
    if dry_run:
        request["dryRun"] = True
    execution = (
        client.deploy_bundle(service, release, bundle)
        if bundle is not None
        else client.deploy(service, request)
    )
    if not watch and not dry_run:
        output.document({"execution": execution, "service": service, "release": release})
        output.say(f"started {release} of {service}: {execution}")
        output.say(f"watch it with `greenshift watch {execution}`")
        return
    seen = client.follow(execution, timeout_seconds=options.seconds(timeout))
    last = output.follow(execution, seen)
    raise Finished(exit_code(last.answer or {}))


def watch(
    target: options.Watched,
    *,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Follow a deployment to its end, or show how the last one ended.

    It exits as `deploy --watch` does, and as `rollback` does for a rollback.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    execution = target if target.startswith("arn:") else client.newest(target)
    seen = client.follow(execution, timeout_seconds=options.seconds(timeout))
    last = output.follow(execution, seen)
    raise Finished(exit_code(last.answer or {}, back_is_asked=last.action == "rollback"))


def rollback(
    service: options.Service,
    *,
    watch: Annotated[bool, typer.Option(help="Follow it to its end.")] = True,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Go back to the release before the live one, inside the rollback window.

    A deployment that still runs is told to stop and goes back by itself, which is then followed. A
    completed rollback exits with 0.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    execution = client.rollback(service)
    if not watch:
        output.document({"execution": execution, "service": service, "action": "rollback"})
        output.say(f"started the rollback of {service}: {execution}")
        output.say(f"watch it with `greenshift watch {execution}`")
        return
    limit = options.seconds(timeout)
    last = output.follow(execution, client.follow(execution, timeout_seconds=limit))
    told = client.told_to_stop(service, execution)
    if told is not None and exit_code(last.answer or {}) == REJECTED:
        last = output.follow(told, client.follow(told, timeout_seconds=limit))
        _say_if_released(output, service, last.answer or {})
    raise Finished(exit_code(last.answer or {}, back_is_asked=True))


def stop(
    service: options.Service,
    *,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Stop the running deployment and wait until the service is whole again, on blue.

    The execution is stopped as in the console; the recovery rule puts every function back. That,
    and nothing to stop, exit with 0; a deployment that was released before the stop reached it
    exits with 2, and one that has ended and needs attention with 4.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    held = client.stop(service, "stopped with `greenshift stop`")
    if held is None:
        reason = f"no deployment of {service} is running"
        output.document({"service": service, "outcome": "NothingToDo", "reason": reason})
        output.say(reason)
        return
    execution = held.claim.execution
    output.say(_stopping(held))
    seen = client.follow(execution, timeout_seconds=options.seconds(timeout))
    last = output.follow(execution, seen)
    answer = last.answer or {}
    _say_if_released(output, service, answer)
    raise Finished(back_code(answer))


def _stopping(held: "Held") -> str:
    execution = held.claim.execution
    if not held.runs:
        return f"there is nothing to stop, as {execution} has ended"
    return f"{execution} puts the service back already" if held.back else f"stopping {execution}"


def _say_if_released(output: Output, service: str, answer: Mapping[str, Any]) -> None:
    if answer["outcome"] == "Released":
        output.say(
            f"it was released before it could be stopped: go back with `greenshift rollback "
            f"{service}`"
        )
        raise Finished(REJECTED)


def _see_that_it_is(bundle: Path, service: str, release: str, output: Output) -> None:
    """Sees before the upload that the bundle is sound and is this release of this service."""
    found, findings = inspect(bundle)
    if found is None:
        for finding in findings:
            output.say(str(finding))
        output.document({"outcome": "Rejected", "findings": [each.to_json() for each in findings]})
        raise Finished(REJECTED)
    if (found.release.service, found.release.release) != (service, release):
        raise Complaint(
            f"{bundle} is {found.release.service} {found.release.release}, not {service} "
            f"{release}: name the release that it is",
            REJECTED,
        )
