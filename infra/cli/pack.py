"""`greenshift pack`: a folder becomes a bundle."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli import options
from infra.cli.exits import REJECTED, Finished
from infra.cli.output import Output
from infra.cli.packing import pack_folder


def pack(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="The folder with release.toml.", exists=True, file_okay=False
        ),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write it. Default: <service>-<release>.zip here.",
            dir_okay=False,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Build and validate a bundle from a folder.

    Packed are release.toml, functions, migrations, statements, and the files that it names. A
    folder functions/NAME becomes functions/NAME.zip; ready zips are taken as they are. The same
    files make the same bytes, so the same digest. All findings are shown at once, exit code 2.
    """
    out = Output(as_json=as_json)
    packed, findings = pack_folder(folder, output)
    if packed is None:
        out.document({"outcome": "Rejected", "findings": [each.to_json() for each in findings]})
        for finding in findings:
            out.say(str(finding))
        out.say(f"{folder} was not packed: {_counted(len(findings))} to correct")
        raise Finished(REJECTED)
    out.document(packed)
    out.say(f"{packed.bundle}: {packed.service} {packed.release}")
    out.say(f"  size    {packed.size:,} bytes")
    out.say(f"  digest  {packed.digest}")
    if packed.left_out:
        out.say(f"  left out, since nothing names them: {', '.join(packed.left_out)}")
    out.say(
        f"release it with `greenshift deploy {packed.service} {packed.release} "
        f"--bundle {packed.bundle} --watch`"
    )


def _counted(findings: int) -> str:
    return "1 finding" if findings == 1 else f"{findings} findings"
