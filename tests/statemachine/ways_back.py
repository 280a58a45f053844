"""Releases to go back to, as deployments leave them."""

from collections.abc import Mapping
from typing import Any

from engine import Engine, Run
from service import GOOD, Service

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.ledger import Put
from handlers.adapters.tools import Tools
from handlers.domain.earlier import Earlier


def release(machine: Engine, service: Service, *numbers: str, **details: Any) -> Run:
    for number in numbers:
        service.upload(number, **details)
        run = machine.run({"release": number})
        assert run.end == "Released", run
    return run


def back(machine: Engine, to: str) -> Run:
    return machine.run({"action": "rollback", "to": to})


def live(service: Service) -> Mapping[str, Any]:
    found = Tools().journal.live(service.name)
    assert found is not None
    return found


def stays(service: Service) -> dict[str, Earlier]:
    return {each.release: each for each in Tools().history.earlier(service.name, iso(now()))}


def standing(service: Service) -> dict[str, Any]:
    """1.1.0 is live and 1.0.0 may be gone back to, as two releases would have left it."""
    for key in service.kinds:
        for number in ("1.0.0", "1.1.0"):
            version = service.publish(key, GOOD + f"\n# {number}\n")
        service.point(key, version)
    at = now()
    blue = dict.fromkeys(service.kinds, "2")
    names = {key: service.function(key) for key in service.kinds}
    stay = Earlier(
        release="1.0.0",
        digest="sha256:10",
        versions=blue,
        names=names,
        probes=(),
        contracts=(),
        left=iso(at),
        until=iso(at + 3600),
        token=2,
    )
    item = {
        "pk": f"SERVICE#{service.name}",
        "sk": "LIVE",
        "release": "1.1.0",
        "digest": "sha256:11",
        "versions": dict.fromkeys(service.kinds, "3"),
        "functions": {
            key: {"name": names[key], "kind": kind, "weighted": True}
            for key, kind in service.kinds.items()
        },
        "alias": "live",
        "since": iso(at),
        "rollbackUntil": iso(at + 3600),
        "former": {"release": "1.0.0", "digest": "sha256:10", "probes": [], "versions": blue},
        "probes": [],
        "contracts": [],
    }
    Tools().ledger.transact(Put(item), Tools().history.leaving(service.name, stay))
    return item
