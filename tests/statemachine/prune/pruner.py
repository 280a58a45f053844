"""Prunes a service, and says why a version stays or goes."""

from collections.abc import Mapping
from typing import Any

import pytest
from service import Service

from handlers.adapters.clock import now
from handlers.adapters.tools import Tools
from handlers.domain.green.identity import marker
from handlers.listeners import prune as listener
from handlers.pruning import prune as pruning

DAY = 24 * 3600
LATER = 15 * DAY
"""By then no window lasts, and nothing was called for fourteen days."""


class Pruner:
    """Prunes a service as the listener does; `at` is how many seconds later than now."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = float(LATER)
        monkeypatch.setattr(pruning, "now", lambda: now() + self.at)

    def __call__(self, service: Service, *, dry_run: bool = False) -> dict[str, Any]:
        return listener.prune_one(service.name, dry_run=dry_run)

    def twice(self, service: Service) -> dict[str, Any]:
        """What is condemned the first time goes the second time, six hours later."""
        self(service)
        self.at += 6 * 3600 + 60
        return self(service)


def publish(service: Service, release: str, key: str = "api", **environment: str) -> str:
    """What a deployment has left: a version with the marker of a bundle that the ledger knows."""
    digest = f"sha256:{release.replace('.', '').zfill(64)}"
    Tools().journal.note_release(
        service.name, digest, {"release": release, "deployment": None, "outcome": "Released"}
    )
    name = service.function(key)
    service.lambda_.update_function_configuration(
        FunctionName=name, Description=release, Environment={"Variables": environment}
    )
    mark = marker(service.name, release, digest, "0123456789ab")
    return str(service.lambda_.publish_version(FunctionName=name, Description=mark)["Version"])


def why(found: Mapping[str, Any], version: str, key: str = "api") -> tuple[str, str]:
    (told,) = [
        each for each in found["versions"] if (each["function"], each["version"]) == (key, version)
    ]
    return told["state"], told["why"]
