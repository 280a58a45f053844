"""`greenshift local`: the embedded environment, for trying releases without an AWS account."""

import typer

from infra.cli import options
from infra.cli.exits import EXIT_CODES, Complaint
from infra.cli.output import Output
from infra.local import environment, signals

_EMBEDDED = "--context greenshift:platform=embedded"

app = typer.Typer(
    name="local",
    help="The embedded environment: AWS's APIs and PostgreSQL on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=EXIT_CODES,
)


@app.command(epilog=EXIT_CODES)
def up(*, as_json: options.Json = False) -> None:
    """Start the environment in the background, or answer the one that runs.

    Other commands use it with --local, or after the exports that this prints. Its folder is
    ~/.cache/greenshift/local, or the one that GREENSHIFT_LOCAL names: another one for each of two
    environments on a machine.
    """
    signals.raise_when_signalled()
    output, found = Output(as_json=as_json), environment.up()
    output.document({"running": True, **_about(found)})
    output.say(f"the local environment runs at {found.endpoint_url} ({found.folder})")
    for name, value in found.variables().items():
        output.say(f"export {name}={value}")
    output.say(
        "next: `greenshift local deploy`, which deploys Greenshift into it; then your own app,"
    )
    output.say(f"  with these exports: `cdk deploy {_EMBEDDED} --require-approval never`,")
    output.say("  and `greenshift status SERVICE --local`")
    output.say("end it with `greenshift local down`")


@app.command(epilog=EXIT_CODES)
def deploy(*, as_json: options.Json = False) -> None:
    """Deploy Greenshift into the environment that runs, with the CDK that comes along.

    From a clone. It takes about half a minute; to repeat it brings the newest code.
    """
    from infra.local.toolchain import ToolchainError, deploy_greenshift

    signals.raise_when_signalled()
    output, found = Output(as_json=as_json), environment.status()
    if found is None:
        raise Complaint("no local environment is running: start one with `greenshift local up`")
    output.say("running cdk bootstrap and cdk deploy of Greenshift")
    try:
        deploy_greenshift(found)
    except ToolchainError as error:
        raise Complaint(str(error)) from error
    output.document({"deployed": "Greenshift", **_about(found)})
    output.say("Greenshift is there: deploy your service's stack, as `greenshift local up` says")


@app.command(epilog=EXIT_CODES)
def down(*, as_json: options.Json = False) -> None:
    """End the environment and everything in it."""
    output, ended = Output(as_json=as_json), environment.down()
    output.document({"running": False, "ended": ended})
    output.say("the local environment has ended" if ended else "no local environment was running")


@app.command(epilog=EXIT_CODES)
def status(*, as_json: options.Json = False) -> None:
    """Show whether the environment runs, and where."""
    output, found = Output(as_json=as_json), environment.status()
    if found is None and environment.is_ending():
        output.document({"running": False, "ending": True})
        output.say("the local environment is ending: `greenshift local down` waits until it has")
        return
    if found is None:
        output.document({"running": False, "ending": False})
        output.say("no local environment is running: start one with `greenshift local up`")
        return
    output.document({"running": True, "ending": False, **_about(found)})
    output.say(f"the local environment runs at {found.endpoint_url} ({found.folder})")
    output.say("use it with --local, or with the exports of `greenshift local up`")


def _about(found: environment.Environment) -> dict[str, object]:
    database = found.database
    return {
        "endpointUrl": found.endpoint_url,
        "region": found.region,
        "account": found.account,
        "folder": str(found.folder),
        "database": None if database is None else {"host": database.host, "port": database.port},
        "environment": found.variables(),
    }
