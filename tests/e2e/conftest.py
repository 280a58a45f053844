"""One embedded environment for all of it: Greenshift and `orders`, by the unmodified `cdk deploy`, with
permissions enforced.

Tests share the service and ask for nothing of each other: each releases versions of its own, above
all that were, and leaves the service whole.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stage import Orders

from infra.local.environment import embedded
from infra.sample.bring_up import bring_up

collect_ignore = ["load"]
"""The long list is not of every run: `make load`."""


@pytest.fixture(scope="session")
def brought_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orders]:
    """The service on the seed of its own stack: nothing was released yet."""
    with embedded(enforce=True) as environment:
        yield Orders(environment, bring_up(environment), tmp_path_factory.mktemp("bundles"))


@pytest.fixture(scope="session")
def first(brought_up: Orders) -> dict:
    """The first release of all, and how the service stood before it."""
    before, version = brought_up.standing(), brought_up.version()
    ended = brought_up.release(version, brought_up.bundle(version))
    return {"before": before, "version": version, "ended": ended, "after": brought_up.standing()}


@pytest.fixture
def orders(brought_up: Orders, first: dict) -> Orders:
    """The service with some release live and no deployment running."""
    assert first["ended"].status == "SUCCEEDED", first["ended"].answer.get("reason")
    return brought_up
