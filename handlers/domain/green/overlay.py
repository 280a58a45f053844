"""A release's configuration overlay over the stack's: what `$LATEST` must become, and what to
remember to undo it.

`$LATEST` holds the stack's values with the last overlay on top. Which of the two a value is, only
the ledger knows: for each setting that an overlay touched it keeps the stack's `base` and the
values that were `set`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.domain.release.function_sources import Overlay

_MOST_REMEMBERED = 5


@dataclass(frozen=True, slots=True)
class Overlaid:
    """`changes` for UpdateFunctionConfiguration (empty: none needed), and what the ledger is to
    `remember`.
    """

    changes: Mapping[str, Any]
    remember: Mapping[str, Any]


def overlaid(
    configuration: Mapping[str, Any], overlay: Overlay, remembered: Mapping[str, Any]
) -> Overlaid:
    """What follows for `$LATEST` as it is (`configuration`) from this overlay and from what was
    remembered.

    A value that the stack has changed since counts as the stack's. Remember before changing: then a
    crash between the two leaves nothing that cannot be told apart.
    """
    current = _settings(configuration)
    wanted = _wanted(overlay)
    result = dict(current)
    remember: dict[str, Any] = {}
    for key in sorted(remembered.keys() | wanted.keys()):
        known = remembered.get(key)
        base = _base(key, current, remembered)
        if key in wanted:
            others = [each for each in (known["set"] if known else []) if each != wanted[key]]
            remember[key] = {"base": base, "set": [*others, wanted[key]][-_MOST_REMEMBERED:]}
            result[key] = wanted[key]
        else:
            result[key] = base
    return Overlaid(_changes(current, result), remember)


def overlay_of(
    published: Mapping[str, Any], latest: Mapping[str, Any], remembered: Mapping[str, Any]
) -> Overlay:
    """What has to be laid over the stack's values to have those of a published version again. A
    variable that the stack has added since stays.
    """
    current = _settings(latest)
    laid = {
        key: value
        for key, value in _settings(published).items()
        if value != _base(key, current, remembered)
    }
    layers = laid.get("layers")
    return Overlay(
        environment=_environment(laid),
        memory_mb=laid.get("memory"),
        timeout_seconds=laid.get("timeout"),
        layers=None if layers is None else tuple(layers),
    )


def environment_bytes(environment: Mapping[str, str]) -> int:
    """How many bytes the variables have, of the `ENVIRONMENT_BYTES` that Lambda takes."""
    return sum(len(f"{key}{value}".encode()) for key, value in environment.items())


def _base(key: str, current: Mapping[str, Any], remembered: Mapping[str, Any]) -> Any:
    """The stack's value of a setting: what `$LATEST` has, unless an overlay has set that."""
    known, value = remembered.get(key), current.get(key)
    return known["base"] if known is not None and value in known["set"] else value


def _settings(configuration: Mapping[str, Any]) -> dict[str, Any]:
    environment = (configuration.get("Environment") or {}).get("Variables") or {}
    return {
        **{f"environment.{name}": value for name, value in environment.items()},
        "memory": configuration.get("MemorySize"),
        "timeout": configuration.get("Timeout"),
        "layers": [layer["Arn"] for layer in configuration.get("Layers") or []],
    }


def _wanted(overlay: Overlay) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        f"environment.{name}": value for name, value in overlay.environment.items()
    }
    if overlay.memory_mb is not None:
        wanted["memory"] = overlay.memory_mb
    if overlay.timeout_seconds is not None:
        wanted["timeout"] = overlay.timeout_seconds
    if overlay.layers is not None:
        wanted["layers"] = list(overlay.layers)
    return wanted


def _changes(current: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if _environment(current) != _environment(result):
        changes["Environment"] = {"Variables": _environment(result)}
    for key, name in (("memory", "MemorySize"), ("timeout", "Timeout"), ("layers", "Layers")):
        if current[key] != result[key]:
            changes[name] = result[key]
    return changes


def _environment(settings: Mapping[str, Any]) -> dict[str, str]:
    prefix = "environment."
    return {
        key.removeprefix(prefix): value
        for key, value in settings.items()
        if key.startswith(prefix) and value is not None
    }
