"""`greenshift compare import` and `show`."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli import options
from infra.cli.exits import EXIT_CODES, Complaint
from infra.cli.output import Output
from infra.cli.session import deployments

app = typer.Typer(
    name="compare",
    help="Comparisons: recorded requests, answered by blue and by green before any traffic.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=EXIT_CODES,
)


@app.command("import", epilog=EXIT_CODES)
def import_(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A HAR file, or lines of JSON: an access log with method and path, or events.",
            exists=True,
            dir_okay=False,
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The JSON lines that [[compare]] names."
        ),
    ],
    most: Annotated[
        int, typer.Option(metavar="N", help="Keep so many requests at most.", min=1, max=200)
    ] = 200,
    prefix: Annotated[
        str,
        typer.Option(metavar="PATH", help="Cut this from the paths, such as a REST API's /prod."),
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Make recorded requests of a log: GET, HEAD and OPTIONS, each once.

    Of too many those are kept that differ most in their paths. Headers that prove who somebody is
    (Authorization, Cookie, X-Api-Key and the like) are left out: look through what is left before
    it goes into a bundle.
    """
    from infra.cli.compare.importing import imported

    out = Output(as_json=as_json)
    try:
        found = imported(source.read_text("utf-8"), most, prefix)
    except UnicodeDecodeError:
        raise Complaint(f"{source} is not UTF-8: unpack it first, if it is packed") from None
    if not found.lines:
        raise Complaint(
            f"{source} has no GET, HEAD or OPTIONS with a path: log $context.httpMethod and "
            "$context.path, or export a HAR file"
        )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("".join(f"{line}\n" for line in found.lines), "utf-8")
    out.document({"file": str(output), **found.counts})
    out.say(f"{output}: {len(found.lines)} requests")
    for what, count in found.counts.items():
        if count and what != "requests":
            out.say(f"  {count} {_LEFT_OUT[what]}")


_LEFT_OUT = {
    "unsafe": "left out, since they may change something",
    "repeated": "left out, since they are there already",
    "surplus": "left out, since others are more different",
    "unread": "lines without method and path",
}


@app.command(epilog=EXIT_CODES)
def show(
    deployment: Annotated[
        str,
        typer.Argument(
            metavar="DEPLOYMENT|SERVICE",
            help="A deployment's name, or a service for its newest deployment.",
        ),
    ],
    *,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Show in which fields green answered recorded requests otherwise than blue.

    With --json one document a comparison.
    """
    from infra.cli.compare.showing import lines

    out = Output(as_json=as_json)
    record, found = deployments(local=local).comparisons(deployment)
    if not found:
        raise Complaint(
            f"{record['deployment']} compared nothing: its release.toml has no [[compare]], or a "
            f"check failed before; see with `greenshift status {record['service']}` what became "
            "of it"
        )
    for each in found:
        out.document({"deployment": record["deployment"], **each})
        for line in lines(each):
            out.say(line)
