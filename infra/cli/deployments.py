"""`greenshift deploy` and `greenshift watch`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli import afterwards, options
from infra.cli.exits import REJECTED, Complaint, Finished, exit_code
from infra.cli.output import Output
from infra.cli.packing import inspect
from infra.cli.session import deployments
from statemachine.stage import GOING_BACK

_BundleOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Upload this bundle first; its upload starts the deployment. With --dry-run it is "
        "uploaded beside the releases, where nothing starts it.",
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
    hotfix: options.Hotfix = None,
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
    request: dict[str, Any] = {"release": release}
    if shift_plan:
        request["shiftPlan"] = shift_plan
    if hotfix:
        request["hotfix"] = hotfix
    if dry_run:
        request["dryRun"] = True
    if bundle is not None:
        _refuse_with_bundle(release, shift_plan=shift_plan, dry_run=dry_run)
        _see_that_it_is(bundle, service, release, output)
    client = deployments(local=local)
    if bundle is None:
        execution = client.deploy(service, request)
    elif dry_run:
        execution = client.plan_bundle(service, release, bundle, request)
    else:
        execution = client.deploy_bundle(service, release, bundle, hotfix=hotfix)
    if not watch and not dry_run:
        behind = client.behind(execution, service)
        named = {"service": service, "release": release}
        output.started(f"{release} of {service}", execution, behind=behind, **named)
        return
    seen = client.follow(execution, timeout_seconds=options.seconds(timeout))
    last = output.follow(execution, seen)
    afterwards.tell(output, client, last.answer or {})
    raise Finished(exit_code(last.answer or {}))


def watch(
    target: options.Watched,
    *,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Follow a deployment to its end, or show how the last one, or the named one, ended.

    It exits as `deploy --watch` does, and as `rollback` does for a rollback.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    if options.is_deployment(target):
        execution = client.began(target)
    else:
        execution = target if target.startswith("arn:") else client.newest(target)
    seen = client.follow(execution, timeout_seconds=options.seconds(timeout))
    last = output.follow(execution, seen)
    afterwards.tell(output, client, last.answer or {})
    raise Finished(exit_code(last.answer or {}, back_is_asked=last.action in GOING_BACK))


def _refuse_with_bundle(release: str, *, shift_plan: str | None, dry_run: bool) -> None:
    if release == "latest":
        raise Complaint("--bundle does not go with latest: name the version that the bundle is")
    if shift_plan and not dry_run:
        raise Complaint(
            "--shift-plan does not go with --bundle, because the upload itself starts the "
            "deployment and its event has no plan: write it into release.toml, [shift] plan, and "
            "pack it again, or see with --dry-run what this plan would do"
        )


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
