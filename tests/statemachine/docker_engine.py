"""The Docker engine of this machine, and what is missing of it, in a sentence."""

import ipaddress
import socket
import time
from collections.abc import Iterator, Mapping
from queue import Empty, Queue
from threading import Thread
from typing import Any

from docker.errors import DockerException, ImageNotFound
from requests.exceptions import RequestException
from testcontainers.core.docker_client import DockerClient

PATIENCE, LONGEST = 5.0, 120.0
"""Seconds: of a registry's silence, and of a whole pull."""


class Unproven(Exception):
    """AWS's interpreter is not to be had here; the message says what is missing."""


def engine_here() -> Any:
    """The client of the engine that testcontainers would use."""
    try:
        return DockerClient(timeout=PATIENCE).client
    except (DockerException, RequestException) as error:
        raise Unproven(f"no Docker engine: {error}") from None


def gateway(client: Any) -> str:
    """The address at which containers of the default bridge find this machine: the one that the
    network states, or else the first of its subnet.
    """
    networks = client.networks.get("bridge").attrs["IPAM"]["Config"]
    bridge = next(each for each in networks if "." in each["Subnet"])
    address = str(bridge.get("Gateway") or ipaddress.ip_network(bridge["Subnet"])[1])
    try:
        with socket.socket() as probe:
            probe.bind((address, 0))
    except OSError as error:
        reason = f"the gateway {address} of Docker's bridge is no address of this machine: {error}"
        raise Unproven(reason) from None
    return address


def see_to_image(client: Any, image: str, patience: float = PATIENCE) -> None:
    """Sees that the engine has the image. Where it has not, one pull is tried, and given up as soon
    as the registry is silent for `patience` seconds.
    """
    try:
        client.images.get(image)
    except ImageNotFound:
        for event in _pull(client, image, patience):
            if "error" in event:
                reason = f"the image {image} is not here and cannot be pulled: {event['error']}"
                raise Unproven(reason) from None


def _pull(client: Any, image: str, patience: float) -> Iterator[Mapping[str, Any]]:
    """What the engine tells of a pull, to its end; silence is an error among the others."""
    told: Queue[Mapping[str, Any] | None] = Queue()
    deadline = time.monotonic() + LONGEST

    def pull() -> None:
        try:
            for event in client.api.pull(image, stream=True, decode=True):
                told.put(event)
            told.put(None)
        except (DockerException, RequestException) as error:
            told.put({"error": getattr(error, "explanation", None) or str(error)})

    Thread(target=pull, daemon=True).start()
    try:
        while (event := told.get(timeout=patience)) is not None:
            yield event
            if time.monotonic() > deadline:
                yield {"error": f"not yet pulled after {LONGEST:g} s"}
    except Empty:
        yield {"error": f"the registry said nothing for {patience:g} s"}
