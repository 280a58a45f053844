"""The service as scenarios find it: made once in a world, then taken up again for every case."""

from collections.abc import Iterable, Iterator, Mapping
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
FLAG = "FLAG"
"""The variable of the environment that releases set where they bring settings, to their number."""
MEMORY: Mapping[str, int] = {"1.0.0": 256, "1.1.0": 512, "1.2.0": 512}
"""In MB, what they set as well."""
WARM = 2
"""How much concurrency is provisioned for blue there."""
OPEN = 8760
"""One that is open for all cases of a world: each of them moves its clock on by minutes."""


def source(release: str, key: str) -> str:
    """The code of a function in a release."""
    return f"# {release} of {key}"


class Beginnings:
    """By what a scenario says is live, the state to begin with."""

    def __init__(self, world: World) -> None:
        self._world, self._empty = world, world.aws.snapshot()

    @contextmanager
    def of(self, scenario: Scenario) -> Iterator[Store | None]:
        """The service is as the scenario finds it, and has its database in the block."""
        if scenario.configured:
            self._world.aws.restore(self._configured)
            yield None
            return
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
        self._world.aws.restore(self._empty)
        self._register(ALONE)
        self._upload()
        return {release: self._released(release) for release in RELEASES}

    @cached_property
    def _configured(self) -> bytes:
        self._world.aws.restore(self._empty)
        service = self._world.service
        service.register(environmentKeys=[FLAG], rollbackWindowHours=OPEN, concurrency=ALONE)
        self._upload(configured=True)
        self._released("1.0.0")
        for key, serves in service.live().items():
            service.lambda_.put_provisioned_concurrency_config(
                FunctionName=service.function(key),
                Qualifier=serves["version"],
                ProvisionedConcurrentExecutions=WARM,
            )
        return self._world.aws.snapshot()

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

    def _upload(
        self,
        migrations: Mapping[str, Mapping[str, str]] | None = None,
        *,
        configured: bool = False,
    ) -> None:
        for release in RELEASES:
            sources = {key: source(release, key) for key in self._world.service.kinds}
            extra = CHECK + (_settings(release, sources) if configured else "")
            details: dict[str, Any] = {"sources": sources, "plan": PLAN, "extra": extra}
            if migrations:
                details["migrations"] = migrations[release]
            self._world.service.upload(release, **details)

    def _released(self, release: str) -> bytes:
        run = self._world.machine.run({"release": release})
        assert run.end == "Released", run
        self._world.clock.keep()
        return self._world.aws.snapshot()


def _settings(release: str, keys: Iterable[str]) -> str:
    """The part of a release.toml that sets what differs from release to release."""
    return "".join(
        f"\n[functions.{key}.configuration]\nmemoryMb = {MEMORY[release]}\n"
        f'environment = {{{FLAG} = "{release}"}}\n'
        for key in keys
    )
