"""AWS's own interpreter in a container, whose tasks call the handlers in this process.

AWS no longer supports it: https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local.html
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from docker_engine import engine_here, gateway, see_to_image
from lambda_endpoint import LambdaEndpoint, lambda_endpoint
from retriers import without_newer_keys
from states import Invoke, States
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

HOST, PORT = "host.docker.internal", 8083
ACCOUNT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


class InContainer(States):
    """Step Functions Local. Where it refuses the machine, it gets it without two keys of a retrier
    that are newer than some of its releases, and the log says so.
    """

    def __init__(self, client: Any, endpoint: LambdaEndpoint) -> None:
        super().__init__(client)
        self._endpoint = endpoint

    def calling(self, invoke: Invoke) -> AbstractContextManager[Any]:
        return patch.object(self._endpoint, "invoke", invoke)

    def create_state_machine(self, *, definition: str, **more: Any) -> Any:
        try:
            return self._client.create_state_machine(definition=definition, **more)
        except self._client.exceptions.InvalidDefinition as refusal:
            spared = without_newer_keys(definition)
            logging.getLogger(__name__).warning("created without newer keys: %s", refusal)
            return self._client.create_state_machine(definition=spared, **more)


@contextmanager
def container() -> Iterator[States]:
    """AWS's interpreter for as long as the block lasts; raises Unproven where it is not to be had."""
    image = os.environ.get("SFN_LOCAL_IMAGE", "amazon/aws-stepfunctions-local:latest")
    docker = engine_here()
    see_to_image(docker, image)
    with (
        lambda_endpoint(gateway(docker)) as endpoint,
        _described(image, f"http://{HOST}:{endpoint.port}") as running,
    ):
        client = boto3.client(
            "stepfunctions",
            endpoint_url=f"http://127.0.0.1:{running.get_exposed_port(PORT)}",
            region_name=ACCOUNT["AWS_DEFAULT_REGION"],
            aws_access_key_id=ACCOUNT["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ACCOUNT["AWS_SECRET_ACCESS_KEY"],
        )
        _wait_until_ready(client, running)
        yield InContainer(client, endpoint)


def _described(image: str, lambdas: str) -> DockerContainer:
    """The container that calls Lambda at a URL; entering it as a context starts it."""
    # The reaper would be another image to pull; leaving the block removes the container.
    testcontainers_config.ryuk_disabled = True
    described = DockerContainer(image, env={**ACCOUNT, "LAMBDA_ENDPOINT": lambdas})
    # Exposed as usual, the port would be open on every address of this machine.
    described.ports[str(PORT)] = ("127.0.0.1", None)
    return described.with_kwargs(extra_hosts={HOST: "host-gateway"})


def _wait_until_ready(client: Any, running: DockerContainer, seconds: float = 60) -> None:
    """Waits until the interpreter answers; fails with its log where it ends, or does not in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            client.list_state_machines()
        except (BotoCoreError, ClientError) as error:
            running.reload()
            ready = running.status == "running" and time.monotonic() < deadline
            assert ready, f"{running.status}: {error}\n{running.get_logs()}"
            time.sleep(0.1)
        else:
            return
