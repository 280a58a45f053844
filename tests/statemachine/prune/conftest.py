"""A prune that knows what time it is, and a service with old versions."""

import sys
from pathlib import Path
from typing import Any

import pytest
from service import Service

from handlers.adapters.functions.pace import Pace
from handlers.adapters.tools import Tools
from handlers.listeners import prune as listener

sys.path.insert(0, str(Path(__file__).parent))

from pruner import Pruner, publish


@pytest.fixture
def prune(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Pruner:
    tools = Tools()
    tools.__dict__["_pruning_pace"] = Pace(3, sleep=lambda seconds: None)
    tools.apis._pace = Pace(3, sleep=lambda seconds: None)
    monkeypatch.setattr(listener, "tools", tools)
    return Pruner(monkeypatch)


@pytest.fixture
def old(shop: Service) -> Service:
    """Five versions of ours after the seed, of which the last is live."""
    shop.register(keepVersions=2)
    for number in range(5):
        publish(shop, f"1.{number}.0")
    shop.point("api", "6")
    return shop
