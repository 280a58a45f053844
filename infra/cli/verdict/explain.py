"""`greenshift explain`: why a deployment's verdicts fell."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from handlers.domain.probe.results import failure
from infra.cli import options
from infra.cli.exits import Complaint
from infra.cli.output import Output
from infra.cli.session import deployments
from infra.cli.verdict.explanation import explanation
from infra.cli.words import one_line, outcome

Deployment = Annotated[
    str,
    typer.Argument(
        metavar="DEPLOYMENT|SERVICE",
        help="A deployment's name, or a service for its newest deployment that has a verdict.",
    ),
]


def explain(
    deployment: Deployment,
    *,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Show each step's verdict with its evidence, judged again from the counts that were kept.

    With --json one document a step. Of a deployment whose checks failed it shows each of those that
    did.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    record, verdicts = client.verdicts(deployment)
    if not verdicts:
        for result in client.failed_checks(record["deployment"]):
            output.document(result)
            output.say(f"failed: {one_line(failure(result))}")
        raise Complaint(_unbaked(record))
    if deployment == record["service"]:
        output.say(f"{record['deployment']} is the newest of {deployment} that has a verdict")
    for verdict in verdicts:
        found = explanation(record, verdict)
        output.document(found)
        for line in lines(found):
            output.say(line)


def _unbaked(record: Mapping[str, Any]) -> str:
    """What became of a deployment without a verdict."""
    name, ended = record["deployment"], record.get("answer")
    became = (
        f"it ended as {outcome(ended, record.get('action', ''))}: {one_line(ended['reason'])}"
        if ended
        else f"it has not ended: watch it with `greenshift watch {name}`"
    )
    return f"{name} has no verdict, as nothing of it was baked; {became}"


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """One step's explanation for a person."""
    limits = found["thresholds"]
    yield (
        f"{found['deployment']} step {found['step']} at {found['weight']} %, {found['at']}: "
        f"{found['verdict']}{_without(found)}, then {found['next']}"
    )
    if hotfix := found["hotfix"]:
        red = ", ".join([*hotfix["red"], *(f"alarm {name}" for name in hotfix["alarms"])])
        yield f"  hotfix: {hotfix['reason']} (red before: {red or 'nothing, judged as always'})"
    yield f"  {found['reason']}"
    if told := found["told"]:
        yield f"  decided at {told['at']}, by {told['by']} (who it was: {told['source']})"
    yield (
        f"  ln e fail {found['logEFail']:.4f}, needs {limits['logEFail']:.4f} "
        f"(alpha {limits['alpha']:g})"
    )
    yield (
        f"  ln e pass, relative {found['logEPassRelative']:.4f} (rho_max {limits['rhoMax']:g}), "
        f"absolute {found['logEPassAbsolute']:.4f} (p_tol {limits['pTol']:g}), either needs "
        f"{limits['logEPass']:.4f} (beta {limits['beta']:g})"
    )
    if found["logEBetter"] is not None:
        yield (
            f"  ln e better {found['logEBetter']:.4f}, needs {limits['logEBetter']:.4f} "
            f"(beta {limits['beta']:g})"
        )
    if made := found["syntheticGreenRequests"]:
        yield (
            f"  ln e pass of {made:,} synthetic requests alone {found['logESynthetic']:.4f}, needs "
            f"{limits['logEPass']:.4f}"
        )
    yield from _table(found["minutes"])
    if found["agrees"]:
        yield "  judged again from these counts: the same"
    else:
        again = found["recomputed"]
        yield (
            f"  judged again from these counts: NOT the same, but {again['judged']}: "
            f"{again['sentence']}"
        )


def _without(found: Mapping[str, Any]) -> str:
    """That a step went on though nothing was shown of green; the reason says who has it so."""
    on = found["next"] in ("shift", "finalize") and found["verdict"] != "pass"
    return ", and it went on without a verdict" if on else ""


def _table(minutes: list[Mapping[str, Any]]) -> Iterator[str]:
    heads = ("from", "function", "green", "failed", "blue", "failed", "ln e fail")
    rows = [
        (
            each["at"][:19] + "Z",
            each["function"],
            f"{each['greenRequests']:,}",
            f"{each['greenFailures']:,}",
            f"{each['blueRequests']:,}",
            f"{each['blueFailures']:,}",
            f"{each['logEFail']:.4f}",
        )
        for each in minutes
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        cells = zip(row, widths, strict=True)
        told = [
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(cells)
        ]
        yield "  " + "  ".join(told)
