"""`greenshift preview`: green in a browser, before it is live."""

import threading
from contextlib import suppress
from typing import Annotated

import typer

from infra.cli import options
from infra.cli.exits import Complaint
from infra.cli.output import Output
from infra.cli.session import deployments, signer
from infra.local import signals

_PORT = 8642


def preview(
    service: options.Service,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to listen on 127.0.0.1; 0 is any free one.")
    ] = _PORT,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Open a service's preview to a browser on this machine, until Ctrl-C.

    Requests are signed with your own AWS settings, so you need execute-api:Invoke on the preview.
    What is done there is done on production's data.
    """
    from infra.cli.signing_proxy import HOST, SigningProxy, serving

    output = Output(as_json=as_json, local=local)
    found = deployments(local=local).status(service).preview
    if found is None:
        raise Complaint(
            f"{service} has no preview: give its BlueGreenService preview=Preview(), and deploy "
            "its stack"
        )
    http, credentials = signer(local=local)
    try:
        proxy = SigningProxy(port, found.url, http, credentials)
    except OSError as error:
        raise Complaint(f"{HOST}:{port} cannot be listened on: {error.strerror}") from error
    signals.raise_when_signalled()
    with serving(proxy):
        output.document({"at": proxy.at, "url": found.url, "versions": found.versions})
        versions = ", ".join(f"{key} at version {each}" for key, each in found.versions.items())
        live = "what is live" if found.live else f"{versions}, which is not what is live"
        output.say(f"{proxy.at} is the preview of {service} ({found.url}): {live}")
        output.say("what is done there is done on production's data; Ctrl-C ends it")
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
