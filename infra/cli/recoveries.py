"""`greenshift recover`: finishes what an ended execution left open."""

from typing import Annotated

import typer

from infra.cli import options
from infra.cli.exits import Finished, back_code
from infra.cli.output import Output
from infra.cli.session import deployments


def recover(
    service: options.Service,
    *,
    watch: Annotated[bool, typer.Option(help="Follow it to its end.")] = True,
    timeout: options.Timeout = None,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Put a service back whole that a deployment left open, and let others deploy again.

    For one that needs attention, once what its reason names is mended, and for a stopped one that
    the recovery rule has not reached. Where it is not mended yet it says so and exits with 4, and
    may be run again. Exits with 0 when the service is whole, also when nothing was open.
    """
    output, client = Output(as_json=as_json, local=local), deployments(local=local)
    execution = client.recover(service)
    if execution is None:
        reason = f"no deployment of {service} is open: there is nothing to recover"
        output.document({"service": service, "outcome": "NothingToDo", "reason": reason})
        output.say(reason)
        return
    if not watch:
        output.document({"execution": execution, "service": service, "action": "recover"})
        output.say(f"recovering {service}: {execution}")
        output.say(f"watch it with `greenshift watch {execution}`")
        return
    limit = options.seconds(timeout)
    answer = output.follow(execution, client.follow(execution, timeout_seconds=limit)).answer or {}
    other = client.recovering(service, execution)
    if answer["outcome"] == "Rejected" and other is not None:
        answer = output.follow(other, client.follow(other, timeout_seconds=limit)).answer or {}
    raise Finished(back_code(answer))
