"""`greenshift schema check`, `plan` and `record`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli import options
from infra.cli.exits import DONE, Complaint, Finished
from infra.cli.output import Output

EXIT_CODES = """\b
Exit codes:
  0  accepted: the migrations can be applied while blue serves
  1  refused: the findings say what would break, and what to write instead
  2  could not be checked (wrong usage, nothing to check, no PostgreSQL)"""
ACCEPTED, REFUSED, NOT_CHECKED = range(3)

app = typer.Typer(
    name="schema",
    help="Schema changes: what they would do to the release that is live.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=EXIT_CODES,
)

_Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="The folder with migrations/ and statements/."),
]
_From = Annotated[
    int | None,
    typer.Option(
        "--from",
        metavar="NUMBER",
        help="Judge the migrations from this number on; those before it count as applied. "
        "Default: the last one.",
        min=0,
    ),
]
_Live = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="The folder of the release that is live: its statements/ are blue's. Default: DIR's "
        "own.",
    ),
]
_Role = Annotated[
    str | None,
    typer.Option(
        metavar="ROLE",
        help="Run blue's statements as this database role, where their files name none.",
    ),
]


@app.command(epilog=EXIT_CODES)
def check(
    folder: _Folder,
    *,
    first: _From = None,
    role: _Role = None,
    live: _Live = None,
    sarif: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the findings there as SARIF, for code hosts."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Judge migrations: may they be applied while the release that is live goes on working?

    Three layers: rules on the syntax tree, the catalog before and after on a scratch database,
    and the statements of statements/*.sql before and after. PostgreSQL comes along. For DynamoDB:
    the shapes of items in statements/*.json and the changes in migrations/*.json. Where squawk is
    on PATH, what it says is listed as information, and changes no verdict.
    """
    from infra.cli.schema.document import document_of
    from infra.cli.schema.sarif import sarif as as_sarif
    from infra.cli.schema.second_opinion import second_opinion
    from infra.cli.schema.show import findings_of, opinions_of

    output, report = Output(as_json=as_json), _judge(folder, first, role, live)
    opinions = second_opinion(_expands_of(report))
    if sarif is not None:
        document = as_sarif(report, opinions)
        sarif.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    output.document(document_of(report, opinions))
    _say(output, opinions_of(opinions))
    _say(output, findings_of(report))
    raise Finished(ACCEPTED if report.accepted else REFUSED)


@app.command(epilog=EXIT_CODES)
def plan(
    folder: _Folder,
    *,
    first: _From = None,
    role: _Role = None,
    live: _Live = None,
    as_json: options.Json = False,
) -> None:
    """Show of each statement its locks, what it rewrites, who waits for it, and its verdict."""
    from infra.cli.schema.document import document_of
    from infra.cli.schema.show import plan_of

    output, report = Output(as_json=as_json), _judge(folder, first, role, live)
    output.document(document_of(report))
    _say(output, plan_of(report))
    raise Finished(ACCEPTED if report.accepted else REFUSED)


@app.command(epilog=EXIT_CODES)
def record(
    folder: _Folder,
    *,
    role: Annotated[str, typer.Option(metavar="ROLE", help="The database role of the service.")],
    url: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="postgresql://USER:PASSWORD@HOST:PORT/DATABASE of the running database.",
            envvar="DATABASE_URL",
        ),
    ],
    as_json: options.Json = False,
) -> None:
    """Write what a role runs on a database, as pg_stat_statements has it, to DIR/statements/.

    Add sample parameters to the files (`-- parameters: 5, 'x'`), and they are executed as well.
    Files that are there already stay as they are.
    """
    from infra.cli.schema.recording import write_recorded

    output = Output(as_json=as_json)
    written, there, passed_over = write_recorded(folder, url, role, NOT_CHECKED)
    output.document({"written": written, "kept": there, "passedOver": passed_over})
    output.say(f"{written} written to {folder}/statements, {there} were there already")
    if passed_over:
        output.say(f"{passed_over} passed over: PostgreSQL cannot prepare them without constants")
    raise Finished(DONE)


def _judge(folder: Path, first: int | None, role: str | None, live: Path | None) -> Any:
    from infra.cli.schema.judge import below, judge_folder

    for named in (folder, live or folder):
        if not named.is_dir():
            what = f"there is no folder {named}: name the one with migrations/"
            raise Complaint(what, NOT_CHECKED)
    return below(judge_folder(folder, first, role, live), folder)


def _expands_of(report: Any) -> list[Path]:
    """The SQL files that were judged, as they lead there from here."""
    paths = dict.fromkeys(each.path for each in report.statements)
    return [Path(path) for path in paths if path.endswith(".expand.sql")]


def _say(output: Output, lines: Iterable[tuple[str, str | None]]) -> None:
    for line, style in lines:
        output.say(line, style)
