"""The service as scenarios find it: made once in a world, then taken up again for every case."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from tests.faults.scenarios import ALONE, CHECK, DATABASE, PLAN, Scenario
from tests.faults.store import FIRST, SECOND, Store, store, with_database
from tests.faults.world import World

RELEASES: Mapping[str, Mapping[str, str]] = {"1.0.0": FIRST, "1.1.0": SECOND, "1.2.0": SECOND}
"""With their migrations, where there is a database. The last is what would come next."""
PAST = 0.000_000_1
"""A rollback window in hours that is over when the release has answered."""
OPEN = 8760
"""One that is open for all cases of a world: each of them moves its clock on by minutes."""


class Beginnings:
    """By what a scenario says is live, the state to begin with."""

    def __init__(self, world: World) -> None:
        self._world, self._empty = world, world.aws.snapshot()

    @contextmanager
    def of(self, scenario: Scenario) -> Iterator[Store | None]:
        """The service is as the scenario finds it, and has its database in the block."""
        if not scenario.database:
            self._world.aws.restore(self._plain[scenario.live])
            if scenario.queues:
                self._register(scenario.concurrency)
            yield None
            return
        kept, snapshots = self._stored
        kept.restore(scenario.live[-5:])
        self._world.aws.restore(snapshots[scenario.live])
        with with_database(self._world.login):
            yield kept

    @cached_property
    def _plain(self) -> dict[str, bytes]:
        self._register(ALONE)
        self._upload()
        return {release: self._released(release) for release in RELEASES}

    @cached_property
    def _stored(self) -> tuple[Store, dict[str, bytes]]:
        self._world.aws.restore(self._empty)
        kept = self._world.stack.enter_context(store(self._world))
        database = {"kind": "postgres", "secretArn": self._world.login, "role": "app"}
        self._world.service.register(database=database, rollbackWindowHours=PAST, concurrency=ALONE)
        self._upload(RELEASES)
        snapshots = {}
        with with_database(self._world.login):
            for release in ("1.0.0", "1.1.0"):
                snapshots[f"{DATABASE}, {release}"] = self._released(release)
                kept.keep(release)
        return kept, snapshots

    def _register(self, concurrency: str) -> None:
        self._world.service.register(rollbackWindowHours=OPEN, concurrency=concurrency)

    def _upload(self, migrations: Mapping[str, Mapping[str, str]] | None = None) -> None:
        for release in RELEASES:
            sources = {key: f"# {release} of {key}" for key in self._world.service.kinds}
            details: dict[str, Any] = {"sources": sources, "plan": PLAN, "extra": CHECK}
            if migrations:
                details["migrations"] = migrations[release]
            self._world.service.upload(release, **details)

    def _released(self, release: str) -> bytes:
        run = self._world.machine.run({"release": release})
        assert run.end == "Released", run
        self._world.clock.keep()
        return self._world.aws.snapshot()
