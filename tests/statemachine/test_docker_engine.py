"""What is said where AWS's interpreter cannot be run, and how soon."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import APIError, ImageNotFound
from docker_engine import Unproven, engine_here, gateway, see_to_image

NOWHERE = "unix:///nowhere/docker.sock"
IMAGE = "interpreter:1"
Pull = Callable[[], Iterator[dict[str, str]]]


def docker_with(pull: Pull | None = None, networks: list[dict[str, str]] | None = None) -> Any:
    """A client of an engine that has the image, or lacks it and pulls it so."""

    def get(image: str) -> None:
        if pull:
            raise ImageNotFound("no such image")

    bridge = SimpleNamespace(attrs={"IPAM": {"Config": networks}})
    return SimpleNamespace(
        images=SimpleNamespace(get=get),
        api=SimpleNamespace(pull=lambda image, **how: pull()),
        networks=SimpleNamespace(get={"bridge": bridge}.get),
    )


def test_without_an_engine_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    with pytest.raises(Unproven, match="^no Docker engine: .*No such file"):
        engine_here()


def test_an_image_that_is_here_is_not_pulled() -> None:
    see_to_image(docker_with(pull=None), IMAGE)


def test_an_image_that_is_not_here_is_pulled_to_the_end() -> None:
    told: list[str] = []

    def layers() -> Iterator[dict[str, str]]:
        for layer in ("one", "two"):
            yield {"status": layer}
            told.append(layer)

    see_to_image(docker_with(layers), IMAGE)
    assert told == ["one", "two"]


def refused() -> Iterator[dict[str, str]]:
    raise APIError("500 Server Error", explanation="connection refused")


def broken() -> Iterator[dict[str, str]]:
    yield {"status": "Downloading"}
    yield {"error": "unexpected EOF"}


@pytest.mark.parametrize(
    ("pull", "told"), [(refused, "connection refused"), (broken, "unexpected EOF")]
)
def test_a_pull_that_fails_is_told_with_the_image_and_the_error(pull: Pull, told: str) -> None:
    reason = f"^the image {IMAGE} is not here and cannot be pulled: {told}$"
    with pytest.raises(Unproven, match=reason):
        see_to_image(docker_with(pull), IMAGE)


def test_a_silent_registry_is_not_waited_for() -> None:
    over = threading.Event()

    def silence() -> Iterator[dict[str, str]]:
        yield {"status": "Pulling"}
        over.wait(60)

    began = time.monotonic()
    with pytest.raises(Unproven, match="the registry said nothing for 0.2 s"):
        see_to_image(docker_with(silence), IMAGE, patience=0.2)
    assert time.monotonic() - began < 10
    over.set()


SIX = {"Subnet": "fd00::/64", "Gateway": "fd00::1"}


@pytest.mark.parametrize(
    "networks",
    [
        [SIX, {"Subnet": "127.0.0.0/8", "Gateway": "127.0.0.1"}],
        [{"Subnet": "127.0.0.0/8"}],
    ],
    ids=["stated", "not stated"],
)
def test_the_gateway_is_what_the_bridge_states_or_its_first_address(
    networks: list[dict[str, str]],
) -> None:
    assert gateway(docker_with(networks=networks)) == "127.0.0.1"


def test_a_bridge_on_another_machine_is_said() -> None:
    documentation_only = [{"Subnet": "192.0.2.0/24", "Gateway": "192.0.2.1"}]
    with pytest.raises(Unproven, match=r"192\.0\.2\.1 of Docker's bridge is no address of this"):
        gateway(docker_with(networks=documentation_only))


def test_without_an_engine_the_tests_on_awss_interpreter_are_skipped_as_unproven() -> None:
    tests = Path(__file__).with_name("test_on_awss_interpreter.py")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", tests],
        env={**os.environ, "DOCKER_HOST": NOWHERE},
        cwd=tests.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "unproven: no Docker engine: " in run.stdout, run.stdout + run.stderr
    assert "5 skipped in " in run.stdout
    assert "passed" not in run.stdout
