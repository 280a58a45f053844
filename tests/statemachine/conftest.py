"""The embedded AWS, one ledger and one bucket for all state machine tests; a service of its own for each."""

import itertools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from container import container
from engine import Engine, engine
from in_process import in_process
from provided import provided
from service import Service
from states import States

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def aws() -> Iterator[Any]:
    with provided(instant=True) as environment:
        yield environment


@pytest.fixture
def make(aws: Any) -> Callable[..., Service]:
    """Makes services, each of a name of its own."""
    return lambda **details: Service(aws, f"service{next(_numbers)}", **details)


@pytest.fixture
def shop(make: Callable[..., Service]) -> Service:
    return make()


@pytest.fixture
def pair(make: Callable[..., Service]) -> Service:
    """A service of two functions that belong together."""
    return make(kinds={"api": "entry", "worker": "consumer"})


@pytest.fixture(scope="session")
def awss() -> Iterator[States]:
    """AWS's own interpreter, started when the first test asks for it."""
    with container() as found:
        yield found


@pytest.fixture(scope="session")
def motos(aws: Any) -> Iterator[States]:
    with in_process() as found:
        yield found


@pytest.fixture(scope="session")
def states(request: pytest.FixtureRequest) -> States:
    """The interpreter that `GREENSHIFT_INTERPRETER` names: moto's, or AWS's own in a container."""
    name = os.environ.get("GREENSHIFT_INTERPRETER", "moto")
    found: States = request.getfixturevalue({"moto": "motos", "container": "awss"}[name])
    return found


@pytest.fixture
def machine(states: States, shop: Service) -> Iterator[Engine]:
    with engine(states, shop.name) as found:
        yield found


@pytest.fixture
def slow_machine(states: States, shop: Service) -> Iterator[Engine]:
    """The machine with its pauses between two looks, for tests that need evidence."""
    with engine(states, shop.name, waiting=True) as found:
        yield found


@pytest.fixture
def machine_of(states: States) -> Iterator[Callable[[Service], Engine]]:
    """Makes the machine of a service."""
    with ExitStack() as stack:
        yield lambda service, **details: stack.enter_context(
            engine(states, service.name, **details)
        )
