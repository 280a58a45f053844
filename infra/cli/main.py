"""`greenshift`: the command line, put together. What a command needs is imported when it runs."""

import typer

from infra.cli import (
    contracts,
    dead_letters,
    deciding,
    deployments,
    going_back,
    local,
    pack,
    preview,
    prune,
    repair,
    status,
)
from infra.cli.compare import commands as compare
from infra.cli.exits import EXIT_CODES
from infra.cli.group import Commands
from infra.cli.schema import commands as schema
from infra.cli.verdict import explain, judge

app = typer.Typer(
    name="greenshift",
    cls=Commands,
    help="Releases AWS Lambda services from blue to green, each as one execution of its state "
    "machine.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    pack.pack,
    deployments.deploy,
    deployments.watch,
    status.status,
    deciding.approve,
    deciding.reject,
    deciding.promote,
    going_back.rollback,
    going_back.recover,
    repair.repair,
    dead_letters.redrive,
    preview.preview,
    contracts.contract,
    prune.prune,
    going_back.stop,
    explain.explain,
):
    app.command(epilog=EXIT_CODES)(command)
app.command(epilog=judge.EXIT_CODES)(judge.judge)
app.add_typer(schema.app)
app.add_typer(compare.app)
app.add_typer(local.app)


def main() -> None:
    """The entry point of `greenshift`."""
    app(prog_name="greenshift")
