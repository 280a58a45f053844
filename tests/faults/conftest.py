"""One world for the tests of a file."""

from collections.abc import Iterator

import pytest

from tests.faults.explore import Explorer
from tests.faults.world import World, world


@pytest.fixture(scope="module")
def found() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture(scope="module")
def explorer(found: World) -> Explorer:
    return Explorer(found)
