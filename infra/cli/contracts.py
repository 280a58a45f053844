"""`greenshift contract`: the live release's contract, started by hand."""

from typing import Annotated

import typer

from infra.cli import options
from infra.cli.exits import Finished, exit_code
from infra.cli.output import Output
from infra.cli.session import deployments


def contract(
    service: options.Service,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it to its end.")] = False,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Remove from the schema what only the releases before the live one needed.

    It is refused before the rollback window has ended, and while another version can be called.
    After it nobody can go back past it. Greenshift starts it by itself at the window's end.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    execution = client.contract(service)
    if not watch:
        output.started(f"the contract of {service}", execution, service=service, action="contract")
        return
    seen = client.follow(execution, timeout_seconds=options.seconds(timeout))
    last = output.follow(execution, seen)
    raise Finished(exit_code(last.answer or {}))
